"""Moving stored secrets to the newest encryption key."""

from __future__ import annotations

from sqlalchemy import Connection, and_, bindparam, select, update

from adapters.database.keys import Cipher
from adapters.database.standing_tables import grants
from adapters.database.statements import chunks
from adapters.database.tables import dead_letters, portal_versions


def reencrypt(connection: Connection, cipher: Cipher) -> int:
    """Returns how many rows were rewritten; raises InvalidInput when a row has a key that is gone."""
    return _portals(connection, cipher) + _grants(connection, cipher) + _letters(connection, cipher)


def _portals(connection: Connection, cipher: Cipher) -> int:
    columns = portal_versions.c
    rows = connection.execute(
        select(columns.portal, columns.version, columns.secrets).with_for_update()
    ).all()
    same = and_(columns.portal == bindparam("at_portal"), columns.version == bindparam("at_version"))
    for row in rows:
        values = {
            "at_portal": row.portal,
            "at_version": row.version,
            "secrets": cipher.reencrypt(row.secrets),
        }
        connection.execute(update(portal_versions).where(same), values)
    return len(rows)


def _grants(connection: Connection, cipher: Cipher) -> int:
    columns = grants.c
    rows = connection.execute(select(columns.portal, columns.side, columns.tokens).with_for_update()).all()
    same = and_(columns.portal == bindparam("at_portal"), columns.side == bindparam("at_side"))
    for row in rows:
        values = {"at_portal": row.portal, "at_side": row.side, "tokens": cipher.reencrypt(row.tokens)}
        connection.execute(update(grants).where(same), values)
    return len(rows)


def _letters(connection: Connection, cipher: Cipher) -> int:
    columns = dead_letters.c
    ids = connection.scalars(select(columns.id).where(columns.raw.is_not(None)).order_by(columns.id)).all()
    statement = update(dead_letters).where(columns.id == bindparam("at_id"))
    for chunk in chunks(ids):
        rows = connection.execute(select(columns.id, columns.raw).where(columns.id.in_(chunk))).all()
        connection.execute(statement, [{"at_id": row.id, "raw": cipher.reencrypt(row.raw)} for row in rows])
    return len(ids)
