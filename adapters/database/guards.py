"""Guarded work: what was done lately, and what waits for an operator or was let go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select, tuple_, update

from adapters.database.standing_tables import guard_counts, held_work, releases
from adapters.database.statements import Store, chunks, enter, insert_into
from adapters.database.tables import pending
from contract.records import RecordRef
from contract.standing import GuardedWork, Held, HeldWork, Release


class GuardStore(Store):
    """Implements contract.ports.GuardStore."""

    def lately(
        self, portal: int, *, since: datetime, besides: Collection[RecordRef]
    ) -> Mapping[GuardedWork, int]:
        recent = (guard_counts.c.portal == portal, guard_counts.c.at > since)
        totals = self._sums(*recent)
        for chunk in chunks(besides):
            totals.subtract(self._sums(*recent, guard_counts.c.ref.in_(chunk)))
        return totals

    def _sums(self, *conditions: ColumnElement[bool]) -> Counter[GuardedWork]:
        total = func.sum(guard_counts.c.amount)
        rows = self._connection.execute(
            select(guard_counts.c.work, total.label("amount"))
            .where(*conditions)
            .group_by(guard_counts.c.work)
        )
        return Counter({GuardedWork(row.work): row.amount for row in rows})

    def count(
        self, portal: int, done: Mapping[tuple[GuardedWork, RecordRef], int], *, at: datetime, since: datetime
    ) -> None:
        columns = guard_counts.c
        old = (columns.portal == portal, columns.at <= since)
        self._connection.execute(delete(guard_counts).where(*old))
        statement = insert_into(self._connection, guard_counts)
        upsert = statement.on_conflict_do_update(
            index_elements=[columns.portal, columns.work, columns.ref],
            set_={"amount": statement.excluded.amount, "at": statement.excluded.at},
        )
        rows = [
            {"portal": portal, "work": work.value, "ref": ref, "amount": amount, "at": at}
            for (work, ref), amount in done.items()
        ]
        for chunk in chunks(rows):
            self._connection.execute(upsert, chunk)


class HeldStore(Store):
    """Implements contract.ports.HeldStore."""

    def hold(self, portal: int, held: Sequence[HeldWork], *, at: datetime) -> None:
        """Waits for the portal's pending rows, to which these belong, as every writer of those does."""
        enter(self._connection, [portal])
        there = self._rows_of(portal, {work.ref for work in held})
        columns = held_work.c
        statement = insert_into(self._connection, held_work)
        upsert = statement.on_conflict_do_update(
            index_elements=[columns.portal, columns.ref, columns.work, columns.target],
            set_={"amount": statement.excluded.amount, "released": False},
        )
        rows = [
            {
                "portal": portal,
                "ref": work.ref,
                "work": work.work.value,
                "target": work.target,
                "amount": work.amount,
                "since": at,
                "released": False,
            }
            for work in held
            if work.ref in there
        ]
        for chunk in chunks(rows):
            self._connection.execute(upsert, chunk)

    def _rows_of(self, portal: int, refs: Collection[RecordRef]) -> set[RecordRef]:
        found: set[RecordRef] = set()
        for chunk in chunks(refs):
            named = and_(pending.c.portal == portal, pending.c.ref.in_(chunk))
            found.update(self._connection.scalars(select(pending.c.ref).where(named)))
        return found

    def drop(self, portal: int, held: Sequence[HeldWork]) -> None:
        for chunk in chunks(held):
            key = tuple_(held_work.c.ref, held_work.c.work, held_work.c.target)
            named = key.in_([(one.ref, one.work.value, one.target) for one in chunk])
            self._connection.execute(delete(held_work).where(held_work.c.portal == portal, named))

    def of(self, portal: int, refs: Collection[RecordRef]) -> list[HeldWork]:
        columns = held_work.c
        found: set[HeldWork] = set()
        for chunk in chunks(refs):
            for named in (columns.ref.in_(chunk), columns.target.in_(chunk)):
                rows = self._connection.execute(select(held_work).where(columns.portal == portal, named))
                found.update(_held(row) for row in rows)
        return sorted(found, key=lambda one: (one.ref, one.work, one.target))

    def standing(self, portal: int) -> Mapping[GuardedWork, Held]:
        columns = held_work.c
        by_target = (
            select(
                columns.work,
                func.max(columns.amount).label("amount"),
                func.min(columns.since).label("since"),
            )
            .where(columns.portal == portal, columns.released.is_(False))
            .group_by(columns.work, columns.target)
            .subquery()
        )
        rows = self._connection.execute(
            select(
                by_target.c.work,
                func.count().label("records"),
                func.sum(by_target.c.amount).label("amount"),
                func.min(by_target.c.since).label("since"),
            ).group_by(by_target.c.work)
        )
        return {
            GuardedWork(row.work): Held(records=row.records, amount=row.amount, since=row.since)
            for row in rows
        }

    def release(
        self, portal: int, works: Collection[GuardedWork], *, author: str, comment: str, at: datetime
    ) -> list[Release]:
        enter(self._connection, [portal])
        found = {work: held for work, held in self.standing(portal).items() if work in works}
        let_go: dict[str, Any] = {"released": True}
        named = held_work.c.work.in_([work.value for work in found])
        self._connection.execute(update(held_work).where(held_work.c.portal == portal, named).values(let_go))
        made = [
            Release(
                work=work,
                records=held.records,
                amount=held.amount,
                author=author,
                comment=comment,
                at=at,
            )
            for work, held in sorted(found.items())
        ]
        if made:
            self._connection.execute(insert(releases), [_to_row(portal, release) for release in made])
        return made

    def releases(self, portal: int) -> list[Release]:
        rows = self._connection.execute(
            select(releases).where(releases.c.portal == portal).order_by(releases.c.id)
        )
        return [
            Release(
                work=GuardedWork(row.work),
                records=row.records,
                amount=row.amount,
                author=row.author,
                comment=row.comment,
                at=row.at,
            )
            for row in rows
        ]


def _held(row: Row[Any]) -> HeldWork:
    return HeldWork(
        ref=row.ref,
        work=GuardedWork(row.work),
        target=row.target,
        amount=row.amount,
        released=row.released,
    )


def _to_row(portal: int, release: Release) -> dict[str, Any]:
    return {
        "portal": portal,
        "work": release.work.value,
        "records": release.records,
        "amount": release.amount,
        "author": release.author,
        "comment": release.comment,
        "at": release.at,
    }
