"""Each test runs on SQLite and on PostgreSQL, on empty tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.database import Keys, SqlDatabase
from adapters.database.tables import metadata
from tests.contract.database.places import Place
from tests.services.postgres import fresh_database

ENGINES = ["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys.generate()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str, keys: Keys) -> Iterator[Place]:
    """One PostgreSQL database for the session, for making one takes longer than most tests."""
    with fresh_database(postgres_url) as url:
        place = Place(url=url, path=Path("unused"), keys=keys)
        database = place.open()
        database.migrate()
        database.close()
        yield place


@pytest.fixture
def sqlite_place(tmp_path: Path, keys: Keys) -> Place:
    return Place(url=None, path=tmp_path / "diptych.sqlite3", keys=keys)


@pytest.fixture
def postgres_place(migrated_postgres: Place) -> Place:
    database = migrated_postgres.open()
    with database.transaction() as tx:
        tx.connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"))
    database.close()
    return migrated_postgres


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest) -> Place:
    """A database with empty tables, or (SQLite) without any yet."""
    name = "postgres_place" if request.param == "postgresql" else "sqlite_place"
    found: Place = request.getfixturevalue(name)
    return found


@pytest.fixture(params=ENGINES)
def bare_place(request: pytest.FixtureRequest, sqlite_place: Place) -> Place:
    """A database without tables."""
    if request.param == "sqlite":
        return sqlite_place
    url: str = request.getfixturevalue("postgres_database")
    return Place(url=url, path=sqlite_place.path, keys=sqlite_place.keys)


@pytest.fixture
def database(place: Place) -> Iterator[SqlDatabase]:
    """A migrated database."""
    opened = place.open()
    opened.migrate()
    yield opened
    opened.close()
