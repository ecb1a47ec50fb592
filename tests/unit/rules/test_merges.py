"""The survivor keeps the link; a merge loser is never a deletion."""

from __future__ import annotations

import pytest

from contract.changes import Kind
from contract.decisions import ReportKind
from contract.links import Ended, LinkState, Pair
from contract.records import Record, Side
from contract.settings import Settings
from tests.fakes.people import (
    contact,
    contact_ref,
    hs,
    in_step,
    intent,
    lead,
    lead_ref,
    link,
    notice,
    said,
    sf_contact,
    world,
)
from tests.unit.rules.kit import written

BOXES = Settings(delete_when_lead_deleted=True, delete_when_contact_deleted=True, create_from_leads=True)
ONE = contact(1, email="a@x.com", phone="1")
LOSER = lead(
    1, Email="a@x.com", LastName="L", Company="X", Phone="1", deleted=True, merged_into=lead_ref(2).id
)
MASTER = lead(2, Email="a@x.com", LastName="L", Company="X", Phone="2")
TIE = in_step(ONE, LOSER)


@pytest.mark.parametrize("kind", [Kind.DELETED, Kind.UPDATED, Kind.MERGED])
def test_a_salesforce_merge_moves_the_link_to_the_master_and_goes_on_mapping(kind: Kind) -> None:
    sent = intent(Side.SALESFORCE, settled=False, pairs={"phone": Pair("9", "9")})
    tie = TIE.changed(salesforce_seen=MASTER.modified_at, intents=(sent,))
    decision = world(ONE, LOSER, MASTER, links=[tie]).decide(notice(LOSER.ref, kind), settings=BOXES)
    assert decision.link is not None
    assert (decision.link.id, decision.link.salesforce, decision.link.state) == (
        1,
        MASTER.ref,
        LinkState.LIVE,
    )
    assert decision.link.base["city"] == TIE.base["city"]
    assert decision.link.intents == ()
    assert written(decision, Side.HUBSPOT) == {"phone": "2"}


def test_a_chain_of_merges_is_followed_to_its_end() -> None:
    middle = lead(2, deleted=True, merged_into=lead_ref(3).id)
    end = lead(3, Email="a@x.com", LastName="L", Company="X", Phone="1")
    decision = world(ONE, LOSER, middle, end, links=[TIE]).decide(notice(LOSER.ref), settings=BOXES)
    assert decision.link is not None
    assert decision.link.salesforce == end.ref


def test_a_merge_is_found_when_only_the_other_side_was_noticed() -> None:
    one = contact(1, email="a@x.com", phone="5")
    decision = world(one, LOSER, MASTER, links=[TIE]).decide(notice(one.ref), settings=BOXES)
    assert decision.link is not None
    assert decision.link.salesforce == MASTER.ref
    assert written(decision, Side.HUBSPOT) == {"phone": "2"}


def test_a_master_that_has_a_contact_already_ends_the_losers_link_and_reports_both_contacts() -> None:
    other = contact(2, email="b@x.com")
    links = [TIE, in_step(other, MASTER).changed(id=2)]
    decision = world(ONE, other, LOSER, MASTER, links=links).decide(notice(LOSER.ref), settings=BOXES)
    assert decision.writes == ()
    assert decision.link is not None
    assert (decision.link.state, decision.link.ended) == (LinkState.ENDED, Ended.MERGED)
    (report,) = decision.reports
    assert (report.kind, set(report.refs)) == (ReportKind.DUPLICATE, {hs(1), hs(2)})
    assert decision.look_at == (hs(1),)  # it may find another partner


def test_a_master_whose_contact_is_being_created_is_waited_for() -> None:
    creating = link(None, MASTER.ref, id=2, state=LinkState.CREATING, intents=(intent(Side.HUBSPOT),))
    decision = world(ONE, LOSER, MASTER, links=[TIE, creating]).decide(notice(LOSER.ref))
    assert decision.again is not None
    assert decision.again.waiting == MASTER.ref


