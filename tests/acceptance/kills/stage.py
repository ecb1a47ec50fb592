"""The whole system on real servers: both CRMs, the product's processes, and a look into its tables."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import select

from adapters.database.database import SqlTransaction
from adapters.database.tables import pending
from contract.activity import DeadLetter, Lease
from contract.errors import DiptychError
from contract.links import Intent, Link, LinkState
from contract.ports import QueueDepth
from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, SALESFORCE_LEAD, RecordRef, Side
from diptych.config import Config
from diptych.wiring import Stores, utc_now
from tests.acceptance.kills.crms import PORTAL, Crms
from tests.acceptance.kills.judge import differences
from tests.acceptance.kills.office import Office
from tests.acceptance.kills.processes import Process

_LOOK = 0.1
_CALM = 1.0
"""Seconds for which nothing may move before both CRMs are said to be at rest."""


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

    def start(self, name: str, command: str, *, lease_seconds: float = 0.0) -> Process:
        """A process `diptych <command>`; the one of that name before must have ended."""
        before = self.processes.get(name)
        if before is not None:
            assert not before.running
            self.fallen.append(before)
        process = Process(name, command, self.environ, lease_seconds=lease_seconds)
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
        """What still stands in tables and queues although all is at rest; empty when it is as it must be."""
        links, letters = self.links(), self.letters()
        live = [link for link in links if link.state is LinkState.LIVE]
        left = [f"dead letter: {one.ref} {one.field or ''} {one.code} {one.says}" for one in letters]
        left += [f"link not live: {link}" for link in links if link.state is not LinkState.LIVE]
        left += [f"unsettled intent: {link.id} {one}" for link in links for one in _unsettled(link)]
        if len(live) != len(self.office.words()):
            left.append(f"{len(live)} live links of {len(self.office.words())} persons")
        queued = self.unacked()
        return [*left, *([f"the broker's queues: {queued}"] if queued else [])]

    def links(self) -> list[Link]:
        """The link of every record there is, live or not."""
        refs = [
            RecordRef(side=Side.HUBSPOT, object_type=HUBSPOT_CONTACT, id=row["id"])
            for row in self.crms.hubspot.state(PORTAL)
        ]
        refs += [
            RecordRef(side=Side.SALESFORCE, object_type=kind, id=row["Id"])
            for kind in (SALESFORCE_LEAD, SALESFORCE_CONTACT)
            for row in self.crms.salesforce.state(kind)
        ]
        with self.stores.database.transaction() as tx:
            return list({link.id: link for link in tx.links.of(PORTAL, refs).values()}.values())

    def letters(self) -> list[DeadLetter]:
        """Every dead letter that is open."""
        with self.stores.database.transaction() as tx:
            return tx.dead_letters.find(limit=10_000)

    def dump(self) -> str:
        """The state of everything, for a failure's message."""
        parts = [
            f"changes made: {self.office.changes}, notices waiting in the CRMs: {self.crms.waiting()}",
            f"queues: {_tried(lambda: self.stores.broker.depth())} {_tried(self.unacked)}",
            f"tables: {_tried(self._counts)}",
            f"pending: {_tried(self._pending_rows)}",
            f"leases: {_tried(self.leases)}",
            f"dead letters: {_tried(self.letters)}",
            "differences:",
            *self.differences()[:20],
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


    def _pending_rows(self) -> str:
        with self.stores.database.transaction() as tx:
            if not isinstance(tx, SqlTransaction):
                return "unknown"
            rows = tx.connection.execute(select(pending).limit(5)).all()
            links = tx.links.of(PORTAL, {row.ref for row in rows})
        return "\n".join(f"{row} {links.get(row.ref)}" for row in rows)


def _unsettled(link: Link) -> Iterator[Intent]:
    """The newest intent of a side, if its write was never answered nor seen."""
    for side in Side:
        newest = max((one for one in link.intents if one.side is side), key=_sent, default=None)
        if newest is not None and not newest.settled:
            yield newest


def _sent(intent: Intent) -> float:
    return intent.sent_at.timestamp()


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


def tell(text: str) -> None:
    """A line that pytest shows with -s, and in the report of a failure."""
    sys.stdout.write(f"{text}\n")
