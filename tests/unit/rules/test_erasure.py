"""An erased person stays erased."""

from __future__ import annotations

import pytest

from contract.changes import Kind
from contract.decisions import ReportKind
from contract.links import Ended, LinkState, Pair
from contract.records import RecordRef, Side
from contract.settings import Settings
from tests.fakes.people import (
    KEY_FIELD,
    ago,
    contact,
    hs,
    in_step,
    intent,
    lead,
    lead_ref,
    link,
    notice,
    said,
    world,
)

ONE = contact(1, email="ann@x.com", phone="2", hs_additional_emails="ann@home.org;a@y.com")
OTHER = lead(1, Email="Ann.Lee@x.com", LastName="L", Company="X", Phone="1")
TIE = in_step(ONE, OTHER, phone=Pair("1", "1")).changed(placeholders={"Company": "X"})
EVERYTHING_ON = Settings(create_from_leads=True, create_from_contacts=True)


@pytest.mark.parametrize("kinds", [{Kind.ERASED}, {Kind.ERASED, Kind.DELETED}, {Kind.ERASED, Kind.UPDATED}])
def test_an_erasure_forgets_the_person_and_names_the_surviving_record(kinds: set[Kind]) -> None:
    tie = TIE.changed(intents=(intent(Side.SALESFORCE, pairs={"phone": Pair("1", "1")}),))
    decision = world(OTHER, links=[tie]).decide(notice(hs(1), *kinds, seconds_ago=1))
    assert decision.writes == ()
    assert decision.erasure is not None
    assert set(decision.erasure.refs) == {hs(1), OTHER.ref}
    assert set(decision.erasure.emails) == {"ann@x.com", "ann.lee@x.com"}
    ended = decision.link
    assert ended is not None
    assert (ended.state, ended.ended) == (LinkState.ENDED, Ended.ERASED)
    assert (ended.base, ended.email, ended.placeholders, ended.intents) == ({}, "", {}, ())
    (report,) = decision.reports
    assert (report.kind, report.refs) == (ReportKind.ERASED, (OTHER.ref,))


def test_every_address_that_can_still_be_read_is_forgotten() -> None:
    decision = world(ONE, OTHER, links=[TIE]).decide(notice(hs(1), Kind.ERASED))
    assert decision.erasure is not None
    assert set(decision.erasure.emails) == {"ann@x.com", "ann@home.org", "a@y.com", "ann.lee@x.com"}


@pytest.mark.parametrize("ended", [Ended.HUBSPOT_DELETED, Ended.SALESFORCE_DELETED, Ended.MERGED])
def test_an_erasure_after_the_end_of_the_link_still_forgets(ended: Ended) -> None:
    tie = TIE.changed(state=LinkState.ENDED, ended=ended)
    decision = world(OTHER, links=[tie]).decide(notice(hs(1), Kind.ERASED))
    assert decision.erasure is not None
    assert decision.link is not None
    assert decision.link.ended is Ended.ERASED
    assert decision.link.base == {}


def test_an_erasure_of_a_contact_that_was_never_linked_leaves_a_tombstone() -> None:
    decision = world().decide(notice(hs(7), Kind.ERASED, seconds_ago=1))
    assert decision.erasure is not None
    assert decision.erasure.refs == (hs(7),)
    assert decision.link is None
    assert decision.reports == ()


def test_a_contact_erased_while_its_lead_is_being_created_takes_the_lead_along() -> None:
    made = lead(1, Email="ann@x.com", **{KEY_FIELD: "4242-1"})
    tie = link(hs(1), None, state=LinkState.CREATING, email="ann@x.com")
    decision = world(made, links=[tie]).decide(notice(hs(1), Kind.ERASED))
    assert decision.erasure is not None
    assert set(decision.erasure.refs) == {hs(1), made.ref}


def test_contacts_merged_into_the_erased_one_are_forgotten_with_it() -> None:
    tie = link(hs(2), lead_ref(2), email="old@x.com")
    decision = world(links=[tie]).decide(notice(hs(1), Kind.ERASED, merged_ids=frozenset({"2"})))
    assert decision.erasure is not None
    assert set(decision.erasure.refs) == {hs(1), hs(2), lead_ref(2)}
    assert decision.erasure.emails == ("old@x.com",)
    assert [one.ended for one in decision.others] == [Ended.ERASED]


def test_a_second_notice_of_the_erasure_does_nothing() -> None:
    gone = link(hs(1), OTHER.ref, state=LinkState.ENDED, ended=Ended.ERASED)
    decision = world(OTHER, links=[gone], erased=[hs(1)]).decide(notice(hs(1), Kind.ERASED))
    assert (decision.erasure, decision.link, decision.writes) == (None, None, ())


