from __future__ import annotations

from contextlib import suppress

import pytest

from adapters.database import SqlDatabase
from contract.errors import LeaseLost
from contract.links import Ended, Intent, Link, LinkState, Pair
from contract.records import RecordRef, Side
from tests.contract.database.makers import NOW, P, after, hubspot, lead, link


def store(database: SqlDatabase, *links: Link) -> list[Link]:
    with database.transaction() as tx:
        return tx.links.store(links)


def of(database: SqlDatabase, *refs: RecordRef) -> dict[RecordRef, Link]:
    with database.transaction() as tx:
        return tx.links.of(P, refs)


def ended(number: int, **values: object) -> Link:
    return link(number, state=LinkState.ENDED, ended=Ended.HUBSPOT_DELETED, **values)


FULL = link(
    1,
    base={
        "email": Pair("Ada@example.org", "ada@example.org"),
        "numemployees": Pair("12", 12),
        "annualrevenue": Pair("1.5", 1.5),
        "optout": Pair(hubspot="true", salesforce=True),
        "name": Pair(None, "Zoë \x00 \ud800"),
    },
    placeholders={"Company": "[not provided]", "Vip__c": False},
    out_of_sight=frozenset({(Side.SALESFORCE, "phone"), (Side.HUBSPOT, "phone")}),
    hubspot_seen=after(-3),
    salesforce_seen=NOW,
    intents=(
        Intent(
            id="i1",
            side=Side.SALESFORCE,
            epoch=3,
            pairs={"phone": Pair("1", None)},
            before=after(-9),
            sent_at=NOW,
            settled=True,
        ),
        Intent(id="i2", side=Side.HUBSPOT, epoch=3, pairs={}, before=None, sent_at=after(1)),
    ),
)


def test_a_link_comes_back_as_it_was_stored_with_its_id_and_version(database: SqlDatabase) -> None:
    (stored,) = store(database, FULL)
    assert stored.id is not None
    assert stored == FULL.changed(id=stored.id, version=1)
    assert of(database, hubspot(1)) == {hubspot(1): stored}


def test_an_update_replaces_the_link_and_raises_the_version(database: SqlDatabase) -> None:
    (stored,) = store(database, FULL)
    (changed,) = store(database, stored.changed(base={}, intents=(), email="new@example.org"))
    assert changed.version == stored.version + 1
    assert of(database, hubspot(1)) == {hubspot(1): changed}
    assert changed.email == "new@example.org"


def test_links_come_back_in_the_order_given(database: SqlDatabase) -> None:
    old = store(database, link(1), link(2))
    mixed = [link(3), old[1].changed(email="x"), link(4), old[0]]
    stored = store(database, *mixed)
    assert [found.hubspot for found in stored] == [hubspot(n) for n in (3, 2, 4, 1)]
    assert [found.version for found in stored] == [1, 2, 1, 2]
    assert of(database, *(hubspot(n) for n in range(5))) == {
        hubspot(f.hubspot.id): f for f in stored if f.hubspot
    }


def test_links_are_found_by_either_end(database: SqlDatabase) -> None:
    stored = store(database, link(1), link(2), link(3, salesforce=None, state=LinkState.CREATING))
    found = of(database, hubspot(1), lead(1), lead(2), hubspot(3), hubspot(9), lead(9))
    assert found == {hubspot(1): stored[0], lead(1): stored[0], lead(2): stored[1], hubspot(3): stored[2]}
    assert of(database) == {}


def test_links_of_another_portal_or_object_are_not_found(database: SqlDatabase) -> None:
    store(database, link(1, portal=P + 1))
    company = RecordRef(side=Side.HUBSPOT, object_type="company", id="1")
    assert of(database, hubspot(1), lead(1), company) == {}


def test_a_live_link_goes_before_a_newer_ended_one(database: SqlDatabase) -> None:
    (live,) = store(database, link(1))
    store(database, ended(1, salesforce=lead(2)))
    assert of(database, hubspot(1)) == {hubspot(1): live}


def test_a_creating_link_goes_before_ended_ones(database: SqlDatabase) -> None:
    store(database, ended(1))
    (creating,) = store(database, link(1, state=LinkState.CREATING, salesforce=None))
    store(database, ended(1))
    assert of(database, hubspot(1)) == {hubspot(1): creating}


def test_of_ended_links_the_newest_is_found(database: SqlDatabase) -> None:
    first, _, third = store(database, ended(1), ended(1), ended(1))
    assert of(database, hubspot(1), lead(1)) == {hubspot(1): third, lead(1): third}
    assert first.id != third.id


def test_asking_for_both_ends_of_an_old_link_does_not_hide_the_live_one(database: SqlDatabase) -> None:
    (old,) = store(database, ended(1))
    (live,) = store(database, link(2, salesforce=lead(1)))
    assert of(database, hubspot(1), lead(1)) == {hubspot(1): old, lead(1): live}
    assert of(database, lead(1), hubspot(1)) == {hubspot(1): old, lead(1): live}


def test_of_ended_links_one_that_ended_in_a_merge_is_found_last(database: SqlDatabase) -> None:
    (deleted,) = store(database, ended(1))
    store(database, link(1, state=LinkState.ENDED, ended=Ended.MERGED))
    assert of(database, hubspot(1)) == {hubspot(1): deleted}


def test_many_links_are_stored_changed_and_found_at_once(database: SqlDatabase) -> None:
    stored = store(database, *(link(n) for n in range(2500)))
    changed = store(database, *(one.changed(email="x@example.org") for one in stored))
    refs = [hubspot(n) for n in range(2500)] + [lead(n) for n in range(2500)]
    found = of(database, *refs)
    assert len(found) == 5000
    assert found[lead(2499)] == changed[2499] == found[hubspot(2499)]


