"""Mappings that take no part, since a CRM's schema does not bear them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import and_, case, delete, not_, select

from adapters.database.standing_tables import idle_mappings as table
from adapters.database.statements import Store, insert_into
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
        upsert = statement.on_conflict_do_update(
            index_elements=[old.portal, old.mapping, old.side, old.object_type],
            set_={"says": new.says, "returned": new.returned, "since": since},
        )
        rows = [
            {
                "portal": portal,
                "mapping": one.mapping,
                "side": one.side.value,
                "object_type": one.object_type,
                "says": one.says,
                "since": one.since,
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
