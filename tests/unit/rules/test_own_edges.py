"""Own rules among several writes: the one they speak of changes, its neighbours stay as they were."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contract.changes import Kind
from contract.decisions import Action, Decision, Verdict
from contract.links import Pair
from contract.mappings import DEFAULT_MAPPINGS, Converter, MappingRule
from contract.own_rules import LeaveField, Place, Seen, SetField, Veto
from contract.records import Side
from contract.settings import Settings
from tests.fakes.people import NOW, PORTAL, contact, in_step, lead, notice, world
from tests.unit.rules.kit import settings
from tests.unit.rules.test_own import Own

HS, SF = Side.HUBSPOT, Side.SALESFORCE
ONE = contact(1, email="a@x.com", lastname="L", company="X", phone="2", jobtitle="VP", city="Rome")
OTHER = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="1", Title="CEO", City="Oslo")
TIE = in_step(ONE, OTHER, phone=Pair("1", "1"), jobtitle=Pair("VP", "VP"), city=Pair("Rome", "Rome"))
"""The phone was changed in HubSpot, title and city in Salesforce."""


def decide(*proposals: Any) -> Decision:
    """Both sides noticed under two-way mappings, with an own rule that proposes these."""
    asked = world(ONE, OTHER, links=[TIE])
    chosen = settings(MappingRule.TWO_WAY, own_rules=("mine",))
    return asked.decide(notice(ONE.ref), notice(OTHER.ref), settings=chosen, own={"mine": Own(proposals)})


def values(decision: Decision) -> dict[Side, dict[str, Any]]:
    return {write.side: dict(write.values) for write in decision.writes}


def pairs(decision: Decision) -> dict[Side, dict[str, Pair]]:
    return {write.side: dict(write.pairs) for write in decision.writes}


TO_HUBSPOT = {"jobtitle": "CEO", "city": "Oslo"}


@pytest.mark.parametrize(
    ("proposal", "expected"),
    [
        (None, {HS: TO_HUBSPOT, SF: {"Phone": "2"}}),
        (LeaveField(side=HS, field="city", says="-"), {HS: {"jobtitle": "CEO"}, SF: {"Phone": "2"}}),
        (LeaveField(side=HS, field="jobtitle", says="-"), {HS: {"city": "Oslo"}, SF: {"Phone": "2"}}),
        (LeaveField(side=SF, field="Phone", says="-"), {HS: TO_HUBSPOT}),
        (LeaveField(side=SF, field="City", says="-"), {HS: TO_HUBSPOT, SF: {"Phone": "2"}}),
        (
            SetField(side=SF, field="City", value="Bergen", says="-"),
            {HS: TO_HUBSPOT, SF: {"Phone": "2", "City": "Bergen"}},
        ),
        (
            SetField(side=HS, field="phone", value="3", says="-"),
            {HS: {**TO_HUBSPOT, "phone": "3"}, SF: {"Phone": "2"}},
        ),
        (
            SetField(side=HS, field="city", value=None, says="-"),
            {HS: {"jobtitle": "CEO", "city": None}, SF: {"Phone": "2"}},
        ),
    ],
)
def test_a_proposal_changes_the_field_that_it_names_and_no_other(
    proposal: Any, expected: dict[Side, dict[str, Any]]
) -> None:
    assert values(decide(*([proposal] if proposal else []))) == expected


def test_the_base_of_a_field_that_both_sides_get_is_what_both_will_hold() -> None:
    decision = decide(SetField(side=SF, field="City", value="Bergen", says="-"))
    held = Pair("Oslo", "Bergen")
    assert pairs(decision) == {
        HS: {"jobtitle": Pair("CEO", "CEO"), "city": held},
        SF: {"phone": Pair("2", "2"), "city": held},
    }


def test_what_a_rule_sets_is_told_with_both_values_and_has_its_key() -> None:
    decision = decide(SetField(side=SF, field="City", value="Bergen", says="we moved"))
    (write,) = [write for write in decision.writes if write.side is SF]
    assert write.keys == {"Phone": "phone", "City": "city"}
    (verdict,) = [one for one in decision.trace if one.rule == "mine"]
    assert verdict == Verdict(
        rule="mine",
        says="we moved",
        field="city",
        hubspot="Rome",
        salesforce="Oslo",
        writes=SF,
        value="Bergen",
    )


def test_a_rule_sees_the_person_as_the_rules_before_have_left_it() -> None:
    own = Own()
    asked = world(ONE, OTHER, links=[TIE])
    chosen = settings(MappingRule.TWO_WAY, own_rules=("mine",))
    decision = asked.decide(notice(ONE.ref), notice(OTHER.ref), settings=chosen, own={"mine": own})
    assert own.seen[-1] == Seen(
        portal=PORTAL,
        hubspot=ONE,
        salesforce=OTHER,
        linked=True,
        kinds=frozenset({Kind.UPDATED}),
        now=NOW,
        writes=decision.writes,
    )


UNCONVERTIBLE = SetField(side=HS, field="city", value=["Rome"], says="-")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("proposal", "why"),
    [
        (UNCONVERTIBLE, "a list is no value of a field"),
        ("nonsense", "a str is no proposal"),
        (
            SetField(side=SF, field="Email", value="b@x.com", says="-"),
            "Email decides who is who: no own rule may set it",
        ),
        (
            SetField(side=SF, field="Junk__c", value="1", says="-"),
            "Junk__c is mapped to nothing, so it was not read and may not be written",
        ),
    ],
)
def test_why_a_proposal_is_refused_is_told_and_nothing_else_is_done(proposal: Any, why: str) -> None:
    decision = decide(LeaveField(side=SF, field="Phone", says="-"), proposal)
    assert decision.fault is not None
    assert decision.fault.says == f"the own rule mine failed: {why}"
    assert (decision.writes, decision.others, decision.field_faults) == ((), (), ())


def test_another_write_has_nothing_to_do_with_a_field_that_is_not_in_it() -> None:
    decision = decide(SetField(side=SF, field="Website", value="x.com", says="-"))
    assert pairs(decision)[HS].keys() == {"jobtitle", "city"}


@pytest.mark.parametrize("proposal", [Veto(says="no"), "nonsense"])
def test_a_veto_or_a_refusal_ends_no_other_pair_either(proposal: Any) -> None:
    """What a merge had come to is decided anew at the next look."""
    survivor = replace(ONE, merged_ids=("2",))
    left = in_step(contact(2, email="b@x.com"), lead(2, Email="b@x.com", LastName="L")).changed(id=2)
    asked, chosen = world(survivor, OTHER, links=[TIE, left]), settings(own_rules=("mine",))
    noticed = (notice(ONE.ref), notice(OTHER.ref))
    assert asked.decide(*noticed, settings=chosen, own={"mine": Own()}).others != ()
    assert asked.decide(*noticed, settings=chosen, own={"mine": Own([proposal])}).others == ()


@pytest.mark.parametrize("proposal", [Veto(says="no"), "nonsense"])
def test_a_veto_or_a_refusal_leaves_no_fault_of_a_field_behind(proposal: Any) -> None:
    """Nothing is written, so no field was left out either."""
    theirs = lead(1, Email="a@x.com", LastName="L", Company="X", AnnualRevenue=None)
    ours = contact(1, email="a@x.com", annualrevenue="much")
    tie = in_step(ours, theirs, annualrevenue=Pair(None, None))
    chosen = settings(MappingRule.TWO_WAY, own_rules=("mine",))
    asked = world(ours, theirs, links=[tie])
    noticed = (notice(ours.ref), notice(theirs.ref))
    assert asked.decide(*noticed, settings=chosen, own={"mine": Own()}).field_faults != ()
    assert asked.decide(*noticed, settings=chosen, own={"mine": Own([proposal])}).field_faults == ()


def test_before_matching_only_a_veto_may_be_proposed() -> None:
    rule = Own([LeaveField(side=SF, field="Phone", says="-")], Place.BEFORE_MATCHING)
    chosen = settings(own_rules=("mine",))
    decision = world(ONE, OTHER).decide(notice(ONE.ref), settings=chosen, own={"mine": rule})
    assert decision.fault is not None
    assert decision.fault.says == "the own rule mine failed: before matching only a veto may be proposed"


def test_of_two_writes_the_rule_may_set_a_field_in_both() -> None:
    decision = decide(
        SetField(side=SF, field="Phone", value="7", says="-"),
        SetField(side=HS, field="phone", value="8", says="-"),
    )
    assert values(decision) == {HS: {**TO_HUBSPOT, "phone": "8"}, SF: {"Phone": "7"}}
    assert {side: held["phone"] for side, held in pairs(decision).items()} == dict.fromkeys(
        Side, Pair("8", "7")
    )


@pytest.mark.parametrize(
    ("converter", "held", "proposed", "writes"),
    [
        (Converter.TEXT, "1", "1", False),
        (Converter.TEXT, "1", " 1 ", False),
        (Converter.TEXT, "1", "2", True),
        (Converter.TEXT, "1", None, True),
        (Converter.DATE, "2026-11-24", "2026-11-23T23:30:00Z", False),  # past midnight in Berlin
        (Converter.DATE, "2026-11-24", "2026-11-24T23:30:00Z", True),
        (Converter.DATE, "2026-11-23T23:30:00Z", "2026-11-24", False),
    ],
)
def test_what_a_side_holds_already_is_not_written(
    converter: Converter, held: Any, proposed: Any, *, writes: bool
) -> None:
    ours = contact(1, email="a@x.com", phone=held)
    theirs = lead(1, Email="a@x.com", LastName="L", Company="X", Phone=held)
    chosen = settings(MappingRule.TWO_WAY, converter, own_rules=("mine",), time_zone="Europe/Berlin")
    rule = Own([SetField(side=SF, field="Phone", value=proposed, says="so")])
    asked = world(ours, theirs, links=[in_step(ours, theirs, phone=Pair(held, held))])
    decision = asked.decide(notice(ours.ref), notice(theirs.ref), settings=chosen, own={"mine": rule})
    assert decision.fault is None
    assert [write.action for write in decision.writes if "Phone" in write.values] == [Action.UPDATE] * writes


def test_a_veto_leaves_the_base_alone_where_both_sides_agree_by_now() -> None:
    ours = contact(1, email="a@x.com", phone="2")
    theirs = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="2")
    tie = in_step(ours, theirs, phone=Pair("1", "1"))
    chosen = settings(own_rules=("mine",))
    asked = world(ours, theirs, links=[tie])
    noticed = (notice(ours.ref), notice(theirs.ref))
    agreed = asked.decide(*noticed, settings=chosen, own={"mine": Own()}).link
    assert agreed is not None
    assert agreed.base["phone"] == Pair("2", "2")
    assert asked.decide(*noticed, settings=chosen, own={"mine": Own([Veto(says="no")])}).link is None


def test_a_field_that_a_portal_maps_to_another_has_the_key_under_which_its_base_is_kept() -> None:
    rows = tuple(row.onto("Lead", "Extension__c") if row.key == "phone" else row for row in DEFAULT_MAPPINGS)
    theirs = replace(OTHER, fields={**OTHER.fields, "Extension__c": "1"})
    asked = world(ONE, theirs, links=[TIE])
    rule = Own([SetField(side=SF, field="Extension__c", value="7", says="-")])
    chosen = Settings(mappings=rows, own_rules=("mine",))
    decision = asked.decide(notice(ONE.ref), notice(theirs.ref), settings=chosen, own={"mine": rule})
    (write,) = [write for write in decision.writes if write.side is SF]
    assert write.keys["Extension__c"] == "phone:Extension__c"
    assert write.pairs["phone:Extension__c"].salesforce == "7"
