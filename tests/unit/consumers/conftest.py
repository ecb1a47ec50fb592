"""A database of its own for each test, and a whole office where one is needed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.broker.embedded import EmbeddedBroker
from adapters.database import SqlDatabase
from adapters.ledger import open_ledger
from contract.ports import Ledger
from tests.contract.crm.benches import HandClock
from tests.fakes.away import AwayDatabase
from tests.fakes.office import Office, in_memory, new_database, opened


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def real_database() -> Iterator[SqlDatabase]:
    with in_memory() as folder:
        opened_database = new_database(folder)
        yield opened_database
        opened_database.close()


@pytest.fixture
def database(real_database: SqlDatabase) -> AwayDatabase:
    """The same with a switch."""
    return AwayDatabase(real_database)


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    with in_memory() as folder:
        found = EmbeddedBroker(folder / "broker.sqlite3")
        yield found
        found.close()


@pytest.fixture
def ledger(clock: HandClock) -> Ledger:
    return open_ledger(None, clock=clock)


@pytest.fixture
def office() -> Iterator[Office]:
    """Everything around one portal, with polite CRMs and sync on."""
    with opened() as found:
        yield found
