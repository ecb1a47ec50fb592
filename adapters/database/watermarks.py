"""How far each sweep has come."""

from __future__ import annotations

from sqlalchemy import select

from adapters.database.statements import Store, insert_into
from adapters.database.tables import watermarks


class WatermarkStore(Store):
    """Implements contract.ports.WatermarkStore."""

    def get(self, portal: int, name: str) -> str | None:
        return self._connection.scalar(
            select(watermarks.c.value).where(watermarks.c.portal == portal, watermarks.c.name == name)
        )

    def put(self, portal: int, name: str, value: str) -> None:
        statement = insert_into(self._connection, watermarks).values(portal=portal, name=name, value=value)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[watermarks.c.portal, watermarks.c.name],
                set_={"value": statement.excluded.value},
            )
        )
