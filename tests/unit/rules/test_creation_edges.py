"""Creations at their edges: which record began as we meant it, and what is said and asked on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from contract.errors import ErrorClass, Fault
from contract.facts import Answers, HubSpotByEmail, Question, SalesforceByEmail, SalesforceByKey
from contract.links import Intent, Link, LinkState, Pair
from contract.mappings import DEFAULT_MAPPINGS, Converter
from contract.records import Record, Side
from contract.settings import CreateAs, Settings
from tests.fakes.people import (
    KEY_FIELD,
    WorldAnswers,
    ago,
    contact,
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
from tests.unit.rules.kit import only_write

LEAD = lead(1, Email="ann@x.com", LastName="Lee", Company="X", Phone="1", Title="VP")
PERSON = sf_contact(1, Email="ann@x.com", LastName="Lee")
MEANT = {
    "email": Pair("Ann@x.com", "Ann@x.com"),
    "phone": Pair("1", "1"),
    "jobtitle": Pair("VP", "VP"),
    "city": Pair(None, None),
}
FROM_LEADS = Settings(create_from_leads=True)


def sent(seconds_ago: float = 20, pairs: Any = None, **values: Any) -> Intent:
    """The intent to create a HubSpot contact for the lead."""
    given = {"before": None, "settled": False, **values}
    return intent(Side.HUBSPOT, seconds_ago=seconds_ago, pairs=MEANT if pairs is None else pairs, **given)


def waiting(*intents: Intent) -> Link:
    return link(None, lead_ref(1), state=LinkState.CREATING, intents=intents)


def found(hit: Record, *intents: Intent, settings: Settings = FROM_LEADS) -> bool:
    """Whether this contact with the lead's address is taken for the one that we meant to create."""
    decision = world(LEAD, hit, links=[waiting(*(intents or (sent(),)))]).decide(
        notice(LEAD.ref), settings=settings
    )
    assert decision.link is not None
    assert decision.link.hubspot == hit.ref
    return f"{hit.ref} was created by us: the pair is linked" in said(decision)


def hit(phone: str | None, title: str | None, *, edited: bool = False, **values: Any) -> Record:
    """A contact with the address that has begun just after we sent ours, and was edited since or not."""
    stamps = {"created_at": ago(18), "modified_at": ago(10 if edited else 18)}
    return contact(5, email="ann@x.com", phone=phone, jobtitle=title, city="Rome", **{**stamps, **values})


@pytest.mark.parametrize(
    ("made", "ours"),
    [
        (hit("1", "VP"), True),
        (hit("1", "CEO"), False),
        (hit("2", "VP"), False),
        (hit("2", "CEO"), False),
        (hit("1", "CEO", edited=True), True),  # somebody changed the title since
        (hit("2", "VP", edited=True), True),
        (hit("2", "CEO", edited=True), False),
        (hit(None, None, edited=True), False),
        (hit("1", "VP", created_by_us=True), True),
        (hit("1", "VP", created_by_us=False), False),
        (hit("2", "CEO", created_by_us=True), False),  # made by us for a twin
        (hit("1", "VP", created_at=ago(25), modified_at=ago(25)), True),  # the CRM's clock may be behind ours
        (hit("1", "VP", created_at=ago(26), modified_at=ago(26)), False),
    ],
)
def test_a_record_is_the_one_that_we_meant_if_it_can_have_begun_so(made: Record, *, ours: bool) -> None:
    assert found(made) is ours


@pytest.mark.parametrize(
    ("pairs", "ours"),
    [
        ({"email": Pair("other@x.com", "other@x.com")}, True),  # nothing but the address was meant
        ({"city": Pair("", None), "email": MEANT["email"]}, True),
        ({"city": Pair("Rome", "Oslo")}, True),
        ({"city": Pair("Oslo", "Rome")}, False),
    ],
)
def test_only_what_was_meant_for_that_side_is_compared(pairs: dict[str, Pair], *, ours: bool) -> None:
    assert found(hit("9", "Boss"), sent(pairs=pairs)) is ours


@pytest.mark.parametrize(("zone", "ours"), [("Europe/Berlin", True), ("UTC", False)])
def test_a_day_is_compared_in_the_portals_time_zone(zone: str, *, ours: bool) -> None:
    table = tuple(replace(m, converter=Converter.DATE) if m.key == "city" else m for m in DEFAULT_MAPPINGS)
    settings = Settings(mappings=table, time_zone=zone)
    made = hit("1", "VP")
    made = replace(made, fields={**made.fields, "city": "2026-11-23T23:30:00Z"})
    assert found(made, sent(pairs={"city": Pair("2026-11-24", "2026-11-24")}), settings=settings) is ours


def test_of_several_intents_the_newest_creation_counts() -> None:
    old = sent(600, pairs={"phone": Pair("7", "7")})
    update = sent(5, pairs={"phone": Pair("8", "8")}, before=ago(60))
    assert found(hit("1", "VP"), old, sent(), update)
    assert not found(hit("7", "VP"), sent(), old)


class Rounds(WorldAnswers):
    """Remembers what was asked together: each round is a batch of calls."""

    asked_together: tuple[frozenset[Question], ...] = ()

    def answer(self, questions: Iterable[Question]) -> Answers:
        together = frozenset(questions)
        self.asked_together = (*self.asked_together, together)
        return super().answer(together)


