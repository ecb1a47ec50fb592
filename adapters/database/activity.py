"""What was decided and done: entries, reports and counts of API calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, insert, select, union

from adapters.database.api_calls import ApiCallStore
from adapters.database.reports import ReportStore
from adapters.database.statements import Store, chunks
from adapters.database.tables import activity, activity_refs
from contract.activity import ActivityEntry
from contract.records import RecordRef


class EntryStore(Store):
    """The entries, one per decision about one person."""

    def add(self, entries: Sequence[ActivityEntry]) -> None:
        statement = insert(activity).returning(activity.c.id, sort_by_parameter_order=True)
        for chunk in chunks(entries):
            ids = self._connection.execute(statement, [_to_row(entry) for entry in chunk]).scalars().all()
            refs = [
                {"activity": number, "place": place, "ref": ref, "record_id": ref.id}
                for number, entry in zip(ids, chunk, strict=True)
                for place, ref in enumerate(entry.refs)
            ]
            if refs:
                self._connection.execute(insert(activity_refs), refs)

    def history(
        self,
        portal: int | None,
        *,
        refs: Collection[RecordRef] = (),
        record_id: str = "",
        email: str = "",
        limit: int = 50,
    ) -> list[ActivityEntry]:
        """The newest `limit` entries that fit, oldest first; without any of the three, of all entries."""
        statement = select(activity)
        if refs or record_id or email:
            ids = union(*_fitting(refs, record_id, email)).subquery()
            statement = statement.where(activity.c.id.in_(select(ids.c.id)))
        if portal is not None:
            statement = statement.where(activity.c.portal == portal)
        newest = statement.order_by(activity.c.at.desc(), activity.c.id.desc()).limit(limit)
        return self._entries(list(self._connection.execute(newest))[::-1])

    def of_ids(self, ids: Sequence[int]) -> list[ActivityEntry]:
        """These entries, oldest first."""
        statement = select(activity).where(activity.c.id.in_(ids)).order_by(activity.c.id)
        return self._entries(self._connection.execute(statement).all())

    def expire(self, before: datetime, *, portal: int, limit: int = 10_000) -> int:
        """Delete at most `limit` of the portal's entries made before, oldest first; returns how many.

        Call it, each time in a transaction of its own, until it returns 0: so nobody waits for long.
        """
        old = select(activity.c.id).where(activity.c.portal == portal, activity.c.at < before)
        oldest = old.order_by(activity.c.at).limit(limit)
        return self._connection.execute(delete(activity).where(activity.c.id.in_(oldest))).rowcount

    def _entries(self, rows: Sequence[Row[Any]]) -> list[ActivityEntry]:
        ends = self._refs([row.id for row in rows])
        return [_from_row(row, tuple(ends.get(row.id, ()))) for row in rows]

    def _refs(self, ids: Sequence[int]) -> dict[int, list[RecordRef]]:
        found: defaultdict[int, list[RecordRef]] = defaultdict(list)
        for chunk in chunks(ids):
            statement = select(activity_refs.c.activity, activity_refs.c.ref)
            of_entries = statement.where(activity_refs.c.activity.in_(chunk))
            for row in self._connection.execute(of_entries.order_by(activity_refs.c.place)):
                found[row.activity].append(row.ref)
        return found


class ActivityStore(EntryStore, ReportStore, ApiCallStore):
    """Implements contract.ports.ActivityStore."""


def _fitting(refs: Collection[RecordRef], record_id: str, email: str) -> list[Select[int]]:
    queries = [_by_ref(activity_refs.c.ref.in_(chunk)) for chunk in chunks(refs)]
    if record_id:
        queries.append(_by_ref(activity_refs.c.record_id == record_id))
    if email:
        # The second condition is the index's own, so that SQLite may use it.
        queries.append(select(activity.c.id).where(activity.c.email == email, activity.c.email != ""))
    return queries


def _by_ref(condition: ColumnElement[bool]) -> Select[int]:
    return select(activity_refs.c.activity.label("id")).where(condition)


def _to_row(entry: ActivityEntry) -> dict[str, Any]:
    return {
        "portal": entry.portal,
        "at": entry.at,
        "trace_id": entry.trace_id,
        "email": entry.email,
        "settings_version": entry.settings_version,
        "notice": dict(entry.notice),
        "verdicts": [dict(verdict) for verdict in entry.verdicts],
        "writes": [dict(write) for write in entry.writes],
    }


def _from_row(row: Row[Any], refs: tuple[RecordRef, ...]) -> ActivityEntry:
    return ActivityEntry(
        id=row.id,
        portal=row.portal,
        at=row.at,
        trace_id=row.trace_id,
        refs=refs,
        email=row.email,
        settings_version=row.settings_version,
        notice=row.notice,
        verdicts=tuple(row.verdicts),
        writes=tuple(row.writes),
    )
