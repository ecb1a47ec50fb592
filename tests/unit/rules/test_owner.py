"""Owner: known by e-mail, two-way; whom the other side does not know is left as is."""

from __future__ import annotations

from typing import Any

import pytest

from contract.changes import Kind
from contract.decisions import Decision, Write
from contract.facts import OwnerAcross, RecordAt
from contract.links import LinkState, Pair
from contract.records import Record, Side
from contract.settings import CreateAs, Settings
from tests.fakes.people import ago, contact, in_step, lead, notice, said, world
from tests.unit.rules.tables import named

H, S = Side.HUBSPOT, Side.SALESFORCE
ADA, BOB, NEW = "11", "12", "99"
"""HubSpot's owners; NEW has nobody in Salesforce."""
ADA_S, BOB_S, QUEUE = "005A", "005B", "00GQ"
"""Salesforce's users, and a queue."""
PEOPLE = {ADA: ADA_S, BOB: BOB_S}


def hubspot(owner: Any, **values: Any) -> Record:
    return contact(1, email="a@x.com", hubspot_owner_id=owner, **values)


def salesforce(owner: Any, **values: Any) -> Record:
    return lead(1, Email="a@x.com", LastName="L", Company="X", OwnerId=owner, **values)


def decided(base: Any, now: tuple[Any, Any], *, noticed: Side = H, newer: Side = S) -> Decision:
    ours = hubspot(now[0], modified_at=ago(60 if newer is S else 40))
    theirs = salesforce(now[1], modified_at=ago(50))
    link = in_step(ours, theirs, **({"owner": Pair(*base)} if base else {}))
    answers = world(ours, theirs, links=[link])
    answers.pairs_of_owners = PEOPLE
    return answers.decide(notice(ours.ref if noticed is H else theirs.ref))


def written(decision: Decision) -> dict[Side, Any]:
    """The owner that each side gets."""
    names = {H: "hubspot_owner_id", S: "OwnerId"}
    return {w.side: w.values[names[w.side]] for w in decision.writes if names[w.side] in w.values}


IN_STEP = (ADA, ADA_S)
TABLE = [
    # base, now, noticed, edited last -> written, base where nothing is written
    (IN_STEP, (BOB, ADA_S), H, S, {S: BOB_S}, None),
    (IN_STEP, (ADA, BOB_S), S, S, {H: BOB}, None),
    (IN_STEP, (BOB, QUEUE), H, S, {S: BOB_S}, None),  # a queue is no edit that could win
    (IN_STEP, (BOB, BOB_S), H, S, {}, (BOB, BOB_S)),
    (IN_STEP, (NEW, BOB_S), S, H, {H: BOB}, None),
    (IN_STEP, (NEW, ADA_S), H, S, {}, (NEW, ADA_S)),
    (IN_STEP, (ADA, QUEUE), S, S, {}, (ADA, QUEUE)),
    (IN_STEP, (None, ADA_S), H, S, {}, (None, ADA_S)),  # Salesforce needs an owner
    ((None, ADA_S), (BOB, ADA_S), H, S, {S: BOB_S}, None),
    ((ADA, QUEUE), (ADA, ADA_S), S, S, {}, (ADA, ADA_S)),
    ((NEW, QUEUE), (NEW, ADA_S), S, S, {H: ADA}, None),
    # just linked
    (None, (ADA, ADA_S), H, S, {}, (ADA, ADA_S)),
    (None, (ADA, BOB_S), H, S, {H: BOB}, None),
    (None, (None, BOB_S), H, S, {H: BOB}, None),
    (None, (ADA, QUEUE), H, S, {}, (ADA, QUEUE)),
    (None, (None, QUEUE), S, S, {}, (None, QUEUE)),
    (None, (NEW, ADA_S), H, S, {H: ADA}, None),
    (None, (NEW, QUEUE), H, S, {}, (NEW, QUEUE)),
    # whom Salesforce chose when it created the record
    ((None, None), (None, BOB_S), S, S, {H: BOB}, None),
    ((None, None), (None, QUEUE), S, S, {}, (None, QUEUE)),
    ((NEW, None), (NEW, BOB_S), S, S, {}, (NEW, BOB_S)),
]


WHO = {ADA: "Ada", ADA_S: "Ada", BOB: "Bob", BOB_S: "Bob", QUEUE: "a queue", NEW: "unknown", None: "nobody"}


def words(base: Any, now: tuple[Any, Any], noticed: Side, *_: Any) -> str:
    before = "just linked" if base is None else f"{WHO[base[0]]} and {WHO[base[1]]}"
    return f"{before}: now {WHO[now[0]]} and {WHO[now[1]]}, told by {noticed.label}"


