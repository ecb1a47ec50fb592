"""Opt-out: it travels both ways, and nobody is ever opted in again."""

from __future__ import annotations

from typing import Any

import pytest

from contract.changes import Kind
from contract.decisions import Action, Decision, Write
from contract.facts import RecordAt
from contract.links import Pair
from contract.mappings import OPT_OUT
from contract.records import Record, Side
from contract.settings import Settings
from tests.fakes.people import contact, in_step, intent, lead, notice, said, sf_contact, world
from tests.unit.rules.tables import named

LISTED = Settings(inclusion_list="77", create_from_leads=True)
FROM_LEADS = Settings(create_from_leads=True)
ASIDE = object()
"""This side may not be seen."""
YES, NO = True, False
BOTH_OUT = Pair("true", YES)

_NAMES = {Side.HUBSPOT: "hs_email_optout", Side.SALESFORCE: "HasOptedOutOfEmail"}


def shown(name: str, value: Any) -> dict[str, Any]:
    return {} if value is ASIDE else {name: value}


def hubspot(value: Any, **values: Any) -> Record:
    return contact(1, email="a@x.com", **shown("hs_email_optout", value), **values)


def salesforce(value: Any, **values: Any) -> Record:
    given = {"Email": "a@x.com", "LastName": "L", "Company": "X", **values}
    return lead(1, **shown("HasOptedOutOfEmail", value), **given)


def decided(
    ours: Record, theirs: Record, base: Pair | None, *, noticed: Record, settings: Settings | None = None
) -> Decision:
    link = in_step(ours, theirs, **({OPT_OUT.key: base} if base else {}))
    return world(ours, theirs, links=[link]).decide(notice(noticed.ref), settings=settings)


def opted_out(decision: Decision) -> set[Side]:
    """The sides that this decision opts out."""
    return {write.side for write in decision.writes if _NAMES[write.side] in write.values}


H, S = Side.HUBSPOT, Side.SALESFORCE
TABLE = [
    # what both last said, what they say now, whom the notice is of -> who is opted out
    ((None, None), (None, False), H, set()),
    ((None, None), ("true", False), H, {S}),
    ((None, None), ("true", False), S, set()),  # what HubSpot says is told by a notice of its own
    ((None, None), (None, True), S, {H}),
    ((None, None), (None, True), H, set()),
    ((None, None), ("true", True), H, set()),
    (("true", True), ("true", True), H, set()),
    (("true", True), ("false", True), H, set()),  # opted in again in HubSpot: Salesforce stays
    (("true", True), (None, True), S, set()),
    (("true", True), ("true", False), S, set()),  # opted in again in Salesforce: HubSpot stays
    (("true", True), ("true", False), H, set()),
    (("false", True), ("true", True), H, set()),
    (("true", False), ("true", True), S, set()),
    (("false", False), ("true", False), H, {S}),  # opted out once more: that travels like the first time
    (("false", False), (None, True), S, {H}),
    (("false", True), ("false", False), S, set()),
    ((None, None), ("true", ASIDE), H, set()),
    ((None, None), (ASIDE, True), S, set()),
]


SAID = {None: "never out", "true": "out", True: "out", "false": "in", False: "in", ASIDE: "hidden"}


def words(base: tuple[Any, Any], now: tuple[Any, Any], noticed: Side, *_: Any) -> str:
    before, after = (f"{SAID[pair[0]]} and {SAID[pair[1]]}" for pair in (base, now))
    return f"{before}: now {after}, told by {noticed.label}"


@pytest.mark.parametrize(("base", "now", "noticed", "expected"), named(TABLE, words))
def test_who_is_opted_out(
    base: tuple[Any, Any], now: tuple[Any, Any], noticed: Side, expected: set[Side]
) -> None:
    ours, theirs = hubspot(now[0]), salesforce(now[1])
    known = Pair(*base) if base != (None, None) else None
    decision = decided(ours, theirs, known, noticed=ours if noticed is H else theirs)
    assert opted_out(decision) == expected
    assert not any(write.values.get(_NAMES[write.side]) in {False, "false"} for write in decision.writes)


