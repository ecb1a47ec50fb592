"""The database: what must never be lost.

Every store works on sets, never row by row. Stores belong to a Transaction and are valid only inside it.
Times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from contract.activity import (
    ActivityEntry,
    ApiCalls,
    Counts,
    DeadLetter,
    DeadLetterState,
    Lease,
    StoredReport,
)
from contract.changes import Change
from contract.decisions import Erasure, Report
from contract.links import Link
from contract.pending import PendingRow, Postponed, WorkClass
from contract.ports.grants import GrantStore
from contract.ports.jobs import JobStore
from contract.ports.observed import ObservedStore
from contract.ports.standing import (
    CredentialStore,
    ExclusionStore,
    GuardStore,
    HeldStore,
    IdleStore,
    PauseStore,
)
from contract.records import RecordRef
from contract.settings import Portal, SettingsVersion, Suspension, SuspensionCause, SyncMode


class PortalStore(Protocol):
    """Portals with settings versions (append-only) and encrypted secrets."""

    def save(self, portal: Portal, *, author: str, comment: str, at: datetime) -> int:
        """Store a new version; returns its number. Org ids may be shared by portals, numbers may not."""

    def get(self, number: int) -> Portal | None:
        """The newest version (its settings carry the version number)."""

    def all(self) -> list[Portal]:
        """The newest version of each portal, ordered by number."""

    def versions(self, number: int) -> list[SettingsVersion]:
        """Every version ever stored, oldest first; none of a portal that is not known."""

    def suspension(self, number: int) -> Suspension | None: ...

    def suspend(self, number: int, suspension: Suspension | None) -> None:
        """Set, or with None clear, the suspension."""

    def clear(self, number: int, cause: SuspensionCause) -> bool:
        """Lift a suspension that has this cause; whether there was one."""

    def clear_passed(self, now: datetime) -> None:
        """Lift every suspension that ends by itself and has."""

    def set_mode(self, number: int, mode: SyncMode, *, author: str, comment: str = "", at: datetime) -> int:
        """Store a new version that differs only in `sync.mode`; returns its number. KeyError if unknown."""

    def mode(self, number: int) -> SyncMode | None:
        """The newest version's mode, without a look at any secret."""

    def mode_before_off(self, number: int) -> SyncMode | None:
        """The newest mode that was not off; None where there never was one."""


class PendingStore(Protocol):
    """The records that need a look."""

    def merge(
        self, changes: Sequence[Change], *, work_class: WorkClass, now: datetime, due_at: datetime
    ) -> None:
        """Merge each change into its row.

        Union of kinds and merged ids, newest times, lowest class, earliest due time, version + 1.
        """

    def take(self, portal: int, *, now: datetime, limit: int) -> list[PendingRow]:
        """Due rows, lowest class then earliest due first, with their crash count already raised by one.

        Rows as returned carry the count *before* this take. A row that crashed once comes in a batch of
        at most 50 such rows, one that crashed more often comes alone, and if it is not finished not again
        for a while (10 s, doubled each time); sound rows never share a batch with crashed ones.
        """

    def finish(self, done: Sequence[PendingRow], later: Sequence[Postponed], *, now: datetime) -> None:
        """Remove `done`; move `later` to their new due times; set both's crashes back to 0.

        A row whose version grew meanwhile stays and is due now, whatever was asked.
        """

    def next_due(self, portal: int) -> datetime | None: ...

    def wake(self, portal: int, waits_on: Collection[str], *, now: datetime) -> None:
        """Make rows that wait on one of these due at once."""


class LinkStore(Protocol):
    """Links, found by either end."""

    def of(self, portal: int, refs: Collection[RecordRef]) -> dict[RecordRef, Link]:
        """The link of each record: the live or creating one if there is any, else the newest ended one.

        One that ended in a merge comes last: what it held lives on elsewhere.
        """

    def store(self, links: Sequence[Link]) -> list[Link]:
        """Insert (id None) or update (version must match; else LeaseLost), returning them as stored.

        At most one live or creating link per (portal, HubSpot id) and per (portal, Salesforce id):
        a violation raises LeaseLost, for only another worker can have caused it.
        """

    def by_email(self, portal: int, emails: Collection[str]) -> list[Link]:
        """Links of any state with one of these e-mail keys, oldest first; "" finds none."""

    def oldest_seen(self, portal: int, *, after: int, limit: int) -> list[Link]:
        """Live links with id > after in id order: the rotation that finds missed deletions."""


class LeaseStore(Protocol):
    """Who reconciles which portal."""

    def heartbeat(self, worker: str, *, now: datetime, until: datetime) -> list[str]:
        """Say that this worker lives until then; returns all living workers, sorted."""

    def leases(self) -> list[Lease]: ...

    def lapsed(self, *, now: datetime) -> list[int]:
        """Portals whose lease ran out. One that a frozen owner's transaction still locks is not among them.

        They are locked until this transaction ends: nobody waits for them, and nobody else is told of them.
        """

    def acquire(self, portal: int, worker: str, *, now: datetime, until: datetime) -> Lease | None:
        """Take the lease if it is free or expired (epoch + 1), or renew our own; None if another's."""

    def release(self, portal: int, worker: str) -> None: ...

    def check(self, lease: Lease, *, now: datetime) -> None:
        """Raise LeaseLost unless this very lease (owner, epoch, not expired) still stands.

        Locks the row, so that no other worker can take it before this transaction ends.
        """


