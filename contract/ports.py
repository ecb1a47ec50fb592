"""What the processes need from the outside. Adapters implement these; nothing else crosses.

Every store works on sets, never row by row. Stores belong to a Transaction and are valid only inside
it. Times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
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
from contract.decisions import Erasure, Outcome, Report, Write
from contract.links import Link
from contract.pending import PendingRow, Postponed, WorkClass
from contract.records import FieldSchema, Record, RecordRef, Side
from contract.settings import Portal, Suspension, SyncMode

# --- broker ---------------------------------------------------------------------------------------


class Publisher(Protocol):
    """Makes change sets durable. Usable from many threads."""

    def publish(self, body: bytes, *, message_id: str) -> None:
        """Return only after the broker's confirm; raise BrokerUnavailable within 3 s otherwise.

        Nacked, returned, blocked and timed-out all count as unavailable after one reopen-and-retry.
        """

    def close(self) -> None:
        """Give the connections back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message. `redelivered` says how often it was delivered before, as far as the broker knows."""

    tag: int
    body: bytes
    message_id: str
    redelivered: int
    reason: str = ""


class Subscriber(Protocol):
    """Takes messages at least once. One thread uses it."""

    def take(self, limit: int, wait: float) -> list[Delivery]:
        """Up to `limit` messages, waiting at most `wait` seconds for the first.

        A message that was redelivered twice or more comes alone, so that a poison message cannot take
        its neighbours along.
        """

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Done for good. Deliveries of a lost connection are ignored: they come again."""

    def reject(self, delivery: Delivery, reason: str) -> None:
        """Move to the dead-letter queue, durably."""

    def close(self) -> None:
        """Stop taking; what is not acked comes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepth:
    """Messages waiting in the inbox and in the dead-letter queue."""

    inbox: int
    dead: int


class Broker(Protocol):
    """One broker, whichever it is. `dead_letters` reads the dead-letter queue (Delivery.reason is set)."""

    def publisher(self) -> Publisher: ...

    def subscriber(self) -> Subscriber: ...

    def dead_letters(self) -> Subscriber: ...

    def depth(self) -> QueueDepth: ...

    def close(self) -> None: ...


# --- ledger: what may be lost without harm ----------------------------------------------------------

RecordKey = tuple[int, RecordRef]
"""(portal, record)."""


class Marks(Protocol):
    """Which state of a record was already seen. They save reads and nothing else."""

    def mark_seen(self, stamps: Mapping[RecordKey, datetime]) -> None:
        """Remember, for about a day, the newest modification stamp settled for each record."""

    def seen(self, keys: Collection[RecordKey]) -> dict[RecordKey, datetime]:
        """What is remembered; a missing key means nothing."""


class RateLimit(Protocol):
    """Short-time buckets shared by all processes."""

    def wait_for(self, bucket: str, *, limit: int, per_seconds: float) -> float:
        """Take one call from the bucket; returns seconds to wait before making it (0: go ahead).

        Falls back to a fixed local share when the ledger is away.
        """


class Cache(Protocol):
    """Facts that may be a little old."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes, *, seconds: float) -> None: ...


class Ledger(Marks, RateLimit, Cache, Protocol):
    """All three, as the processes hold it. Its loss costs calls, never data, and is counted."""

    def close(self) -> None: ...


# --- database: what must never be lost --------------------------------------------------------------


class PortalStore(Protocol):
    """Portals with settings versions (append-only) and encrypted secrets."""

    def save(self, portal: Portal, *, author: str, comment: str, at: datetime) -> int:
        """Store a new version; returns its number. Org ids may be shared by portals, numbers may not."""

    def get(self, number: int) -> Portal | None:
        """The newest version (its settings carry the version number)."""

    def all(self) -> list[Portal]:
        """The newest version of each portal, ordered by number."""

    def suspension(self, number: int) -> Suspension | None: ...

    def suspend(self, number: int, suspension: Suspension | None) -> None:
        """Set, or with None clear, the suspension."""

    def set_mode(self, number: int, mode: SyncMode, *, author: str, at: datetime) -> int:
        """Store a new version that differs only in `sync.mode`; returns its number. KeyError if unknown."""


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
        at most 50 such rows, one that crashed more often comes alone; sound rows never share a batch
        with crashed ones.
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
        """The link of each record: the live or creating one if there is any, else the newest ended one."""

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

    def acquire(self, portal: int, worker: str, *, now: datetime, until: datetime) -> Lease | None:
        """Take the lease if it is free or expired (epoch + 1), or renew our own; None if another's."""

    def release(self, portal: int, worker: str) -> None: ...

    def check(self, lease: Lease, *, now: datetime) -> None:
        """Raise LeaseLost unless this very lease (owner, epoch, not expired) still stands.

        Locks the row, so that no other worker can take it before this transaction ends.
        """


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
    def dead_letters(self) -> DeadLetterStore: ...
    @property
    def activity(self) -> ActivityStore: ...
    @property
    def tombstones(self) -> TombstoneStore: ...
    @property
    def watermarks(self) -> WatermarkStore: ...
    def counts(self, portal: int, *, now: datetime) -> Counts: ...


class Database(Protocol):
    """Commits on leaving the block, rolls back on any exception. DatabaseUnavailable if it is away."""

    def transaction(self) -> AbstractContextManager[Transaction]: ...

    def migrate(self) -> None:
        """Bring the tables to this build's revision."""

    def close(self) -> None: ...


# --- CRMs -----------------------------------------------------------------------------------------


class Records(Protocol):
    """The records of one side of one portal. A whole call that fails raises CrmError; rows never do."""

    def read(self, object_type: str, ids: Collection[str], fields: Collection[str]) -> dict[str, Record]:
        """Records by id: live ones, deleted ones with `deleted`, merge losers with `merged_into`.

        An id that is missing from the answer is not visible to us, which is no proof of deletion.
        Fields we may not see are left out.
        """

    def find(
        self, object_type: str, field: str, values: Collection[str], fields: Collection[str]
    ) -> list[Record]:
        """Records whose field equals one of the values (case-insensitively), in no order.

        E-mail lookups return live records only and include HubSpot's secondary addresses; lookups by
        the creation key include deleted and converted ones.
        """

    def apply(self, writes: Sequence[Write]) -> list[Outcome]:
        """Carry out writes of one side in as few calls as there can be; one outcome per write, in order."""

    def changed(self, object_type: str, since: datetime, fields: Collection[str]) -> Iterator[list[Record]]:
        """Pages of records modified at or after `since`, oldest first; Salesforce lists deleted ones too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCheck:
    """What a live check of the credentials showed. `account` is the portal or org number the CRM gave."""

    user: str
    account: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The CRM's own figures, where its last answer showed them."""

    used: int | None = None
    limit: int | None = None


class Account(Protocol):
    """One side's account. All may raise CrmError."""

    def check(self) -> AccountCheck: ...

    def schema(self, object_type: str) -> tuple[FieldSchema, ...]: ...

    def members(self, list_id: str, ids: Collection[str]) -> set[str]:
        """Which of these HubSpot contacts are on the list."""

    def usage(self) -> Usage: ...


class Crm(Records, Account, Protocol):
    """One side of one portal, as the workers hold it."""


class CallMeter(Protocol):
    """Told before and after each API call of one side of one portal."""

    def before(self, side: Side) -> None:
        """Wait for the rate bucket; raise CrmError(quota) where the budget is spent."""

    def after(self, side: Side, status: int) -> None:
        """Count the call. `status` is 0 when no answer came."""
