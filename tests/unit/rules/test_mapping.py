"""Linked pairs: what is no difference, what cannot be written, and how little is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.changes import Kind
from contract.facts import RecordAt
from contract.links import Pair
from contract.mappings import DEFAULT_MAPPINGS, Converter, MappingRule
from contract.records import Side
from contract.settings import Settings
from tests.fakes.people import (
    contact,
    contact_ref,
    in_step,
    lead,
    notice,
    said,
    sf_contact,
    world,
)
from tests.unit.rules.kit import decide_field, only_write, phone, settings, written


def test_an_address_that_another_contact_holds_is_left_out_and_reported() -> None:
    one, other = contact(1, email="ann@x.com", phone="1"), contact(2, email="bob@x.com")
    partner = lead(1, Email="Bob@x.com", LastName="L", Company="X", Phone="2")
    tie = in_step(one, partner, email=Pair("ann@x.com", "ann@x.com"), phone=Pair("1", "1"))
    decision = world(one, other, partner, links=[tie]).decide(notice(partner.ref))
    assert only_write(decision).values == {"phone": "2"}
    assert [set(report.refs) for report in decision.reports] == [{one.ref, other.ref, partner.ref}]
    assert "left out" in said(decision)


@pytest.mark.parametrize(("name", "key"), [("LastName", "lastname"), ("Company", "company")])
def test_a_field_that_salesforce_requires_is_not_cleared(name: str, key: str) -> None:
    chosen = Settings(mappings=tuple(replace(m, rule=MappingRule.TWO_WAY) for m in DEFAULT_MAPPINGS))
    one = contact(1, email="a@x.com")
    other = lead(1, Email="a@x.com", LastName="Lee", Company="X")
    tie = in_step(one, other, lastname=Pair("Lee", "Lee"), company=Pair("X", "X"))
    one = replace(one, fields={**one.fields, "lastname": "Lee", "company": "X", key: ""})
    decision = world(one, other, links=[tie]).decide(notice(one.ref), settings=chosen)
    assert decision.writes == ()
    assert f"Salesforce requires {name}" in said(decision)
    again = world(one, other, links=[decision.link] if decision.link else []).decide(
        notice(one.ref), settings=chosen
    )
    assert said(again) == "nothing differs from what both sides last agreed on"


def test_a_value_that_equals_its_placeholder_counts_as_blank() -> None:
    made_up = {"placeholders": {"Phone": "[not provided]"}}
    base = Pair(None, "[not provided]")
    for rule in (MappingRule.PREFER_SALESFORCE, MappingRule.TWO_WAY, MappingRule.PREFER_HUBSPOT):
        untouched = decide_field(None, "[not provided]", base, settings(rule), link_with=made_up)
        assert phone(untouched) == "leave"
        filled = decide_field("+39 06", "[not provided]", base, settings(rule), link_with=made_up)
        assert phone(filled) == "sf=+39 06"


def test_a_placeholder_never_flows_back_also_where_salesforce_always_wins() -> None:
    made_up = {"placeholders": {"Phone": "[not provided]"}}
    base = Pair(None, "[not provided]")
    decision = decide_field(
        "1", "[not provided]", base, settings(MappingRule.ALWAYS_SALESFORCE), link_with=made_up
    )
    assert phone(decision) == "hs="


def test_a_placeholder_that_somebody_replaced_is_forgotten() -> None:
    made_up = {"placeholders": {"Phone": "[not provided]"}}
    decision = decide_field(None, "77", Pair(None, "[not provided]"), settings(), link_with=made_up)
    assert phone(decision) == "hs=77"
    assert decision.link is not None
    assert decision.link.placeholders == {}


def test_people_editing_different_fields_on_the_two_sides_both_keep_their_edit() -> None:
    chosen = settings(MappingRule.TWO_WAY)
    chosen = replace(chosen, mappings=tuple(replace(m, rule=MappingRule.TWO_WAY) for m in chosen.mappings))
    one = contact(1, email="a@x.com", phone="1", city="Rome")
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="2", City="Oslo")
    tie = in_step(one, other, phone=Pair("1", "1"), city=Pair("Oslo", "Oslo"))
    decision = world(one, other, links=[tie]).decide(notice(one.ref), notice(other.ref), settings=chosen)
    assert written(decision, Side.HUBSPOT) == {"phone": "2"}
    assert written(decision, Side.SALESFORCE) == {"City": "Rome"}


def test_the_other_side_is_not_read_when_the_noticed_side_equals_its_half_of_the_base() -> None:
    one = contact(1, email="a@x.com", phone="1")
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="2")
    asked = world(one, other, links=[in_step(one, other)])
    decision = asked.decide(notice(one.ref))
    assert said(decision) == "nothing differs from what both sides last agreed on"
    assert RecordAt(other.ref) not in asked.asked
    assert asked.rounds == 1


@pytest.mark.parametrize("kind", [Kind.LISTED, Kind.UPDATED])
def test_both_sides_are_read_when_the_contact_entered_a_list_or_differs(kind: Kind) -> None:
    one = contact(1, email="a@x.com", phone="1" if kind is Kind.LISTED else "3")
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="1")
    asked = world(one, other, links=[in_step(one, other, phone=Pair("1", "1"))])
    asked.decide(notice(one.ref, kind))
    assert RecordAt(other.ref) in asked.asked


def test_a_field_mapped_since_the_link_was_made_is_looked_at() -> None:
    one = contact(1, email="a@x.com", city="Rome")
    other = lead(1, Email="a@x.com", LastName="L", Company="X")
    tie = in_step(one, other)
    tie = tie.changed(base={key: pair for key, pair in tie.base.items() if key != "city"})
    decision = world(one, other, links=[tie]).decide(notice(one.ref))
    assert written(decision, Side.SALESFORCE) == {"City": "Rome"}


def test_a_contact_pair_uses_the_contacts_own_fields() -> None:
    one = contact(1, email="a@x.com", city="Rome", company="X")
    other = sf_contact(1, Email="a@x.com", LastName="L")
    tie = in_step(one, other, city=Pair(None, None))
    decision = world(one, other, links=[tie]).decide(notice(one.ref))
    assert only_write(decision).object_type == "Contact"
    assert written(decision, Side.SALESFORCE) == {"MailingCity": "Rome"}
    assert only_write(decision).record_id == contact_ref(1).id


def test_the_links_email_follows_the_hubspot_contact() -> None:
    one = contact(1, email="New@x.com")
    other = lead(1, Email="new@x.com", LastName="L", Company="X")
    tie = in_step(one, other).changed(email="old@x.com")
    decision = world(one, other, links=[tie]).decide(notice(one.ref))
    assert decision.link is not None
    assert decision.link.email == "new@x.com"


def test_stamps_seen_move_forward_only() -> None:
    one = contact(1, email="a@x.com")
    other = lead(1, Email="a@x.com", LastName="L", Company="X")
    decision = world(one, other, links=[in_step(one, other)]).decide(notice(one.ref))
    assert decision.link is not None
    assert decision.link.hubspot_seen == one.modified_at
    assert decision.link.salesforce_seen is None
    again = world(one, other, links=[decision.link]).decide(notice(one.ref))
    assert again.link is None


def test_a_decision_that_writes_always_carries_its_link() -> None:
    one = contact(1, email="a@x.com", phone="2")
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="1")
    tie = in_step(one, other, phone=Pair("1", "1"))
    first = world(one, other, links=[tie]).decide(notice(one.ref))
    assert first.link is not None
    again = world(one, other, links=[first.link]).decide(notice(one.ref))
    assert again.writes == first.writes
    assert again.link == first.link


def test_what_a_side_holds_already_is_not_written_to_it() -> None:
    chosen = settings(MappingRule.TWO_WAY, Converter.BOOLEAN)
    decision = decide_field("", False, Pair("true", False), chosen)  # noqa: FBT003
    assert decision.writes == ()
    assert decision.link is not None
    assert decision.link.base["phone"] == Pair("", False)  # noqa: FBT003
