"""Our own writes at their edges: old ones that may still arrive, and what is said of what was stored."""

from __future__ import annotations

import pytest

from contract.decisions import Decision, Verdict
from contract.links import Intent, Pair
from contract.mappings import Converter
from contract.records import Side
from tests.fakes.people import ago, contact, in_step, intent, lead, notice, said, world
from tests.unit.rules.kit import phone, settings
from tests.unit.rules.test_intents import base_of, decide

HS, SF = Side.HUBSPOT, Side.SALESFORCE


@pytest.mark.parametrize(("side", "sent", "stored"), [(HS, "a  ", "a"), (SF, "x" * 60, "x" * 50)])
def test_a_stored_form_is_told_of_its_field_and_side(side: Side, sent: str, stored: str) -> None:
    ours = intent(side, pairs={"phone": Pair(sent, sent)})
    values = (stored, sent) if side is HS else (sent, stored)
    decision = decide(*values, Pair(sent, sent), ours, by_us=True, noticed=side)
    assert base_of(decision) == Pair(*values)
    (verdict,) = [one for one in decision.trace if one.rule == "intents"]
    assert verdict == Verdict(
        rule="intents",
        says=f"the {side} value is our own write, as it was stored: no edit",
        field="phone",
        hubspot=stored if side is HS else None,
        salesforce=stored if side is SF else None,
    )


def test_what_was_stored_as_it_was_sent_and_known_is_not_told_again() -> None:
    ours = intent(SF, pairs={"phone": Pair("1", "1")})
    decision = decide("1", "1", Pair("1", "1"), ours, by_us=True)
    assert [one for one in decision.trace if one.rule == "intents"] == []


def test_a_value_that_the_base_knows_is_no_late_write_of_ours_though_an_old_one_meant_the_same() -> None:
    """Else it would be written once more where it stands already."""
    old = intent(SF, pairs={"phone": Pair("1", "1")}, settled=False, seconds_ago=60)
    new = intent(HS, pairs={"phone": Pair("0", "1")}, seconds_ago=30)
    for by_us in (True, None):
        decision = both("0", "1", Pair("0", "1"), old, new, by_us=by_us)
        assert (phone(decision), said(decision)) == ("leave", "nothing is to be written")


def both(hubspot: str, salesforce: str, base: Pair | None, *intents: Intent, by_us: bool | None) -> Decision:
    """Both sides noticed; Salesforce's was modified twenty seconds ago, perhaps by us."""
    one = contact(1, email="a@x.com", phone=hubspot)
    other = lead(
        1,
        Email="a@x.com",
        LastName="L",
        Company="X",
        Phone=salesforce,
        modified_at=ago(20),
        modified_by_us=by_us,
    )
    known = {"phone": base} if base is not None else {}
    tie = in_step(one, other, lastname=Pair(None, "L"), company=Pair(None, "X"), **known)
    kept = {key: pair for key, pair in tie.base.items() if base is not None or key != "phone"}
    asked = world(one, other, links=[tie.changed(base=kept, intents=intents)])
    return asked.decide(notice(one.ref), notice(other.ref, seconds_ago=20), settings=settings())


def test_an_unanswered_write_of_a_field_without_a_base_explains_no_other_value() -> None:
    ours = intent(SF, pairs={"phone": Pair("new", "new")}, settled=False, seconds_ago=30)
    assert phone(both("new", "form", None, ours, by_us=True)) == "hs=form"


def test_an_older_write_of_ours_does_not_explain_what_stands_there_after_a_newer_one() -> None:
    """Our name on the record is that of the newest write, which was of another field."""
    ours = intent(SF, pairs={"phone": Pair("new", "new")}, seconds_ago=50)
    later = intent(SF, pairs={"city": Pair(None, None)}, seconds_ago=30)
    assert phone(both("new", "form", Pair("new", "new"), ours, later, by_us=True)) == "hs=form"
    assert phone(both("new", "form", Pair("new", "new"), ours, by_us=True)) == "leave"


def test_a_write_to_hubspot_that_was_not_answered_and_changed_nothing_explains_nothing() -> None:
    ours = intent(HS, pairs={"phone": Pair("2", "2")}, settled=False, seconds_ago=60)
    decision = decide("1", "2", Pair("1", "0"), ours, by_us=True, stamp=30, noticed=HS)
    assert decision.writes == ()
    assert decision.link is None or base_of(decision) == Pair("1", "0")


@pytest.mark.parametrize(("seconds_before", "late"), [(119.9, True), (120, False)])
def test_a_write_of_ours_may_arrive_late_for_two_minutes(seconds_before: float, *, late: bool) -> None:
    """What stands there afterwards was typed by somebody, even where we once meant the same."""
    old = intent(SF, pairs={"phone": Pair("old", "old")}, settled=False, seconds_ago=3 + seconds_before)
    new = intent(SF, pairs={"phone": Pair("new", "new")}, seconds_ago=100)
    decision = decide("new", "old", Pair("new", "new"), old, new, stamp=3)
    assert phone(decision) == ("sf=new" if late else "hs=old")


def test_where_another_value_stands_after_our_answered_write_it_was_rewritten_even_into_the_old_one() -> None:
    ours = intent(SF, pairs={"phone": Pair("new", "new")}, seconds_ago=20)
    decision = decide("new", "was", Pair("was", "was"), ours, by_us=True, stamp=10)
    assert decision.writes == ()
    assert base_of(decision) == Pair("new", "was")


