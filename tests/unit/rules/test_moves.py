"""What a pair still knows once its Salesforce end is another record: only what holds for that record, too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contract.changes import Kind
from contract.facts import Notice
from contract.links import Pair
from contract.mappings import DEFAULT_MAPPINGS, Converter, FieldMapping, MappingRule
from contract.records import Record, Side
from contract.settings import Settings
from tests.fakes.people import (
    WorldAnswers,
    contact,
    contact_ref,
    hs,
    in_step,
    intent,
    lead,
    lead_ref,
    link,
    notice,
    sf_contact,
    world,
)
from tests.unit.rules.tables import comes_of, row

TIER = FieldMapping(key="tier", hubspot="tier", fields={"Lead": "Tier__c", "Contact": "Tier__c"})
BOX = FieldMapping(
    key="vip",
    hubspot="vip",
    fields={"Lead": "Vip__c", "Contact": "Vip__c"},
    converter=Converter.BOOLEAN,
)
PREFER, TWO_WAY, ALWAYS = (
    Settings(mappings=(*DEFAULT_MAPPINGS, replace(TIER, rule=rule), replace(BOX, rule=rule)))
    for rule in (MappingRule.PREFER_SALESFORCE, MappingRule.TWO_WAY, MappingRule.ALWAYS_SALESFORCE)
)
ONTO = contact_ref(2).id
MOVED = "HubSpot 1 - Contact 2"


def one(**values: Any) -> Record:
    return contact(1, email="a@x.com", lastname="L", **values)


def master(**values: Any) -> Record:
    return sf_contact(2, Email="a@x.com", LastName="L", **values)


def converted(ours: Record, made: Record, **held: Any) -> WorldAnswers:
    """A pair whose lead was converted into this contact; both sides were in step."""
    there = lead(1, Email="a@x.com", LastName="L", converted=True, converted_to=ONTO, **held)
    return world(ours, there, made, links=[in_step(ours, there, **_bases(there))])


def merged(ours: Record, into: Record, **held: Any) -> WorldAnswers:
    """The same of a contact that was merged into this one."""
    there = sf_contact(1, Email="a@x.com", LastName="L", deleted=True, merged_into=ONTO, **held)
    return world(ours, there, into, links=[in_step(ours, there, **_bases(there))])


def _bases(there: Record) -> dict[str, Pair]:
    """What both said last of the fields that are not of the standard table."""
    tier, out = there.fields.get("Tier__c"), there.fields.get("HasOptedOutOfEmail")
    found = {"tier:Tier__c": Pair(tier, tier)} if tier is not None else {}
    for name in ("Vip__c", "Key__c"):
        if (box := there.fields.get(name)) is not None:
            found[f"vip:{name}"] = Pair(str(box).lower(), box)
    return {**found, "opt_out": Pair("true", out)} if out is not None else found


def edited(there: WorldAnswers, now: Record) -> WorldAnswers:
    """The same, with a record edited to this since both were in step."""
    there.records[now.ref] = now
    return there


LEAD, CONTACT = notice(lead_ref(1)), notice(contact_ref(1), Kind.DELETED)
GOLD, SILVER, OUT = one(tier="gold"), one(tier="silver"), one(hs_email_optout="true")
BARE, FILLED = master(Tier__c=None), master(Tier__c="gold")
TWO_PHONES = merged(one(phone="1"), master(Phone="2"), Phone="1")
STILL_OUT = merged(OUT, master(HasOptedOutOfEmail=True), HasOptedOutOfEmail=True)
NOT_OUT = merged(OUT, master(HasOptedOutOfEmail=False), HasOptedOutOfEmail=True)
IN_AGAIN = converted(OUT, master(HasOptedOutOfEmail=False), HasOptedOutOfEmail=False)

FILL = f"Salesforce: Tier__c=gold; {MOVED}"
NOT_TAKEN = converted(GOLD, BARE, Tier__c="gold")
TAKEN = converted(GOLD, FILLED, Tier__c="gold")
EDITED = edited(converted(GOLD, FILLED, Tier__c="gold"), SILVER)
WAS_LEAD = lead(1, Email="a@x.com", LastName="L", converted=True, converted_to=ONTO)
UNSEEN = edited(converted(GOLD, BARE, Tier__c="gold"), WAS_LEAD)
CLEARED = edited(
    converted(GOLD, BARE, Tier__c="gold"), replace(WAS_LEAD, fields={**WAS_LEAD.fields, "Tier__c": None})
)
NO_PHONE = merged(one(phone="1"), master(), Phone="1")
VIP, NO_VIP = one(vip="true"), one(vip="false")
UNTICKED, TICKED = master(Vip__c=False), master(Vip__c=True)
BOX_LEFT = converted(VIP, UNTICKED, Vip__c=True)
BOX_UNTICKED = edited(converted(VIP, UNTICKED, Vip__c=True), replace(WAS_LEAD, fields={"Vip__c": False}))
BOX_UNSEEN = edited(converted(VIP, UNTICKED, Vip__c=True), WAS_LEAD)
BOX_UNTICKED_IN_HUBSPOT = edited(converted(VIP, UNTICKED, Vip__c=True), NO_VIP)
TICK = f"Salesforce: Vip__c=True; {MOVED}"
SAYS_OUT = f"Salesforce: HasOptedOutOfEmail=True; {MOVED}"

TABLE = [
    # what, what stands where, what was noticed, settings -> what comes of it
    row("a value not taken along", NOT_TAKEN, LEAD, PREFER, FILL),
    row("the same, two-way", NOT_TAKEN, LEAD, TWO_WAY, FILL),
    row("the same, Salesforce's alone", NOT_TAKEN, LEAD, ALWAYS, MOVED),
    row("a value taken along", TAKEN, LEAD, PREFER, MOVED),
    row("HubSpot edited since", EDITED, notice(hs(1)), TWO_WAY, f"Salesforce: Tier__c=silver; {MOVED}"),
    row("merged into one without a phone", NO_PHONE, CONTACT, PREFER, f"Salesforce: Phone=1; {MOVED}"),
    row("merged into one with another phone", TWO_PHONES, CONTACT, PREFER, f"HubSpot: phone=2; {MOVED}"),
    row("cleared before", CLEARED, LEAD, PREFER, f"HubSpot: tier=; {MOVED}"),
    row("its old value not to be seen", UNSEEN, LEAD, PREFER, FILL),
    row("a checkbox not taken along", BOX_LEFT, LEAD, PREFER, TICK),
    row("the same, two-way", BOX_LEFT, LEAD, TWO_WAY, TICK),
    row("the same, Salesforce's alone", BOX_LEFT, LEAD, ALWAYS, MOVED),
    row("a checkbox taken along", converted(VIP, TICKED, Vip__c=True), LEAD, PREFER, MOVED),
    row("a checkbox unticked before", BOX_UNTICKED, LEAD, PREFER, f"HubSpot: vip=false; {MOVED}"),
    row("its old tick not to be seen", BOX_UNSEEN, LEAD, PREFER, TICK),
    row("unticked in HubSpot", BOX_UNTICKED_IN_HUBSPOT, [LEAD, notice(hs(1))], PREFER, MOVED),
    row("merged into one unticked", merged(VIP, UNTICKED, Vip__c=True), CONTACT, PREFER, TICK),
    row("both unticked", converted(NO_VIP, UNTICKED, Vip__c=False), LEAD, PREFER, MOVED),
    row("both blank", merged(one(), master()), CONTACT, PREFER, MOVED),
    row("opted out, and so is the new record", STILL_OUT, CONTACT, PREFER, MOVED),
    row("opted out, and the new record is not", NOT_OUT, CONTACT, PREFER, SAYS_OUT),
    row("opted in again in Salesforce before", IN_AGAIN, [LEAD, notice(hs(1))], PREFER, MOVED),
]


@pytest.mark.parametrize(("there", "noticed", "settings", "comes"), TABLE)
def test_a_value_that_was_not_taken_along_is_no_deletion(
    there: WorldAnswers, noticed: tuple[Notice, ...], settings: Settings, comes: str
) -> None:
    assert comes_of(there, noticed, settings) == comes


def test_a_write_of_just_before_the_move_does_not_bring_the_old_records_value_back_into_the_base() -> None:
    there = converted(GOLD, BARE, Tier__c="gold")
    sent = intent(Side.HUBSPOT, pairs={"tier:Tier__c": Pair("gold", "gold")})
    there.links = [there.links[0].changed(intents=(sent,))]
    assert comes_of(there, [LEAD, notice(hs(1))], PREFER) == FILL


UNTOLD = link(hs(1), contact_ref(2), base=in_step(one(), master()).base, placeholders={"Vip__c": False})


def later(ours: Record, theirs: Record) -> WorldAnswers:
    """After a move that left a tick behind, under a rule that left both sides as they were then."""
    return world(ours, theirs, links=[UNTOLD])


LATER = [
    row("HubSpot's tick, as it was", later(VIP, UNTICKED), notice(hs(1)), ALWAYS, "nothing"),
    row(
        "HubSpot's tick, another rule",
        later(VIP, UNTICKED),
        notice(hs(1)),
        TWO_WAY,
        "Salesforce: Vip__c=True",
    ),
    row("HubSpot unticked", later(NO_VIP, UNTICKED), notice(hs(1)), TWO_WAY, "nothing"),
    row("HubSpot blank", later(one(), UNTICKED), notice(hs(1)), TWO_WAY, "nothing"),
    row("HubSpot's value edited", later(SILVER, BARE), notice(hs(1)), ALWAYS, "nothing"),
    row("Salesforce filled", later(SILVER, FILLED), notice(contact_ref(2)), ALWAYS, "HubSpot: tier=gold"),
    row("Salesforce ticked", later(NO_VIP, TICKED), notice(contact_ref(2)), ALWAYS, "HubSpot: vip=true"),
]


@pytest.mark.parametrize(("there", "noticed", "settings", "comes"), LATER)
def test_what_a_move_left_behind_stays_as_the_table_has_it_without_a_base(
    there: WorldAnswers, noticed: tuple[Notice, ...], settings: Settings, comes: str
) -> None:
    assert comes_of(there, noticed, settings) == comes


@pytest.mark.parametrize("ours", [VIP, NO_VIP])
def test_it_is_a_value_like_any_other_once_both_sides_said_the_same(ours: Record) -> None:
    ticked = ours is VIP
    decision = later(ours, TICKED if ticked else UNTICKED).decide(notice(hs(1)), settings=TWO_WAY)
    assert decision.link is not None
    assert decision.link.placeholders == {}
    assert decision.link.base["vip:Vip__c"] == Pair(str(ticked).lower(), ticked)


@pytest.mark.parametrize(
    ("there", "comes"), [(BOX_LEFT, "Salesforce: Key__c=True"), (BOX_UNTICKED, "HubSpot: vip=false")]
)
def test_a_box_that_goes_by_another_name_after_a_conversion_is_the_same_box(
    there: WorldAnswers, comes: str
) -> None:
    moved = edited(world(*there.records.values(), links=there.links), master(Key__c=False))
    chosen = Settings(
        mappings=(*DEFAULT_MAPPINGS, replace(BOX, fields={"Lead": "Vip__c", "Contact": "Key__c"}))
    )
    assert comes_of(moved, [LEAD], chosen) == f"{comes}; {MOVED}"


def test_a_box_that_nobody_looked_at_is_still_none_after_the_next_move() -> None:
    there = sf_contact(1, Email="a@x.com", LastName="L", Vip__c=False, deleted=True, merged_into=ONTO)
    tie = in_step(one(), there).changed(placeholders={"Vip__c": False})
    assert comes_of(world(VIP, there, UNTICKED, links=[tie]), [CONTACT], PREFER) == TICK
