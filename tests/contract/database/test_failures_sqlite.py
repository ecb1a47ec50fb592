from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event, text

from adapters.database import Keys, SqlDatabase
from adapters.database import database as database_module
from adapters.database.turns import Turns
from contract.errors import DatabaseUnavailable, InvalidInput
from tests.contract.database.crew import together
from tests.contract.database.makers import P
from tests.contract.database.places import Place
from tests.services.process import service_folder


@pytest.fixture
def place(sqlite_place: Place) -> Place:
    return sqlite_place


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transactions wait 0.3 s for their turn, not 30."""
    monkeypatch.setattr(database_module, "Turns", partial(Turns, busy_seconds=0.3))


def put(database: SqlDatabase, value: str = "1") -> None:
    with database.transaction() as tx:
        tx.watermarks.put(P, "sweep", value)


def get(database: SqlDatabase) -> str | None:
    with database.transaction() as tx:
        return tx.watermarks.get(P, "sweep")


@contextmanager
def another_writer(place: Place) -> Iterator[None]:
    """Somebody else, with SQLite alone, in the middle of a write transaction."""
    connection = sqlite3.connect(place.path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


def test_the_settings_that_durability_rests_on(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        pragmas = {
            name: tx.connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    full = 2
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


def test_a_transaction_is_a_writer_from_its_first_moment(database: SqlDatabase, place: Place) -> None:
    other = sqlite3.connect(place.path, isolation_level=None, timeout=0)
    with database.transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_only_its_owner_can_read_the_file(database: SqlDatabase, place: Place) -> None:
    put(database)
    for file in place.path.parent.glob(f"{place.path.name}*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.usefixtures("impatient")
def test_a_locked_file_is_unavailable_and_soon_available_again(place: Place) -> None:
    database = place.open()
    database.migrate()
    with another_writer(place), pytest.raises(DatabaseUnavailable, match="locked"):
        put(database)
    put(database)
    assert get(database) == "1"
    database.close()


def test_a_transaction_waits_its_turn_behind_another_process(database: SqlDatabase, place: Place) -> None:
    with another_writer(place):
        thread = threading.Thread(target=put, args=(database, "waited"))
        thread.start()
        time.sleep(0.3)
    thread.join()
    assert get(database) == "waited"


@pytest.mark.usefixtures("impatient")
def test_a_transaction_within_a_transaction_fails_and_does_not_hang(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        tx.watermarks.put(P, "sweep", "outer")
        with pytest.raises(DatabaseUnavailable, match="busy"):
            put(database, "inner")
    assert get(database) == "outer"


def test_a_full_disk_is_unavailable_and_spoils_nothing(place: Place) -> None:
    database = place.open()
    database.migrate()
    put(database, "before")
    limits: list[int] = [0]

    @event.listens_for(database._engine, "begin")
    def _limit(connection: object) -> None:
        # SQLite answers a full disk and a full page count with the same error.
        connection.exec_driver_sql(f"PRAGMA max_page_count = {limits[0] or 10**9}")  # type: ignore[attr-defined]

    with database.transaction() as tx:
        limits[0] = tx.connection.scalar(text("PRAGMA page_count")) or 0
    with pytest.raises(DatabaseUnavailable, match="full"):
        put(database, "x" * 100_000)
    assert get(database) == "before"
    limits[0] = 0
    put(database, "y" * 100_000)
    assert get(database) == "y" * 100_000
    database.close()


@pytest.mark.parametrize("mode", [0o444, 0o000])
def test_a_file_that_may_not_be_written_is_unavailable(keys: Keys, mode: int) -> None:
    folder = service_folder("sqlite")
    place = Place(url=None, path=folder / "diptych.sqlite3", keys=keys)
    with without_root():
        opened = place.open()
        opened.migrate()
        put(opened)
        opened.close()
        place.path.chmod(mode)
        opened = place.open()
        with pytest.raises(DatabaseUnavailable):
            put(opened)
        opened.close()
        place.path.chmod(0o600)
        assert get(place.open()) == "1"
    shutil.rmtree(folder)


@contextmanager
def without_root() -> Iterator[None]:
    """For root, file modes mean nothing: become the user that service folders belong to."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_is_missing_is_unavailable(tmp_path: Path, place: Place) -> None:
    missing = Place(url=None, path=tmp_path / "no" / "where.sqlite3", keys=place.keys)
    with pytest.raises(DatabaseUnavailable, match="cannot be made"):
        missing.open().migrate()


def test_opening_the_file_again_drops_no_lock_of_this_process(database: SqlDatabase, place: Place) -> None:
    put(database)
    second = place.open()
    put(second)
    # Another process that closes what it takes for the last connection would remove the log.
    read = "c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM watermarks'); c.close()"
    subprocess.run([sys.executable, "-c", f"import sqlite3, sys; {read}", str(place.path)], check=True)
    assert place.path.with_name(f"{place.path.name}-wal").exists()
    put(database, "2")
    assert get(second) == "2"
    second.close()


def test_a_sqlite_that_is_too_old_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(InvalidInput, match=r"3\.35 or newer"):
        place.open()


def test_a_file_that_is_no_database_is_unavailable(place: Place) -> None:
    place.path.write_bytes(b"this is a letter to my aunt, and no database at all. " * 40)
    with pytest.raises(DatabaseUnavailable):
        place.open().migrate()


def test_many_threads_write_without_losing_a_turn(database: SqlDatabase) -> None:
    def count() -> None:
        for _ in range(20):
            with database.transaction() as tx:
                tx.watermarks.put(P, "sweep", str(int(tx.watermarks.get(P, "sweep") or 0) + 1))

    together([count] * 8)
    assert get(database) == "160"


def test_two_databases_on_one_file_write_without_losing_a_turn(place: Place) -> None:
    databases = [place.open(), place.open()]
    databases[0].migrate()

    def count(database: SqlDatabase) -> None:
        for _ in range(40):
            with database.transaction() as tx:
                tx.watermarks.put(P, "sweep", str(int(tx.watermarks.get(P, "sweep") or 0) + 1))

    together([lambda one=one: count(one) for one in databases])  # type: ignore[misc]
    assert get(databases[0]) == "80"
    for database in databases:
        database.close()


def test_one_that_writes_without_pause_leaves_room_for_another(place: Place) -> None:
    hog, guest = place.open(), place.open()
    hog.migrate()
    put(guest)
    stopped = threading.Event()

    def write_without_pause() -> None:
        while not stopped.is_set():
            with hog.transaction() as tx:
                tx.watermarks.put(P, "hog", "1")
                time.sleep(0.02)

    thread = threading.Thread(target=write_without_pause)
    thread.start()
    begun = time.monotonic()
    for number in range(10):
        put(guest, str(number))
    took = time.monotonic() - begun
    stopped.set()
    thread.join()
    hog.close()
    guest.close()
    assert took < 2
