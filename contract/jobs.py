"""Jobs: what an operator asked for, kept in the database and carried out by the portal's worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

KEPT = timedelta(days=30)
"""How long an ended job and what it found are kept."""
MOST_BEGINNINGS = 5
"""A job that its runner left so often has probably killed it, and would kill the next one, too."""


class JobKind(StrEnum):
    """What is asked for."""

    PREVIEW = "preview"


class JobState(StrEnum):
    """Where a job stands; the last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    ABORTED = "aborted"

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self not in {JobState.WAITING, JobState.RUNNING}


class JobAborted(Exception):  # noqa: N818  # control flow between a job and its runner
    """Somebody has aborted the job, or another worker carries it out by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job as it stands. `asked` and `found` are plain JSON, each kind's own.

    `done` of `total` parts are carried out (0 of 0 while nobody knows how many there are); `says` tells
    why it failed, or who aborted it. `found` may hold people's values: an erasure in the portal empties it.
    """

    id: int
    portal: int
    kind: JobKind
    asked: Mapping[str, Any]
    author: str
    filed_at: datetime
    state: JobState = JobState.WAITING
    started_at: datetime | None = None
    ended_at: datetime | None = None
    done: int = 0
    total: int = 0
    says: str = ""
    found: Mapping[str, Any] | None = None
