"""Whom an operator keeps out of the sync: one row per exclusion, and one per record that it covers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from adapters.database.links import ends
from adapters.database.standing_tables import excluded_records, exclusions
from adapters.database.statements import Store, chunks, insert_into
from adapters.database.tables import links
from contract.exclusions import Cover, Exclusion
from contract.links import LinkState
from contract.records import RecordRef

_OPEN = exclusions.c.ended_at.is_(None)


class ExclusionStore(Store):
    """Implements contract.ports.ExclusionStore."""

    def begin(
        self, portal: int, refs: Collection[RecordRef], *, author: str, reason: str, at: datetime
    ) -> Exclusion:
        known = min(self.of(portal, refs).values(), key=lambda one: one.id, default=None)
        made = self._insert(portal, author, reason, at) if known is None else known.id
        self.cover(portal, [Cover(exclusion=made, refs=tuple(refs))])
        self._unsettle(portal, refs)
        return self._exclusions(portal, [made])[0]

    def _insert(self, portal: int, author: str, reason: str, at: datetime) -> int:
        values = {"portal": portal, "author": author, "reason": reason, "since": at}
        statement = insert(exclusions).values(values).returning(exclusions.c.id)
        made: int = self._connection.execute(statement).scalar_one()
        return made

    def _unsettle(self, portal: int, refs: Collection[RecordRef]) -> None:
        """Let the links' versions grow, so that a batch which has decided about them is done again."""
        for theirs in ends(refs):
            named = (links.c.portal == portal, links.c.state != LinkState.ENDED.value, theirs)
            self._connection.execute(update(links).where(*named).values(version=links.c.version + 1))

    def cover(self, portal: int, covers: Iterable[Cover]) -> None:
        statement = insert_into(self._connection, excluded_records).on_conflict_do_nothing()
        rows = [
            {"portal": portal, "ref": ref, "exclusion": cover.exclusion}
            for cover in covers
            for ref in sorted(set(cover.refs))
        ]
        for chunk in chunks(rows):
            self._connection.execute(statement, chunk)

    def end(
        self, portal: int, refs: Collection[RecordRef], *, author: str, at: datetime
    ) -> Sequence[Exclusion]:
        ids = self._covering(portal, refs)
        found = self._exclusions(portal, ids)
        for some in chunks(sorted(ids)):
            gone = update(exclusions).where(exclusions.c.id.in_(some))
            self._connection.execute(gone.values(ended_at=at, ended_by=author))
        return found

    def of(self, portal: int, refs: Collection[RecordRef]) -> dict[RecordRef, Exclusion]:
        wanted, found = set(refs), dict[RecordRef, Exclusion]()
        for one in self._exclusions(portal, self._covering(portal, wanted)):
            for ref in wanted.intersection(one.refs):
                found.setdefault(ref, one)
        return found

    def standing(self, portal: int) -> Sequence[Exclusion]:
        named = (exclusions.c.portal == portal, _OPEN)
        return self._exclusions(portal, set(self._connection.scalars(select(exclusions.c.id).where(*named))))

    def _covering(self, portal: int, refs: Collection[RecordRef]) -> set[int]:
        """Which exclusions cover one of these; asked once only where the portal has none, as most do."""
        anybody = select(exclusions.c.id).where(exclusions.c.portal == portal, _OPEN).limit(1)
        if not refs or self._connection.scalar(anybody) is None:
            return set()
        ids: set[int] = set()
        covering = select(exclusions.c.id).join(
            excluded_records, excluded_records.c.exclusion == exclusions.c.id
        )
        for chunk in chunks(refs):
            named = (excluded_records.c.portal == portal, excluded_records.c.ref.in_(chunk), _OPEN)
            ids.update(self._connection.scalars(covering.where(*named)))
        return ids

    def _exclusions(self, portal: int, ids: Collection[int]) -> list[Exclusion]:
        """The oldest first, each with all its records."""
        rows: list[Row[Any]] = []
        refs: defaultdict[int, list[RecordRef]] = defaultdict(list)
        for chunk in chunks(sorted(ids)):
            rows += self._connection.execute(select(exclusions).where(exclusions.c.id.in_(chunk))).all()
            columns = excluded_records.c
            named = (columns.portal == portal, columns.exclusion.in_(chunk))
            for row in self._connection.execute(select(columns.exclusion, columns.ref).where(*named)):
                refs[row.exclusion].append(row.ref)
        return [
            Exclusion(
                id=row.id,
                author=row.author,
                reason=row.reason,
                since=row.since,
                refs=tuple(sorted(refs[row.id])),
            )
            for row in sorted(rows, key=lambda row: row.id)
        ]