def test_to_salesforce_it_is_a_field_and_to_hubspot_a_call_about_the_address() -> None:
    ours, theirs = hubspot("true"), salesforce(NO)
    (there,) = decided(ours, theirs, None, noticed=ours).writes
    assert (there.action, there.record_id) == (Action.UPDATE, theirs.ref.id)
    assert (there.values, there.pairs) == ({"HasOptedOutOfEmail": True}, {"opt_out": BOTH_OUT})
    ours, theirs = hubspot(None), salesforce(YES)
    (here,) = decided(ours, theirs, None, noticed=theirs).writes
    assert (here.action, here.email, here.record_id) == (Action.OPT_OUT, "a@x.com", "1")
    assert here.pairs == {"opt_out": BOTH_OUT}


def test_it_goes_along_with_what_is_written_to_salesforce_anyway() -> None:
    ours = hubspot("true", phone="1")
    theirs = salesforce(NO)
    link = in_step(ours, theirs, phone=Pair(None, None))
    decision = world(ours, theirs, links=[link]).decide(notice(ours.ref))
    (write,) = decision.writes
    assert write.values == {"Phone": "1", "HasOptedOutOfEmail": True}
    assert set(write.pairs) == {"phone", "opt_out"}


@pytest.mark.parametrize("noticed", [H, S])
def test_trap_18_of_a_linked_contact_that_is_not_on_the_inclusion_list_an_opt_out_travels_alone(
    noticed: Side,
) -> None:
    out_here, out_there = ("true", False) if noticed is H else (None, True)
    ours, theirs = hubspot(out_here, phone="1"), salesforce(out_there, Phone="2")
    link = in_step(ours, theirs, phone=Pair("0", "0"))
    decision = world(ours, theirs, links=[link]).decide(
        notice(ours.ref if noticed is H else theirs.ref), settings=LISTED
    )
    assert opted_out(decision) == {noticed.other}
    assert [set(write.values) for write in decision.writes] == [{_NAMES[noticed.other]}]


def test_nothing_more_is_read_when_nothing_about_it_changed() -> None:
    ours, theirs = hubspot("true"), salesforce(YES)
    answers = world(ours, theirs, links=[in_step(ours, theirs, opt_out=BOTH_OUT)])
    answers.decide(notice(theirs.ref))
    assert RecordAt(theirs.ref) in answers.asked
    assert RecordAt(ours.ref) not in answers.asked


def test_opting_in_again_is_noted_and_said_and_needs_no_look_across() -> None:
    ours, theirs = hubspot("false"), salesforce(YES)
    decision = decided(ours, theirs, BOTH_OUT, noticed=ours)
    assert decision.link is not None
    assert decision.link.base["opt_out"] == Pair("false", YES)
    assert "opted in again in HubSpot" in said(decision)


def test_our_own_opt_out_that_is_not_shown_yet_is_no_opting_in() -> None:
    ours, theirs = hubspot("true"), salesforce(NO)
    sent = intent(S, settled=False, pairs={"opt_out": BOTH_OUT})
    link = in_step(ours, theirs, opt_out=BOTH_OUT).changed(intents=(sent,))
    decision = world(ours, theirs, links=[link]).decide(notice(theirs.ref))
    assert "opted in" not in said(decision)
    assert decision.link is None or decision.link.base["opt_out"] == BOTH_OUT


# --- HubSpot opts out addresses ---


def test_a_contact_without_an_address_cannot_be_opted_out() -> None:
    ours, theirs = contact(1, hs_email_optout=None), sf_contact(1, HasOptedOutOfEmail=True, LastName="L")
    decision = world(ours, theirs, links=[in_step(ours, theirs)]).decide(notice(theirs.ref))
    assert (decision.writes, "no address" in said(decision)) == ((), True)