def test_a_merge_told_only_after_the_erasure_forgets_the_losers_too() -> None:
    lost = in_step(contact(2, email="old@x.com"), OTHER).changed(id=7)
    asked = world(OTHER, links=[lost], erased=[hs(1)])
    decision = asked.decide(notice(hs(1), Kind.MERGED, merged_ids=frozenset({"2"})))
    assert decision.erasure is not None
    assert {hs(2), OTHER.ref} <= set(decision.erasure.refs)
    assert [(one.id, one.ended) for one in decision.others] == [(7, Ended.ERASED)]


def test_a_pair_that_was_merged_into_an_erased_persons_record_ends() -> None:
    loser = lead(1, Email="bob@x.com", LastName="B", Company="X", deleted=True, merged_into=lead_ref(2).id)
    winner = lead(2, Email="ann@x.com", LastName="A", Company="X")
    tie = in_step(contact(1, email="bob@x.com"), loser)
    decision = world(ONE, loser, winner, links=[tie], erased=[winner.ref]).decide(
        notice(loser.ref, Kind.MERGED)
    )
    assert decision.writes == ()
    assert decision.link is not None
    assert (decision.link.state, decision.link.base) == (LinkState.ENDED, {})


@pytest.mark.parametrize("tombstone", [hs(1), OTHER.ref, "ann@x.com", "ann@home.org"])
@pytest.mark.parametrize("kind", [Kind.UPDATED, Kind.DELETED, Kind.RESTORED])
def test_a_tombstone_on_either_side_stops_a_linked_pair(tombstone: RecordRef | str, kind: Kind) -> None:
    decision = world(ONE, OTHER, links=[TIE], erased=[tombstone]).decide(notice(ONE.ref, kind))
    assert (decision.writes, decision.link) == ((), None)
    assert "erased" in said(decision)


@pytest.mark.parametrize("tombstone", [OTHER.ref, "ann.lee@x.com"])
def test_a_tombstone_keeps_a_lead_from_creating_the_contact_again(tombstone: RecordRef | str) -> None:
    asked = world(OTHER, erased=[tombstone])
    decision = asked.decide(notice(OTHER.ref), settings=EVERYTHING_ON)
    assert (decision.writes, decision.link) == ((), None)


def test_a_tombstone_of_the_match_stops_the_link() -> None:
    match = lead(1, Email="ann@x.com", LastName="L", Company="X")
    decision = world(ONE, match, erased=[match.ref]).decide(notice(ONE.ref))
    assert (decision.writes, decision.link) == ((), None)
    assert "erased" in said(decision)


def test_a_tombstone_of_a_secondary_address_stops_the_creation() -> None:
    decision = world(ONE, erased=["a@y.com"]).decide(notice(ONE.ref))
    assert (decision.writes, decision.link) == ((), None)


def test_records_and_tombstones_are_asked_for_in_one_round() -> None:
    asked = world(ONE, OTHER, links=[TIE], erased=[OTHER.ref])
    asked.decide(notice(ONE.ref, seconds_ago=20, noticed_at=ago(20)))
    assert asked.rounds == 1


def test_an_erased_address_on_the_side_without_a_notice_stops_the_pair() -> None:
    one = contact(1, email="ann@x.com", phone="3")
    other = lead(1, Email="erased@x.com", LastName="L", Company="X", Phone="1")
    tie = in_step(one, other, phone=Pair("1", "1"), email=Pair("ann@x.com", "ann@x.com"))
    decision = world(one, other, links=[tie], erased=["erased@x.com"]).decide(notice(one.ref))
    assert (decision.writes, decision.link) == ((), None)
    assert "erased" in said(decision)


def test_a_link_inherited_in_a_merge_stops_at_an_erased_record() -> None:
    survivor = contact(9, email="s@x.com", phone="5", merged_ids=("1",))
    decision = world(survivor, OTHER, links=[TIE], erased=[OTHER.ref]).decide(notice(survivor.ref))
    assert (decision.writes, decision.link) == ((), None)


def test_a_survivor_with_a_tombstone_is_not_archived() -> None:
    gone = lead(1, Email="x@x.com", deleted=True)
    loser, survivor = contact(3, merged_into="9"), contact(9, email="s@x.com", merged_ids=("3",))
    asked = world(loser, survivor, gone, links=[in_step(loser, gone)], erased=[hs(9)])
    decision = asked.decide(notice(loser.ref), settings=Settings(delete_when_lead_deleted=True))
    assert decision.writes == ()


def test_a_tombstone_of_the_address_stops_an_archive() -> None:
    gone = lead(1, Email="ann@x.com", deleted=True)
    asked = world(ONE, gone, links=[TIE], erased=["ann@x.com"])
    decision = asked.decide(notice(gone.ref, Kind.DELETED), settings=Settings(delete_when_lead_deleted=True))
    assert decision.writes == ()
    assert decision.link is not None
    assert decision.link.ended is Ended.ERASED