class ClaimStore(Protocol):
    """Who may find and create which person in an org that several portals share."""

    def take(self, keys: Collection[str], owner: str, *, now: datetime, until: datetime) -> set[str]:
        """Of these keys, those that are the owner's until then: they were free, expired or its own."""

    def release(self, keys: Collection[str], owner: str) -> None:
        """Give the owner's own claims among these back."""


class DeadLetterStore(Protocol):
    """What could not be carried out."""

    def add(self, letters: Sequence[DeadLetter]) -> None:
        """File each, merging into an open letter of the same (portal, ref, field, code)."""

    def find(
        self,
        *,
        portal: int | None = None,
        state: DeadLetterState | None = DeadLetterState.OPEN,
        code: str | None = None,
        refs: Collection[RecordRef] | None = None,
        limit: int = 100,
    ) -> list[DeadLetter]:
        """Newest first."""

    def get(self, ids: Collection[int]) -> list[DeadLetter]: ...

    def settle(self, ids: Collection[int], state: DeadLetterState, *, note: str, at: datetime) -> int:
        """Move open letters to a state; returns how many moved."""

    def resolve(
        self, portal: int, agreed: Mapping[RecordRef, Collection[str | None]], *, at: datetime
    ) -> None:
        """Resolve the open letters of records that have come to agree by themselves.

        `agreed` maps a record to the fields that agree now (None: the record as a whole).
        """

    def forget_raw(self, before: datetime) -> int:
        """Delete the unreadable messages of letters last seen before; returns how many. The letters stay."""


class ActivityStore(Protocol):
    """What was decided and done."""

    def add(self, entries: Sequence[ActivityEntry]) -> None: ...

    def history(
        self,
        portal: int | None,
        *,
        refs: Collection[RecordRef] = (),
        record_id: str = "",
        email: str = "",
        limit: int = 50,
    ) -> list[ActivityEntry]:
        """Entries on one of these records, on any record with this id, or this e-mail key; oldest first."""

    def report(self, portal: int, reports: Sequence[Report], *, at: datetime) -> None:
        """Keep each report once per (kind, refs), moving its last sight."""

    def reports(self, portal: int) -> list[StoredReport]: ...

    def count_calls(self, calls: Iterable[ApiCalls]) -> None:
        """Add to the hourly counts."""

    def calls_since(self, portal: int, since: datetime) -> list[ApiCalls]: ...


class TombstoneStore(Protocol):
    """Erased persons, as keyed hashes."""

    def erase(self, portal: int, erasure: Erasure, *, at: datetime) -> None:
        """Add the tombstones; delete the person's values from activity, dead letters, reports, links."""

    def erased_refs(self, portal: int, refs: Collection[RecordRef]) -> set[RecordRef]: ...

    def erased_emails(self, portal: int, emails: Collection[str]) -> set[str]: ...

    def lift(self, portal: int, *, refs: Collection[RecordRef], emails: Collection[str]) -> int: ...


class WatermarkStore(Protocol):
    """How far each sweep has come: an opaque text per (portal, name)."""

    def get(self, portal: int, name: str) -> str | None: ...

    def put(self, portal: int, name: str, value: str) -> None: ...


class Transaction(Protocol):
    """The stores inside one transaction."""

    @property
    def portals(self) -> PortalStore: ...
    @property
    def pending(self) -> PendingStore: ...
    @property
    def links(self) -> LinkStore: ...
    @property
    def leases(self) -> LeaseStore: ...
    @property
    def claims(self) -> ClaimStore: ...
    @property
    def dead_letters(self) -> DeadLetterStore: ...
    @property
    def activity(self) -> ActivityStore: ...
    @property
    def observed(self) -> ObservedStore: ...
    @property
    def tombstones(self) -> TombstoneStore: ...
    @property
    def watermarks(self) -> WatermarkStore: ...
    @property
    def guards(self) -> GuardStore: ...
    @property
    def held(self) -> HeldStore: ...
    @property
    def pauses(self) -> PauseStore: ...
    @property
    def credentials(self) -> CredentialStore: ...
    @property
    def idle(self) -> IdleStore: ...
    @property
    def exclusions(self) -> ExclusionStore: ...
    @property
    def jobs(self) -> JobStore: ...
    @property
    def grants(self) -> GrantStore: ...
    def counts(self, portal: int, *, now: datetime) -> Counts: ...


class Database(Protocol):
    """Commits on leaving the block, rolls back on any exception. DatabaseUnavailable if it is away."""

    def transaction(self) -> AbstractContextManager[Transaction]: ...

    def migrate(self) -> None:
        """Bring the tables to this build's revision."""

    def close(self) -> None: ...
