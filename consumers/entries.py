"""Entries: who joined the inclusion list, of which HubSpot sends no notice.

The memberships are read in join order, from the page on which the last reading ended. A page that holds
nobody known from then was shifted there by members who left, so the list is read from its beginning.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from contract.changes import LONG_AGO, Change, Kind, Origin
from contract.errors import CrmError
from contract.pending import WorkClass
from contract.ports import Crm, Database, ListPage
from contract.records import HUBSPOT_CONTACT, RecordRef, Side

LISTED_LATE = timedelta(seconds=150)
"""For so long after a join others of the same moment may still appear before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a reading ended: when the last member had joined, and the cursor of the last page."""

    joined: datetime
    after: str | None

    def to_text(self) -> str:
        """For the watermark."""
        return json.dumps({"joined": self.joined.isoformat(), "after": self.after})

    @classmethod
    def of_text(cls, text: str) -> Place:
        """Of a watermark."""
        stored = json.loads(text)
        return cls(joined=datetime.fromisoformat(stored["joined"]), after=stored["after"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """One portal's list. Its place is a watermark."""

    database: Database
    portal: int
    list_id: str

    def begin(self, now: datetime) -> None:
        """Who is on the list when it is chosen is a backfill's work: only later joins count."""
        with self.database.transaction() as tx:
            if tx.watermarks.get(self.portal, self._name) is None:
                tx.watermarks.put(self.portal, self._name, Place(joined=now, after=None).to_text())

    def look(self, hubspot: Crm, *, now: datetime, trace_id: str) -> int:
        """Make the contacts pending that joined since the last look; returns how many.

        Raises CrmError; the place moves only once its page is pending.
        """
        with self.database.transaction() as tx:
            known = Place.of_text(tx.watermarks.get(self.portal, self._name) or "")
        found, newest = 0, known.joined
        for cursor, page in _pages(hubspot, self.list_id, known):
            newest = max([newest, *(joined for _, joined in page.members)])
            entered = [id_ for id_, joined in page.members if _is_news(joined, known, now)]
            changes = [_change(self.portal, id_, trace_id) for id_ in entered]
            with self.database.transaction() as tx:
                tx.pending.merge(changes, work_class=WorkClass.RETRY, now=now, due_at=now)
                tx.watermarks.put(self.portal, self._name, Place(joined=newest, after=cursor).to_text())
            found += len(changes)
        return found

    @property
    def _name(self) -> str:
        return f"hubspot:list:{self.list_id}"


def _is_news(joined: datetime, known: Place, now: datetime) -> bool:
    return joined > known.joined or now - joined < LISTED_LATE


def _pages(hubspot: Crm, list_id: str, known: Place) -> Iterator[tuple[str | None, ListPage]]:
    """Each page with the cursor that leads to it."""
    cursor = known.after
    page = _kept_page(hubspot, list_id, cursor)
    if page is None or not any(joined <= known.joined for _, joined in page.members):
        cursor, page = None, hubspot.joined(list_id, None)
    yield cursor, page
    while page.after is not None:
        cursor = page.after
        page = hubspot.joined(list_id, cursor)
        yield cursor, page


def _kept_page(hubspot: Crm, list_id: str, cursor: str | None) -> ListPage | None:
    """The page of a cursor kept from before; None where HubSpot does not take it any more."""
    if cursor is None:
        return None
    try:
        return hubspot.joined(list_id, cursor)
    except CrmError as error:
        if not error.fault.error.permanent:
            raise
        return None


def _change(portal: int, contact_id: str, trace_id: str) -> Change:
    return Change(
        portal=portal,
        ref=RecordRef(side=Side.HUBSPOT, object_type=HUBSPOT_CONTACT, id=contact_id),
        kind=Kind.LISTED,
        occurred_at=LONG_AGO,
        origin=Origin.SWEEP,
        trace_id=trace_id,
    )