def test_a_loser_that_was_never_linked_hands_over_to_its_master() -> None:
    decision = world(LOSER, MASTER).decide(notice(LOSER.ref), settings=BOXES)
    assert (decision.writes, decision.link) == ((), None)
    assert decision.look_at == (MASTER.ref,)


LEFT_OVER = TIE.changed(state=LinkState.ENDED, ended=Ended.MERGED)


def test_a_record_left_over_by_a_merge_is_not_tied_to_the_master_that_another_has() -> None:
    other = contact(2, email="b@x.com")
    decision = world(ONE, other, MASTER, links=[LEFT_OVER, link(other.ref, MASTER.ref, id=2)]).decide(
        notice(ONE.ref), settings=BOXES
    )
    assert (decision.writes, decision.link) == ((), None)
    assert [report.kind for report in decision.reports] == [ReportKind.DUPLICATE]


def test_a_record_left_over_by_a_merge_may_find_a_free_partner() -> None:
    free = lead(3, Email="a@x.com", LastName="L", Company="X", Phone="3")
    decision = world(ONE, LOSER, free, links=[LEFT_OVER]).decide(notice(ONE.ref), settings=BOXES)
    assert decision.link is not None
    assert (decision.link.state, decision.link.salesforce) == (LinkState.LIVE, free.ref)


@pytest.mark.parametrize("left", [ONE, lead(1, Email="a@x.com", LastName="L", Company="X")])
def test_no_partner_is_created_for_a_record_left_over_by_a_merge(left: Record) -> None:
    decision = world(left, links=[LEFT_OVER]).decide(notice(left.ref), settings=BOXES)
    assert (decision.writes, decision.link) == ((), None)


SURVIVOR = contact(9, email="a@x.com", phone="1", merged_ids=("1",))
LIVE_LEAD = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="1")
LOST_TIE = in_step(ONE, LIVE_LEAD)


def test_a_hubspot_merge_moves_the_losers_link_to_the_survivor() -> None:
    changed = contact(9, email="a@x.com", phone="7", merged_ids=("1",))
    asked = world(changed, LIVE_LEAD, links=[LOST_TIE])
    decision = asked.decide(notice(changed.ref, Kind.MERGED, merged_ids=frozenset({"1"})))
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot, decision.link.salesforce) == (1, hs(9), LIVE_LEAD.ref)
    assert written(decision, Side.HUBSPOT) == {"phone": "1"}


def test_a_merge_that_no_notice_announced_shows_on_the_survivor() -> None:
    decision = world(SURVIVOR, LIVE_LEAD, links=[LOST_TIE]).decide(notice(SURVIVOR.ref))
    assert decision.link is not None
    assert decision.link.hubspot == SURVIVOR.ref


def test_a_survivor_with_a_link_keeps_it_and_the_losers_record_is_reported() -> None:
    kept = lead(2, Email="s@x.com", LastName="S", Company="X")
    survivor = contact(9, email="s@x.com", lastname="S", company="X", merged_ids=("1",))
    links = [LOST_TIE, in_step(survivor, kept).changed(id=2)]
    decision = world(survivor, kept, LIVE_LEAD, links=links).decide(notice(survivor.ref, Kind.MERGED))
    assert decision.writes == ()
    assert [(one.id, one.ended) for one in decision.others] == [(1, Ended.MERGED)]
    (report,) = decision.reports
    assert (report.kind, report.refs) == (ReportKind.MERGE, (hs(9), LIVE_LEAD.ref, kept.ref))
    assert decision.link is None or decision.link.state is LinkState.LIVE