@pytest.mark.parametrize(("base", "now", "noticed", "newer", "expected", "left"), named(TABLE, words))
def test_who_gets_whom(  # the columns of the table
    base: Any, now: tuple[Any, Any], noticed: Side, newer: Side, expected: dict[Side, Any], left: Any
) -> None:
    decision = decided(base, now, noticed=noticed, newer=newer)
    assert written(decision) == expected
    assert (decision.fault, decision.field_faults) == (None, ())
    if left is not None:
        assert decision.link is not None
        assert decision.link.base["owner"] == Pair(*left)


@pytest.mark.parametrize(("newer", "expected"), [(S, {H: BOB}), (H, {S: BOB_S})])
def test_the_most_recent_change_wins(newer: Side, expected: dict[Side, Any]) -> None:
    now = (ADA, BOB_S) if newer is S else (BOB, ADA_S)
    before = ("13", "005C")
    assert written(decided(before, now, newer=newer)) == expected


def test_why_an_owner_is_left_as_is_is_said() -> None:
    assert "99 is nobody there: he is left as is" in said(decided(IN_STEP, (NEW, ADA_S)))


def test_it_goes_along_with_the_other_fields_in_one_write() -> None:
    ours, theirs = hubspot(BOB, phone="1"), salesforce(ADA_S)
    answers = world(ours, theirs, links=[in_step(ours, theirs, owner=Pair(*IN_STEP), phone=Pair("0", None))])
    answers.pairs_of_owners = PEOPLE
    (write,) = answers.decide(notice(ours.ref)).writes
    assert write.values == {"Phone": "1", "OwnerId": BOB_S}


@pytest.mark.parametrize("noticed", [H, S])
def test_nothing_is_asked_about_owners_who_have_not_changed(noticed: Side) -> None:
    ours, theirs = hubspot(ADA, phone="1"), salesforce(ADA_S)
    answers = world(ours, theirs, links=[in_step(ours, theirs, owner=Pair(*IN_STEP), phone=Pair("0", "0"))])
    answers.decide(notice(ours.ref if noticed is H else theirs.ref))
    assert not [question for question in answers.asked if isinstance(question, OwnerAcross)]


def test_a_new_owner_whom_hubspot_does_not_know_needs_no_look_across() -> None:
    ours, theirs = hubspot(ADA), salesforce(QUEUE)
    answers = world(ours, theirs, links=[in_step(ours, theirs, owner=Pair(*IN_STEP))])
    decision = answers.decide(notice(theirs.ref))
    assert RecordAt(ours.ref) not in answers.asked
    assert decision.link is not None
    assert decision.link.base["owner"] == Pair(ADA, QUEUE)


def test_an_owner_whom_we_may_not_see_takes_no_part() -> None:
    ours, theirs = contact(1, email="a@x.com"), salesforce(BOB_S)
    decision = world(ours, theirs, links=[in_step(ours, theirs)]).decide(notice(theirs.ref))
    assert decision.writes == ()


# --- creations ---


def creation(record: Record, **settings: Any) -> tuple[Write, Decision]:
    answers = world(record)
    answers.pairs_of_owners = PEOPLE
    decision = answers.decide(
        notice(record.ref, Kind.CREATED), settings=Settings(create_from_leads=True, **settings)
    )
    (write,) = decision.writes
    return write, decision


@pytest.mark.parametrize(
    ("record", "name", "value", "pair"),
    [
        (hubspot(ADA), "OwnerId", ADA_S, Pair(ADA, ADA_S)),
        (salesforce(BOB_S), "hubspot_owner_id", BOB, Pair(BOB, BOB_S)),
    ],
)
def test_a_new_record_gets_the_owner_with_the_same_e_mail(
    record: Record, name: str, value: str, pair: Pair
) -> None:
    write, _ = creation(record)
    assert (write.values[name], write.keys[name], write.pairs["owner"]) == (value, "owner", pair)


@pytest.mark.parametrize(
    ("record", "base"),
    [
        (hubspot(None), Pair(None, None)),
        (hubspot(NEW), Pair(NEW, None)),
        (salesforce(QUEUE), Pair(None, QUEUE)),
    ],
)
def test_without_a_counterpart_it_gets_none_from_us(record: Record, base: Pair) -> None:
    write, decision = creation(record)
    assert not {"OwnerId", "hubspot_owner_id"} & set(write.values)
    assert decision.link is not None
    assert (decision.link.state, decision.link.base["owner"]) == (LinkState.CREATING, base)


def test_where_assignment_rules_choose_they_are_let_choose_and_their_choice_comes_back() -> None:
    write, decision = creation(hubspot(ADA), use_assignment_rules=True)
    assert "OwnerId" not in write.values
    assert decision.link is not None
    assert "owner" not in decision.link.base
    assert written(decided(None, (ADA, BOB_S), noticed=S)) == {H: BOB}


def test_a_salesforce_contact_has_no_assignment_rules() -> None:
    write, _ = creation(hubspot(ADA), use_assignment_rules=True, create_as=CreateAs.CONTACT)
    assert write.values["OwnerId"] == ADA_S
