"""Links, found by either end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.database.link_json import from_row, to_row
from adapters.database.statements import Store, chunks
from adapters.database.tables import links as table
from contract.errors import LeaseLost
from contract.links import Ended, Link, LinkState
from contract.records import RecordRef, Side


class LinkStore(Store):
    """Implements contract.ports.LinkStore."""

    def of(self, portal: int, refs: Collection[RecordRef]) -> dict[RecordRef, Link]:
        wanted = set(refs)
        links: dict[int | None, Link] = {}
        for condition in ends(wanted):
            rows = self._connection.execute(select(table).where(table.c.portal == portal, condition))
            links.update({link.id: link for link in map(from_row, rows)})
        found: dict[RecordRef, Link] = {}
        # All of them in one order: a link found by one of its ends may be the lesser one of its other end.
        for link in sorted(links.values(), key=_says_most_last):
            found.update({end: link for end in link.ends if end in wanted})
        return found

    def store(self, links: Sequence[Link]) -> list[Link]:
        """All or nothing. Updates go before inserts: a new link may take a record that another gives up."""
        try:
            with self._connection.begin_nested():
                self._update([link for link in links if link.id is not None])
                ids = iter(self._insert([link for link in links if link.id is None]))
        except IntegrityError as error:
            raise LeaseLost("another worker linked one of these records meanwhile") from error
        return [
            replace(link, id=next(ids) if link.id is None else link.id, version=link.version + 1)
            for link in links
        ]

    def _insert(self, new: Sequence[Link]) -> list[int]:
        ids: list[int] = []
        statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        for chunk in chunks(new):
            ids += self._connection.execute(statement, [to_row(link) for link in chunk]).scalars()
        return ids

    def _update(self, changed: Sequence[Link]) -> None:
        if not changed:
            return
        stored = self._locked([link.id for link in changed if link.id is not None])
        for link in changed:
            row = stored.get(link.id)
            if row is None or row.version != link.version:
                raise LeaseLost(f"link {link.id} was changed by another worker meanwhile")
        self._give_up_ends(changed, stored)
        statement = update(table).where(table.c.id == bindparam("at_id"))
        self._connection.execute(statement, [{"at_id": link.id, **to_row(link)} for link in changed])

    def _locked(self, ids: Iterable[int]) -> dict[int | None, Row[Any]]:
        rows: dict[int | None, Row[Any]] = {}
        columns = (table.c.id, table.c.version, table.c.state, table.c.hubspot_id, table.c.salesforce_id)
        for chunk in chunks(sorted(ids)):
            statement = select(*columns).where(table.c.id.in_(chunk)).order_by(table.c.id)
            rows |= {row.id: row for row in self._connection.execute(statement.with_for_update())}
        return rows

    def _give_up_ends(self, changed: Sequence[Link], stored: dict[int | None, Row[Any]]) -> None:
        """Let go of the records that links leave, for the one that takes a record may be written first."""
        leaving = [
            link.id
            for link in changed
            if stored[link.id].state != LinkState.ENDED.value
            and (link.state is LinkState.ENDED or _ids(link) != tuple(stored[link.id])[3:])
        ]
        for chunk in chunks(leaving):
            self._connection.execute(
                update(table).where(table.c.id.in_(chunk)).values(state=LinkState.ENDED.value)
            )

    def by_email(self, portal: int, emails: Collection[str]) -> list[Link]:
        found: list[Link] = []
        for chunk in chunks(sorted(set(emails) - {""})):
            statement = select(table).where(table.c.portal == portal, table.c.email.in_(chunk))
            found += [from_row(row) for row in self._connection.execute(statement)]
        return sorted(found, key=lambda link: link.id or 0)

    def oldest_seen(self, portal: int, *, after: int, limit: int) -> list[Link]:
        statement = (
            select(table)
            .where(table.c.portal == portal, table.c.state == LinkState.LIVE.value, table.c.id > after)
            .order_by(table.c.id)
            .limit(limit)
        )
        return [from_row(row) for row in self._connection.execute(statement)]


def _ids(link: Link) -> tuple[str | None, str | None]:
    return (
        link.hubspot.id if link.hubspot else None,
        link.salesforce.id if link.salesforce else None,
    )


def _says_most_last(link: Link) -> tuple[bool, bool, int]:
    """Ended links before others, those that ended in a merge before all, each sort by age."""
    return (link.state is not LinkState.ENDED, link.ended is not Ended.MERGED, link.id or 0)


def ends(refs: Iterable[RecordRef]) -> Iterator[ColumnElement[bool]]:
    """Conditions that together find the links of these records, few refs or many."""
    by_type: defaultdict[tuple[Side, str], list[str]] = defaultdict(list)
    for ref in refs:
        by_type[ref.side, ref.object_type].append(ref.id)
    for (side, object_type), ids in by_type.items():
        hubspot = side is Side.HUBSPOT
        type_column = table.c.hubspot_object if hubspot else table.c.salesforce_object
        id_column = table.c.hubspot_id if hubspot else table.c.salesforce_id
        for chunk in chunks(ids):
            yield and_(type_column == object_type, id_column.in_(chunk))
