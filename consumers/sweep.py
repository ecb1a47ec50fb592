"""Sweep: finds what no notice announced, and turns it into pending rows of a lower class.

Salesforce sends no message for deletions, merges and undeletes, and either CRM may lose a notice. One
query per object by modification stamp shows them all. HubSpot lists no deleted contacts by stamp, so
linked ids are read again in rotation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from consumers.entries import Entries
from consumers.lookback import LISTED_BY_NOW, OVERLAP
from consumers.marks import already_seen
from consumers.roles import Roles
from contract.changes import LONG_AGO, Change, Kind, Origin
from contract.errors import CrmError
from contract.kinds import KINDS
from contract.links import Link, LinkState
from contract.pending import WorkClass
from contract.ports import Crm, Database, Marks, Transaction
from contract.records import HUBSPOT_CONTACT, Record, RecordRef, Side
from contract.settings import Portal
from rules.person import successor

ROTATION = 100
"""Linked HubSpot contacts read again per sweep: one call."""
_SOURCES = tuple(
    (side, name) for side in (Side.SALESFORCE, Side.HUBSPOT) for kind in KINDS for name in kind.types(side)
)
_ROTATION_NAME = "hubspot:rotation"
_LETTERS = 50
"""No record has more open dead letters than it has fields that we write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeper:
    """Sweeps one portal; holds no state but the watermarks in the database."""

    database: Database
    marks: Marks

    def sweep(self, portal: Portal, hubspot: Crm, salesforce: Crm, *, now: datetime, trace_id: str) -> int:
        """Look at everything modified since the last sweep; returns how many records became pending.

        Raises CrmError; the watermark of a source moves only once its rows are pending. A source that the
        CRM refuses for good, as an object that we may not see, keeps no other from being swept.
        """
        found, refused = 0, None
        for step in self._steps(portal, hubspot, salesforce, now, trace_id):
            try:
                found += step()
            except CrmError as error:
                if not error.fault.error.permanent:
                    raise
                refused = error
        if refused is not None:
            raise refused
        return found

    def _steps(
        self, portal: Portal, hubspot: Crm, salesforce: Crm, now: datetime, trace_id: str
    ) -> Iterator[Callable[[], int]]:
        """What a sweep looks through; nothing of the first one's beginning may hang on a CRM."""
        crms = {Side.HUBSPOT: hubspot, Side.SALESFORCE: salesforce}
        list_id = portal.settings.inclusion_list
        entries = Entries(database=self.database, portal=portal.number, list_id=list_id) if list_id else None
        since = self._since(portal.number, now)
        if entries:
            entries.begin(now)
        roles = self._roles(portal)
        if roles:
            roles.begin(now)
        for side, object_type in _SOURCES:
            name = f"{side}:{object_type}"
            yield partial(self._sweep_source, portal, crms[side], name, since[name], now, trace_id)
        yield partial(self._rotate, portal, hubspot, now, trace_id)
        if entries:
            yield partial(entries.look, hubspot, now=now, trace_id=trace_id)
        if roles:
            yield partial(roles.look, salesforce, now=now, trace_id=trace_id)

    def _roles(self, portal: Portal) -> Roles | None:
        """Contact roles, looked through only where they move stages: each look costs two calls."""
        if not portal.settings.automatic_stages:
            return None
        return Roles(database=self.database, marks=self.marks, portal=portal.number)

    def _sweep_source(
        self, portal: Portal, crm: Crm, name: str, since: datetime, now: datetime, trace_id: str
    ) -> int:
        _, _, object_type = name.partition(":")
        found, newest = 0, since
        for page in crm.changed(object_type, since - OVERLAP, ()):
            newest = max([newest, *(record.modified_at for record in page)])
            found += self._make_pending(portal, page, now, trace_id)
        self._advance(portal.number, name, max(newest, now - LISTED_BY_NOW).isoformat())
        return found

    def _since(self, portal: int, now: datetime) -> dict[str, datetime]:
        """The watermark of each source; a portal's first sweep begins now, what lies before is a backfill's.

        All beginnings are kept at once: were the first sweep to fail, the next must not begin later.
        """
        since: dict[str, datetime] = {}
        with self.database.transaction() as tx:
            for name in (f"{side}:{object_type}" for side, object_type in _SOURCES):
                text = tx.watermarks.get(portal, name)
                if text is None:
                    tx.watermarks.put(portal, name, now.isoformat())
                since[name] = datetime.fromisoformat(text) if text else now
        return since

    def _advance(self, portal: int, name: str, value: str) -> None:
        with self.database.transaction() as tx:
            tx.watermarks.put(portal, name, value)

    def _make_pending(self, portal: Portal, page: Sequence[Record], now: datetime, trace_id: str) -> int:
        stamps = self.marks.seen({(portal.number, record.ref) for record in page})
        with self.database.transaction() as tx:
            links = tx.links.of(portal.number, {record.ref for record in page})
            dead = [link for record in page if not record.live and (link := links.get(record.ref))]
            marked = _marked(tx, portal.number, page)
            resting = _waiting(tx, portal.number, dead) | (_kept_out(tx, portal.number, dead) - marked)
            changes = [
                change
                for record in page
                if (change := _change(portal.number, record, links.get(record.ref), marked, trace_id))
                and not already_seen(change, stamps)
                and (record.live or record.ref not in resting)
            ]
            tx.pending.merge(changes, work_class=WorkClass.RETRY, now=now, due_at=now)
        return len(changes)

    def _rotate(self, portal: Portal, hubspot: Crm, now: datetime, trace_id: str) -> int:
        with self.database.transaction() as tx:
            after = int(tx.watermarks.get(portal.number, _ROTATION_NAME) or 0)
            links = tx.links.oldest_seen(portal.number, after=after, limit=ROTATION)
        refs = [link.hubspot for link in links if link.hubspot]
        found = hubspot.read(HUBSPOT_CONTACT, {ref.id for ref in refs}, ()) if refs else {}
        gone = {ref: found.get(ref.id) for ref in refs if ref.id not in found or not found[ref.id].live}
        changes = [_gone(portal.number, ref, record, trace_id) for ref, record in gone.items()]
        last = links[-1].id if len(links) == ROTATION else 0
        with self.database.transaction() as tx:
            dead = [link for link in links if link.hubspot in gone]
            marked = _marked(tx, portal.number, [record for record in gone.values() if record is not None])
            resting = _waiting(tx, portal.number, dead) | (_kept_out(tx, portal.number, dead) - marked)
            changes = [change for change in changes if change.ref not in resting]
            tx.pending.merge(changes, work_class=WorkClass.RETRY, now=now, due_at=now)
            tx.watermarks.put(portal.number, _ROTATION_NAME, str(last))
        return len(changes)