def test_under_a_new_address_the_person_is_opted_out_again() -> None:
    ours, theirs = hubspot("false"), salesforce(YES)
    link = in_step(ours, theirs, opt_out=BOTH_OUT, email=Pair("old@x.com", "a@x.com"))
    settings = Settings()
    decision = world(ours, theirs, links=[link]).decide(notice(ours.ref), settings=settings)
    (out,) = [write for write in decision.writes if write.action is Action.OPT_OUT]
    assert out.email == "a@x.com"


def test_an_address_that_is_written_to_hubspot_is_opted_out_after_that() -> None:
    ours, theirs = hubspot("true"), salesforce(YES, Email="new@x.com")
    link = in_step(ours, theirs, opt_out=BOTH_OUT, email=Pair("a@x.com", "a@x.com"))
    decision = world(ours, theirs, links=[link]).decide(notice(theirs.ref))
    assert [(write.action, write.values.get("email") or write.email) for write in decision.writes] == [
        (Action.UPDATE, "new@x.com"),
        (Action.OPT_OUT, "new@x.com"),
    ]


# --- creations ---


def creations(record: Record, settings: Settings) -> tuple[Write, ...]:
    return world(record).decide(notice(record.ref, Kind.CREATED), settings=settings).writes


def test_who_is_opted_out_in_hubspot_is_created_opted_out_in_salesforce() -> None:
    (write,) = creations(hubspot("true"), Settings())
    assert write.values["HasOptedOutOfEmail"] is True
    assert write.pairs["opt_out"] == BOTH_OUT


def test_who_is_opted_out_in_salesforce_is_created_and_opted_out_in_hubspot() -> None:
    create, out = creations(salesforce(YES), FROM_LEADS)
    assert (create.action, out.action, out.email) == (Action.CREATE, Action.OPT_OUT, "a@x.com")
    assert "hs_email_optout" not in create.values


@pytest.mark.parametrize("record", [hubspot(None), hubspot("false"), salesforce(NO)])
def test_who_is_not_opted_out_is_created_as_ever(record: Record) -> None:
    (write,) = creations(record, FROM_LEADS)
    assert not {"HasOptedOutOfEmail", "hs_email_optout"} & set(write.values)


def test_who_is_not_on_the_list_is_not_created_to_be_opted_out() -> None:
    assert creations(hubspot("true"), LISTED) == ()


def test_who_opted_in_again_stays_so_where_the_address_itself_was_never_in_step() -> None:
    ours, theirs = hubspot("true"), salesforce(NO)
    link = in_step(ours, theirs, opt_out=BOTH_OUT).changed(email="a@x.com")
    link = link.changed(base={key: pair for key, pair in link.base.items() if key != "email"})
    for noticed in (theirs, ours):
        assert opted_out(world(ours, theirs, links=[link]).decide(notice(noticed.ref))) == set()


def test_an_opt_out_of_the_old_address_is_not_carried_with_a_pair_that_a_new_record_takes_over() -> None:
    ours = contact(1, email="dan@x.com", hs_email_optout="true", hs_additional_emails="bob@x.com")
    gone = lead(1, Email="dan@x.com", LastName="L", deleted=True)
    heir = sf_contact(7, Email="bob@x.com", LastName="L", HasOptedOutOfEmail=NO)
    tie = in_step(ours, gone, opt_out=BOTH_OUT).changed(email="dan@x.com")
    decision = world(ours, gone, heir, links=[tie]).decide(notice(heir.ref, Kind.CREATED))
    assert decision.link is not None
    assert (decision.link.salesforce, opted_out(decision)) == (heir.ref, set())
    assert {write.values.get("email") for write in decision.writes} == {"bob@x.com"}


def test_who_gets_a_first_address_is_opted_out_as_before_and_not_anew() -> None:
    """So an opting in again in Salesforce stays what it is: nothing that travels."""
    ours, theirs = hubspot("true"), salesforce(NO)
    tie = in_step(ours, theirs, email=Pair(None, None), **{OPT_OUT.key: BOTH_OUT}).changed(email="")
    decision = world(ours, theirs, links=[tie]).decide(notice(ours.ref), notice(theirs.ref))
    assert opted_out(decision) == set()
