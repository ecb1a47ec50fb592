"""The mapping table of the settings page, cell by cell, on a linked pair."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.facts import EditedAt
from contract.links import Pair
from contract.mappings import Converter, MappingRule
from contract.records import Side, Value
from rules.cells import CELLS
from tests.fakes.people import ago, contact, in_step, lead, notice, world
from tests.unit.rules.kit import decide_field, phone, settings, written

RULES = (
    MappingRule.PREFER_SALESFORCE,
    MappingRule.ALWAYS_SALESFORCE,
    MappingRule.TWO_WAY,
    MappingRule.PREFER_HUBSPOT,
    MappingRule.ALWAYS_HUBSPOT,
)
A = Pair("a", "a")
BLANK = Pair(None, None)

# base, HubSpot, Salesforce (modified last), and the result under each of the five rules.
TABLE: tuple[tuple[Pair | None, Value, Value, tuple[str, str, str, str, str]], ...] = (
    # only Salesforce changed
    (A, "a", "b", ("hs=b", "hs=b", "hs=b", "sf=a", "sf=a")),
    (A, "a", None, ("hs=", "hs=", "hs=", "sf=a", "sf=a")),
    (A, "a", "  ", ("hs=", "hs=", "hs=", "sf=a", "sf=a")),
    (BLANK, None, "b", ("hs=b", "hs=b", "hs=b", "hs=b", "sf=None")),
    (BLANK, "", "0", ("hs=0", "hs=0", "hs=0", "hs=0", "sf=None")),
    # only HubSpot changed
    (A, "b", "a", ("hs=a", "hs=a", "sf=b", "sf=b", "sf=b")),
    (A, None, "a", ("hs=a", "hs=a", "sf=None", "sf=None", "sf=None")),
    (A, " ", "a", ("hs=a", "hs=a", "sf=None", "sf=None", "sf=None")),
    (BLANK, "b", None, ("sf=b", "hs=", "sf=b", "sf=b", "sf=b")),
    (BLANK, "0", "", ("sf=0", "hs=", "sf=0", "sf=0", "sf=0")),
    # both changed
    (A, "b", "c", ("hs=c", "hs=c", "hs=c", "sf=b", "sf=b")),
    (A, "b", None, ("sf=b", "hs=", "hs=", "sf=b", "sf=b")),
    (A, None, "c", ("hs=c", "hs=c", "hs=c", "hs=c", "sf=None")),
    (A, "b", "b", ("leave", "leave", "leave", "leave", "leave")),
    (A, None, "", ("leave", "leave", "leave", "leave", "leave")),
    # no base yet
    (None, "b", "c", ("hs=c", "hs=c", "hs=c", "sf=b", "sf=b")),
    (None, None, "c", ("hs=c", "hs=c", "hs=c", "hs=c", "leave")),
    (None, "b", None, ("sf=b", "leave", "sf=b", "sf=b", "sf=b")),
    (None, "b", "b", ("leave", "leave", "leave", "leave", "leave")),
    (None, None, " ", ("leave", "leave", "leave", "leave", "leave")),
    # nothing changed
    (A, "a", "a", ("leave", "leave", "leave", "leave", "leave")),
    (Pair("USA", "US"), "USA", "US", ("leave", "leave", "leave", "leave", "leave")),
)


def words(rule: MappingRule, base: Pair | None, hubspot: Value, salesforce: Value) -> str:
    before = "no base" if base is None else f"{base.hubspot!r} and {base.salesforce!r}"
    return f"{rule}: {before}, now {hubspot!r} and {salesforce!r}"


CASES = [
    pytest.param(rule, base, hubspot, salesforce, expected, id=words(rule, base, hubspot, salesforce))
    for base, hubspot, salesforce, row in TABLE
    for rule, expected in zip(RULES, row, strict=True)
]


@pytest.mark.parametrize(("rule", "base", "hubspot", "salesforce", "expected"), CASES)
def test_each_cell_gives_the_value_the_table_says(
    rule: MappingRule, base: Pair | None, hubspot: Value, salesforce: Value, expected: str
) -> None:
    decision = decide_field(hubspot, salesforce, base, settings(rule))
    assert phone(decision) == expected


@pytest.mark.parametrize(("base", "hubspot", "salesforce", "_row"), TABLE)
def test_a_mapping_that_does_not_sync_writes_nothing_ever(
    base: Pair | None, hubspot: Value, salesforce: Value, _row: object
) -> None:
    decision = decide_field(hubspot, salesforce, base, settings(MappingRule.DONT_SYNC))
    assert phone(decision) == "leave"


@pytest.mark.parametrize(("base", "hubspot", "salesforce", "_row"), TABLE)
@pytest.mark.parametrize("hidden", [Side.HUBSPOT, Side.SALESFORCE])
@pytest.mark.parametrize("rule", RULES)
def test_trap_13_a_value_that_is_not_shown_to_us_takes_no_part(
    hidden: Side, rule: MappingRule, base: Pair | None, hubspot: Value, salesforce: Value, _row: object
) -> None:
    where = {"hubspot_with": {"hidden": ["phone"]}}
    if hidden is Side.SALESFORCE:
        where = {"salesforce_with": {"hidden": ["Phone"]}}
    decision = decide_field(hubspot, salesforce, base, settings(rule), **where)
    assert decision.writes == ()
    assert decision.link is None or decision.link.base.get("phone") == base


@pytest.mark.parametrize(
    ("hubspot_ago", "salesforce_ago", "expected"),
    [(5.0, 9.0, "sf=b"), (9.0, 5.0, "hs=c"), (5.0, 5.0, "hs=c"), (4.2, 5.0, "hs=c"), (3.9, 5.0, "sf=b")],
)
def test_two_way_gives_the_newer_value_and_a_tie_of_seconds_to_salesforce(
    hubspot_ago: float, salesforce_ago: float, expected: str
) -> None:
    decision = decide_field(
        "b",
        "c",
        A,
        settings(MappingRule.TWO_WAY),
        hubspot_with={"modified_at": ago(hubspot_ago)},
        salesforce_with={"modified_at": ago(salesforce_ago)},
    )
    assert phone(decision) == expected


@pytest.mark.parametrize(("hubspot_ago", "salesforce_ago", "expected"), [(50, 40, "hs=c"), (40, 50, "sf=b")])
def test_trap_15_two_way_asks_the_fields_own_history_and_not_when_the_records_were_touched(
    hubspot_ago: float, salesforce_ago: float, expected: str
) -> None:
    one, other = contact(1, email="ann@x.com", phone="b"), lead(1, Email="ann@x.com", Phone="c")
    asked = world(one, other, links=[in_step(one, other, phone=A)])
    asked.edits = {(one.ref, "phone"): ago(hubspot_ago), (other.ref, "Phone"): ago(salesforce_ago)}
    decision = asked.decide(notice(one.ref), notice(other.ref), settings=settings(MappingRule.TWO_WAY))
    assert phone(decision) == expected


def test_histories_are_asked_for_only_where_both_sides_changed_a_field_that_the_newer_wins() -> None:
    one, other = contact(1, email="ann@x.com", phone="b"), lead(1, Email="ann@x.com", Phone="c")
    for rule, base in [
        (MappingRule.PREFER_SALESFORCE, A),
        (MappingRule.TWO_WAY, Pair("a", "c")),
        (MappingRule.TWO_WAY, None),
    ]:
        tie = in_step(one, other)
        held = {key: pair for key, pair in tie.base.items() if key != "phone"}
        asked = world(one, other, links=[tie.changed(base={**held, **({"phone": base} if base else {})})])
        asked.decide(notice(one.ref), notice(other.ref), settings=settings(rule))
        assert not [question for question in asked.asked if isinstance(question, EditedAt)]


def test_a_decision_says_who_gave_way_and_what_was_lost() -> None:
    decision = decide_field("b", "a", A, settings())
    (verdict,) = [one for one in decision.trace if one.field == "phone"]
    assert verdict.says == (
        "only HubSpot changed; Salesforce is preferred unless blank: HubSpot takes the Salesforce value"
    )
    assert (verdict.hubspot, verdict.salesforce) == ("b", "a")
    assert (verdict.writes, verdict.value, verdict.lost) == (Side.HUBSPOT, "a", "b")


def test_every_rule_but_dont_sync_has_all_four_situations() -> None:
    assert {rule: len(row) for rule, row in CELLS.items()} == dict.fromkeys(RULES, 4)


def test_all_values_of_one_side_go_into_one_update_with_what_the_base_becomes() -> None:
    decision = decide_field("b", "a", A, settings(), salesforce_with={"City": "Rome"})
    assert written(decision, Side.HUBSPOT) == {"phone": "a"}
    (write,) = decision.writes
    assert write.pairs == {"phone": A}
    assert write.keys == {"phone": "phone"}
    assert write.before == ago(60)


BLANKS: tuple[Value, ...] = (None, "", " ", "\t\n")
NOT_BLANK: tuple[tuple[Converter, Value, Value], ...] = (
    (Converter.BOOLEAN, "true", False),
    (Converter.NUMBER, "7", 0),
    (Converter.INTEGER, "7", 0),
    (Converter.TEXT, "a", "0"),
    (Converter.TEXT, "a", "false"),
)
"""Converter, what HubSpot holds, and what Salesforce holds and is none the less a value."""


@pytest.mark.parametrize("blank", BLANKS, ids=["null", "empty", "space", "tab and line end"])
@pytest.mark.parametrize("base", [A, BLANK, None], ids=["changed", "only HubSpot changed", "no base"])
def test_trap_14_white_space_is_blank(blank: Value, base: Pair | None) -> None:
    assert phone(decide_field("b", blank, base, settings())) == "sf=b"


@pytest.mark.parametrize(("converter", "hubspot", "salesforce"), NOT_BLANK)
@pytest.mark.parametrize("base", ["both changed", "only HubSpot changed", "no base"])
def test_trap_14_false_and_zero_are_values(
    converter: Converter, hubspot: Value, salesforce: Value, base: str
) -> None:
    pair = {"only HubSpot changed": Pair("x", salesforce), "both changed": BLANK, "no base": None}[base]
    decision = decide_field(hubspot, salesforce, pair, settings(converter=converter))
    assert phone(decision) == f"hs={str(salesforce).lower()}"


def test_trap_14_whether_salesforce_is_blank_is_read_now_and_not_remembered() -> None:
    one, other = contact(1, email="ann@x.com", phone="b"), lead(1, Email="ann@x.com", Phone="c")
    blank_then = in_step(one, other, phone=BLANK)
    decision = world(one, other, links=[blank_then]).decide(notice(one.ref), settings=settings())
    assert phone(decision) == "hs=c"
    full_then = in_step(one, replace(other, fields={**other.fields, "Phone": None}), phone=Pair("a", "c"))
    other = replace(other, fields={**other.fields, "Phone": None})
    decision = world(one, other, links=[full_then]).decide(notice(one.ref), settings=settings())
    assert phone(decision) == "sf=b"
