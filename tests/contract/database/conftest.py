"""Each test runs on SQLite and on PostgreSQL, on tables of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.database import Keys, SqlDatabase
from tests.contract.database.places import Place


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys.generate()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path, keys: Keys) -> Place:
    """An empty database without tables."""
    url = request.getfixturevalue("postgres_database") if request.param == "postgresql" else None
    return Place(url=url, path=tmp_path / "diptych.sqlite3", keys=keys)


@pytest.fixture
def sqlite_place(tmp_path: Path, keys: Keys) -> Place:
    return Place(url=None, path=tmp_path / "diptych.sqlite3", keys=keys)


@pytest.fixture
def database(place: Place) -> Iterator[SqlDatabase]:
    """A migrated database."""
    opened = place.open()
    opened.migrate()
    yield opened
    opened.close()