@pytest.mark.parametrize("from_hubspot", [True, False])
def test_what_tells_whether_a_creation_went_through_is_asked_together(*, from_hubspot: bool) -> None:
    one = contact(1, email="ann@x.com", hs_additional_emails="a@x.com;b@x.com")
    if from_hubspot:
        creating = link(
            hs(1), None, state=LinkState.CREATING, intents=(intent(Side.SALESFORCE, before=None),)
        )
        emails: list[Question] = [SalesforceByEmail(each) for each in ("ann@x.com", "a@x.com", "b@x.com")]
        together, noticed = frozenset([SalesforceByKey("4242-1"), *emails]), notice(one.ref)
    else:
        creating, noticed = waiting(sent()), notice(LEAD.ref)
        together = frozenset([HubSpotByEmail("ann@x.com")])
    asked = Rounds([one if from_hubspot else LEAD], (creating,), (), ())
    asked.decide(noticed, settings=FROM_LEADS)
    assert together in asked.asked_together


def test_our_own_record_may_be_found_by_its_address_alone_unless_it_has_another_partner() -> None:
    one = contact(1, email="ann@x.com", phone="1", jobtitle="VP")
    made = lead(2, Email="ann@x.com", LastName="L", Company="X", Phone="1", Title="VP", created_at=ago(18))
    creating = link(
        hs(1),
        None,
        id=3,
        state=LinkState.CREATING,
        intents=(intent(Side.SALESFORCE, before=None, seconds_ago=20, pairs=MEANT),),
    )
    alone = world(one, made, links=[creating]).decide(notice(one.ref))
    assert f"{made.ref} was created by us: the pair is linked" in said(alone)
    rival = contact(2, email="b@x.com")
    taken = world(one, made, rival, links=[creating, in_step(rival, made)]).decide(notice(one.ref))
    assert "was created by us" not in said(taken)


WORDS = [
    # record, settings -> what is said last
    (contact(1), Settings(), "it has no e-mail address, so nothing is created for it"),
    (
        contact(1, email="ann"),
        Settings(),
        "its e-mail address is not a valid one, so nothing is created for it",
    ),
    (
        contact(1, email="a@x.com"),
        Settings(create_as=CreateAs.NONE),
        "contacts.create_as says to create no Salesforce record for it",
    ),
    (
        LEAD,
        Settings(create_from_contacts=True),
        "contacts.create_in_hubspot.from_leads is off: no HubSpot contact is created",
    ),
    (
        PERSON,
        FROM_LEADS,
        "contacts.create_in_hubspot.from_contacts is off: no HubSpot contact is created",
    ),
    (LEAD, FROM_LEADS, f"{LEAD.ref} has no partner in HubSpot: a new HubSpot contact is created"),
    (
        contact(1, email="a@x.com"),
        Settings(create_as=CreateAs.CONTACT),
        f"{hs(1)} has no partner in Salesforce: a new Salesforce contact is created",
    ),
]


@pytest.mark.parametrize(("record", "settings", "words"), WORDS)
def test_what_is_said_of_a_record_without_a_partner(record: Record, settings: Settings, words: str) -> None:
    decision = world(record).decide(notice(record.ref), settings=settings)
    assert words in [verdict.says for verdict in decision.trace if verdict.rule == "creation"]


def test_a_placeholder_is_told_with_its_field_and_value() -> None:
    decision = world(contact(1, email="a@x.com", lastname="L")).decide(notice(hs(1)))
    (verdict,) = [verdict for verdict in decision.trace if verdict.field == "company"]
    assert (verdict.writes, verdict.value) == (Side.SALESFORCE, "x.com")
    assert verdict.says == "Salesforce requires a value: this placeholder is remembered and never flows back"


def test_a_new_hubspot_contact_cannot_do_without_its_address() -> None:
    write = only_write(world(LEAD).decide(notice(LEAD.ref), settings=FROM_LEADS))
    assert write.required == {"email"}
    assert write.email == "ann@x.com"
    assert (write.keys["phone"], write.pairs["phone"]) == ("phone", Pair("1", "1"))


@pytest.mark.parametrize(
    ("record", "side", "field"),
    [
        (contact(1, email="a@x.com", annualrevenue="much"), Side.SALESFORCE, "AnnualRevenue"),
        (
            lead(1, Email="a@x.com", LastName="L", Company="X", AnnualRevenue="much"),
            Side.HUBSPOT,
            "annualrevenue",
        ),
    ],
)
def test_a_value_without_a_form_is_left_out_of_a_new_record_and_told(
    record: Record, side: Side, field: str
) -> None:
    decision = world(record).decide(notice(record.ref), settings=FROM_LEADS)
    assert field not in only_write(decision).values
    says = "the value has no form in the new record: it is not a number"
    assert decision.field_faults == (
        Fault(error=ErrorClass.DATA, code="UNCONVERTIBLE", says=says, side=side, fields=(field,)),
    )


def test_our_own_record_that_was_merged_since_is_followed_to_its_master() -> None:
    one = contact(1, email="ann@x.com")
    made = lead(1, Email="z@x.com", deleted=True, merged_into=lead_ref(2).id, **{KEY_FIELD: "4242-1"})
    master = lead(2, Email="y@x.com", LastName="L", Company="X")
    creating = link(hs(1), None, state=LinkState.CREATING, intents=(intent(Side.SALESFORCE, before=None),))
    decision = world(one, made, master, links=[creating]).decide(notice(one.ref))
    assert decision.link is not None
    assert (decision.link.salesforce, decision.link.state) == (master.ref, LinkState.LIVE)