def test_of_several_losers_the_oldest_link_moves_and_the_others_are_reported() -> None:
    other = lead(2, Email="b@x.com", LastName="L", Company="X")
    survivor = contact(9, email="a@x.com", phone="1", merged_ids=("1", "2"))
    links = [link(hs(2), other.ref, id=5), LOST_TIE]
    decision = world(survivor, LIVE_LEAD, other, links=links).decide(notice(survivor.ref, Kind.MERGED))
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot) == (1, hs(9))
    assert [(one.id, one.ended) for one in decision.others] == [(5, Ended.MERGED)]
    assert [report.kind for report in decision.reports] == [ReportKind.MERGE]


def test_of_several_losers_the_one_whose_address_the_survivor_kept_comes_first() -> None:
    other = lead(2, Email="b@x.com", LastName="L", Company="X")
    survivor = contact(9, email="B@x.com", merged_ids=("1", "2"))
    links = [LOST_TIE, link(hs(2), other.ref, id=5, email="b@x.com")]
    decision = world(survivor, LIVE_LEAD, other, links=links).decide(notice(survivor.ref, Kind.MERGED))
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot) == (5, hs(9))
    assert [(one.id, one.ended) for one in decision.others] == [(1, Ended.MERGED)]


def test_a_pair_that_moves_to_a_survivor_meets_the_other_losers_pair_there() -> None:
    other = lead(2, Email="b@x.com", LastName="L", Company="X")
    lost = contact(1, email="a@x.com", merged_into="9")
    survivor = contact(9, email="a@x.com", phone="1", merged_ids=("1", "2"))
    links = [LOST_TIE, link(hs(2), other.ref, id=5)]
    decision = world(lost, survivor, LIVE_LEAD, other, links=links).decide(notice(lost.ref))
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot) == (1, hs(9))
    assert [(one.id, one.ended) for one in decision.others] == [(5, Ended.MERGED)]


@pytest.mark.parametrize("kept", ["b@x.com", "none-of-them@x.com"])
def test_which_pair_the_survivor_inherits_is_the_same_whichever_loser_is_looked_at_first(kept: str) -> None:
    other = lead(2, Email="b@x.com", LastName="L", Company="X")
    survivor = contact(9, email=kept, merged_ids=("1", "2"))
    lost = [contact(number, merged_into="9") for number in (1, 2)]
    links = [LOST_TIE.changed(id=6), link(hs(2), other.ref, id=5, email="b@x.com")]
    asked = world(*lost, survivor, LIVE_LEAD, other, links=links)
    decision = asked.decide(notice(hs(1)))
    assert (decision.link, decision.others, decision.look_at) == (None, (), (survivor.ref,))
    for heir in (asked.decide(notice(hs(2))).link, asked.decide(notice(survivor.ref)).link):
        assert heir is not None
        assert (heir.id, heir.hubspot) == (5, survivor.ref)


def test_a_pair_merged_with_another_on_both_sides_stays_one_pair() -> None:
    survivor = contact(9, email="a@x.com", phone="1", merged_ids=("1", "2"))
    links = [in_step(contact(1, email="a@x.com"), LOSER), link(hs(2), MASTER.ref, id=5)]
    decision = world(survivor, LOSER, MASTER, links=links).decide(notice(survivor.ref, Kind.MERGED))
    assert decision.link is not None
    assert (decision.link.id, decision.link.state) == (1, LinkState.LIVE)
    assert (decision.link.hubspot, decision.link.salesforce) == (survivor.ref, MASTER.ref)
    assert [(one.id, one.ended) for one in decision.others] == [(5, Ended.MERGED)]


@pytest.mark.parametrize("kind", [Kind.DELETED, Kind.MERGED, Kind.UPDATED])
def test_a_losers_id_that_the_link_still_names_moves_it_to_the_survivor(kind: Kind) -> None:
    lost = contact(1, email="a@x.com", merged_into="9")
    asked = world(lost, SURVIVOR, LIVE_LEAD, links=[LOST_TIE])
    decision = asked.decide(notice(lost.ref, kind), settings=BOXES)
    assert decision.link is not None
    assert (decision.link.hubspot, decision.link.state) == (hs(9), LinkState.LIVE)
    assert decision.writes == ()


