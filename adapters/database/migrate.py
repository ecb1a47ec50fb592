"""Bringing the tables to a revision, by Alembic, without its ini file or its logging set-up."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from adapters.database.postgres import without_time_limits

_ONE_AT_A_TIME = 0x64697074
"""PostgreSQL's advisory lock for migrations, a number of our own ("dipt")."""


def upgrade(connection: Connection, revision: str = "head") -> None:
    """All steps up to `revision`, in the connection's transaction. Several processes may call it at once."""
    command.upgrade(_prepared(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """All steps down to `revision` ("base" drops every table), in the connection's transaction."""
    command.downgrade(_prepared(connection), revision)


def _prepared(connection: Connection) -> Config:
    """Alembic's configuration, once no other process is migrating. SQLite's transaction is lock enough."""
    if connection.dialect.name == "postgresql":
        without_time_limits(connection)
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ONE_AT_A_TIME})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
