"""Where a portal stands besides its settings: what is held, who paused it, whether its credentials hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contract.records import RecordRef, Side


class GuardedWork(StrEnum):
    """Work of which only so much is done without an operator; named as its limit in `guards`."""

    DELETIONS = "deletions"
    CREATES = "creates"
    CLEARS = "clears"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldWork:
    """Work of one kind on one record that waits with a pending row, or was let go and is not done yet.

    `ref` is the row's record, `target` the one to which the work is done: several rows may be about the same.
    `amount` is 1, for clears the number of values.
    """

    ref: RecordRef
    work: GuardedWork
    target: RecordRef
    amount: int
    released: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """All of one kind that a portal holds: on how many records, how much in all, since the first of it."""

    records: int
    amount: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An operator let so much held work of one kind go, once."""

    work: GuardedWork
    records: int
    amount: int
    author: str
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The one switch that stops all portals: who set it, when and why; who lifted it and when, if anybody."""

    author: str
    comment: str
    at: datetime
    ended_by: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialCheck:
    """What the last live check of one side's credentials showed, or the last refusal.

    `user` is who we are there, "" where that was never told; `says` a sentence without secrets.
    """

    side: Side
    valid: bool
    user: str
    says: str
    checked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleMapping:
    """A mapping that takes no part, since the field of this side and object vanished or is read-only.

    `mapping` is its HubSpot property, `says` why, in a sentence. `gone` says that we could not see the field
    at all at some time, so that it may come back as another one of this name. `returned` says that the field
    can be used again, and that the pairs which were edited meanwhile are still to be made pending.
    """

    mapping: str
    side: Side
    object_type: str
    says: str
    since: datetime
    gone: bool = False
    returned: bool = False
