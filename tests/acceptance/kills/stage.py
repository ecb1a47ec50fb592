"""The whole system on real servers: both CRMs, the product's processes, and a look into its tables."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select, text

from adapters.database.database import SqlTransaction
from adapters.database.tables import pending
from contract.activity import DeadLetter, Lease
from contract.changes import Change, Kind, Origin
from contract.errors import DiptychError
from contract.pending import WorkClass
from contract.ports import QueueDepth
from contract.records import RecordRef
from diptych.clock import utc_now
from diptych.config import Config
from diptych.wiring import Stores
from tests.acceptance.kills.crms import PORTAL, Crms
from tests.acceptance.kills.judge import differences
from tests.acceptance.kills.office import Office
from tests.acceptance.kills.processes import Process
from tests.acceptance.kills.remains import records, remains

SHORT_LEASE = 3.0
"""Seconds; the real lease is longer."""
_LOOK = 0.1
_CALM = 1.0
"""Seconds for which nothing may move before both CRMs are said to be at rest."""
_TICKS = 15.0
"""A quorum queue counts its messages anew every five seconds only."""


@dataclass(slots=True, kw_only=True)
class Stage:
    """Processes are started under a name, and started again under it after a kill."""

    config: Config
    environ: dict[str, str]
    crms: Crms
    office: Office
    stores: Stores
    unacked: Callable[[], str]
    """What the broker itself says of its queues."""
    processes: dict[str, Process] = field(default_factory=dict)
    fallen: list[Process] = field(default_factory=list)

    def start(
        self,
        name: str,
        command: str = "consumers",
        *,
        lease_seconds: float = SHORT_LEASE,
        sweep: bool = False,
    ) -> Process:
        """A process `diptych <command>`; the one of that name before must have ended. 0: the real lease."""
        before = self.processes.get(name)
        if before is not None:
            assert not before.running
            self.fallen.append(before)
        process = Process(name, command, self.environ, lease_seconds=lease_seconds, sweep=sweep)
        self.processes[name] = process
        return process

    def end(self) -> None:
        """Kill whatever runs."""
        for process in self.processes.values():
            process.kill9()

    def owner(self) -> Process | None:
        """The running process that holds the lease on the portal."""
        pid = next((_pid(lease) for lease in self.leases() if lease.portal == PORTAL), None)
        return next((one for one in self.processes.values() if one.pid == pid and one.running), None)

    def leases(self) -> list[Lease]:
        """The leases that have not run out."""
        with self.stores.database.transaction() as tx:
            return [lease for lease in tx.leases.leases() if lease.expires_at > utc_now()]

    def await_owner(self, *, seconds: float = 20.0, other_than: Process | None = None) -> Process:
        """The process that comes to hold the lease."""

        def owned() -> bool:
            owner = self.owner()
            return owner is not None and owner is not other_than

        self.wait(owned, seconds=seconds, what="an owner of the portal")
        owner = self.owner()
        assert owner is not None
        return owner

    def wait(self, come: Callable[[], bool], *, seconds: float, what: str) -> float:
        """Seconds until this came true; AssertionError with the state of everything if it did not."""
        began = time.monotonic()
        while not _true(come):
            if time.monotonic() - began > seconds:
                message = f"{what}: not within {seconds} s\n{self.dump()}"
                raise AssertionError(message)
            time.sleep(_LOOK)
        return time.monotonic() - began

    def agree(self, *, seconds: float) -> float:
        """Seconds until everything is at rest, with every record in agreement and nothing left anywhere."""
        calm_since = time.monotonic()

        def settled() -> bool:
            nonlocal calm_since
            if self._busy() or self.differences():
                calm_since = time.monotonic()
            return time.monotonic() - calm_since >= _CALM

        return self.wait(settled, seconds=seconds, what="both CRMs in agreement and at rest")

    def differences(self) -> list[str]:
        """What the judge says."""
        return differences(self.crms.hubspot, self.crms.salesforce, self.office.words())

    def nothing_left(self) -> list[str]:
        """What still stands in tables and queues although all is at rest; empty when it is as it must be.

        Every record is looked at once more first, as an operator's replay would: that may write nothing.
        """
        before = self.crms.writes()
        with self.stores.database.transaction() as tx:
            looks = [_look(ref) for ref in records(self.crms)]
            tx.pending.merge(looks, work_class=WorkClass.LIVE, now=utc_now(), due_at=utc_now())
        self.agree(seconds=45)
        self.wait(lambda: not self.unacked(), seconds=_TICKS, what="empty queues, nothing unacknowledged")
        written = self.crms.writes() - before
        found = [f"{written} calls wrote although all agreed"] if written else []
        return found + remains(self.stores, self.crms, persons=len(self.office.words()))

    def letters(self) -> list[DeadLetter]:
        """Every dead letter that is open."""
        with self.stores.database.transaction() as tx:
            return tx.dead_letters.find(limit=10_000)

    def dump(self) -> str:
        """The state of everything, for a failure's message."""
        parts = [
            f"changes made: {self.office.changes}, notices waiting in the CRMs: {self.crms.waiting()}",
            f"queues: {_tried(self.stores.broker.depth)} {_tried(self.unacked)}",
            f"tables: {_tried(self._counts)}",
            f"pending: {_tried(self._pending_rows)}",
            f"leases: {_tried(self.leases)}",
            f"database sessions: {_tried(self._sessions)}",
            f"dead letters: {_tried(self.letters)}",
            "differences:",
            *self.differences()[:20],
            "history of the first of them:",
            *_tried_lines(self._history),
            *(process.last_words() for process in self.processes.values()),
            *(process.last_words(5) for process in self.fallen[-3:]),
        ]
        return "\n".join(parts)

    def _busy(self) -> bool:
        if self.crms.waiting() or self.stores.broker.depth() != QueueDepth(inbox=0, dead=0):
            return True
        with self.stores.database.transaction() as tx:
            return tx.counts(PORTAL, now=utc_now()).pending > 0

    def _counts(self) -> str:
        with self.stores.database.transaction() as tx:
            counts = tx.counts(PORTAL, now=utc_now())
            next_due = tx.pending.next_due(PORTAL)
        return f"{counts}, next due {next_due}, now {utc_now()}"

    def _history(self) -> list[str]:
        """What was decided on the first person that differs, and the link as it stands."""
        email = next(iter(self.differences()), "").partition(":")[0].casefold()
        with self.stores.database.transaction() as tx:
            entries = tx.activity.history(PORTAL, email=email, limit=20)
            links = tx.links.by_email(PORTAL, email)
        return [str(one) for one in (*entries, *links)]

    def _sessions(self) -> str:
        query = text(
            "SELECT pid, state, wait_event_type, wait_event, now() - query_start, now() - xact_start, "
            "left(query, 80) FROM pg_stat_activity "
            "WHERE application_name = 'diptych' AND xact_start IS NOT NULL"
        )
        with self.stores.database.transaction() as tx:
            rows = tx.connection.execute(query).all() if isinstance(tx, SqlTransaction) else []
        return "\n".join(str(tuple(map(str, row))) for row in rows)

    def _pending_rows(self) -> str:
        with self.stores.database.transaction() as tx:
            if not isinstance(tx, SqlTransaction):
                return "unknown"
            rows = tx.connection.execute(select(pending).limit(5)).all()
            links = tx.links.of(PORTAL, {row.ref for row in rows})
        return "\n".join(f"{row} {links.get(row.ref)}" for row in rows)


def _look(ref: RecordRef) -> Change:
    """A notice that claims no time of its own, so no read is too old for it."""
    return Change(
        portal=PORTAL,
        ref=ref,
        kind=Kind.UPDATED,
        occurred_at=datetime.fromtimestamp(0, UTC),
        origin=Origin.REPLAY,
        trace_id="again",
    )


def _pid(lease: Lease) -> int:
    return int(lease.owner.split(":")[1])


def _true(come: Callable[[], bool]) -> bool:
    """Whether it is so; not, while a server that is asked is away."""
    try:
        return come()
    except DiptychError:
        return False


def _tried(question: Callable[[], object]) -> object:
    try:
        return question()
    except Exception as error:  # noqa: BLE001  # a message about a failure must not fail itself
        return f"({type(error).__name__}: {error})"


def _tried_lines(question: Callable[[], list[str]]) -> list[str]:
    found = _tried(question)
    return found if isinstance(found, list) else [str(found)]


def tell(text: str) -> None:
    """A line that pytest shows with -s, and in the report of a failure."""
    sys.stdout.write(f"{text}\n")