def test_a_losers_id_whose_survivor_has_a_link_ends_and_is_reported() -> None:
    lost = contact(1, email="a@x.com", merged_into="9")
    kept = lead(2, Email="s@x.com", LastName="S", Company="X")
    links = [LOST_TIE, link(hs(9), kept.ref, id=2)]
    decision = world(lost, SURVIVOR, LIVE_LEAD, kept, links=links).decide(notice(lost.ref))
    assert decision.link is not None
    assert decision.link.ended is Ended.MERGED
    (report,) = decision.reports
    assert (report.kind, set(report.refs)) == (ReportKind.MERGE, {LIVE_LEAD.ref, kept.ref})


def test_a_contact_that_lists_itself_among_the_merged_keeps_its_link() -> None:
    listed = contact(1, email="a@x.com", phone="1", merged_ids=("1",))
    decision = world(listed, LIVE_LEAD, links=[LOST_TIE]).decide(notice(listed.ref, Kind.MERGED))
    assert (decision.writes, decision.others, decision.reports) == ((), (), ())


def test_a_survivor_waits_for_a_loser_that_is_being_created() -> None:
    creating = link(hs(1), None, state=LinkState.CREATING, intents=(intent(Side.SALESFORCE, before=None),))
    decision = world(SURVIVOR, links=[creating]).decide(notice(SURVIVOR.ref, Kind.MERGED))
    assert decision.again is not None
    assert decision.again.waiting == hs(1)


def test_a_survivor_that_ended_a_link_itself_takes_the_losers() -> None:
    links = [LOST_TIE, link(hs(9), lead_ref(8), id=2, state=LinkState.ENDED, ended=Ended.MERGED)]
    decision = world(SURVIVOR, LIVE_LEAD, links=links).decide(notice(SURVIVOR.ref, Kind.MERGED))
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot) == (1, hs(9))


def test_an_old_end_that_was_merged_or_converted_since_is_found_on_the_inherited_link() -> None:
    converted = lead(1, converted=True, converted_to=contact_ref(4).id)
    made = sf_contact(4, Email="a@x.com", LastName="L", Phone="3")
    decision = world(SURVIVOR, converted, made, links=[LOST_TIE]).decide(notice(SURVIVOR.ref, Kind.MERGED))
    assert decision.link is not None
    assert (decision.link.hubspot, decision.link.salesforce) == (hs(9), made.ref)
    assert written(decision, Side.HUBSPOT) == {"phone": "3"}


def test_everything_is_said_in_words() -> None:
    decision = world(ONE, LOSER, MASTER, links=[TIE]).decide(notice(LOSER.ref))
    assert f"{LOSER.ref} was merged: the link moves to {MASTER.ref}" in said(decision)


def test_bases_of_fields_that_were_never_agreed_on_stay_missing() -> None:
    tie = TIE.changed(base={"phone": Pair("1", "1")})
    decision = world(ONE, LOSER, MASTER, links=[tie]).decide(notice(LOSER.ref))
    assert decision.link is not None
    assert decision.link.base["email"] == Pair("a@x.com", "a@x.com")


@pytest.mark.parametrize("why", [Ended.HUBSPOT_DELETED, Ended.SALESFORCE_DELETED])
def test_a_creation_that_was_never_done_does_not_revive_the_pair_that_its_master_had(why: Ended) -> None:
    never = link(None, LOSER.ref, id=1, state=LinkState.CREATING)
    before = link(hs(2), MASTER.ref, id=2, state=LinkState.ENDED, ended=why)
    decision = world(contact(2, deleted=True), LOSER, MASTER, links=[never, before]).decide(
        notice(LOSER.ref, Kind.CREATED), settings=BOXES
    )
    assert decision.writes == ()
    assert decision.link is not None
    assert (decision.link.id, decision.link.ended) == (1, Ended.MERGED)
    assert decision.look_at == (MASTER.ref,)
