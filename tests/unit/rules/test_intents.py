"""What we wrote ourselves is never an edit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contract.decisions import Decision
from contract.links import Intent, Link, Pair
from contract.mappings import Converter, MappingRule
from contract.records import Record, Side, Value
from tests.fakes.people import ago, contact, in_step, intent, lead, notice, said, world
from tests.unit.rules.kit import phone, settings, written

HS, SF = Side.HUBSPOT, Side.SALESFORCE


def decide(
    hubspot: Value,
    salesforce: Value,
    base: Pair,
    *intents: Intent,
    by_us: bool | None = None,
    stamp: float = 3,
    rule: MappingRule = MappingRule.PREFER_SALESFORCE,
    converter: Converter = Converter.TEXT,
    noticed: Side = SF,
    length: int | None = 255,
) -> Decision:
    """A pair whose phone field was written by us; the noticed side was modified `stamp` seconds ago."""
    touched: dict[str, Any] = {"modified_at": ago(stamp), "modified_by_us": by_us}
    one = contact(1, email="a@x.com", phone=hubspot, **(touched if noticed is HS else {}))
    other = lead(
        1,
        Email="a@x.com",
        LastName="L",
        Company="X",
        Phone=salesforce,
        **(touched if noticed is SF else {}),
    )
    tie = in_step(one, other, phone=base).changed(intents=intents)
    ref = one.ref if noticed is HS else other.ref
    chosen = settings(rule, converter, length=length)
    return world(one, other, links=[tie]).decide(notice(ref, seconds_ago=stamp), settings=chosen)


def base_of(decision: Decision) -> Pair:
    assert decision.link is not None
    return decision.link.base["phone"]


def intents_of(decision: Decision) -> list[str]:
    assert decision.link is not None
    return [one.id for one in decision.link.intents]


@pytest.mark.parametrize(
    ("converter", "sent", "stored"),
    [
        (Converter.TEXT, "exact", "exact"),
        (Converter.TEXT, " padded ", "padded"),
        (Converter.TEXT, "line\nline", "line\r\nline"),
        (Converter.TEXT, "long text " * 20, ("long text " * 20)[:80]),
        (Converter.EMAIL, "Ann@X.com", "ann@x.com"),
        (Converter.NUMBER, 12.3456, 12.35),
        (Converter.NUMBER, 12.345, 12.34),
        (Converter.NUMBER, 12.345, 12.35),
        (Converter.NUMBER, 12.6, 13),
        (Converter.NUMBER, 12, 12.0),
        (Converter.MULTI_SELECT, "b;a", "a;b"),
    ],
)
def test_a_stored_form_of_what_we_sent_is_ours_whoever_wrote_last(
    converter: Converter, sent: Value, stored: Value
) -> None:
    ours = intent(SF, pairs={"phone": Pair("hub", sent)})
    for by_us in (True, False, None):
        decision = decide("hub", stored, Pair("hub", sent), ours, by_us=by_us, converter=converter)
        assert decision.writes == ()
        assert base_of(decision) == Pair("hub", stored)
        assert intents_of(decision) == []


@pytest.mark.parametrize(
    ("sent", "stored"), [("long text " * 20, "long text"), ("abc", "abd"), ("x" * 80, "x" * 39), (12.3, 12.4)]
)
def test_another_value_than_a_stored_form_is_an_edit(sent: Value, stored: Value) -> None:
    converter = Converter.NUMBER if isinstance(sent, float) else Converter.TEXT
    ours = intent(SF, pairs={"phone": Pair("hub", sent)}, seconds_ago=15)
    decision = decide("hub", stored, Pair("hub", sent), ours, by_us=False, converter=converter)
    assert phone(decision) == f"hs={stored}"


def test_another_users_stamp_right_after_our_write_may_be_from_before_it_and_is_read_again() -> None:
    ours = intent(SF, pairs={"phone": Pair("new", "new")}, seconds_ago=5)
    assert decide("new", "old", Pair("new", "new"), ours, by_us=False).again is not None
    assert decide("new", "new", Pair("new", "new"), ours, by_us=False).again is None
    assert decide("new", "old", Pair("new", "new"), ours, by_us=None).again is None


def test_any_form_is_ours_where_the_crm_says_that_we_wrote_last() -> None:
    ours = intent(SF, pairs={"phone": Pair("USA", "USA")})
    decision = decide("USA", "US", Pair("USA", "USA"), ours, by_us=True)
    assert decision.writes == ()
    assert base_of(decision) == Pair("USA", "US")


def test_a_write_never_answered_that_changed_nothing_was_refused_perhaps_and_is_made_again() -> None:
    ours = intent(SF, pairs={"phone": Pair("bad", "bad")}, settled=False)
    prefer = MappingRule.PREFER_HUBSPOT
    assert phone(decide("bad", "1", Pair("1", "1"), ours, by_us=True, rule=prefer, noticed=HS)) == "sf=bad"
    assert decide("bad", "cut", Pair("1", "1"), ours, by_us=True, rule=prefer).writes == ()


def test_having_written_last_adopts_only_the_fields_we_wrote() -> None:
    ours = intent(SF, pairs={"city": Pair("Rome", "Rome")})
    decision = decide("1", "2", Pair("1", "1"), ours, by_us=True)
    assert phone(decision) == "hs=2"


def test_a_write_that_died_before_it_was_recorded_is_ours_though_the_other_side_was_edited() -> None:
    unrecorded = intent(SF, pairs={"phone": Pair("2", "2")}, settled=False)
    decision = decide("3", "2", Pair("1", "1"), unrecorded, rule=MappingRule.TWO_WAY, noticed=HS)
    assert phone(decision) == "sf=3"
    assert decision.link is not None
    assert decision.link.base["phone"] == Pair("2", "2")


def test_a_write_that_never_happened_is_decided_anew() -> None:
    unsent = intent(SF, pairs={"phone": Pair("2", "2")}, settled=False)
    decision = decide("2", "1", Pair("1", "1"), unsent, rule=MappingRule.TWO_WAY, noticed=HS)
    assert phone(decision) == "sf=2"
    assert intents_of(decision) == [unsent.id]


@pytest.mark.parametrize(("seconds_ago", "stale"), [(5, True), (11, False)])
def test_a_read_that_does_not_show_an_answered_write_is_taken_again_for_a_while(
    seconds_ago: float,
    stale: bool,  # noqa: FBT001  # a table column
) -> None:
    ours = intent(SF, pairs={"phone": Pair("2", "2")}, seconds_ago=seconds_ago, before=ago(60))
    decision = decide("2", "1", Pair("2", "2"), ours, stamp=60)
    assert (decision.again is not None) is stale


def test_a_read_from_before_an_answered_write_is_taken_again_though_a_newer_one_was_never_answered() -> None:
    answered = intent(SF, pairs={"phone": Pair("new", "new")}, seconds_ago=5, before=ago(3))
    lost = intent(SF, pairs={"city": Pair("x", "x")}, seconds_ago=4, settled=False, before=ago(3))
    assert decide("new", "old", Pair("new", "new"), answered, lost).again is not None
    replaced = intent(SF, pairs={"phone": Pair("old", "old")}, seconds_ago=4, settled=False, before=ago(3))
    assert decide("new", "old", Pair("new", "new"), answered, replaced).again is None


def test_a_write_within_the_same_second_as_the_state_before_it_is_recognised_by_its_value() -> None:
    ours = intent(SF, pairs={"phone": Pair("2", "2")}, before=ago(3))
    decision = decide("2", "2", Pair("2", "2"), ours, stamp=3)
    assert (decision.writes, decision.again) == ((), None)
    assert intents_of(decision) == []


def test_a_rewritten_value_within_the_same_second_waits_and_is_then_ours() -> None:
    ours = intent(SF, pairs={"phone": Pair("USA", "USA")}, before=ago(3), seconds_ago=3)
    assert decide("USA", "US", Pair("USA", "USA"), ours, stamp=3, by_us=True).again is not None
    old = replace(ours, before=ago(20), sent_at=ago(20))
    decision = decide("USA", "US", Pair("USA", "USA"), old, stamp=20, by_us=True)
    assert (decision.writes, decision.again) == ((), None)
    assert base_of(decision) == Pair("USA", "US")


OLD = intent(SF, id="old", pairs={"phone": Pair("1", "1")}, settled=False, seconds_ago=30)
NEW = intent(SF, id="new", pairs={"phone": Pair("2", "2")}, seconds_ago=20)


@pytest.mark.parametrize("by_us", [True, None])
@pytest.mark.parametrize(
    "rule", [MappingRule.PREFER_SALESFORCE, MappingRule.TWO_WAY, MappingRule.ALWAYS_HUBSPOT]
)
def test_an_outdated_write_that_arrives_late_is_replaced_by_what_was_agreed(
    by_us: bool | None,  # noqa: FBT001  # a table column
    rule: MappingRule,
) -> None:
    decision = decide("2", "1", Pair("2", "2"), OLD, NEW, by_us=by_us, rule=rule)
    assert phone(decision) == "sf=2"
    assert "arrived late" in said(decision)
    (write,) = decision.writes
    assert write.pairs == {"phone": Pair("2", "2")}


def test_a_value_typed_long_after_an_unanswered_write_is_an_edit_even_if_it_is_the_same() -> None:
    old, new = replace(OLD, sent_at=ago(200)), replace(NEW, sent_at=ago(190))
    assert phone(decide("2", "1", Pair("2", "2"), old, new, stamp=10)) == "hs=1"


def test_an_answered_write_that_was_replaced_is_outdated_only_where_we_wrote_last() -> None:
    answered = replace(OLD, settled=True)
    assert phone(decide("2", "1", Pair("2", "2"), answered, NEW, by_us=True)) == "sf=2"
    assert phone(decide("2", "1", Pair("2", "2"), answered, NEW, by_us=None)) == "hs=1"


def test_having_written_last_speaks_for_the_newest_write_alone() -> None:
    elsewhere = intent(SF, id="newest", pairs={"city": Pair(None, None)}, seconds_ago=6)
    decision = decide("2", "x", Pair("2", "2"), NEW, elsewhere, by_us=True)
    assert phone(decision) == "hs=x"


def test_a_newer_edit_of_the_other_side_replaces_an_outdated_write() -> None:
    decision = decide("3", "1", Pair("2", "2"), OLD, NEW, by_us=True, rule=MappingRule.TWO_WAY)
    assert phone(decision) == "sf=3"


def test_a_side_with_an_outdated_write_that_wins_is_restored_and_carried_across() -> None:
    decision = decide("3", "1", Pair("2", "2"), OLD, NEW, by_us=True)
    assert phone(decision) == "hs=2 sf=2"


def test_what_another_user_wrote_is_an_edit_even_if_it_equals_an_outdated_write() -> None:
    decision = decide("2", "1", Pair("2", "2"), OLD, NEW, by_us=False)
    assert phone(decision) == "hs=1"


def test_an_edit_back_to_what_we_once_wrote_is_an_edit() -> None:
    back = intent(HS, id="back", pairs={"phone": Pair("3", "3")}, seconds_ago=10)
    old = replace(OLD, pairs={"phone": Pair("1", "1")}, settled=True, before=ago(2))
    decision = decide("3", "1", Pair("3", "3"), old, back, by_us=False, rule=MappingRule.TWO_WAY)
    assert phone(decision) == "hs=1"


def test_a_newer_intent_stays_as_long_as_an_older_one_may_still_arrive() -> None:
    decision = decide("2", "2", Pair("2", "2"), OLD, NEW, by_us=True)
    assert intents_of(decision) == ["old", "new"]
    expired = decide("2", "2", Pair("2", "2"), replace(OLD, sent_at=ago(121)), NEW, by_us=True)
    assert intents_of(expired) == []


def test_intents_older_than_two_minutes_are_dropped_unseen() -> None:
    ours = intent(HS, pairs={"phone": Pair("2", "2")}, seconds_ago=121)
    decision = decide("1", "1", Pair("1", "1"), ours, stamp=60)
    assert intents_of(decision) == []


def test_an_echo_needs_no_read_of_the_other_side() -> None:
    stored: Record = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="US", modified_by_us=True)
    one = contact(1, email="a@x.com", phone="USA")
    tie: Link = in_step(one, stored, phone=Pair("USA", "USA"))
    tie = tie.changed(intents=(intent(SF, pairs={"phone": Pair("USA", "USA")}, before=ago(90)),))
    asked = world(one, stored, links=[tie])
    decision = asked.decide(notice(stored.ref))
    assert written(decision, HS) == {}
    assert asked.rounds == 1
