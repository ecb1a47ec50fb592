"""A database of its own for each test, and a whole office where one is needed."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from adapters.broker.embedded import EmbeddedBroker
from adapters.database import SqlDatabase
from adapters.ledger import open_ledger
from consumers import worker as worker_module
from contract.ports import Ledger
from tests.contract.crm.benches import NUMBER, HandClock
from tests.fakes.away import AwayDatabase
from tests.fakes.folders import in_memory, new_database
from tests.fakes.hall import Hall
from tests.fakes.office import Office, opened


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


@pytest.fixture
def hall(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """A worker that owns its portal; a contact waits to be looked at."""
    monkeypatch.setattr(worker_module, "_AFTER_FAULT", 0.0)
    monkeypatch.setattr(worker_module, "_IDLE", 0.0)
    with office.database.transaction() as tx:
        tx.leases.release(NUMBER, "office")
    found = Hall(office)
    found.worker._renew()
    office.add_contact("a@x.example")
    office.deliver()
    office.receive()
    yield found
    found.worker.ownership.release_all()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No log lines: rendering them takes longer than most tests."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()
