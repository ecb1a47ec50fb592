"""Deduplication: an unlinked record is matched before anything is created."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contract.decisions import Action, Decision, ReportKind
from contract.links import Ended, LinkState, Pair
from contract.records import Record, RecordRef, Side
from contract.settings import Settings
from tests.fakes.people import (
    KEY_FIELD,
    LONG_AGO,
    ago,
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

ONE = contact(1, email="Ann@x.com", hs_additional_emails="ann@home.org;a@y.com")
CREATE = Settings(create_from_leads=True, create_from_contacts=True)
EARLIER = LONG_AGO - timedelta(days=1)


def linked_with(decision: Decision) -> RecordRef | None:
    return decision.link.salesforce if decision.link is not None else None


@pytest.mark.parametrize("email", ["ann@x.com", " ANN@X.COM", "ann@home.org", "A@y.com"])
def test_a_contact_is_linked_with_the_lead_of_the_same_email_also_a_secondary_one(email: str) -> None:
    match = lead(1, Email=email, LastName="L", Company="X")
    decision = world(ONE, match).decide(notice(ONE.ref))
    assert linked_with(decision) == match.ref
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot, decision.link.state) == (None, hs(1), LinkState.LIVE)
    assert decision.link.email == "ann@x.com"
    assert all(write.action is Action.UPDATE for write in decision.writes)


@pytest.mark.parametrize("make", [lead, sf_contact])
@pytest.mark.parametrize("email", ["ann@x.com", "Ann@Home.org"])
def test_a_lead_or_contact_is_linked_with_the_contact_of_the_same_email(make: object, email: str) -> None:
    match = make(1, Email=email, LastName="L", Company="X")  # type: ignore[operator]
    decision = world(ONE, match).decide(notice(match.ref))
    assert decision.link is not None
    assert (decision.link.hubspot, decision.link.salesforce) == (hs(1), match.ref)


def test_a_survivor_whose_losers_link_has_not_come_to_it_yet_is_not_free() -> None:
    survivor = contact(9, email="ann@x.com", merged_ids=("1", "2"))
    partner = lead(5, Email="p@x.com", LastName="P", Company="X")
    record = lead(1, Email="ann@x.com", LastName="L", Company="X")
    asked = world(survivor, partner, record, links=[link(hs(2), partner.ref)])
    decision = asked.decide(notice(record.ref), settings=CREATE)
    assert (decision.writes, decision.link) == ((), None)
    assert "neither linked nor created" in said(decision)


def test_linking_needs_no_permission_to_create() -> None:
    match = lead(1, Email="ann@x.com", LastName="L", Company="X")
    decision = world(ONE, match).decide(notice(match.ref), settings=Settings())
    assert linked_with(decision) == match.ref


def test_contacts_go_before_leads_and_the_oldest_before_the_others_which_are_reported() -> None:
    young = sf_contact(1, Email="ann@x.com", LastName="L")
    old = sf_contact(2, Email="ann@home.org", LastName="L", created_at=EARLIER)
    older_lead = lead(3, Email="ann@x.com", LastName="L", Company="X", created_at=EARLIER - timedelta(days=9))
    decision = world(ONE, young, old, older_lead).decide(notice(ONE.ref))
    assert linked_with(decision) == old.ref
    (report,) = decision.reports
    assert report.kind is ReportKind.DUPLICATE
    assert set(report.refs) == {hs(1), young.ref, old.ref, older_lead.ref}


@pytest.mark.parametrize(
    ("name", "ref"), [("salesforcecontactid", contact_ref(7)), ("salesforceleadid", lead_ref(7))]
)
@pytest.mark.parametrize("digits", [15, 18])
def test_trap_24_an_id_that_the_native_connector_wrote_goes_before_any_email(
    name: str, ref: RecordRef, digits: int
) -> None:
    one = contact(1, email="ann@x.com", **{name: ref.id[:digits]})
    named = (sf_contact if "contact" in name else lead)(7, Email="other@x.com", LastName="L", Company="X")
    by_email = sf_contact(1, Email="ann@x.com", LastName="L", created_at=EARLIER)
    decision = world(one, named, by_email).decide(notice(one.ref))
    assert linked_with(decision) == named.ref


def test_whoever_else_its_ids_and_our_key_name_is_reported_like_the_matches_by_email() -> None:
    one = contact(
        1, email="ann@x.com", salesforcecontactid=contact_ref(1).id, salesforceleadid=lead_ref(2).id
    )
    taken = sf_contact(1, Email="b@x.com", LastName="L")
    others = (
        lead(2, Email="c@x.com", LastName="L", Company="X"),
        lead(3, Email="d@x.com", LastName="L", Company="X", **{KEY_FIELD: "4242-1"}),
        lead(4, Email="ann@x.com", LastName="L", Company="X"),
    )
    decision = world(one, taken, *others).decide(notice(one.ref))
    assert linked_with(decision) == taken.ref
    (report,) = decision.reports
    assert set(report.refs) == {one.ref, taken.ref, *(other.ref for other in others)}


@pytest.mark.parametrize("text", ["", "nonsense", "003"])
def test_an_id_property_that_holds_no_id_is_ignored(text: str) -> None:
    one = contact(1, email="ann@x.com", salesforcecontactid=text)
    match = lead(1, Email="ann@x.com", LastName="L", Company="X")
    assert linked_with(world(one, match).decide(notice(one.ref))) == match.ref


def test_an_id_that_names_a_deleted_or_unseen_record_does_not_stop_the_match_by_email() -> None:
    one = contact(
        1, email="ann@x.com", salesforcecontactid=contact_ref(7).id, salesforceleadid=lead_ref(8).id
    )
    gone = sf_contact(7, deleted=True)
    match = lead(1, Email="ann@x.com", LastName="L", Company="X")
    assert linked_with(world(one, gone, match).decide(notice(one.ref))) == match.ref


def test_an_id_of_a_converted_lead_leads_to_its_contact() -> None:
    one = contact(1, email="ann@x.com", salesforceleadid=lead_ref(7).id)
    converted = lead(7, converted=True, converted_to=contact_ref(7).id)
    made = sf_contact(7, Email="new@x.com", LastName="L")
    assert linked_with(world(one, converted, made).decide(notice(one.ref))) == made.ref


def test_our_creation_key_goes_before_any_email() -> None:
    keyed = lead(7, Email="other@x.com", LastName="L", Company="X", **{KEY_FIELD: "4242-1"})
    by_email = sf_contact(1, Email="ann@x.com", LastName="L", created_at=EARLIER)
    assert linked_with(world(ONE, keyed, by_email).decide(notice(ONE.ref))) == keyed.ref


def test_what_we_created_and_somebody_deleted_is_not_created_again_and_is_remembered() -> None:
    gone = lead(7, Email="ann@x.com", deleted=True, **{KEY_FIELD: "4242-1"})
    decision = world(ONE, gone).decide(notice(ONE.ref))
    assert decision.writes == ()
    assert decision.link is not None
    assert (decision.link.state, decision.link.ended) == (LinkState.ENDED, Ended.SALESFORCE_DELETED)
    assert (decision.link.hubspot, decision.link.salesforce) == (hs(1), gone.ref)


MATCH = lead(1, Email="ann@x.com", LastName="L", Company="X", Phone="1")


def test_a_match_that_belongs_to_a_living_contact_is_reported_neither_linked_nor_created() -> None:
    rival = contact(2, email="b@x.com")
    decision = world(ONE, rival, MATCH, links=[in_step(rival, MATCH)]).decide(notice(ONE.ref))
    assert (decision.writes, decision.link) == ((), None)
    (report,) = decision.reports
    assert (report.kind, set(report.refs)) == (ReportKind.DUPLICATE, {hs(1), hs(2), MATCH.ref})


def test_a_match_whose_contact_cannot_be_seen_is_not_taken_away() -> None:
    rival = contact(2, email="b@x.com")
    decision = world(ONE, MATCH, links=[in_step(rival, MATCH)]).decide(notice(ONE.ref))
    assert (decision.writes, decision.link) == ((), None)
    assert [report.kind for report in decision.reports] == [ReportKind.DUPLICATE]


def test_a_match_whose_contact_was_deleted_is_taken_over_as_just_linked() -> None:
    rival = contact(2, email="b@x.com", phone="1", deleted=True)
    one = contact(1, email="ann@x.com", phone="5")
    decision = world(one, rival, MATCH, links=[in_step(rival, MATCH)]).decide(notice(one.ref))
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot, decision.link.salesforce) == (1, hs(1), MATCH.ref)
    (write,) = decision.writes
    assert (write.side, write.values["phone"]) == (Side.HUBSPOT, "1")


def test_a_match_whose_contact_was_merged_into_this_one_keeps_its_base() -> None:
    rival = contact(2, email="b@x.com", phone="1", merged_into="1")
    one = contact(1, email="ann@x.com", phone="1", lastname="L", company="X")
    tie = in_step(rival, MATCH)
    decision = world(one, rival, MATCH, links=[tie]).decide(notice(one.ref))
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot) == (1, hs(1))
    assert decision.link.base["phone"] == Pair("1", "1")


def test_a_contact_whose_own_creation_was_given_up_lets_go_of_it_when_it_takes_over_a_link() -> None:
    rival = contact(2, email="b@x.com", deleted=True)
    given_up = link(hs(1), None, id=4, state=LinkState.CREATING)
    decision = world(ONE, rival, MATCH, links=[in_step(rival, MATCH), given_up]).decide(notice(ONE.ref))
    assert decision.link is not None
    assert decision.link.id == 1
    assert [(one.id, one.state, one.hubspot) for one in decision.others] == [(4, LinkState.ENDED, None)]


def test_the_linked_one_of_several_matches_is_taken() -> None:
    rival = contact(2, email="b@x.com", deleted=True)
    older = lead(2, Email="ann@x.com", LastName="L", Company="X", created_at=EARLIER)
    decision = world(ONE, rival, MATCH, older, links=[in_step(rival, MATCH)]).decide(notice(ONE.ref))
    assert linked_with(decision) == MATCH.ref


@pytest.mark.parametrize(
    "rival",
    [
        lead(2, Email="b@x.com", deleted=True, merged_into=lead_ref(1).id),
        lead(2, Email="b@x.com", deleted=True),
    ],
)
def test_a_contact_whose_lead_is_gone_is_taken_over_by_the_matching_one(rival: Record) -> None:
    decision = world(ONE, MATCH, rival, links=[in_step(ONE, rival)]).decide(notice(MATCH.ref))
    assert decision.link is not None
    assert (decision.link.id, decision.link.salesforce) == (1, MATCH.ref)


def test_a_second_lead_with_the_same_email_is_reported_and_the_link_sticks() -> None:
    twin = lead(2, Email="ann@x.com", LastName="T", Company="X")
    decision = world(ONE, MATCH, twin, links=[in_step(ONE, MATCH)]).decide(notice(twin.ref), settings=CREATE)
    assert (decision.writes, decision.link) == ((), None)
    (report,) = decision.reports
    assert set(report.refs) == {hs(1), MATCH.ref, twin.ref}


def test_a_match_that_is_just_being_created_for_somebody_is_waited_for() -> None:
    creating = link(hs(1), None, state=LinkState.CREATING, intents=(intent(Side.SALESFORCE, before=None),))
    decision = world(ONE, MATCH, links=[creating]).decide(notice(MATCH.ref))
    assert decision.again is not None
    assert decision.again.waiting == hs(1)


def test_a_creation_that_nobody_finishes_is_taken_over() -> None:
    old = intent(Side.SALESFORCE, before=None, seconds_ago=130)
    creating = link(hs(1), None, state=LinkState.CREATING, intents=(old,))
    decision = world(ONE, MATCH, links=[creating]).decide(notice(MATCH.ref))
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot, decision.link.salesforce) == (None, hs(1), MATCH.ref)
    assert [(one.id, one.state, one.hubspot) for one in decision.others] == [(1, LinkState.ENDED, None)]


def test_a_search_that_shows_more_than_the_record_itself_is_not_trusted_yet() -> None:
    asked = world(ONE, MATCH)
    asked.overlook = {MATCH.ref: lead(1, Email="ann@x.com", modified_at=ago(90))}
    decision = asked.decide(notice(ONE.ref))
    assert decision.again is None
    recent = lead(1, Email="ann@x.com", LastName="L", Company="X", modified_at=ago(3))
    asked = world(ONE, recent)
    asked.overlook = {recent.ref: MATCH}
    assert asked.decide(notice(ONE.ref)).again is not None


def test_no_email_and_no_id_means_no_match_and_no_creation() -> None:
    one = contact(1)
    decision = world(one, lead(1, LastName="L", Company="X")).decide(notice(one.ref))
    assert (decision.writes, decision.link) == ((), None)
    assert "no e-mail address" in said(decision)
