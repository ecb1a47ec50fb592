"""The records that need a look: merging notices in, taking due rows, finishing them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    TextClause,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    text,
    update,
)

from adapters.database.column_types import ref_text
from adapters.database.pending_rows import folded, to_row, unchanged
from adapters.database.statements import Store, chunks, enter, greater, insert_into, lesser
from adapters.database.tables import pending, pending_merged
from contract.changes import Change
from contract.pending import PendingRow, Postponed, WorkClass
from contract.records import RecordRef

_ALONE = 2
"""Rows that crashed a worker so often are tried alone."""
FIRST_REST = timedelta(seconds=10)
_MOST_DOUBLINGS = 4
_CRASHED_ONCE = 50
"""Rows that crashed a worker once are tried again in batches of at most so many, then alone."""


class PendingStore(Store):
    """Implements contract.ports.PendingStore.

    Whoever writes a portal's rows has them to itself until its transaction ends. Row locks would not do:
    a settling transaction writes rows in several steps, and a merge between them could hold what a later
    step needs while it waits for what an earlier step wrote.
    """

    def merge(
        self, changes: Sequence[Change], *, work_class: WorkClass, now: datetime, due_at: datetime
    ) -> None:
        """Fold changes of the same record, then one upsert per chunk. Order makes no difference."""
        enter(self._connection, {change.portal for change in changes})
        rows = folded(changes, work_class=work_class, now=now, due_at=due_at)
        statement = insert_into(self._connection, pending)
        new, old = statement.excluded, pending.c
        upsert = statement.on_conflict_do_update(
            index_elements=[old.portal, old.ref],
            set_={
                "kinds": old.kinds.bitwise_or(new.kinds),
                "noticed_at": greater(old.noticed_at, new.noticed_at),
                "received_at": greater(old.received_at, new.received_at),
                "work_class": lesser(old.work_class, new.work_class),
                "due_at": case((old.crashes > _ALONE, old.due_at), else_=lesser(old.due_at, new.due_at)),
                "version": old.version + new.version,
                "trace_id": _newest_trace(old, new),
            },
        )
        for chunk in chunks(rows):
            self._connection.execute(upsert, chunk)
        self._merge_ids(changes)

    def _merge_ids(self, changes: Iterable[Change]) -> None:
        merged = sorted(
            {(change.portal, change.ref, gone) for change in changes for gone in change.merged_ids},
            key=lambda row: (row[0], ref_text(row[1]), row[2]),
        )
        statement = insert_into(self._connection, pending_merged).on_conflict_do_nothing()
        for chunk in chunks(merged):
            rows = [{"portal": portal, "ref": ref, "merged_id": gone} for portal, ref, gone in chunk]
            self._connection.execute(statement, rows)

    def take(self, portal: int, *, now: datetime, limit: int) -> list[PendingRow]:
        """The first due row says which sort of batch it is: sound, crashed once, or one row alone."""
        enter(self._connection, [portal])
        rows = self._next_batch(portal, now, limit)
        refs = [row.ref for row in rows]
        raised: dict[str, Any] = {"crashes": pending.c.crashes + 1}
        if rows and rows[0].crashes >= _ALONE:
            raised["due_at"] = now + _rest(rows[0].crashes)
        for chunk in chunks(refs):
            self._connection.execute(update(pending).where(_named(portal, chunk)).values(raised))
        merged = self._merged_ids(portal, refs)
        return [to_row(row, merged.get(row.ref, frozenset())) for row in rows]

    def _next_batch(self, portal: int, now: datetime, limit: int) -> list[Row[Any]]:
        first = self._due(portal, now, _ANY, min(limit, 1))
        if not first or first[0].crashes >= _ALONE:
            return first
        if first[0].crashes == 1:
            return self._due(portal, now, _CRASHED, min(limit, _CRASHED_ONCE))
        return self._due(portal, now, _SOUND, limit)

    def _due(self, portal: int, now: datetime, sort: TextClause, limit: int) -> list[Row[Any]]:
        """Class by class, for only then one index gives the rows in order without reading undue ones."""
        rows: list[Row[Any]] = []
        columns = pending.c
        for work_class in WorkClass:
            if len(rows) < limit:
                rows += self._connection.execute(
                    select(pending)
                    .where(columns.portal == portal, columns.work_class == int(work_class))
                    .where(columns.due_at <= now, sort)
                    .order_by(columns.due_at, columns.ref)
                    .limit(limit - len(rows))
                )
        return rows

    def _merged_ids(self, portal: int, refs: Sequence[RecordRef]) -> dict[RecordRef, frozenset[str]]:
        merged: defaultdict[RecordRef, set[str]] = defaultdict(set)
        columns = pending_merged.c
        for chunk in chunks(refs):
            named = and_(columns.portal == portal, columns.ref.in_(chunk))
            for row in self._connection.execute(select(columns.ref, columns.merged_id).where(named)):
                merged[row.ref].add(row.merged_id)
        return {ref: frozenset(ids) for ref, ids in merged.items()}

    def finish(self, done: Sequence[PendingRow], later: Sequence[Postponed], *, now: datetime) -> None:
        """Compare versions, then delete, move and free."""
        by_portal: defaultdict[int, tuple[list[PendingRow], list[Postponed]]] = defaultdict(lambda: ([], []))
        for row in done:
            by_portal[row.portal][0].append(row)
        for postponed in later:
            by_portal[postponed.row.portal][1].append(postponed)
        enter(self._connection, by_portal)
        for portal in by_portal:
            self._finish(portal, *by_portal[portal], now)

    def _finish(
        self, portal: int, done: Sequence[PendingRow], later: Sequence[Postponed], now: datetime
    ) -> None:
        rows = [*done, *(postponed.row for postponed in later)]
        stored = self._stored(portal, {row.ref for row in rows})
        same = {row.ref for row in rows if row.ref in stored and unchanged(row, stored[row.ref])}
        gone = [row.ref for row in done if row.ref in same]
        for chunk in chunks(gone):
            self._connection.execute(delete(pending).where(_named(portal, chunk)))
        moved = [postponed for postponed in later if postponed.row.ref in same.difference(gone)]
        self._move(portal, moved)
        # A grown row of finished work starts anew: it would be a new row, had the notice come a moment later.
        anew = {row.ref for row in done if row.ref in stored} - same
        self._free(portal, anew, {"crashes": 0, "due_at": now, "attempts": 0, "waits_on": None})
        self._free(portal, stored.keys() - same - anew, {"crashes": 0, "due_at": now})

    def _free(self, portal: int, refs: Iterable[RecordRef], values: Mapping[str, Any]) -> None:
        for chunk in chunks(refs):
            self._connection.execute(update(pending).where(_named(portal, chunk)).values(values))

    def _stored(self, portal: int, refs: Iterable[RecordRef]) -> dict[RecordRef, Row[Any]]:
        columns = (pending.c.ref, pending.c.version, pending.c.first_received_at)
        rows: dict[RecordRef, Row[Any]] = {}
        for chunk in chunks(refs):
            found = self._connection.execute(select(*columns).where(_named(portal, chunk)))
            rows |= {row.ref: row for row in found}
        return rows

    def _move(self, portal: int, moved: Sequence[Postponed]) -> None:
        if not moved:
            return
        columns = pending.c
        statement = (
            update(pending)
            .where(columns.portal == portal, columns.ref == bindparam("at_ref"))
            .values(crashes=0)
        )
        values = [
            {
                "at_ref": postponed.row.ref,
                "due_at": postponed.due_at,
                "work_class": int(postponed.work_class),
                "attempts": postponed.attempts,
                "waits_on": postponed.waits_on,
            }
            for postponed in moved
        ]
        self._connection.execute(statement, values)

    def next_due(self, portal: int) -> datetime | None:
        times = [
            self._connection.scalar(
                select(func.min(pending.c.due_at)).where(
                    pending.c.portal == portal, pending.c.work_class == int(work_class)
                )
            )
            for work_class in WorkClass
        ]
        return min((time for time in times if time is not None), default=None)

    def wake(self, portal: int, waits_on: Collection[str], *, now: datetime) -> None:
        """Raise the version too, so that a row being worked on meanwhile does not go to sleep again."""
        enter(self._connection, [portal])
        columns = pending.c
        for chunk in chunks(waits_on):
            self._connection.execute(
                update(pending)
                .where(columns.portal == portal, columns.waits_on.in_(chunk))
                .values(
                    due_at=lesser(columns.due_at, literal(now, columns.due_at.type)),
                    version=columns.version + 1,
                    waits_on=None,
                )
            )


def _rest(crashes: int) -> timedelta:
    """How long a row that is tried alone is left alone if its worker dies on it again.

    A worker that dies for another reason, time and again, would else meet the same row each time and have
    it buried; and whatever kills its worker lets the others' rows go first.
    """
    return FIRST_REST * (1 << min(crashes - _ALONE, _MOST_DOUBLINGS))


_ANY = text("crashes >= 0")
_SOUND = text("crashes = 0")
_CRASHED = text("crashes > 0 AND crashes = 1")
"""Literal, so that both planners see that the index over crashed rows serves."""


def _named(portal: int, refs: Collection[RecordRef]) -> ColumnElement[bool]:
    return and_(pending.c.portal == portal, pending.c.ref.in_(refs))


def _newest_trace(old: Any, new: Any) -> ColumnElement[str]:
    """The trace of the newest notice, on a tie the greater one, so that order makes no difference."""
    newer = or_(
        new.noticed_at > old.noticed_at,
        and_(new.noticed_at == old.noticed_at, new.trace_id > old.trace_id),
    )
    return case((newer, new.trace_id), else_=old.trace_id)
