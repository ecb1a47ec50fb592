"""Which portal may create which person in an org that several portals share."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from adapters.database.statements import Store, chunks, insert_into
from adapters.database.tables import claims as table

_FORGOTTEN = timedelta(days=1)
"""What a dead worker leaves is the hash of an address, and must not stay for ever."""


class ClaimStore(Store):
    """Implements contract.ports.ClaimStore."""

    def take(self, keys: Collection[str], owner: str, *, now: datetime, until: datetime) -> set[str]:
        """Keys are written in one order by everybody, so that no two owners wait for each other."""
        self._connection.execute(delete(table).where(table.c.expires_at < now - _FORGOTTEN))
        ours: set[str] = set()
        for chunk in chunks(sorted(keys)):
            rows = [{"key": key, "owner": owner, "expires_at": until} for key in chunk]
            statement = insert_into(self._connection, table).values(rows)
            new, old = statement.excluded, table.c
            self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[old.key],
                    set_={"owner": new.owner, "expires_at": new.expires_at},
                    where=or_(old.owner == owner, old.expires_at <= now),
                )
            )
            mine = select(old.key).where(old.key.in_(chunk), old.owner == owner)
            ours.update(self._connection.execute(mine).scalars())
        return ours

    def release(self, keys: Collection[str], owner: str) -> None:
        for chunk in chunks(sorted(keys)):
            self._connection.execute(delete(table).where(table.c.key.in_(chunk), table.c.owner == owner))