def _gone(portal: int, ref: RecordRef, record: Record | None, trace_id: str) -> Change:
    """A contact that reads as dead is said to be; one that cannot be read is only worth another look."""
    if record is None:
        return _notice(portal, ref, Kind.UPDATED, LONG_AGO, trace_id)
    return _notice(portal, ref, Kind.DELETED, record.modified_at, trace_id)


def _waiting(tx: Transaction, portal: int, links: Sequence[Link]) -> set[RecordRef]:
    """The ends of those links whose person is a dead letter already: what waits for an operator rests."""
    ends = {ref for link in links for ref in link.ends}
    letters = tx.dead_letters.find(portal=portal, refs=ends, limit=len(ends) * _LETTERS) if ends else []
    named = {letter.ref for letter in letters if letter.field is None}
    pairs = [{link.hubspot, link.salesforce} for link in links]
    return {ref for pair in pairs if pair & named for ref in pair if ref is not None}


def _kept_out(tx: Transaction, portal: int, links: Sequence[Link]) -> set[RecordRef]:
    """The ends of those links that are never synced: a deletion is looked at once that is lifted."""
    ends = {ref for link in links for ref in link.ends}
    return set(tx.exclusions.of(portal, ends)) if ends else set()


def _marked(tx: Transaction, portal: int, page: Sequence[Record]) -> set[RecordRef]:
    """Those of an erased or never-synced person that live on as a record which has yet to get their mark.

    One that is joined with a contact of its own gets no tombstone, or it would be listed in vain each time.
    """
    heirs = {record.ref: heir for record in page if (heir := successor(record)) is not None}
    if not heirs:
        return set()
    every = {*heirs, *heirs.values()}
    erased, kept_out = tx.tombstones.erased_refs(portal, every), tx.exclusions.of(portal, every)
    links = tx.links.of(portal, set(heirs.values())) if erased else {}
    spared = erased | {ref for ref, link in links.items() if not link.ended}
    gone = {ref for ref, heir in heirs.items() if ref in erased and heir not in spared}
    return gone | {ref for ref, heir in heirs.items() if ref in kept_out and heir not in kept_out}


def _change(
    portal: int, record: Record, link: Link | None, marked: Collection[RecordRef], trace_id: str
) -> Change | None:
    """What the record's state says happened; nothing for a dead one that neither live link nor mark names."""
    if record.live:
        return _notice(portal, record.ref, Kind.UPDATED, record.modified_at, trace_id, record.merged_ids)
    if record.ref not in marked and (link is None or link.state is LinkState.ENDED):
        return None
    kind = Kind.MERGED if record.merged_into else Kind.UPDATED if record.converted else Kind.DELETED
    return _notice(portal, record.ref, kind, record.modified_at, trace_id)


def _notice(
    portal: int,
    ref: RecordRef,
    kind: Kind,
    occurred_at: datetime,
    trace_id: str,
    merged_ids: Iterable[str] = (),
) -> Change:
    return Change(
        portal=portal,
        ref=ref,
        kind=kind,
        occurred_at=occurred_at,
        merged_ids=tuple(merged_ids),
        origin=Origin.SWEEP,
        trace_id=trace_id,
    )
