"""Deleted, archived, undeleted and restored records of a pair."""

from __future__ import annotations

import pytest

from contract.changes import Kind
from contract.decisions import Action, Decision, ReportKind
from contract.links import Ended, Link, LinkState, Pair
from contract.records import Record, Side
from contract.settings import Settings
from tests.fakes.people import (
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
from tests.unit.rules.kit import only_write, written

BOXES = Settings(delete_when_lead_deleted=True, delete_when_contact_deleted=True)
CREATE = Settings(create_from_leads=True)
ONE = contact(1, email="a@x.com", phone="1")
GONE_ONE = contact(1, email="a@x.com", phone="1", deleted=True)
LEAD = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="1")
GONE = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="1", deleted=True)
TIE = in_step(ONE, LEAD, lastname=Pair(None, "L"), company=Pair(None, "X"))


def ended(why: Ended) -> list[Link]:
    return [TIE.changed(state=LinkState.ENDED, ended=why)]


def state(decision: Decision) -> tuple[LinkState, Ended | None]:
    assert decision.link is not None
    return decision.link.state, decision.link.ended


def nothing_done(decision: Decision) -> bool:
    still = decision.link is None or decision.link.state is LinkState.ENDED
    return still and not decision.writes


def test_deleting_the_hubspot_contact_unlinks_and_deletes_nothing_in_salesforce() -> None:
    decision = world(GONE_ONE, LEAD, links=[TIE]).decide(notice(hs(1), Kind.DELETED), settings=BOXES)
    assert decision.writes == ()
    assert state(decision) == (LinkState.ENDED, Ended.HUBSPOT_DELETED)
    assert decision.link is not None
    assert decision.link.base == TIE.base


@pytest.mark.parametrize("gone", [GONE, sf_contact(1, Email="a@x.com", LastName="L", deleted=True)])
def test_a_ticked_box_archives_the_hubspot_contact_once(gone: Record) -> None:
    tie = in_step(ONE, gone)
    decision = world(ONE, gone, links=[tie]).decide(notice(gone.ref, Kind.DELETED), settings=BOXES)
    write = only_write(decision)
    assert (write.action, write.side, write.record_id) == (Action.ARCHIVE, Side.HUBSPOT, "1")
    assert state(decision) == (LinkState.ENDED, Ended.SALESFORCE_DELETED)
    assert decision.link is not None
    once = world(ONE, gone, links=[decision.link]).decide(notice(gone.ref, Kind.DELETED), settings=BOXES)
    assert (once.writes, once.link) == ((), None)


@pytest.mark.parametrize(
    ("gone", "settings"),
    [
        (GONE, Settings()),
        (GONE, Settings(delete_when_contact_deleted=True)),
        (
            sf_contact(1, Email="a@x.com", LastName="L", deleted=True),
            Settings(delete_when_lead_deleted=True),
        ),
    ],
)
def test_without_its_own_box_the_hubspot_contact_is_kept(gone: Record, settings: Settings) -> None:
    tie = in_step(ONE, gone)
    decision = world(ONE, gone, links=[tie]).decide(notice(gone.ref, Kind.DELETED), settings=settings)
    assert decision.writes == ()
    assert state(decision) == (LinkState.ENDED, Ended.SALESFORCE_DELETED)


def test_a_contact_that_is_archived_already_is_not_archived_again() -> None:
    decision = world(GONE_ONE, GONE, links=[TIE]).decide(notice(GONE.ref, Kind.DELETED), settings=BOXES)
    assert decision.writes == ()
    assert state(decision) == (LinkState.ENDED, Ended.SALESFORCE_DELETED)


def test_a_deletion_is_found_when_only_hubspot_was_noticed() -> None:
    one = contact(1, email="a@x.com", phone="7")
    decision = world(one, GONE, links=[TIE]).decide(notice(one.ref), settings=BOXES)
    assert only_write(decision).action is Action.ARCHIVE


@pytest.mark.parametrize("email", ["a@x.com", "A@X.com "])
def test_an_email_that_lives_on_in_another_record_relinks_instead(email: str) -> None:
    heir = sf_contact(5, Email=email, LastName="L", Phone="9")
    decision = world(ONE, GONE, heir, links=[TIE]).decide(notice(GONE.ref, Kind.DELETED), settings=BOXES)
    assert state(decision) == (LinkState.LIVE, None)
    assert decision.link is not None
    assert (decision.link.id, decision.link.salesforce) == (1, heir.ref)
    assert written(decision, Side.HUBSPOT)["phone"] == "9"
    assert all(write.action is Action.UPDATE for write in decision.writes)
    assert "never in step before" in said(decision)


