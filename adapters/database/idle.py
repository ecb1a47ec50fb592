"""Mappings that take no part, since a CRM's schema does not bear them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import and_, case, delete, not_, or_, select

from adapters.database.link_json import from_row
from adapters.database.links import LinkStore
from adapters.database.standing_tables import idle_mappings as table
from adapters.database.statements import Store, insert_into
from adapters.database.tables import links
from contract.links import Link
from contract.mapping_check import Place
from contract.mappings import of_mapping
from contract.records import Side
from contract.standing import IdleMapping


class IdleStore(Store):
    """Implements contract.ports.IdleStore."""

    def keep(self, portal: int, idle: Collection[IdleMapping]) -> None:
        if not idle:
            return
        statement = insert_into(self._connection, table)
        new, old = statement.excluded, table.c
        idle_again = and_(old.returned, not_(new.returned))  # before its pairs were looked at
        since = case((idle_again, new.since), else_=old.since)
        gone = case((idle_again, new.gone), else_=or_(old.gone, new.gone))
        upsert = statement.on_conflict_do_update(
            index_elements=[old.portal, old.mapping, old.side, old.object_type],
            set_={"says": new.says, "returned": new.returned, "since": since, "gone": gone},
        )
        rows = [
            {
                "portal": portal,
                "mapping": one.mapping,
                "side": one.side.value,
                "object_type": one.object_type,
                "says": one.says,
                "since": one.since,
                "gone": one.gone,
                "returned": one.returned,
            }
            for one in idle
        ]
        self._connection.execute(upsert, rows)

    def of(self, portal: int) -> Sequence[IdleMapping]:
        order = (table.c.mapping, table.c.side, table.c.object_type)
        rows = self._connection.execute(select(table).where(table.c.portal == portal).order_by(*order))
        return [
            IdleMapping(
                mapping=row.mapping,
                side=Side(row.side),
                object_type=row.object_type,
                says=row.says,
                since=row.since,
                gone=row.gone,
                returned=row.returned,
            )
            for row in rows
        ]

    def drop(self, portal: int, idle: Collection[IdleMapping]) -> None:
        for one in idle:
            self._connection.execute(
                delete(table).where(
                    table.c.portal == portal,
                    table.c.mapping == one.mapping,
                    table.c.side == one.side.value,
                    table.c.object_type == one.object_type,
                )
            )

    def lost_sight(self, portal: int, places: Collection[Place], *, after: int, limit: int) -> int | None:
        chosen = select(links).where(links.c.portal == portal, links.c.id > after)
        locked = chosen.order_by(links.c.id).limit(limit).with_for_update()
        found = [from_row(row) for row in self._connection.execute(locked)]
        doubted = [link.changed(out_of_sight=link.out_of_sight | _fields_in(link, places)) for link in found]
        LinkStore(self._connection).store(
            [new for new, old in zip(doubted, found, strict=True) if new != old]
        )
        return found[-1].id if len(found) == limit else None


def _fields_in(link: Link, places: Collection[Place]) -> frozenset[tuple[Side, str]]:
    """The fields in these places of which the link has a base, by side and mapping key."""
    ends = {end.side: end.object_type for end in link.ends}
    here = [(mapping, side) for mapping, side, object_type in places if ends.get(side) == object_type]
    return frozenset((side, key) for key in link.base for mapping, side in here if of_mapping(key) == mapping)