@pytest.mark.parametrize("version", [-1, 1])
def test_a_link_that_changed_meanwhile_means_that_the_lease_is_lost(
    database: SqlDatabase, version: int
) -> None:
    (stored,) = store(database, link(1))
    other = stored.changed(version=stored.version + version)
    with pytest.raises(LeaseLost):
        store(database, link(2), other)
    assert of(database, hubspot(1), hubspot(2)) == {hubspot(1): stored}


def test_a_link_that_was_never_stored_cannot_be_updated(database: SqlDatabase) -> None:
    with pytest.raises(LeaseLost):
        store(database, link(1, id=999))


@pytest.mark.parametrize("state", [LinkState.LIVE, LinkState.CREATING])
@pytest.mark.parametrize(
    "second",
    [link(1, salesforce=lead(2)), link(2, salesforce=lead(1)), link(1, salesforce=None)],
    ids=["same HubSpot record", "same Salesforce record", "no Salesforce record yet"],
)
def test_a_record_has_at_most_one_link_that_is_live_or_creating(
    database: SqlDatabase, state: LinkState, second: Link
) -> None:
    (first,) = store(database, link(1, state=state))
    for other in (LinkState.LIVE, LinkState.CREATING):
        with pytest.raises(LeaseLost):
            store(database, second.changed(state=other))
    assert list(of(database, hubspot(1), hubspot(2), lead(1), lead(2)).values()) == [first, first]


def test_an_update_cannot_take_a_record_that_another_link_holds(database: SqlDatabase) -> None:
    one, two = store(database, link(1), link(2))
    with pytest.raises(LeaseLost):
        store(database, two.changed(salesforce=lead(1)))
    with pytest.raises(LeaseLost):
        store(database, two.changed(hubspot=hubspot(1)))
    assert of(database, lead(1), lead(2)) == {lead(1): one, lead(2): two}


def test_trap_24_portals_and_objects_do_not_collide(database: SqlDatabase) -> None:
    company = RecordRef(side=Side.HUBSPOT, object_type="company", id="1")
    assert (
        len(store(database, link(1), link(1, portal=P + 1), link(1, hubspot=company, salesforce=lead(5))))
        == 3
    )


def test_ended_links_never_collide(database: SqlDatabase) -> None:
    (live,) = store(database, link(1))
    store(database, ended(1), ended(1))
    (gone,) = store(database, live.changed(state=LinkState.ENDED, ended=Ended.MERGED))
    (again,) = store(database, link(1))
    assert of(database, hubspot(1)) == {hubspot(1): again}
    with pytest.raises(LeaseLost):
        store(database, gone.changed(state=LinkState.LIVE, ended=None))


def test_one_call_may_end_a_link_and_give_its_record_to_another(database: SqlDatabase) -> None:
    one, two = store(database, link(1), link(2))
    moved = two.changed(salesforce=lead(1))
    given_up = one.changed(state=LinkState.ENDED, ended=Ended.MERGED)
    new = link(3, salesforce=lead(2))
    stored = store(database, new, moved, given_up)
    assert of(database, lead(1), lead(2)) == {lead(1): stored[1], lead(2): stored[0]}


def test_one_call_may_exchange_the_records_of_two_links(database: SqlDatabase) -> None:
    one, two = store(database, link(1), link(2))
    stored = store(database, one.changed(salesforce=lead(2)), two.changed(salesforce=lead(1)))
    assert of(database, lead(1), lead(2)) == {lead(2): stored[0], lead(1): stored[1]}
    assert {found.state for found in stored} == {LinkState.LIVE}


def test_a_refused_store_leaves_nothing_even_if_the_transaction_goes_on(database: SqlDatabase) -> None:
    (first,) = store(database, link(1))
    with database.transaction() as tx:
        with suppress(LeaseLost):
            tx.links.store([first.changed(email="x"), link(2), link(3, salesforce=lead(1))])
        tx.watermarks.put(P, "after", "1")
    assert of(database, hubspot(1), hubspot(2), hubspot(3)) == {hubspot(1): first}
    with database.transaction() as tx:
        assert tx.watermarks.get(P, "after") == "1"


def test_links_are_found_by_email(database: SqlDatabase) -> None:
    one, two, _, _ = store(
        database,
        link(1, email="a@example.org"),
        ended(2, email="a@example.org"),
        link(3, email=""),
        link(4, portal=P + 1, email="a@example.org"),
    )
    with database.transaction() as tx:
        assert tx.links.by_email(P, {"a@example.org"}) == [one, two]
        assert tx.links.by_email(P, {"b@example.org"}) == []
        assert tx.links.by_email(P, {""}) == []


def test_the_rotation_goes_through_the_live_links_by_id(database: SqlDatabase) -> None:
    stored = store(
        database,
        link(1),
        ended(2),
        link(3),
        link(4, state=LinkState.CREATING, salesforce=None),
        link(5, portal=P + 1),
        link(6),
    )
    live = [stored[0], stored[2], stored[5]]
    with database.transaction() as tx:
        assert tx.links.oldest_seen(P, after=0, limit=2) == live[:2]
        assert tx.links.oldest_seen(P, after=live[1].id or 0, limit=2) == live[2:]
        assert tx.links.oldest_seen(P, after=live[2].id or 0, limit=2) == []
        assert tx.counts(P, now=NOW).links == 3


def test_storing_nothing_is_no_work(database: SqlDatabase) -> None:
    assert store(database) == []