def test_a_pair_of_which_both_ends_were_deleted_has_no_heir() -> None:
    heir = lead(2, Email="a@x.com", LastName="Other", Company="X")
    decision = world(GONE_ONE, GONE, heir, links=[TIE]).decide(notice(lead_ref(1), Kind.DELETED))
    assert decision.writes == ()
    assert state(decision) == (LinkState.ENDED, Ended.SALESFORCE_DELETED)


def test_an_heir_is_sought_by_the_links_address_as_well() -> None:
    gone = lead(1, Email="old@x.com", deleted=True)
    heir = lead(5, Email="a@x.com", LastName="L", Company="X")
    decision = world(ONE, gone, heir, links=[TIE]).decide(notice(gone.ref), settings=BOXES)
    assert decision.link is not None
    assert decision.link.salesforce == heir.ref


def test_a_deleted_record_that_the_search_still_shows_is_not_its_own_heir() -> None:
    asked = world(ONE, LEAD, links=[TIE])
    asked.overlook = {GONE.ref: GONE}
    decision = asked.decide(notice(GONE.ref, Kind.DELETED), settings=BOXES)
    assert only_write(decision).action is Action.ARCHIVE


def test_a_lead_deleted_before_it_got_a_partner_has_no_heir_and_counts_as_new_when_it_comes_back() -> None:
    waiting = link(None, lead_ref(1), state=LinkState.CREATING)
    heir = lead(2, Email="a@x.com", LastName="L", Company="X")
    decision = world(GONE, heir, links=[waiting]).decide(notice(lead_ref(1), Kind.DELETED), settings=CREATE)
    assert state(decision) == (LinkState.ENDED, Ended.SALESFORCE_DELETED)
    assert decision.writes == ()
    assert decision.link is not None
    back = world(LEAD, links=[decision.link]).decide(notice(lead_ref(1), Kind.RESTORED), settings=CREATE)
    assert only_write(back).action is Action.CREATE
    assert "never had a partner" in said(back)


def test_an_undeleted_record_is_linked_again_and_the_base_is_kept() -> None:
    edited = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="2")
    decision = world(ONE, edited, links=ended(Ended.SALESFORCE_DELETED)).decide(notice(edited.ref))
    assert state(decision) == (LinkState.LIVE, None)
    assert written(decision, Side.HUBSPOT) == {"phone": "2"}


def test_an_undeleted_record_whose_contact_is_archived_creates_a_new_one_if_allowed() -> None:
    asked = world(GONE_ONE, LEAD, links=ended(Ended.SALESFORCE_DELETED))
    decision = asked.decide(notice(LEAD.ref), settings=CREATE)
    assert (only_write(decision).action, only_write(decision).side) == (Action.CREATE, Side.HUBSPOT)
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot, decision.link.state) == (1, None, LinkState.CREATING)
    assert "cannot restore an archived contact" in said(decision)
    forbidden = world(GONE_ONE, LEAD, links=ended(Ended.SALESFORCE_DELETED)).decide(notice(LEAD.ref))
    assert (forbidden.writes, forbidden.link) == ((), None)


def test_an_undeleted_record_that_another_contact_has_by_now_is_left_to_that_pair() -> None:
    """However late somebody tells again that its contact of old was deleted."""
    heir = contact(7, email="a@x.com")
    held = link(heir.ref, LEAD.ref, id=2)
    asked = world(GONE_ONE, heir, LEAD, links=[held, *ended(Ended.SALESFORCE_DELETED)])
    decision = asked.decide(notice(GONE_ONE.ref, Kind.DELETED), settings=CREATE)
    assert nothing_done(decision)
    assert "another link has it by now" in said(decision)


@pytest.mark.parametrize("one", [contact(1, email="a@x.com", phone="9"), GONE_ONE])
def test_after_a_deletion_in_salesforce_an_edit_in_hubspot_creates_nothing(one: Record) -> None:
    decision = world(one, GONE, links=ended(Ended.SALESFORCE_DELETED)).decide(notice(one.ref))
    assert nothing_done(decision)
    assert "nothing is created there again" in said(decision)


def test_a_restored_contact_is_linked_again() -> None:
    edited = contact(1, email="a@x.com", phone="1", city="Rome")
    asked = world(edited, LEAD, links=ended(Ended.HUBSPOT_DELETED))
    decision = asked.decide(notice(edited.ref, Kind.RESTORED))
    assert state(decision) == (LinkState.LIVE, None)
    assert written(decision, Side.SALESFORCE) == {"City": "Rome"}


def test_a_contact_restored_after_its_undeleted_record_is_linked_again() -> None:
    """While the contact was away the record came back, and nothing was to be created for it."""
    decision = world(ONE, LEAD, links=ended(Ended.SALESFORCE_DELETED)).decide(notice(hs(1), Kind.RESTORED))
    assert state(decision) == (LinkState.LIVE, None)


