"""Mapped fields at their edges: what calls for a look across, what is agreed on, what is required."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.facts import RecordAt
from contract.links import Pair
from contract.mappings import DEFAULT_MAPPINGS, Converter, MappingRule
from contract.records import Side, Value
from contract.settings import Settings
from tests.fakes.people import ago, contact, in_step, lead, notice, said, world
from tests.unit.rules.kit import decide_field, settings, written


@pytest.mark.parametrize(
    ("base", "says"),
    [
        (Pair("0", "0"), "both sides changed; both sides now mean the same: nothing to write"),
        (Pair("1", "0"), "only Salesforce changed; both sides now mean the same: nothing to write"),
        (None, None),
    ],
)
def test_that_both_sides_came_to_mean_the_same_is_told(base: Pair | None, says: str | None) -> None:
    decision = decide_field("1", "1", base, settings())
    assert decision.link is not None
    assert decision.link.base["phone"] == Pair("1", "1")
    told = [(one.says, one.hubspot, one.salesforce) for one in decision.trace if one.field == "phone"]
    assert told == ([(says, "1", "1")] if says else [])


@pytest.mark.parametrize(
    ("ours", "written_there", "words"),
    [
        ("New", {"LastName": "New"}, "Salesforce takes the HubSpot value"),
        (None, {}, "Salesforce requires LastName, so it is not cleared"),
    ],
)
def test_a_field_that_salesforce_requires_is_changed_but_never_cleared(
    ours: Value, written_there: dict[str, Value], words: str
) -> None:
    one = contact(1, email="a@x.com", lastname=ours)
    other = lead(1, Email="a@x.com", LastName="Old", Company="X")
    table = tuple(
        replace(row, rule=MappingRule.TWO_WAY) if row.key == "lastname" else row for row in DEFAULT_MAPPINGS
    )
    asked = world(one, other, links=[in_step(one, other, lastname=Pair("Old", "Old"))])
    decision = asked.decide(notice(one.ref), settings=Settings(mappings=table))
    assert written(decision, Side.SALESFORCE) == written_there
    assert words in said(decision)


@pytest.mark.parametrize(
    ("converter", "base", "now", "looks"),
    [
        (Converter.TEXT, "a", "a ", False),
        (Converter.TEXT, "a", "b", True),
        (Converter.EMAIL, "A@x.com", "a@X.com", False),
        (Converter.DATE, "2026-11-24", "2026-11-23T23:30:00Z", False),  # past midnight in Berlin
        (Converter.DATE, "2026-11-23T23:30:00Z", "2026-11-24", False),
        (Converter.DATE, "2026-11-24", "2026-11-24T23:30:00Z", True),
    ],
)
@pytest.mark.parametrize("hidden", ["firstname", "zip"])
def test_only_another_meaning_calls_for_a_look_across(
    converter: Converter, base: str, now: str, hidden: str, *, looks: bool
) -> None:
    """Whatever else is hidden from us, before it in the table or after."""
    one = contact(1, email="a@x.com", phone=now, hidden={hidden})
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone=base)
    tie = in_step(one, other, phone=Pair(base, base), lastname=Pair(None, "L"), company=Pair(None, "X"))
    asked = world(one, other, links=[tie])
    asked.decide(notice(one.ref), settings=settings(converter=converter, time_zone="Europe/Berlin"))
    assert (RecordAt(other.ref) in asked.asked) is looks


@pytest.mark.parametrize(
    ("rule", "side", "value", "lost"),
    [
        (MappingRule.ALWAYS_HUBSPOT, Side.SALESFORCE, "2", "3"),
        (MappingRule.ALWAYS_SALESFORCE, Side.HUBSPOT, "3", "2"),
    ],
)
def test_the_value_that_gives_way_is_the_one_of_the_side_that_is_written(
    rule: MappingRule, side: Side, value: str, lost: str
) -> None:
    decision = decide_field("2", "3", Pair("1", "1"), settings(rule))
    (verdict,) = [one for one in decision.trace if one.field == "phone"]
    assert (verdict.hubspot, verdict.salesforce) == ("2", "3")
    assert (verdict.writes, verdict.value, verdict.lost) == (side, value, lost)


MOST_RECENT = "both sides changed; the most recent change wins, and {} was edited last: {}"


@pytest.mark.parametrize(
    ("rule", "values", "base", "edited", "says"),
    [
        (
            MappingRule.ALWAYS_SALESFORCE,
            ("2", None),
            None,
            60,
            "the two were never in step before; Salesforce always wins: both are left as they are",
        ),
        (
            MappingRule.TWO_WAY,
            ("2", "3"),
            Pair("1", "1"),
            30,
            MOST_RECENT.format("HubSpot", "Salesforce takes the HubSpot value"),
        ),
        (
            MappingRule.TWO_WAY,
            ("2", "3"),
            Pair("1", "1"),
            90,
            MOST_RECENT.format("Salesforce", "HubSpot takes the Salesforce value"),
        ),
    ],
)
def test_why_a_side_wins_or_neither_does(
    rule: MappingRule, values: tuple[Value, Value], base: Pair | None, edited: float, says: str
) -> None:
    decision = decide_field(*values, base, settings(rule), hubspot_with={"modified_at": ago(edited)})
    assert [one.says for one in decision.trace if one.field == "phone"] == [says]


def test_a_text_longer_than_its_field_that_stands_on_both_sides_is_in_step() -> None:
    chosen = settings(MappingRule.PREFER_HUBSPOT, length=3)
    assert decide_field("12345", "12345", Pair("1", "1"), chosen).writes == ()


def test_each_side_is_written_to_the_record_that_was_read_and_told_in_which_fields() -> None:
    one = contact(1, email="a@x.com", phone="2", city="Rome", jobtitle="VP", modified_at=ago(70))
    other = lead(1, Email="a@x.com", Phone="1", City="Oslo", Title="CEO", modified_at=ago(80))
    agreed = {"phone": Pair("1", "1"), "city": Pair("Rome", "Rome"), "jobtitle": Pair("VP", "VP")}
    asked = world(one, other, links=[in_step(one, other, **agreed)])
    writes = asked.decide(notice(one.ref), notice(other.ref), settings=settings(MappingRule.TWO_WAY)).writes
    assert [(write.object_type, write.record_id, write.before, write.reason) for write in writes] == [
        (one.ref.object_type, one.ref.id, one.modified_at, "HubSpot is brought in step: city, jobtitle"),
        (other.ref.object_type, other.ref.id, other.modified_at, "Salesforce is brought in step: Phone"),
    ]


def test_a_field_that_one_side_does_not_show_keeps_none_after_it_from_being_compared() -> None:
    one = contact(1, email="a@x.com", phone="2", hidden={"firstname"})
    other = lead(1, Email="a@x.com", Phone="1", hidden={"LastName"})
    tie = in_step(one, other, phone=Pair("1", "1"))
    decision = world(one, other, links=[tie]).decide(notice(one.ref), settings=settings(MappingRule.TWO_WAY))
    assert written(decision, Side.SALESFORCE) == {"Phone": "2"}


@pytest.mark.parametrize(
    ("company", "base"),
    [
        ("Acme", Pair("Acme", "Acme")),  # it was written over, and nothing has changed since
        ("x.com", Pair(None, "x.com")),  # somebody has typed into HubSpot just what we had made up
    ],
)
def test_a_placeholder_is_none_any_more_once_both_sides_hold_a_real_value(company: str, base: Pair) -> None:
    one = contact(1, email="a@x.com", company=company, phone="2")
    other = lead(1, Email="a@x.com", Company=company, Phone="2")
    tie = in_step(one, other, company=base, phone=Pair("1", "1")).changed(placeholders={"Company": "x.com"})
    decision = world(one, other, links=[tie]).decide(notice(one.ref), settings=settings())
    assert decision.link is not None
    assert (decision.writes, decision.link.placeholders) == ((), {})
