from __future__ import annotations

import logging
import threading
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from adapters.database import SqlDatabase
from adapters.database.tables import metadata
from contract.errors import DatabaseUnavailable
from contract.settings import Suspension
from tests.contract.database.makers import NOW, P, portal
from tests.contract.database.places import Place


def tables(database: SqlDatabase) -> set[str]:
    with database.transaction() as tx:
        return set(inspect(tx.connection).get_table_names()) - {"alembic_version", "sqlite_sequence"}


def test_up_down_and_up_again(bare_place: Place) -> None:
    database = bare_place.open()
    for _ in range(2):
        database.migrate()
        assert tables(database) == set(metadata.tables)
        with database.transaction() as tx:
            assert tx.watermarks.get(P, "x") is None
            tx.watermarks.put(P, "x", "y")
        database.downgrade("base")
        assert tables(database) == set()
    database.close()


def test_migrating_again_changes_nothing(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        tx.watermarks.put(P, "x", "y")
    database.migrate()
    with database.transaction() as tx:
        assert tx.watermarks.get(P, "x") == "y"


def test_what_an_older_revision_holds_stays_on_the_way_up(database: SqlDatabase) -> None:
    suspension = Suspension(reason="refused", since=NOW)
    with database.transaction() as tx:
        tx.portals.save(portal(), author="ada", comment="", at=NOW)
        tx.portals.suspend(P, suspension)
    database.downgrade("0001")
    database.migrate()
    with database.transaction() as tx:
        assert tx.portals.get(P) == replace(portal(), settings=replace(portal().settings, version=1))
        assert tx.portals.suspension(P) == suspension


def test_the_migrations_make_the_tables_that_the_stores_use(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_several_may_migrate_at_once(bare_place: Place) -> None:
    faults: list[BaseException] = []
    start = threading.Barrier(6)

    def run() -> None:
        database = bare_place.open()
        try:
            start.wait()
            database.migrate()
        except BaseException as error:  # noqa: BLE001  # reported by the assertion
            faults.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    database = bare_place.open()
    assert tables(database) == set(metadata.tables)
    database.close()


def test_without_its_tables_the_database_is_unavailable(bare_place: Place) -> None:
    database = bare_place.open()
    with pytest.raises(DatabaseUnavailable), database.transaction() as tx:
        tx.counts(P, now=NOW)
    database.close()


def test_migrating_leaves_logging_as_it_was(bare_place: Place) -> None:
    before = (logging.root.level, list(logging.root.handlers), logging.root.manager.disable)
    known = logging.getLogger("tests.known_before")
    database = bare_place.open()
    database.migrate()
    database.close()
    assert (logging.root.level, list(logging.root.handlers), logging.root.manager.disable) == before
    assert not known.disabled


def test_a_failed_migration_leaves_nothing_behind(bare_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    database = bare_place.open()
    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.create_index", full)
        with pytest.raises(OSError, match="no space"):
            database.migrate()
    with database.transaction() as tx:
        assert inspect(tx.connection).get_table_names() == []
    database.migrate()
    assert tables(database) == set(metadata.tables)
    database.close()
