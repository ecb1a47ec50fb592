"""What is kept so that an operator can see why: activity, dead letters, reports, tombstones, counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from contract.pending import WorkClass
from contract.records import RecordRef, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityEntry:
    """One decision about one person and what became of it.

    `refs` are all records it concerned, `notice` what called for it (kinds, origin, noticed_at),
    `verdicts` and `writes` the JSON forms of contract.decisions.Verdict and Write with their Outcome:
    `writes[i] = {"side", "object_type", "record_id", "action", "reason", "values", "outcome"}`.
    Values stand here and nowhere else outside link bases; an erasure deletes them.
    """

    id: int | None = None
    portal: int
    at: datetime
    trace_id: str
    refs: tuple[RecordRef, ...]
    email: str = ""
    settings_version: int
    notice: Mapping[str, Any]
    verdicts: tuple[Mapping[str, Any], ...]
    writes: tuple[Mapping[str, Any], ...]


class DeadLetterScope(StrEnum):
    """What could not be carried out."""

    CHANGE = "change"
    """A broker message that cannot be decoded or kills its reader."""
    RECORD = "record"
    FIELD = "field"


class DeadLetterState(StrEnum):
    """Where a dead letter stands; replaying puts the record back to pending."""

    OPEN = "open"
    REPLAYED = "replayed"
    RESOLVED = "resolved"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Something kept until an operator replays or discards it, or until the record agrees by itself.

    At most one OPEN letter stands per (portal, ref, field, code); seeing it again moves `last_seen`
    and `attempts`. `says` explains in plain words, `fix` what would help. `raw`, stored encrypted, holds the
    undecodable message (scope CHANGE; `portal` and `ref` are None) or, for a record, the notices that a look
    alone could not learn again, such as an erasure, in the form they have on the broker.
    """

    id: int | None = None
    portal: int | None
    scope: DeadLetterScope
    ref: RecordRef | None
    field: str | None = None
    side: Side | None = None
    error: str
    code: str
    rule: str = ""
    says: str
    fix: str
    attempts: int = 1
    first_seen: datetime
    last_seen: datetime
    settings_version: int = 0
    state: DeadLetterState = DeadLetterState.OPEN
    note: str = ""
    raw: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCalls:
    """Calls made within one hour (`hour` is its aware UTC beginning)."""

    portal: int
    side: Side
    hour: datetime
    work_class: WorkClass
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A portal's lease: only `owner` under `epoch` may settle, until `expires_at` (our clock)."""

    portal: int
    owner: str
    epoch: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """A report as kept, with its first and last sight."""

    kind: str
    refs: tuple[RecordRef, ...]
    says: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What stands in the tables for one portal."""

    pending: int
    due: int
    dead_letters: int
    links: int
    by_class: Mapping[str, int] = field(default_factory=dict)
