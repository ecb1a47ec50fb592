"""A client that freezes within a transaction: what it holds is free at the next heartbeat of another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from adapters.database import SqlDatabase, postgres
from consumers.ownership import Ownership
from contract.activity import Lease
from contract.errors import DatabaseUnavailable
from tests.contract.database.makers import NOW, P, after
from tests.contract.database.places import Place, opened_with
from tests.services.postgres import native_url


@pytest.fixture
def place(postgres_place: Place) -> Place:
    return postgres_place


@contextmanager
def stalled(place: Place, application: str = "diptych") -> Iterator[None]:
    """A client that locked a lease in a pipeline and says nothing more: to the server it is active."""
    assert place.url is not None
    with psycopg.connect(native_url(place.url), application_name=application) as connection:
        pipeline = connection.pipeline()
        pipeline.__enter__()
        connection.execute("SELECT * FROM leases WHERE portal = %s FOR UPDATE", [P])
        connection.pgconn.send_flush_request()
        connection.pgconn.flush()
        time.sleep(1.2)
        yield
        connection.pgconn.finish()


def take_over(database: SqlDatabase) -> Lease | None:
    """What another worker gets of the lease that has run out, after its heartbeat, if it will not wait."""
    with database.transaction() as tx:
        tx.connection.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
        tx.leases.heartbeat("b", now=after(20), until=after(30))
        return tx.leases.acquire(P, "b", now=after(20), until=after(30))


@pytest.fixture
def held(database: SqlDatabase) -> SqlDatabase:
    """With a lease that has run out."""
    with database.transaction() as tx:
        tx.leases.acquire(P, "a", now=NOW, until=after(10))
    return database


def test_a_client_frozen_within_a_pipeline_loses_its_locks_at_the_next_heartbeat(
    held: SqlDatabase, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "STALLED_SECONDS", 1.0)
    with stalled(place):
        lease = take_over(held)
    assert lease is not None
    assert (lease.owner, lease.epoch) == ("b", 2)


def test_a_client_that_may_still_go_on_keeps_its_locks(held: SqlDatabase, place: Place) -> None:
    with stalled(place), pytest.raises(DatabaseUnavailable, match="lock timeout"):
        take_over(held)


def test_clients_of_others_are_left_alone(
    held: SqlDatabase, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "STALLED_SECONDS", 1.0)
    with stalled(place, application="psql"), pytest.raises(DatabaseUnavailable, match="lock timeout"):
        take_over(held)


def test_nobody_waits_for_the_lease_of_a_client_that_may_still_go_on(held: SqlDatabase, place: Place) -> None:
    with held.transaction() as tx:
        tx.leases.acquire(P + 1, "b", now=NOW, until=after(30))
    with opened_with(place, "-c lock_timeout=1000") as hasty:
        ownership = Ownership(worker="b", database=hasty, clock=lambda: after(20))
        with stalled(place):
            ownership.renew([P, P + 1])
            assert ownership.owned() == [P + 1]
        ownership.renew([P, P + 1])
        assert ownership.owned() == [P, P + 1]
