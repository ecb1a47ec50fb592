"""The inclusion list: only members pass, in both directions."""

from __future__ import annotations

import pytest

from contract.changes import Kind
from contract.decisions import Action
from contract.facts import Member
from contract.links import Ended, LinkState, Pair
from contract.records import Record
from contract.settings import Settings
from tests.fakes.people import contact, in_step, intent, lead, notice, said, world

LISTED = Settings(inclusion_list="77", create_from_leads=True, delete_when_lead_deleted=True)
ONE = contact(1, email="a@x.com", phone="1")
OTHER = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="2", City="Rome")
TIE = in_step(ONE, OTHER, phone=Pair("1", "1"))


@pytest.mark.parametrize("noticed", [ONE, OTHER])
def test_trap_18_values_of_a_linked_non_member_stop_in_both_directions_and_the_base_stays(
    noticed: Record,
) -> None:
    one = contact(1, email="a@x.com", phone="3", city="Oslo")
    decision = world(one, OTHER, links=[TIE]).decide(notice(noticed.ref), settings=LISTED)
    assert decision.writes == ()
    assert decision.link is not None
    assert (decision.link.state, decision.link.base) == (LinkState.LIVE, TIE.base)
    assert all(verdict.writes is None for verdict in decision.trace)
    assert "not on the inclusion list" in said(decision)


def test_values_of_a_member_travel() -> None:
    decision = world(ONE, OTHER, links=[TIE], members={"1"}).decide(notice(OTHER.ref), settings=LISTED)
    assert [dict(write.values) for write in decision.writes] == [{"phone": "2"}]


def test_entering_the_list_lets_the_edits_of_both_sides_through() -> None:
    decision = world(ONE, OTHER, links=[TIE], members={"1"}).decide(
        notice(ONE.ref, Kind.LISTED), settings=LISTED
    )
    assert [dict(write.values) for write in decision.writes] == [{"phone": "2"}]


def test_a_match_of_a_non_member_links_and_writes_nothing() -> None:
    decision = world(ONE, OTHER).decide(notice(ONE.ref), settings=LISTED)
    assert decision.writes == ()
    assert decision.link is not None
    assert (decision.link.state, decision.link.base) == (LinkState.LIVE, {})


def test_a_non_member_is_not_created_in_salesforce() -> None:
    decision = world(ONE).decide(notice(ONE.ref), settings=LISTED)
    assert (decision.writes, decision.link) == ((), None)
    member = world(ONE, members={"1"}).decide(notice(ONE.ref), settings=LISTED)
    assert [write.action for write in member.writes] == [Action.CREATE]


def test_a_lead_may_create_a_contact_that_is_no_member_yet() -> None:
    decision = world(OTHER).decide(notice(OTHER.ref), settings=LISTED)
    assert [write.action for write in decision.writes] == [Action.CREATE]


def test_trap_18_deletions_and_merges_travel_for_non_members() -> None:
    gone = lead(1, Email="a@x.com", deleted=True)
    deleted = world(ONE, gone, links=[TIE]).decide(notice(gone.ref, Kind.DELETED), settings=LISTED)
    assert [write.action for write in deleted.writes] == [Action.ARCHIVE]
    archived = world(contact(1, deleted=True), OTHER, links=[TIE]).decide(notice(ONE.ref), settings=LISTED)
    assert archived.link is not None
    assert archived.link.ended is Ended.HUBSPOT_DELETED
    survivor = contact(2, email="a@x.com", phone="8", merged_ids=("1",))
    merged = world(survivor, OTHER, links=[TIE]).decide(notice(survivor.ref), settings=LISTED)
    assert merged.link is not None
    assert (merged.link.hubspot, merged.writes) == (survivor.ref, ())


def test_membership_is_asked_only_when_something_would_be_written() -> None:
    calm = world(ONE, OTHER, links=[in_step(ONE, OTHER)])
    calm.decide(notice(ONE.ref), settings=LISTED)
    assert Member("1") not in calm.asked
    without = world(ONE, OTHER, links=[TIE])
    without.decide(notice(OTHER.ref), settings=Settings())
    assert Member("1") not in without.asked


def test_what_we_wrote_ourselves_is_still_recognised_for_a_non_member() -> None:
    stored = contact(1, email="a@x.com", phone="2", city="Oslo")
    tie = TIE.changed(intents=(intent(ONE.ref.side, pairs={"phone": Pair("2", "2")}),))
    decision = world(stored, OTHER, links=[tie]).decide(notice(ONE.ref), settings=LISTED)
    assert decision.link is not None
    assert decision.link.base["phone"] == Pair("2", "2")
