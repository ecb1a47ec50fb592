"""Engines, each set up for its database: SQLite in a file of ours, or a PostgreSQL server."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from contract.errors import DatabaseUnavailable, InvalidInput

BUSY_SECONDS = 30
"""How long a transaction waits for its turn on SQLite."""

_POSTGRES_NAMES = {"postgresql", "postgres", "postgresql+psycopg"}
_POSTGRES_SETTINGS = {
    "timezone": "UTC",
    "statement_timeout": "30s",
    "lock_timeout": "15s",
    "idle_in_transaction_session_timeout": "60s",
}
_POSTGRES_CONNECTION = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "application_name": "diptych",
}


def sqlite_engine(path: Path) -> Engine:
    """An engine on the file at `path`, which is made, readable for its owner alone, if it is missing.

    Each transaction begins with BEGIN IMMEDIATE: SQLite has one writer at a time, and a transaction that
    began as a reader could not become one after another has written.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        hide_parameters=True,
    )

    @event.listens_for(engine, "do_connect")
    def _make(*_: Any) -> None:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o600))
        except OSError as error:
            raise DatabaseUnavailable(f"the database file cannot be opened: {error}") from error

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # else the driver begins transactions by itself, too late
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def empty_log(engine: Engine) -> None:
    """Move SQLite's write-ahead log into the file and cut it off, for it holds what pages held before.

    Does nothing while another process reads; the next one, or the last one to close, does it then.
    """
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        for pragma in ("busy_timeout=0", "wal_checkpoint(TRUNCATE)", f"busy_timeout={BUSY_SECONDS * 1000}"):
            with suppress(sqlite3.Error):  # the transaction is committed, whatever becomes of its log
                cursor.execute(f"PRAGMA {pragma}")
    finally:
        connection.close()


def postgres_engine(url: str) -> Engine:
    """An engine on the server at `url`; raises InvalidInput for a URL that is not PostgreSQL's."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InvalidInput("the database URL cannot be read") from None
    if parsed.drivername not in _POSTGRES_NAMES:
        raise InvalidInput(f"the database URL must begin with postgresql://, not {parsed.drivername}://")
    settings = " ".join(f"-c {name}={value}" for name, value in _POSTGRES_SETTINGS.items())
    theirs = parsed.query.get("options", "")
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        connect_args={**_POSTGRES_CONNECTION, "options": f"{settings} {theirs}"},
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=10,
        pool_recycle=1800,
        hide_parameters=True,
    )
