from __future__ import annotations

from datetime import datetime

import pytest

from adapters.database import SqlDatabase
from contract.activity import Lease
from contract.errors import LeaseLost
from tests.contract.database.makers import NOW, P, after


def acquire(database: SqlDatabase, worker: str, now: datetime = NOW, seconds: float = 10) -> Lease | None:
    with database.transaction() as tx:
        return tx.leases.acquire(P, worker, now=now, until=after((now - NOW).total_seconds() + seconds))


def check(database: SqlDatabase, lease: Lease, seconds: float = 0) -> None:
    with database.transaction() as tx:
        tx.leases.check(lease, now=after(seconds))


def held(database: SqlDatabase, worker: str = "a") -> Lease:
    lease = acquire(database, worker)
    assert lease is not None
    return lease


def test_a_free_lease_is_taken_under_the_first_epoch(database: SqlDatabase) -> None:
    lease = acquire(database, "a")
    assert lease == Lease(portal=P, owner="a", epoch=1, expires_at=after(10))
    with database.transaction() as tx:
        assert tx.leases.leases() == [lease]


def test_our_own_lease_is_renewed_under_the_same_epoch(database: SqlDatabase) -> None:
    held(database)
    renewed = acquire(database, "a", now=after(5))
    assert renewed == Lease(portal=P, owner="a", epoch=1, expires_at=after(15))
    assert renewed is not None
    check(database, renewed, 14)


def test_the_lease_of_another_cannot_be_taken(database: SqlDatabase) -> None:
    lease = held(database)
    assert acquire(database, "b", now=after(9.999999)) is None
    check(database, lease)


@pytest.mark.parametrize("worker", ["b", "a"])
def test_an_expired_lease_is_taken_under_the_next_epoch_by_anybody(
    database: SqlDatabase, worker: str
) -> None:
    lease = held(database)
    taken = acquire(database, worker, now=after(10))
    assert taken == Lease(portal=P, owner=worker, epoch=2, expires_at=after(20))
    with pytest.raises(LeaseLost):
        check(database, lease, 10)


def test_a_released_lease_is_free_and_its_epoch_goes_on(database: SqlDatabase) -> None:
    lease = held(database)
    with database.transaction() as tx:
        tx.leases.release(P, "a")
        assert tx.leases.leases() == []
    with pytest.raises(LeaseLost):
        check(database, lease)
    assert acquire(database, "b") == Lease(portal=P, owner="b", epoch=2, expires_at=after(10))


def test_nobody_can_release_the_lease_of_another(database: SqlDatabase) -> None:
    lease = held(database)
    with database.transaction() as tx:
        tx.leases.release(P, "b")
        tx.leases.release(P + 1, "a")
    check(database, lease)


def test_a_lease_stands_until_it_expires(database: SqlDatabase) -> None:
    lease = held(database)
    check(database, lease, 9.999999)
    with pytest.raises(LeaseLost):
        check(database, lease, 10)


@pytest.mark.parametrize(
    "other",
    [
        Lease(portal=P, owner="b", epoch=1, expires_at=after(10)),
        Lease(portal=P, owner="a", epoch=2, expires_at=after(10)),
        Lease(portal=P + 1, owner="a", epoch=1, expires_at=after(10)),
    ],
    ids=["owner", "epoch", "portal"],
)
def test_only_this_very_lease_passes_the_check(database: SqlDatabase, other: Lease) -> None:
    held(database)
    with pytest.raises(LeaseLost):
        check(database, other)


def test_a_lease_renewed_meanwhile_passes_the_check_as_first_given(database: SqlDatabase) -> None:
    lease = held(database)
    acquire(database, "a", now=after(8))
    check(database, lease, 15)


def test_living_workers_are_those_whose_time_has_not_come(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        assert tx.leases.heartbeat("b", now=NOW, until=after(10)) == ["b"]
        assert tx.leases.heartbeat("a", now=after(5), until=after(15)) == ["a", "b"]
        assert tx.leases.heartbeat("a", now=after(10), until=after(20)) == ["a"]
        assert tx.leases.heartbeat("b", now=after(11), until=after(21)) == ["a", "b"]
        assert tx.leases.heartbeat("a", now=after(12), until=after(12)) == ["b"]


def test_workers_long_gone_are_forgotten(database: SqlDatabase) -> None:
    day = 86_400.0
    with database.transaction() as tx:
        tx.leases.heartbeat("old", now=NOW, until=after(10))
        tx.leases.heartbeat("new", now=after(2 * day), until=after(3 * day))
        # Seen from before its end, the old worker would still count, were it there.
        assert tx.leases.heartbeat("new", now=NOW, until=after(10)) == ["new"]


def test_leases_are_listed_by_portal_expired_ones_too(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        later = tx.leases.acquire(P + 1, "b", now=NOW, until=after(1))
        first = tx.leases.acquire(P, "a", now=NOW, until=after(1))
        assert tx.leases.leases() == [first, later]


def test_what_ran_out_and_is_held_by_nobody_is_lapsed(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        tx.leases.acquire(P + 1, "a", now=NOW, until=after(10))
        tx.leases.acquire(P, "a", now=NOW, until=after(5))
        tx.leases.acquire(P + 2, "a", now=NOW, until=after(5))
        tx.leases.release(P + 2, "a")
        assert [tx.leases.lapsed(now=after(n)) for n in (4.999999, 5, 10)] == [[], [P], [P, P + 1]]
