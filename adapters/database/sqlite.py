"""SQLite in a file of ours: one writer at a time, nothing lost at a power cut, erased values gone."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path
from time import monotonic

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from adapters.database.turns import Turns
from contract.errors import DatabaseUnavailable, InvalidInput

_RETURNING = (3, 35)
"""The first version in which INSERT and UPDATE give back what they stored."""

_POLL_MILLISECONDS = 5
"""Within this time SQLite tries every 1 or 2 ms; given more, it would soon try only every 100 ms."""


def sqlite_engine(path: Path, turns: Turns) -> Engine:
    """An engine on the file at `path`, which is made, readable for its owner alone, if it is missing.

    Each transaction begins with BEGIN IMMEDIATE: SQLite has one writer at a time, and a transaction that
    began as a reader could not become one after another has written. Raises InvalidInput where this Python
    comes with a SQLite that is too old.
    """
    if sqlite3.sqlite_version_info < _RETURNING:
        raise InvalidInput(f"SQLite must be 3.35 or newer; this Python has {sqlite3.sqlite_version}")
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": turns.busy_seconds, "check_same_thread": False},
        hide_parameters=True,
    )

    event.listen(engine, "do_connect", lambda *_: _prepare(path))
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", lambda connection: _begin(connection, turns))
    return engine


def _prepare(path: Path) -> None:
    try:
        _make_private(path)
    except OSError as error:
        raise DatabaseUnavailable(f"the database file cannot be made: {error}") from error
    # SQLite would open it for reading alone, and leave files beside it that nobody can write later.
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise DatabaseUnavailable(f"{path} may not be read and written by this user")


def _set_up(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # else the driver begins transactions by itself, too late
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    connection.execute(f"PRAGMA busy_timeout={_POLL_MILLISECONDS}").close()


def _begin(connection: Connection, turns: Turns) -> None:
    if _begun(connection):
        return
    deadline = monotonic() + turns.busy_seconds
    with turns.waiting():
        while not _begun(connection):
            if monotonic() > deadline:
                raise DatabaseUnavailable("the database file stayed locked by another process")


def _begun(connection: Connection) -> bool:
    """Begin a transaction, unless another process is in one."""
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if _is_busy(error):
            return False
        raise
    return True


def _is_busy(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _make_private(path: Path) -> None:
    """Make an empty file that only its owner may read, unless there is one already.

    A file that SQLite may have open is never opened here: closing it again would drop, by POSIX's rules,
    every lock that this process holds on it.
    """
    if path.exists():
        return
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    os.close(descriptor)
    try:
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()


def empty_log(engine: Engine) -> None:
    """Move SQLite's write-ahead log into the file and cut it off, for it holds what pages held before.

    Does nothing while another process reads; the next one, or the last one to close, does it then.
    """
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        for pragma in (
            "busy_timeout=0",
            "wal_checkpoint(TRUNCATE)",
            f"busy_timeout={_POLL_MILLISECONDS}",
        ):
            with suppress(sqlite3.Error):  # the transaction is committed, whatever becomes of its log
                cursor.execute(f"PRAGMA {pragma}")
    finally:
        connection.close()
