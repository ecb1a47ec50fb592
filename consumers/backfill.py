"""Backfill: all linked pairs become pending, behind whatever is live, and are decided as they stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from contract.changes import LONG_AGO, Change, Kind, Origin
from contract.links import Link
from contract.pending import WorkClass
from contract.ports import Database

CHUNK = 500
"""Pairs of one transaction: the worker's own wait no longer."""


def all_pairs(
    database: Database, portal: int, *, clock: Callable[[], datetime], new_id: Callable[[], str]
) -> int:
    """Make both records of each live link pending; returns how many pairs there were.

    Whoever is pending already stays in his class. Again and again makes no difference, and one that was
    broken off is simply begun anew.
    """
    pairs, last = 0, 0
    while True:
        with database.transaction() as tx:
            links = tx.links.oldest_seen(portal, after=last, limit=CHUNK)
            now = clock()
            changes = [change for link in links for change in _changes(link, new_id)]
            tx.pending.merge(changes, work_class=WorkClass.BACKFILL, now=now, due_at=now)
        pairs += len(links)
        if len(links) < CHUNK:
            return pairs
        last = links[-1].id or 0


def _changes(link: Link, new_id: Callable[[], str]) -> list[Change]:
    """Both ends, for either may have been edited unheard. Long ago: nothing newer must be waited for."""
    return [
        Change(
            portal=link.portal,
            ref=end,
            kind=Kind.UPDATED,
            occurred_at=LONG_AGO,
            origin=Origin.BACKFILL,
            trace_id=new_id(),
        )
        for end in (link.hubspot, link.salesforce)
        if end is not None
    ]