def test_a_restored_contact_whose_record_is_deleted_stays_unlinked_and_is_not_archived() -> None:
    asked = world(ONE, GONE, links=ended(Ended.HUBSPOT_DELETED))
    decision = asked.decide(notice(ONE.ref, Kind.RESTORED), settings=BOXES)
    assert decision.writes == ()
    assert state(decision) == (LinkState.ENDED, Ended.SALESFORCE_DELETED)


@pytest.mark.parametrize("why", [Ended.HUBSPOT_DELETED, Ended.SALESFORCE_DELETED])
def test_a_record_back_from_deletion_whose_partner_has_another_link_is_reported(why: Ended) -> None:
    rival_contact, rival_lead = (
        contact(7, email="r@x.com"),
        lead(7, Email="r@x.com", LastName="L", Company="X"),
    )
    if why is Ended.HUBSPOT_DELETED:
        noticed, rival = ONE, in_step(rival_contact, LEAD).changed(id=2)
    else:
        noticed, rival = LEAD, in_step(ONE, rival_lead).changed(id=2)
    asked = world(ONE, LEAD, rival_contact, rival_lead, links=[*ended(why), rival])
    decision = asked.decide(notice(noticed.ref))
    assert nothing_done(decision)
    assert [report.kind for report in decision.reports] == [ReportKind.DUPLICATE]


def test_an_edit_in_salesforce_after_a_deletion_in_hubspot_creates_a_new_contact_if_allowed() -> None:
    edited = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="2")
    asked = world(GONE_ONE, edited, links=ended(Ended.HUBSPOT_DELETED))
    decision = asked.decide(notice(edited.ref), settings=CREATE)
    write = only_write(decision)
    assert (write.action, write.values["phone"]) == (Action.CREATE, "2")
    assert decision.link is not None
    assert (decision.link.id, decision.link.state, decision.link.hubspot) == (1, LinkState.CREATING, None)
    forbidden = world(GONE_ONE, edited, links=ended(Ended.HUBSPOT_DELETED)).decide(notice(edited.ref))
    assert (forbidden.writes, forbidden.link) == ((), None)


def test_an_edit_that_was_there_before_the_deletion_in_hubspot_brings_nobody_back() -> None:
    edited = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="2", modified_at=ago(9))
    asked = world(GONE_ONE, edited, links=[TIE])
    unlinked = asked.decide(notice(GONE_ONE.ref, Kind.DELETED), settings=CREATE).link
    assert unlinked is not None
    assert (unlinked.ended, unlinked.salesforce_seen) == (Ended.HUBSPOT_DELETED, ago(9))
    asked = world(GONE_ONE, edited, links=[unlinked])
    assert asked.decide(notice(edited.ref), settings=CREATE).writes == ()


def test_a_merge_or_conversion_after_the_deletion_in_hubspot_is_no_edit() -> None:
    converted = lead(1, Email="a@x.com", converted=True, converted_to=contact_ref(2).id)
    became = sf_contact(2, Email="a@x.com", LastName="L", Phone="7")
    asked = world(GONE_ONE, converted, became, links=ended(Ended.HUBSPOT_DELETED))
    decision = asked.decide(notice(converted.ref), settings=Settings(create_from_contacts=True))
    assert nothing_done(decision)
    assert decision.link is not None
    assert decision.link.salesforce == became.ref


def test_without_an_edit_a_deletion_in_hubspot_stands() -> None:
    asked = world(GONE_ONE, LEAD, links=ended(Ended.HUBSPOT_DELETED))
    decision = asked.decide(notice(LEAD.ref), settings=CREATE)
    assert nothing_done(decision)
    assert "no new edit" in said(decision)


@pytest.mark.parametrize("record", [GONE_ONE, GONE])
def test_a_deleted_record_that_was_never_linked_is_let_be(record: Record) -> None:
    decision = world(record, ONE if record is GONE else LEAD).decide(notice(record.ref), settings=BOXES)
    assert (decision.writes, decision.link) == ((), None)


def test_a_contact_deleted_while_its_lead_is_being_created_ends_the_link_with_the_lead_known() -> None:
    made = lead(1, Email="a@x.com", LastName="L", Company="X", Diptych_Key__c="4242-1")
    creating = link(hs(1), None, state=LinkState.CREATING, intents=(intent(Side.SALESFORCE, before=None),))
    decision = world(GONE_ONE, made, links=[creating]).decide(notice(hs(1), Kind.DELETED))
    assert decision.writes == ()
    assert state(decision) == (LinkState.ENDED, Ended.HUBSPOT_DELETED)
    assert decision.link is not None
    assert decision.link.salesforce == lead_ref(1)
