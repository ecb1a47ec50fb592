"""Ownership: each portal has one worker, shares are even, and a dead worker's portals are free soon."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consumers.ownership import LEASE, RENEW, Ownership
from contract.errors import DatabaseUnavailable, LeaseLost
from tests.contract.crm.benches import HandClock
from tests.fakes.away import AwayDatabase

PORTALS = [1, 2, 3, 4, 5]


@pytest.fixture
def ann(database: AwayDatabase, clock: HandClock) -> Ownership:
    return Ownership(worker="ann", database=database, clock=clock)


@pytest.fixture
def bob(database: AwayDatabase, clock: HandClock) -> Ownership:
    return Ownership(worker="bob", database=database, clock=clock)


def test_a_lone_worker_owns_all_portals(ann: Ownership) -> None:
    assert ann.owned() == []
    ann.renew(PORTALS)
    assert ann.owned() == PORTALS
    assert ann.lease(3).owner == "ann"


def test_when_a_worker_joins_the_portals_are_shared_evenly_within_two_renewals(
    ann: Ownership, bob: Ownership
) -> None:
    ann.renew(PORTALS)
    bob.renew(PORTALS)
    assert bob.owned() == []
    ann.renew(PORTALS)
    bob.renew(PORTALS)
    assert (len(ann.owned()), len(bob.owned())) == (3, 2)
    assert sorted(ann.owned() + bob.owned()) == PORTALS


def test_no_portal_ever_has_two_owners(ann: Ownership, bob: Ownership, clock: HandClock) -> None:
    for turn in range(40):
        (ann, bob)[turn % 2].renew(PORTALS, busy=[turn % 5 + 1])
        assert not set(ann.owned()) & set(bob.owned())
        clock.sleep((turn * 7) % 9)


def test_a_busy_portal_is_not_handed_over_until_its_batch_is_done(ann: Ownership, bob: Ownership) -> None:
    ann.renew([1, 2])
    bob.renew([1, 2])
    ann.renew([1, 2], busy=[1, 2])
    assert ann.owned() == [1, 2]
    ann.renew([1, 2])
    bob.renew([1, 2])
    assert (ann.owned(), bob.owned()) == ([1], [2])


def test_a_dead_workers_portals_are_taken_over_within_15_seconds_under_a_new_epoch(
    ann: Ownership, bob: Ownership, clock: HandClock
) -> None:
    ann.renew([1])
    before, died = ann.lease(1), clock()
    while 1 not in bob.owned():
        clock.sleep(RENEW.total_seconds())
        bob.renew([1])
    assert clock() - died <= timedelta(seconds=15)
    assert bob.lease(1).epoch == before.epoch + 1


def test_renewing_keeps_the_epoch_and_moves_the_expiry(ann: Ownership, clock: HandClock) -> None:
    ann.renew([1])
    first = ann.lease(1)
    clock.sleep(3)
    ann.renew([1])
    assert (ann.lease(1).epoch, ann.lease(1).expires_at) == (first.epoch, clock() + LEASE)


def test_a_frozen_worker_knows_that_its_lease_has_run_out(ann: Ownership, clock: HandClock) -> None:
    ann.renew([1])
    clock.sleep(LEASE.total_seconds())
    assert ann.owned() == []
    with pytest.raises(LeaseLost):
        ann.lease(1)


def test_a_portal_never_owned_has_no_lease(ann: Ownership) -> None:
    with pytest.raises(LeaseLost):
        ann.lease(1)


def test_what_was_taken_over_meanwhile_is_not_ours_any_more(
    ann: Ownership, bob: Ownership, clock: HandClock
) -> None:
    ann.renew([1])
    clock.sleep(LEASE.total_seconds())
    bob.renew([1])
    ann.renew([1])
    assert (ann.owned(), bob.owned()) == ([], [1])


def test_giving_everything_back_frees_it_at_once(ann: Ownership, bob: Ownership) -> None:
    ann.renew(PORTALS)
    bob.renew(PORTALS)
    ann.release_all()
    assert ann.owned() == []
    bob.renew(PORTALS)
    assert bob.owned() == PORTALS


def test_while_the_database_is_away_leases_run_out_by_our_own_clock(
    ann: Ownership, database: AwayDatabase, clock: HandClock
) -> None:
    ann.renew([1])
    database.away = True
    clock.sleep(LEASE.total_seconds() - 1)
    with pytest.raises(DatabaseUnavailable):
        ann.renew([1])
    assert ann.owned() == [1]
    clock.sleep(1)
    assert ann.owned() == []


def test_a_portal_that_wants_no_owner_any_more_is_not_renewed(ann: Ownership) -> None:
    ann.renew([1, 2])
    ann.renew([2])
    assert ann.owned() == [2]


def test_a_worker_takes_no_more_than_its_share_of_what_is_free(ann: Ownership, bob: Ownership) -> None:
    bob.renew([])
    ann.renew(PORTALS)
    assert len(ann.owned()) == 3
