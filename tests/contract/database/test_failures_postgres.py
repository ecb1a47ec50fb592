from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from adapters.database import Keys, SqlDatabase, postgres
from contract.errors import DatabaseUnavailable
from contract.pending import WorkClass
from tests.contract.database.crew import together
from tests.contract.database.makers import NOW, P, change
from tests.contract.database.places import Place, opened_with
from tests.contract.database.test_failures_sqlite import get, put
from tests.services.docker import DockerServer
from tests.services.postgres import PostgresServer, fresh_database, native_url
from tests.services.process import free_port

Server = PostgresServer | DockerServer


@pytest.fixture
def place(postgres_place: Place) -> Place:
    return postgres_place


@pytest.fixture
def breakable(breakable_postgres: Server, keys: Keys) -> Iterator[SqlDatabase]:
    """A migrated database on a server that the test may break; `heal` it before the test ends."""
    with fresh_database(breakable_postgres.url) as url:
        opened = Place(url=url, path=Path("unused"), keys=keys).open()
        opened.migrate()
        put(opened, "before")
        yield opened
        opened.close()
        breakable_postgres.heal()


def test_the_settings_of_a_connection(database: SqlDatabase) -> None:
    names = ("timezone", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with database.transaction() as tx:
        values = [tx.connection.scalar(text(f"SHOW {name}")) for name in names]
    assert values == ["UTC", "30s", "15s", "10s"]


def test_a_server_that_dies_in_a_transaction_commits_nothing_and_is_used_again_once_back(
    breakable: SqlDatabase, breakable_postgres: Server
) -> None:
    with pytest.raises(DatabaseUnavailable), breakable.transaction() as tx:  # noqa: PT012
        tx.watermarks.put(P, "sweep", "lost")
        breakable_postgres.kill9()
        tx.watermarks.put(P, "sweep", "lost too")
    with pytest.raises(DatabaseUnavailable):
        get(breakable)
    breakable_postgres.heal()
    assert get(breakable) == "before"


def test_a_server_that_dies_before_the_commit_says_so(
    breakable: SqlDatabase, breakable_postgres: Server
) -> None:
    with pytest.raises(DatabaseUnavailable), breakable.transaction() as tx:  # noqa: PT012
        tx.watermarks.put(P, "sweep", "lost")
        breakable_postgres.kill9()
    breakable_postgres.heal()
    assert get(breakable) == "before"


def test_the_fault_of_the_caller_shows_even_when_the_server_died_as_well(
    breakable: SqlDatabase, breakable_postgres: Server
) -> None:
    with pytest.raises(ZeroDivisionError), breakable.transaction() as tx:  # noqa: PT012
        tx.watermarks.put(P, "sweep", "lost")
        breakable_postgres.kill9()
        _ = 1 / 0
    breakable_postgres.heal()
    assert get(breakable) == "before"


def test_connections_of_before_a_restart_are_replaced_unseen(
    breakable: SqlDatabase, breakable_postgres: Server
) -> None:
    breakable_postgres.restart()
    assert get(breakable) == "before"


def test_a_frozen_server_is_given_up_and_used_again_once_thawed(
    breakable: SqlDatabase, breakable_postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres.ImpatientConnection, "patience", 2.0)
    begun = time.monotonic()
    with pytest.raises(DatabaseUnavailable), breakable.transaction() as tx:  # noqa: PT012
        tx.watermarks.put(P, "sweep", "lost")
        breakable_postgres.freeze()
        tx.watermarks.put(P, "sweep", "lost too")
    assert time.monotonic() - begun < 3.5, "it waited again, to roll back"
    with pytest.raises(DatabaseUnavailable):
        get(breakable)
    assert time.monotonic() - begun < 12
    breakable_postgres.thaw()
    assert get(breakable) == "before"


def test_a_server_that_is_not_there_is_unavailable(keys: Keys) -> None:
    url = f"postgresql://app:hush@127.0.0.1:{free_port()}/x"
    missing = Place(url=url, path=Path("unused"), keys=keys).open()
    with pytest.raises(DatabaseUnavailable) as raised:
        get(missing)
    assert "hush" not in str(raised.value)


def test_a_read_only_database_is_unavailable(database: SqlDatabase, place: Place) -> None:
    with opened_with(place, "-c default_transaction_read_only=on") as read_only:
        with pytest.raises(DatabaseUnavailable, match="read-only"):
            put(read_only)
        assert get(read_only) is None


def test_a_statement_that_takes_too_long_is_given_up(database: SqlDatabase, place: Place) -> None:
    with opened_with(place, "-c statement_timeout=200") as hasty:
        with pytest.raises(DatabaseUnavailable, match="timeout"), hasty.transaction() as tx:
            tx.connection.execute(text("SELECT pg_sleep(5)"))
        assert get(hasty) is None


def test_a_lock_that_does_not_come_free_is_given_up(database: SqlDatabase, place: Place) -> None:
    with opened_with(place, "-c lock_timeout=200") as hasty, database.transaction() as tx:
        tx.pending.merge([change(1)], work_class=WorkClass.LIVE, now=NOW, due_at=NOW)
        with pytest.raises(DatabaseUnavailable, match="lock timeout"), hasty.transaction() as other:
            other.pending.merge([change(2)], work_class=WorkClass.LIVE, now=NOW, due_at=NOW)


def test_a_worker_frozen_in_a_transaction_gives_up_its_lease(database: SqlDatabase, place: Place) -> None:
    with opened_with(place, "-c idle_in_transaction_session_timeout=300") as frozen:
        with database.transaction() as tx:
            lease = tx.leases.acquire(P, "frozen", now=NOW, until=NOW.replace(year=2030))
        assert lease is not None
        with pytest.raises(DatabaseUnavailable), frozen.transaction() as tx:  # noqa: PT012
            tx.leases.check(lease, now=NOW)
            time.sleep(0.8)
            tx.watermarks.put(P, "sweep", "settled")
    assert get(database) is None


def test_a_deadlock_ends_one_transaction_and_lets_the_other_go_on(database: SqlDatabase) -> None:
    ended: list[str] = []
    barrier = threading.Barrier(2)

    def worker(first: str, second: str) -> None:
        try:
            with database.transaction() as tx:
                tx.watermarks.put(P, first, first)
                barrier.wait()
                tx.watermarks.put(P, second, first)
        except DatabaseUnavailable:
            ended.append(first)

    together([lambda: worker("a", "b"), lambda: worker("b", "a")])
    assert len(ended) == 1
    with database.transaction() as tx:
        survivor = {"a": "b", "b": "a"}[ended[0]]
        assert tx.watermarks.get(P, "a") == tx.watermarks.get(P, "b") == survivor


def test_when_all_connections_are_in_use_the_database_is_unavailable(
    database: SqlDatabase, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_POOL", {"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.2})
    small = place.open()
    with small.transaction(), pytest.raises(DatabaseUnavailable, match="in use"):
        get(small)
    assert get(small) is None
    small.close()


def test_migrating_waits_for_another_process_as_long_as_it_takes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres.ImpatientConnection, "patience", 0.4)
    done: list[float] = []

    def migrate() -> None:
        with opened_with(place, "-c statement_timeout=400 -c lock_timeout=400") as other:
            other.migrate()
        done.append(time.monotonic())

    with psycopg.connect(native_url(str(place.url))) as first:
        first.execute("SELECT pg_advisory_xact_lock(1684631668)")
        thread = threading.Thread(target=migrate)
        thread.start()
        time.sleep(1.2)
        assert done == []
    thread.join()
    assert len(done) == 1
