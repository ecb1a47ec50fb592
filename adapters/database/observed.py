"""The newest entry of each record that waits, for reports of what observing has found."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from adapters.database.activity import EntryStore
from adapters.database.statements import chunks
from adapters.database.tables import activity, activity_refs, pending
from contract.activity import ActivityEntry


class ObservedStore(EntryStore):
    """Implements contract.ports.ObservedStore."""

    def newest(self, portal: int, waits_on: str) -> Iterator[ActivityEntry]:
        ids = self._connection.scalars(
            select(func.max(activity.c.id))
            .select_from(pending)
            .join(activity_refs, activity_refs.c.ref == pending.c.ref)
            .join(activity, activity.c.id == activity_refs.c.activity)
            .where(pending.c.portal == portal, pending.c.waits_on == waits_on, activity.c.portal == portal)
            .group_by(pending.c.ref)
        )
        for chunk in chunks(sorted(set(ids))):
            yield from self.of_ids(chunk)

    def waiting(self, portal: int, waits_on: str) -> int:
        rows = select(func.count()).select_from(pending)
        theirs = rows.where(pending.c.portal == portal, pending.c.waits_on == waits_on)
        return int(self._connection.execute(theirs).scalar_one())
