"""Reconcile: one batch of one portal's due rows, from reading both sides to one settling transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from consumers import apply, claims, guards, intents
from consumers.deciding import Decide, decide_all
from consumers.doubts import schema_doubted
from consumers.facts import FactReader, is_lookup
from consumers.marks import as_written
from consumers.outcomes import Outcomes, store
from consumers.people import Person, gather, serialise
from consumers.retry import CRASHES_ALONE, Hold
from consumers.settle import longest, settle
from contract.activity import Lease
from contract.changes import Kind
from contract.decisions import Outcome
from contract.errors import LeaseLost
from contract.pending import PendingRow
from contract.ports import Crm, Database, Marks, RecordKey
from contract.records import STAMP_RESOLUTION, Record, RecordRef, Side
from contract.settings import Portal, Suspension, SyncMode

BATCH = 1000
"""Rows of one batch: ten HubSpot reads, one Salesforce retrieve and five Salesforce writes at most."""

_ONLY_ECHOES = frozenset({Kind.ECHOED})

CLOCKS_DIFFER = timedelta(seconds=5)
"""How far a CRM's clock and ours may be apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crms:
    """Both sides of one portal."""

    hubspot: Crm
    salesforce: Crm

    def by_side(self) -> Mapping[Side, Crm]:
        """The gateway of each side."""
        return {Side.HUBSPOT: self.hubspot, Side.SALESFORCE: self.salesforce}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a step did: rows taken, the wait that a CRM asked of the portal, the suspension it came under.

    `schema_doubted` says that a CRM refused a field as such, which its schema as last read did not tell.
    """

    rows: int
    hold: Hold | None = None
    suspension: Suspension | None = None
    schema_doubted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciler:
    """Works for any portal; holds no state between batches."""

    database: Database
    marks: Marks
    decide: Decide
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    jitter: Callable[[], float]
    clocks_differ: timedelta = CLOCKS_DIFFER

    def step(
        self,
        portal: Portal,
        lease: Callable[[], Lease],
        crms: Crms,
        *,
        shares_org: bool = False,
        may_write: Callable[[], None] = lambda: None,
    ) -> Batch:
        """Take due rows and bring their persons into agreement.

        `lease` gives the lease as last renewed; `shares_org` says whether another portal writes to the
        same Salesforce org; `may_write` raises CrmError (waiting) before a call that writes where the portal
        was paused meanwhile: the rest of the batch then waits. Raises LeaseLost when another worker owns the
        portal, having settled nothing; DatabaseUnavailable likewise.
        """
        lease = _unbroken(lease)
        rows = self._take(portal, lease())
        if not rows:
            return Batch(rows=0)
        gone, sound = self._parted(portal.number, rows)
        people = self._gather(portal.number, sound)
        reader = FactReader(
            portal=portal, hubspot=crms.hubspot, salesforce=crms.salesforce, database=self.database
        )
        decide_all(people, reader, portal.settings, self.decide)
        if shares_org and portal.settings.mode is SyncMode.ON:
            self._in_turn(people, portal, reader)
        ahead, later = serialise(people)
        if portal.settings.mode is SyncMode.ON:
            self._write(portal, ahead, lease, crms, may_write)
        batch = self._settle(portal, lease(), ahead=ahead, later=later, gone=gone)
        self._mark_seen(portal, ahead, reader)
        return replace(batch, rows=len(rows), schema_doubted=schema_doubted(ahead))

    def _write(
        self,
        portal: Portal,
        people: Sequence[Person],
        lease: Callable[[], Lease],
        crms: Crms,
        may_write: Callable[[], None],
    ) -> None:
        """Commit what is meant, then do it, but for what a guard holds."""

        def before_call() -> None:
            may_write()
            # Last, for asking whether we may write can take as long as a lease lasts.
            self._still_ours(lease())

        intents.commit(
            people,
            self.database,
            lease(),
            now=self.clock,
            new_id=self.new_id,
            admit=lambda tx: guards.admit(tx, portal, people, now=self.clock()),
        )
        free = [person for person in people if not person.held]
        apply.carry_out(free, crms.by_side(), before_call)

    def _take(self, portal: Portal, lease: Lease) -> list[PendingRow]:
        now = self.clock()
        with self.database.transaction() as tx:
            tx.leases.check(lease, now=now)
            return tx.pending.take(portal.number, now=now, limit=BATCH)

    def _parted(self, portal: int, rows: Sequence[PendingRow]) -> tuple[list[PendingRow], list[PendingRow]]:
        """Rows that need no look, and those that do.

        None is needed by rows that killed their worker too often, nor by echoes of writes that were
        settled since the inbox took them in: in a large batch most of them come before it ends.
        """
        echoes = {row.ref for row in rows if row.kinds == _ONLY_ECHOES and not row.attempts}
        stamps = self.marks.seen({as_written((portal, ref)) for ref in echoes})
        gone: list[PendingRow] = []
        sound: list[PendingRow] = []
        for row in rows:
            stamp = stamps.get(as_written((portal, row.ref)))
            known = row.ref in echoes and stamp is not None and row.noticed_at <= stamp
            (gone if known or row.crashes >= CRASHES_ALONE else sound).append(row)
        return gone, sound

    def _gather(self, portal: int, rows: Sequence[PendingRow]) -> list[Person]:
        with self.database.transaction() as tx:
            links = tx.links.of(portal, {row.ref for row in rows})
        return gather(rows, links, portal=portal, now=self.clock())

    def _in_turn(self, people: Sequence[Person], portal: Portal, reader: FactReader) -> None:
        """Find again, now that nobody else may create, those who are to be created in a shared org."""
        won = claims.take(people, portal, self.database, now=self.clock())
        reader.forget_lookups()
        for person in won:
            known = {q: answer for q, answer in person.facts.answers.items() if not is_lookup(q)}
            person.facts = replace(person.facts, answers=known)
        decide_all(won, reader, portal.settings, self.decide)

    def _still_ours(self, lease: Lease) -> None:
        if self.clock() >= lease.expires_at:
            message = f"the lease on portal {lease.portal} ran out before the writes"
            raise LeaseLost(message)

    def _settle(
        self,
        portal: Portal,
        lease: Lease,
        *,
        ahead: Sequence[Person],
        later: Sequence[Person],
        gone: Sequence[PendingRow],
    ) -> Batch:
        now, settings = self.clock(), portal.settings
        settled = [
            settle(person, now=now, mode=settings.mode, version=settings.version, jitter=self.jitter)
            for person in ahead
        ]
        outcomes = Outcomes(
            settled=list(zip(ahead, settled, strict=True)),
            later=later,
            echoes=[row for row in gone if row.crashes < CRASHES_ALONE],
            dead=[row for row in gone if row.crashes >= CRASHES_ALONE],
        )
        with self.database.transaction() as tx:
            tx.leases.check(lease, now=now)
            suspension = store(tx, portal, outcomes, now=now)
            claims.release(tx, [*ahead, *later], portal)
        hold = longest([result.hold for result in settled if result.hold])
        return Batch(rows=0, hold=hold, suspension=suspension)

    def _mark_seen(self, portal: Portal, people: Sequence[Person], reader: FactReader) -> None:
        """Remember the states that were settled. After the commit: a mark only saves a read."""
        stamps: dict[RecordKey, datetime] = {}
        for person in people:
            if person.decision.again or any(_comes_again(result.outcome) for result in person.results):
                continue
            for row in person.rows:
                record = reader.record(row.ref)
                if record:
                    stamps[portal.number, row.ref] = self._seen_until(record, person.facts.now)
            for result in person.results:
                if result.outcome.stamp and result.outcome.record_id:
                    ref = RecordRef(
                        side=result.write.side,
                        object_type=result.write.object_type,
                        id=result.outcome.record_id,
                    )
                    stamps[as_written((portal.number, ref))] = result.outcome.stamp
        self.marks.mark_seen(stamps)

    def _seen_until(self, record: Record, read_at: datetime) -> datetime:
        """The stamp up to which the record was seen.

        A read within the stamp's own tick may miss a later edit of the same stamp; one made well after
        it cannot.
        """
        tick = STAMP_RESOLUTION[record.ref.side]
        tick_is_over = read_at - record.modified_at > self.clocks_differ + tick
        return record.modified_at + tick if tick_is_over else record.modified_at


def _unbroken(lease: Callable[[], Lease]) -> Callable[[], Lease]:
    """The lease as last renewed, as long as nobody else can have held it since the batch began.

    A worker that was frozen may have got a lease that it lost anew: what it read before is out of date.
    """
    epoch = lease().epoch

    def unbroken() -> Lease:
        renewed = lease()
        if renewed.epoch != epoch:
            message = f"the lease on portal {renewed.portal} was lost while a batch was under way"
            raise LeaseLost(message)
        return renewed

    return unbroken


def _comes_again(outcome: Outcome) -> bool:
    """Whether the write failed for a passing reason; one refused for good is settled by its dead letter."""
    return outcome.fault is not None and not outcome.fault.error.permanent
