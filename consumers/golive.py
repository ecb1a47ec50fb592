"""Going live: adopted pairs stored as links, and the report of what observing has found since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from consumers.adopt import Adoption, Plan
from consumers.effects import Key, of_notice
from consumers.intents import ended_first
from consumers.settle import UNTIL_ON
from contract.activity import ActivityEntry, StoredReport
from contract.changes import LONG_AGO, Change, Kind, Origin
from contract.decisions import ReportKind
from contract.errors import InvalidInput, LeaseLost
from contract.pending import WorkClass
from contract.ports import Database, Transaction
from contract.records import RecordRef
from contract.settings import Portal, SyncMode

_CHUNK = 500
"""Links stored in one transaction: the worker's own wait no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What stands in the tables: live links, records that wait for the sync to be on, and what for.

    `told` counts persons whose newest decision would write something, `outdated` those of them who were
    decided under other settings than today's, `sync.mode` aside.
    """

    links: int
    waiting: int
    told: int
    outdated: int
    effects: Mapping[Key, int]
    duplicates: Sequence[StoredReport]


def observed(tx: Transaction, portal: int, *, now: datetime) -> Observed:
    """The go-live report as observing has it at this moment; asks no CRM."""
    effects, told, outdated, current = Counter[Key](), 0, 0, _like_todays(tx, portal)
    for entry in tx.observed.newest(portal, UNTIL_ON):
        keys = of_notice(entry.notice)
        told += bool(keys)
        outdated += bool(keys) and entry.settings_version not in current
        effects.update(keys)
    reports = tx.activity.reports(portal)
    return Observed(
        links=tx.counts(portal, now=now).links,
        waiting=tx.observed.waiting(portal, UNTIL_ON),
        told=told,
        outdated=outdated,
        effects=effects,
        duplicates=[one for one in reports if one.kind == ReportKind.DUPLICATE],
    )


def _like_todays(tx: Transaction, portal: int) -> set[int]:
    """The versions whose settings are those of the newest: pausing and resuming make versions, too."""
    versions = [replace(one.portal.settings, mode=SyncMode.OFF) for one in tx.portals.versions(portal)]
    return {one.version for one in versions if replace(one, version=versions[-1].version) == versions[-1]}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStore:
    """Stores a plan; neither CRM is touched."""

    portal: Portal
    database: Database
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    def store(self, plan: Plan) -> int:
        """Link the pairs, and make them pending; returns how many links were made.

        A record that was linked meanwhile stays as it is. Raises InvalidInput where the sync is on by now.
        """
        with self.database.transaction() as tx:
            refuse_while_on(tx, self.portal)
            tx.activity.report(self.portal.number, plan.reports, at=self.clock())
        pairs = plan.adoptions
        return sum(self._keep(pairs[start : start + _CHUNK]) for start in range(0, len(pairs), _CHUNK))

    def _keep(self, pairs: Sequence[Adoption]) -> int:
        """Store them together; where somebody else linked one of them just now, in ever smaller parts."""
        try:
            with self.database.transaction() as tx:
                refuse_while_on(tx, self.portal)
                return self._store(tx, pairs)
        except LeaseLost:
            if len(pairs) == 1:
                return 0
        half = len(pairs) // 2
        return self._keep(pairs[:half]) + self._keep(pairs[half:])

    def _store(self, tx: Transaction, pairs: Sequence[Adoption]) -> int:
        now = self.clock()
        tx.links.store(ended_first([link for pair in pairs for link in (*pair.others, pair.link)]))
        changes = [self._change(ref) for pair in pairs for ref in (pair.contact, pair.partner)]
        tx.pending.merge(changes, work_class=WorkClass.BACKFILL, now=now, due_at=now)
        tx.activity.add([self._entry(pair, now) for pair in pairs])
        return len(pairs)

    def _change(self, ref: RecordRef) -> Change:
        return Change(
            portal=self.portal.number,
            ref=ref,
            kind=Kind.UPDATED,
            occurred_at=LONG_AGO,
            origin=Origin.BACKFILL,
            trace_id=self.new_id(),
        )

    def _entry(self, pair: Adoption, now: datetime) -> ActivityEntry:
        says = f"{pair.contact} is linked with {pair.partner}, as the native connector had linked them"
        says += "" if pair.emails_agree else "; their e-mails differ"
        return ActivityEntry(
            portal=self.portal.number,
            at=now,
            trace_id=self.new_id(),
            refs=(pair.contact, pair.partner),
            email=pair.link.email,
            settings_version=self.portal.settings.version,
            notice={"records": [str(pair.contact)], "kinds": ["adopted"]},
            verdicts=({"rule": "adopt", "says": says},),
            writes=(),
        )


def refuse_while_on(tx: Transaction, portal: Portal) -> None:
    """Raise InvalidInput where the sync is on: the rules link whom they meet then, one at a time."""
    if tx.portals.mode(portal.number) is SyncMode.ON:
        raise InvalidInput(
            f"portal {portal.number} is on: adopt links while nothing is written yet; "
            f"`diptych portals resume {portal.number} --observe` goes back to observing"
        )