@pytest.mark.parametrize(("half", "ours"), [(0.4, False), (0.0, False), (-0.4, True)])
def test_whether_hubspots_record_was_modified_since_is_told_to_the_millisecond(
    half: float, *, ours: bool
) -> None:
    sent = intent(HS, pairs={"phone": Pair("new", "new")}, before=ago(20), seconds_ago=19)
    decision = decide("form", "new", Pair("new", "new"), sent, by_us=True, stamp=20 + half, noticed=HS)
    assert (base_of(decision) == Pair("form", "new")) is ours if decision.link is not None else not ours


def test_a_field_that_hubspot_does_not_show_keeps_no_intent_open() -> None:
    one = contact(1, email="a@x.com", phone="2", hidden={"city"}, modified_at=ago(3))
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="2", City="Rome")
    sent = intent(HS, pairs={"phone": Pair("2", "2"), "city": Pair("Rome", "Rome")}, settled=False)
    tie = in_step(one, other).changed(intents=(sent,))
    decision = world(one, other, links=[tie]).decide(notice(one.ref, seconds_ago=3), settings=settings())
    assert decision.again is None
    assert decision.link is not None
    assert decision.link.intents == ()


@pytest.mark.parametrize("city", ["Oslo", "Rome"])
def test_an_intent_stays_open_as_long_as_one_of_its_values_does_not_show(city: str) -> None:
    one = contact(1, email="a@x.com", phone="2", city=city, modified_at=ago(60))
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="2", City="Rome")
    sent = intent(HS, pairs={"phone": Pair("2", "2"), "city": Pair("Rome", "Rome")}, settled=False)
    tie = in_step(one, other, city=Pair("Oslo", "Oslo")).changed(intents=(sent,))
    decision = world(one, other, links=[tie]).decide(notice(other.ref), notice(one.ref))
    assert decision.link is not None
    assert (decision.link.intents == ()) is (city == "Rome")


@pytest.mark.parametrize(("seconds_ago", "again"), [(9.9, True), (10, False)])
def test_a_write_that_does_not_show_is_waited_for_for_ten_seconds(seconds_ago: float, *, again: bool) -> None:
    ours = intent(SF, pairs={"phone": Pair("new", "new")}, before=ago(60), seconds_ago=seconds_ago)
    decision = decide("new", "old", Pair("old", "old"), ours, stamp=60)
    assert (decision.again is not None) is again
    if decision.again is not None:
        assert decision.again.seconds == 1.0


@pytest.mark.parametrize(("seconds_ago", "kept"), [(119.9, True), (120, False)])
def test_an_intent_that_taught_nothing_is_kept_for_two_minutes(seconds_ago: float, *, kept: bool) -> None:
    ours = intent(HS, pairs={"phone": Pair("new", "new")}, settled=False, seconds_ago=seconds_ago)
    decision = decide("1", "1", Pair("1", "1"), ours, noticed=SF)
    left = (ours,) if decision.link is None else decision.link.intents
    assert (left == (ours,)) is kept


def test_a_late_write_of_ours_is_replaced_by_what_its_side_is_to_hold_and_that_is_told() -> None:
    old = intent(HS, pairs={"phone": Pair("old", "OLD")}, settled=False, seconds_ago=50)
    new = intent(HS, pairs={"phone": Pair("new", "NEW")}, seconds_ago=30)
    one = contact(1, email="a@x.com", phone="old", modified_at=ago(20), modified_by_us=True)
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="NEW")
    tie = in_step(one, other, phone=Pair("new", "NEW")).changed(intents=(old, new))
    decision = world(one, other, links=[tie]).decide(notice(one.ref, seconds_ago=20), notice(other.ref))
    assert phone(decision) == "hs=new"
    (verdict,) = [one for one in decision.trace if one.rule == "mapping" and one.field == "phone"]
    assert (verdict.writes, verdict.value) == (HS, "new")
    assert verdict.says == "an outdated write of our own arrived late: the agreed value is written again"


def test_a_value_that_hubspots_half_of_the_base_knows_is_no_late_write_though_salesforce_has_another() -> (
    None
):
    old = intent(HS, pairs={"phone": Pair("1", "ONE")}, settled=False, seconds_ago=60)
    new = intent(SF, pairs={"phone": Pair("1", "0")}, seconds_ago=30)
    one = contact(1, email="a@x.com", phone="1", modified_at=ago(20), modified_by_us=True)
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="0")
    tie = in_step(one, other).changed(intents=(old, new))
    decision = world(one, other, links=[tie]).decide(notice(one.ref, seconds_ago=20), notice(other.ref))
    assert (decision.writes, said(decision)) == ((), "nothing is to be written")


def test_a_day_that_the_base_knows_is_one_of_the_portals_time_zone() -> None:
    """What Salesforce shows is past midnight in Berlin, so it is no late write of ours."""
    day, moment = "2026-11-24", "2026-11-23T23:30:00Z"
    old = intent(SF, pairs={"phone": Pair(day, day)}, settled=False, seconds_ago=60)
    new = intent(HS, pairs={"phone": Pair(day, moment)}, seconds_ago=30)
    one = contact(1, email="a@x.com", phone=day)
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone=moment, modified_at=ago(20))
    tie = in_step(one, other, phone=Pair(day, day)).changed(intents=(old, new))
    chosen = settings(converter=Converter.DATE, time_zone="Europe/Berlin")
    noticed = (notice(one.ref), notice(other.ref, seconds_ago=20))
    assert phone(world(one, other, links=[tie]).decide(*noticed, settings=chosen)) == "leave"
