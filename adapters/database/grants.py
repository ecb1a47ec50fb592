"""Grants: the tokens that a person's consent gave us, encrypted, one row per portal and side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from adapters.database.keys import Cipher
from adapters.database.standing_tables import grants
from adapters.database.statements import Store, insert_into
from contract.grants import Consented, Grant
from contract.records import Side
from contract.secret import Secret


class GrantStore(Store):
    """Implements contract.ports.GrantStore."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        super().__init__(connection)
        self._cipher = cipher

    def get(self, portal: int, side: Side) -> Grant | None:
        row = self._connection.execute(
            select(grants).where(grants.c.portal == portal, grants.c.side == side.value)
        ).first()
        if row is None:
            return None
        refresh, access = json.loads(self._cipher.decrypt(row.tokens))
        return Grant(
            client_id=row.client_id,
            addresses=row.addresses,
            refresh=Secret(refresh),
            access=Secret(access),
            user_id=row.user_id,
            expires_at=row.expires_at,
            version=row.version,
        )

    def told(self, portal: int) -> Mapping[Side, Consented]:
        rows = self._connection.execute(select(grants).where(grants.c.portal == portal))
        return {
            Side(row.side): Consented(
                client_id=row.client_id,
                author=row.author,
                at=row.granted_at,
                renewed_at=row.renewed_at,
            )
            for row in rows
        }

    def forget(self, portal: int, side: Side) -> None:
        same = (grants.c.portal == portal, grants.c.side == side.value)
        self._connection.execute(delete(grants).where(*same))

    def put(self, portal: int, side: Side, grant: Grant, *, author: str, at: datetime) -> None:
        """The version goes on from what is stored, so that a refresh of the older grant is not kept."""
        values = {**self._values(grant, at), "author": author, "granted_at": at}
        statement = insert_into(self._connection, grants).values(
            portal=portal, side=side.value, version=1, **values
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[grants.c.portal, grants.c.side],
                set_={**values, "version": grants.c.version + 1},
            )
        )

    def renew(self, portal: int, side: Side, grant: Grant, *, at: datetime) -> bool:
        same = (
            grants.c.portal == portal,
            grants.c.side == side.value,
            grants.c.version == grant.version,
        )
        values = {**self._values(grant, at), "version": grant.version + 1}
        return self._connection.execute(update(grants).where(*same).values(values)).rowcount > 0

    def _values(self, grant: Grant, at: datetime) -> dict[str, Any]:
        tokens = json.dumps([grant.refresh.reveal(), grant.access.reveal()]).encode()
        return {
            "client_id": grant.client_id,
            "addresses": grant.addresses,
            "tokens": self._cipher.encrypt(tokens),
            "user_id": grant.user_id,
            "expires_at": grant.expires_at,
            "renewed_at": at,
        }
