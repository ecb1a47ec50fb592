"""The part of the database that keeps jobs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from contract.jobs import Job, JobKind, JobState


class JobStore(Protocol):
    """Jobs of all portals. A portal's jobs are carried out one at a time, in the order of their filing."""

    def file(self, portal: int, kind: JobKind, asked: Mapping[str, Any], *, author: str, at: datetime) -> Job:
        """Keep what is asked for."""

    def waiting(self, portals: Collection[int]) -> set[int]:
        """Those of these portals that have a job which is not over."""

    def begin(self, portal: int, *, runner: str, at: datetime, only: int | None = None) -> Job | None:
        """The portal's oldest job that is not over, or `only` this one, given to this runner.

        One that was running belongs to a runner that is gone: who calls this owns the portal, or knows that
        nobody does. Begun `contract.jobs.MOST_BEGINNINGS` times and never ended, it has failed instead.
        """

    def go_on(self, job: int, *, runner: str, done: int, total: int) -> bool:
        """Note how far it has come; false where this runner shall not go on with it."""

    def end(
        self,
        job: int,
        *,
        runner: str,
        state: JobState,
        says: str,
        found: Mapping[str, Any] | None,
        at: datetime,
    ) -> None:
        """Keep what came of it, unless it was aborted or taken over meanwhile.

        Where a person of the portal was erased since it began, it has failed: what it found may name them.
        """

    def abort(self, job: int, *, author: str, at: datetime) -> bool:
        """Whether it was not over yet, and is now. A runner notices at its next step."""

    def forget(self, before: datetime) -> None:
        """Forget what ended before then."""

    def get(self, job: int) -> Job | None: ...

    def of(self, portal: int, *, limit: int = 50) -> Sequence[Job]:
        """The portal's newest jobs first, without what they found."""
