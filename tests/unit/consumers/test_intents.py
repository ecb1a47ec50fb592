"""Intents: what will be written stands on the link before it is written, or nothing is written at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest

from consumers.intents import commit
from consumers.people import Person
from contract.activity import Lease
from contract.decisions import Decision
from contract.errors import LeaseLost
from contract.links import Link, LinkState, Pair
from contract.ports import Transaction
from contract.records import RecordRef, Side
from contract.standing import GuardedWork, HeldWork
from tests.fakes.away import AwayDatabase
from tests.fakes.people import NOW, PORTAL, ago, contact_ref, hs, lead_ref, link
from tests.unit.consumers.kit import archive, creation, merging, opting_out, person, row, sent, update


@pytest.fixture
def lease(database: AwayDatabase) -> Lease:
    with database.transaction() as tx:
        found = tx.leases.acquire(PORTAL, "me", now=NOW, until=NOW + timedelta(seconds=10))
    assert found is not None
    return found


@pytest.fixture
def ids() -> Iterator[int]:
    return count(1)


def stored(database: AwayDatabase, *links: Link) -> list[Link]:
    with database.transaction() as tx:
        return tx.links.store(links)


def link_of(database: AwayDatabase, ref: RecordRef) -> Link | None:
    with database.transaction() as tx:
        return tx.links.of(PORTAL, [ref]).get(ref)


def committed(database: AwayDatabase, lease: Lease, *people: Person) -> None:
    ids = count(1)
    commit(people, database, lease, now=lambda: NOW, new_id=lambda: f"i{next(ids)}")


def test_the_link_is_stored_with_one_intent_per_write(database: AwayDatabase, lease: Lease) -> None:
    (tie,) = stored(database, link(hs(1), lead_ref(1), id=None, version=0))
    writes = (update(Side.HUBSPOT, phone="1"), update(Title="CTO"))
    one = person(stored=tie, decision=Decision(link=tie, writes=writes))
    committed(database, lease, one)
    kept = link_of(database, hs(1))
    assert kept is not None
    assert kept == one.link
    assert [(i.id, i.side, dict(i.pairs), i.before) for i in kept.intents] == [
        ("i1", Side.HUBSPOT, {"phone": Pair("1", "1")}, ago(60)),
        ("i2", Side.SALESFORCE, {"title": Pair("CTO", "CTO")}, ago(60)),
    ]
    assert {(i.epoch, i.sent_at, i.settled) for i in kept.intents} == {(lease.epoch, NOW, False)}
    assert one.sent == {"i1", "i2"}


def test_nothing_is_meant_for_a_person_whose_work_is_held(database: AwayDatabase, lease: Lease) -> None:
    (tie,) = stored(database, link(hs(1), lead_ref(1), id=None, version=0))
    one = person(stored=tie, decision=Decision(link=tie, writes=(update(Title=None),)))

    def hold(_tx: Transaction) -> None:
        one.held = (HeldWork(ref=hs(1), work=GuardedWork.CLEARS, target=lead_ref(1), amount=1),)

    commit([one], database, lease, now=lambda: NOW, new_id=lambda: "i", admit=hold)
    assert (link_of(database, hs(1)), one.link, one.sent) == (tie, None, frozenset())


def test_earlier_intents_stay_and_are_not_of_this_batch(database: AwayDatabase, lease: Lease) -> None:
    old = sent(update(Title="old"), 99)
    (tie,) = stored(database, link(hs(1), lead_ref(1), id=None, version=0, intents=(old,)))
    one = person(stored=tie, decision=Decision(link=tie, writes=(update(Title="new"),)))
    committed(database, lease, one)
    assert one.link is not None
    assert [intent.id for intent in one.link.intents] == ["i99", "i1"]
    assert one.sent == {"i1"}


def test_a_creation_makes_its_link_before_its_record(database: AwayDatabase, lease: Lease) -> None:
    half = link(hs(1), None, id=None, version=0, state=LinkState.CREATING)
    one = person(decision=Decision(link=half, writes=(creation(LastName="x"),)))
    committed(database, lease, one)
    kept = link_of(database, hs(1))
    assert kept is not None
    assert (kept.state, kept.salesforce, len(kept.intents)) == (LinkState.CREATING, None, 1)


@pytest.mark.parametrize("writes", [(), (archive(),), (merging(),)])
def test_without_writes_or_before_an_archive_or_a_merge_the_link_stays_as_it_was(
    database: AwayDatabase, lease: Lease, writes: tuple[()]
) -> None:
    (tie,) = stored(database, link(hs(1), lead_ref(1), id=None, version=0))
    one = person(stored=tie, decision=Decision(link=tie.changed(state=LinkState.ENDED), writes=writes))
    committed(database, lease, one)
    assert link_of(database, hs(1)) == tie
    assert (one.link, one.sent) == (None, frozenset())


def test_another_link_gives_up_a_record_before_this_one_takes_it(
    database: AwayDatabase, lease: Lease
) -> None:
    (holder,) = stored(database, link(hs(2), lead_ref(1), id=None, version=0))
    ended = holder.changed(state=LinkState.ENDED)
    mine = link(hs(1), lead_ref(1), id=None, version=0)
    one = person(decision=Decision(link=mine, others=(ended,), writes=(update(Title="x"),)))
    committed(database, lease, one)
    found = link_of(database, lead_ref(1))
    assert found is not None
    assert (found.hubspot, found.state) == (hs(1), LinkState.LIVE)


def test_each_of_many_persons_gets_its_own_link_back(database: AwayDatabase, lease: Lease) -> None:
    people = [
        person(
            row(hs(n)),
            decision=Decision(
                link=link(hs(n), contact_ref(n), id=None, version=0), writes=(update(Title=str(n)),)
            ),
        )
        for n in range(5)
    ]
    committed(database, lease, *people)
    assert [one.link.hubspot if one.link else None for one in people] == [hs(n) for n in range(5)]


@pytest.mark.parametrize("lost", ["expired", "taken"])
def test_without_the_lease_nothing_is_stored(database: AwayDatabase, lease: Lease, lost: str) -> None:
    now = NOW if lost == "taken" else lease.expires_at
    if lost == "taken":
        with database.transaction() as tx:
            tx.leases.release(PORTAL, "me")
            tx.leases.acquire(PORTAL, "other", now=NOW, until=NOW + timedelta(seconds=10))
    half = link(hs(1), None, id=None, version=0, state=LinkState.CREATING)
    one = person(decision=Decision(link=half, writes=(creation(LastName="x"),)))
    with pytest.raises(LeaseLost):
        commit([one], database, lease, now=lambda: now, new_id=lambda: "i")
    assert link_of(database, hs(1)) is None


def test_an_opt_out_has_no_intent_and_its_link_is_stored_all_the_same(
    database: AwayDatabase, lease: Lease
) -> None:
    (tie,) = stored(database, link(hs(1), lead_ref(1), id=None, version=0))
    one = person(stored=tie, decision=Decision(link=tie, writes=(update(Title="CTO"), opting_out())))
    committed(database, lease, one)
    kept = link_of(database, hs(1))
    assert kept is not None
    assert [intent.side for intent in kept.intents] == [Side.SALESFORCE]
    assert len(one.sent) == 1
