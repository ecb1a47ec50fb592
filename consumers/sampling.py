"""The persons a job looks at: linked pairs, records without a link, recent deletions, as pending rows.

The rows stand in no table. They claim no time of a notice, so no read is too old for them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from consumers.people import Person, gather
from contract.changes import LONG_AGO, Kind
from contract.kinds import KINDS
from contract.links import Ended, Link, LinkState
from contract.pending import PendingRow, WorkClass
from contract.ports import Database, Survey
from contract.records import RecordRef, Side

OBJECTS: Mapping[Side, tuple[str, ...]] = {
    side: tuple(name for kind in KINDS for name in kind.types(side)) for side in Side
}
DELETED_FROM = OBJECTS[Side.SALESFORCE]
_STEPS = 20
"""Places in the order of links, from the oldest on, at which a part of the sample is taken."""
_After = Callable[[int, int], list[Link]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows to decide, with the links that they belong to. A row without a link is a person of its own."""

    rows: Sequence[PendingRow] = ()
    links: Mapping[RecordRef, Link] = field(default_factory=dict)

    def people(self, portal: int, now: datetime) -> list[Person]:
        """Fresh persons, of whom nothing is decided yet."""
        return gather(self.rows, self.links, portal=portal, now=now)


def pairs(database: Database, portal: int, limit: int) -> Sample:
    """Linked pairs, evenly spread from the oldest link to the newest."""
    with database.transaction() as tx:

        def after(place: int, most: int) -> list[Link]:
            return tx.links.oldest_seen(portal, after=place, limit=most)

        links = after(0, limit + 1)
        if len(links) > limit:
            first, last = (links[0].id or 1) - 1, _last(after)
            size = -(-limit // _STEPS)
            places = range(first, last, max(1, (last - first) // _STEPS))
            found = {link.id: link for place in places for link in after(place, size)}
            links = list(found.values())[:limit]
    return of_links(portal, links)


def of_links(portal: int, links: Iterable[Link]) -> Sample:
    """Both ends of each link, as if each had been edited."""
    ends = {end: link for link in links for end in link.ends}
    return Sample(rows=[row(portal, ref) for ref in ends], links=ends)


def _last(after: _After) -> int:
    """The id of the newest link, found by halving: ids rise, and those of a portal have gaps."""
    low, high = 0, 1
    while after(high, 1):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if after(middle, 1) else (low, middle)
    return high


def unlinked(
    database: Database,
    portal: int,
    survey: Survey,
    side: Side,
    limit: int,
    *,
    besides: Collection[RecordRef] = (),
) -> Sample:
    """The records of one side without a link that were modified last; of each object its share.

    `besides` are records that are about to be linked.
    """
    objects = OBJECTS[side]
    share = -(-limit // len(objects))
    free = {
        name: (ref for ref in _free(database, portal, survey, name) if ref not in besides) for name in objects
    }
    refs = [ref for found in free.values() for ref in islice(found, share)]
    return Sample(rows=[row(portal, ref) for ref in refs[:limit]])


def _free(database: Database, portal: int, survey: Survey, object_type: str) -> Iterator[RecordRef]:
    for page in survey.newest(object_type):
        with database.transaction() as tx:
            links = tx.links.of(portal, set(page))
        yield from (ref for ref in page if ref not in links)


def deletions(database: Database, portal: int, survey: Survey, limit: int) -> Sample:
    """The last deletions of Salesforce records that a link knows, as if none of them were settled yet.

    HubSpot's deletions write nothing in Salesforce under any settings, so they are not asked for.
    """
    found = [ref for name in DELETED_FROM for ref in survey.deleted(name, limit)]
    with database.transaction() as tx:
        links = tx.links.of(portal, set(found))
        contacts = tx.links.of(portal, {link.hubspot for link in links.values() if link.hubspot})
    known = {
        ref: links[ref].changed(state=LinkState.LIVE, ended=None)
        for ref in found
        if ref in links and _deleted_while_linked(links[ref], contacts)
    }
    chosen = dict(islice(known.items(), limit))
    return Sample(rows=[row(portal, ref, Kind.DELETED) for ref in chosen], links=chosen)


def _deleted_while_linked(link: Link, contacts: Mapping[RecordRef, Link]) -> bool:
    """Whether the deletion met a link, and its contact has no other partner by now."""
    ended = link.state is LinkState.LIVE or link.ended is Ended.SALESFORCE_DELETED
    return ended and link.hubspot is not None and contacts[link.hubspot].id == link.id


def row(portal: int, ref: RecordRef, kind: Kind = Kind.UPDATED) -> PendingRow:
    """A row that nobody noticed anything for."""
    return PendingRow(
        portal=portal,
        ref=ref,
        kinds=frozenset({kind}),
        noticed_at=LONG_AGO,
        received_at=LONG_AGO,
        first_received_at=LONG_AGO,
        work_class=WorkClass.BACKFILL,
        due_at=LONG_AGO,
        trace_id="",
    )
