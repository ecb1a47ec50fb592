"""Lead conversion: the link moves to the contact, and the lead is never written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.changes import Kind
from contract.decisions import ReportKind
from contract.facts import RecordAt
from contract.links import Ended, LinkState, Pair
from contract.records import Side
from contract.settings import Settings
from tests.fakes.people import contact, contact_ref, hs, in_step, lead, notice, said, sf_contact, world
from tests.unit.rules.kit import written

ON = Settings(delete_when_lead_deleted=True, create_from_leads=True, create_from_contacts=True)
ONE = contact(1, email="a@x.com", phone="1", company="X")
LEAD = lead(
    1, Email="a@x.com", LastName="L", Company="X", Phone="1", converted=True, converted_to=contact_ref(1).id
)
MADE = sf_contact(1, Email="a@x.com", LastName="L", Phone="1")
TIE = in_step(ONE, LEAD, lastname=Pair(None, "L")).changed(placeholders={"LastName": "L", "Company": "X"})


@pytest.mark.parametrize("kind", [Kind.UPDATED, Kind.DELETED])
def test_the_link_moves_to_the_contact_with_what_the_contact_has_of_the_base(kind: Kind) -> None:
    decision = world(ONE, LEAD, MADE, links=[TIE]).decide(notice(LEAD.ref, kind), settings=ON)
    moved = decision.link
    assert decision.writes == ()
    assert moved is not None
    assert (moved.id, moved.salesforce, moved.state) == (1, MADE.ref, LinkState.LIVE)
    assert "company" not in moved.base
    assert moved.base["phone"] == Pair("1", "1")
    assert moved.placeholders == {"LastName": "L"}
    assert moved.salesforce_seen == MADE.modified_at
    assert f"the {LEAD.ref} was converted: the link moves to {MADE.ref}" in said(decision)


def test_mapping_goes_on_with_the_contact() -> None:
    made = sf_contact(1, Email="a@x.com", LastName="L", Phone="2", MailingCity="Rome")
    decision = world(ONE, LEAD, made, links=[TIE]).decide(notice(LEAD.ref), settings=ON)
    assert written(decision, Side.HUBSPOT) == {"phone": "2", "city": "Rome"}


def test_a_conversion_is_found_when_only_hubspot_was_noticed() -> None:
    one = contact(1, email="a@x.com", phone="1", city="Rome")
    decision = world(one, LEAD, MADE, links=[TIE]).decide(notice(one.ref), settings=ON)
    (write,) = decision.writes
    assert (write.object_type, write.record_id, dict(write.values)) == (
        "Contact",
        MADE.ref.id,
        {"MailingCity": "Rome"},
    )


def test_a_contact_merged_since_its_conversion_is_followed() -> None:
    merged = sf_contact(1, deleted=True, merged_into=contact_ref(2).id)
    end = sf_contact(2, Email="a@x.com", LastName="L", Phone="1")
    decision = world(ONE, LEAD, merged, end, links=[TIE]).decide(notice(LEAD.ref), settings=ON)
    assert decision.link is not None
    assert decision.link.salesforce == end.ref


def test_a_contact_with_a_link_of_its_own_ends_the_leads_link_and_is_reported() -> None:
    other = contact(2, email="b@x.com")
    links = [TIE, in_step(other, MADE).changed(id=2)]
    decision = world(ONE, other, LEAD, MADE, links=links).decide(notice(LEAD.ref), settings=ON)
    assert decision.writes == ()
    assert decision.link is not None
    assert decision.link.ended is Ended.MERGED
    assert [(report.kind, set(report.refs)) for report in decision.reports] == [
        (ReportKind.DUPLICATE, {hs(1), hs(2)})
    ]


def test_an_unlinked_converted_lead_hands_over_to_its_contact() -> None:
    decision = world(LEAD, MADE).decide(notice(LEAD.ref), settings=ON)
    assert (decision.writes, decision.link) == ((), None)
    assert decision.look_at == (MADE.ref,)


def test_the_contact_noticed_before_its_lead_takes_the_link_over_and_creates_nobody() -> None:
    decision = world(ONE, LEAD, MADE, links=[TIE]).decide(notice(MADE.ref), settings=ON)
    assert decision.writes == ()
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot, decision.link.salesforce) == (1, hs(1), MADE.ref)
    assert decision.link.base["phone"] == Pair("1", "1")


def test_a_contact_that_cannot_be_seen_is_reported_and_the_link_stays() -> None:
    decision = world(ONE, LEAD, links=[TIE]).decide(notice(LEAD.ref), settings=ON)
    assert decision.fault is not None
    assert decision.fault.code == "NOT_VISIBLE"
    assert decision.writes == ()


def test_a_link_that_ended_with_the_hubspot_contact_moves_along_and_stays_ended() -> None:
    tie = TIE.changed(state=LinkState.ENDED, ended=Ended.HUBSPOT_DELETED)
    decision = world(LEAD, MADE, links=[tie]).decide(notice(LEAD.ref), settings=ON)
    assert decision.writes == ()
    assert decision.link is not None
    assert (decision.link.salesforce, decision.link.state) == (MADE.ref, LinkState.ENDED)


def test_a_link_that_had_ended_does_not_fight_for_the_leads_contact() -> None:
    other = contact(2, email="b@x.com")
    tie = TIE.changed(state=LinkState.ENDED, ended=Ended.HUBSPOT_DELETED)
    asked = world(other, LEAD, MADE, links=[tie, in_step(other, MADE).changed(id=2)])
    decision = asked.decide(notice(LEAD.ref), settings=ON)
    assert (decision.writes, decision.reports) == ((), ())
    assert decision.link is None or decision.link.ended is Ended.HUBSPOT_DELETED


def test_person_accounts_are_refused_with_a_sentence() -> None:
    person = sf_contact(1, Email="a@x.com", LastName="L", person_account=True)
    for subject in (world(person), world(ONE, person), world(ONE, person, links=[in_step(ONE, person)])):
        decision = subject.decide(notice(person.ref), settings=ON)
        assert decision.writes == ()
        assert "person account" in said(decision)
    matched = world(ONE, person).decide(notice(ONE.ref), settings=ON)
    assert (matched.writes, matched.link) == ((), None)


def test_a_move_costs_no_read_of_hubspot_where_the_new_record_holds_what_the_old_one_did() -> None:
    one, lost = contact(1, email="a@x.com", phone="1"), replace(LEAD, fields={**LEAD.fields, "Company": None})
    tie = in_step(one, lost, lastname=Pair(None, "L"))
    tie = tie.changed(base={**in_step(one, MADE).base, **tie.base})
    asked = world(one, lost, MADE, links=[tie])
    decision = asked.decide(notice(LEAD.ref), settings=ON)
    assert decision.link is not None
    assert decision.link.salesforce == MADE.ref
    assert RecordAt(one.ref) not in asked.asked
