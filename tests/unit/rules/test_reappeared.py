"""A field that comes back blank after we could not see it: nobody cleared it; one row per case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contract.changes import Kind
from contract.facts import Notice
from contract.links import Ended, Link, LinkState, Pair
from contract.mappings import DEFAULT_MAPPINGS, Converter, FieldMapping, MappingRule
from contract.records import Record, Side
from contract.settings import Settings
from rules.reappeared import RULE
from tests.fakes.people import (
    WorldAnswers,
    ago,
    contact,
    contact_ref,
    hs,
    in_step,
    lead,
    lead_ref,
    notice,
    said,
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
PREFER_SF, ALWAYS_SF, TWO_WAY, PREFER_HS, ALWAYS_HS = (
    Settings(mappings=(*DEFAULT_MAPPINGS, replace(TIER, rule=rule), replace(BOX, rule=rule)))
    for rule in (
        MappingRule.PREFER_SALESFORCE,
        MappingRule.ALWAYS_SALESFORCE,
        MappingRule.TWO_WAY,
        MappingRule.PREFER_HUBSPOT,
        MappingRule.ALWAYS_HUBSPOT,
    )
)
T, V = "tier:Tier__c", "vip:Vip__c"
SF, HS = frozenset({(Side.SALESFORCE, T), (Side.SALESFORCE, V)}), frozenset({(Side.HUBSPOT, T)})
ONE, LEAD = notice(hs(1)), notice(lead_ref(1))
BOTH = (ONE, LEAD)


def pair(
    hubspot: str | None, salesforce: str | None, *, unseen: frozenset[tuple[Side, str]] = SF, **link: Any
) -> WorldAnswers:
    """A pair that was in step with "gold" before we lost sight of the field, and what it holds now."""
    return standing(one(tier=hubspot), there(Tier__c=salesforce), unseen=unseen, **link)


def standing(
    ours: Record, theirs: Record, *others: Record, unseen: frozenset[tuple[Side, str]] = SF, **link: Any
) -> WorldAnswers:
    bases = {T: Pair("gold", "gold"), V: Pair("true", salesforce=True)}
    kept = {key: base for key, base in bases.items() if TIER.hubspot in ours.fields or key == V}
    tie: Link = in_step(ours, theirs, **kept).changed(out_of_sight=unseen, **link)
    return world(ours, theirs, *others, links=[tie])


def one(**values: Any) -> Record:
    return contact(1, email="a@x.com", lastname="L", **values)


def there(**values: Any) -> Record:
    return lead(1, Email="a@x.com", LastName="L", Company="X", **values)


ANEW, ANEW_IN_HUBSPOT = pair("gold", None), pair(None, "gold", unseen=HS)
FILL, FILL_HUBSPOT = "Salesforce: Tier__c=gold", "HubSpot: tier=gold"
HIDDEN = standing(one(tier="gold"), there())
UNTICKED = standing(one(vip="true"), there(Vip__c=False))
CONVERTED = there(Tier__c=None, converted=True, converted_to=contact_ref(2).id)
BARE = sf_contact(2, Email="a@x.com", LastName="L", Tier__c=None)
CONVERSION = standing(one(tier="gold"), CONVERTED, BARE)
FILL_SURVIVOR = f"{FILL_HUBSPOT}; HubSpot 3 - Lead 1"
MOVED = "HubSpot 1 - Contact 2"
SURVIVOR = contact(3, email="a@x.com", lastname="L", tier=None, merged_ids=("1",))
MERGED = standing(one(tier="gold"), there(Tier__c="gold"), SURVIVOR, unseen=HS)
TABLE = [
    # what, what stands where, what was noticed, settings -> what comes of it
    # --- Salesforce's was out of sight ---
    row("blank in Salesforce, it is preferred", ANEW, BOTH, PREFER_SF, FILL),
    row("blank in Salesforce, which always wins", ANEW, BOTH, ALWAYS_SF, "nothing"),
    row("blank in Salesforce, two-way", ANEW, BOTH, TWO_WAY, FILL),
    row("blank in Salesforce, HubSpot preferred", ANEW, BOTH, PREFER_HS, FILL),
    row("blank in Salesforce, HubSpot always wins", ANEW, BOTH, ALWAYS_HS, FILL),
    row("only the lead noticed", ANEW, LEAD, TWO_WAY, FILL),
    row("only the contact noticed", ANEW, ONE, TWO_WAY, "nothing"),
    row("HubSpot edited meanwhile", pair("silver", None), ONE, TWO_WAY, "Salesforce: Tier__c=silver"),
    row("HubSpot cleared meanwhile", pair(None, None), BOTH, TWO_WAY, "nothing"),
    row("Salesforce edited meanwhile", pair("gold", "bronze"), BOTH, PREFER_SF, "HubSpot: tier=bronze"),
    row("HubSpot edited, Salesforce as it was", pair("silver", "gold"), ONE, PREFER_SF, "HubSpot: tier=gold"),
    row(
        "HubSpot cleared, Salesforce as it was", pair(None, "gold"), ONE, TWO_WAY, "Salesforce: Tier__c=None"
    ),
    row("not seen yet", HIDDEN, BOTH, TWO_WAY, "nothing"),
    # --- HubSpot's was ---
    row("blank in HubSpot, Salesforce preferred", ANEW_IN_HUBSPOT, BOTH, PREFER_SF, FILL_HUBSPOT),
    row("blank in HubSpot, two-way", ANEW_IN_HUBSPOT, ONE, TWO_WAY, FILL_HUBSPOT),
    row("blank in HubSpot, it is preferred", ANEW_IN_HUBSPOT, ONE, PREFER_HS, FILL_HUBSPOT),
    row("blank in HubSpot, which always wins", ANEW_IN_HUBSPOT, ONE, ALWAYS_HS, "nothing"),
    row("the other side's clear is one", pair("gold", None, unseen=HS), LEAD, TWO_WAY, "HubSpot: tier="),
    # --- a checkbox, which Salesforce cannot leave blank ---
    row("a box made anew", UNTICKED, BOTH, TWO_WAY, "Salesforce: Vip__c=True"),
    row("a box made anew, Salesforce always wins", UNTICKED, BOTH, ALWAYS_SF, "nothing"),
    row("a box that is ticked", standing(one(vip="true"), there(Vip__c=True)), BOTH, TWO_WAY, "nothing"),
    # --- the record has moved since ---
    row("a lead converted, its field made anew", CONVERSION, LEAD, TWO_WAY, f"{FILL}; {MOVED}"),
    row("merged into a contact of HubSpot's", MERGED, notice(hs(3)), TWO_WAY, FILL_SURVIVOR),
    # --- seen all the time ---
    row("always in sight", pair("gold", None, unseen=frozenset()), BOTH, TWO_WAY, "HubSpot: tier="),
]


@pytest.mark.parametrize(("around", "noticed", "settings", "comes"), TABLE)
def test_a_field_that_shows_blank_when_it_is_seen_again_was_not_cleared(
    around: WorldAnswers, noticed: tuple[Notice, ...], settings: Settings, comes: str
) -> None:
    assert comes_of(around, noticed, settings) == comes


def test_what_was_seen_again_is_in_doubt_no_more_and_a_blank_then_is_a_deletion() -> None:
    around = pair("gold", "gold")
    decision = around.decide(LEAD, settings=TWO_WAY)
    assert decision.link is not None
    assert decision.link.out_of_sight == {(Side.SALESFORCE, V)}
    assert decision.link.base[T] == Pair("gold", "gold")
    later = world(one(tier="gold"), there(Tier__c=None), links=[decision.link])
    assert comes_of(later, BOTH, TWO_WAY) == "HubSpot: tier="


def test_the_base_is_forgotten_for_good_and_it_is_said_why() -> None:
    decision = ANEW.decide(LEAD, settings=ALWAYS_SF)
    assert decision.link is not None
    assert T not in decision.link.base
    assert "Salesforce did not show this field for a while, and shows nothing now" in said(decision)
    later = world(one(tier="silver"), there(Tier__c=None), links=[decision.link])
    assert comes_of(later, BOTH, ALWAYS_SF) == "nothing"


def test_a_box_made_anew_counts_as_blank_until_it_is_ticked() -> None:
    decision = UNTICKED.decide(LEAD, settings=ALWAYS_SF)
    assert decision.link is not None
    assert decision.link.placeholders == {"Vip__c": False}


def test_a_field_made_anew_brings_no_deleted_contact_back() -> None:
    edited = there(Tier__c=None, modified_at=ago(10))
    seen: dict[str, Any] = {
        "salesforce_seen": ago(3600),
        "state": LinkState.ENDED,
        "ended": Ended.HUBSPOT_DELETED,
    }
    chosen = replace(TWO_WAY, create_from_leads=True)
    around = standing(one(tier="gold", deleted=True), edited, **seen)
    assert comes_of(around, [notice(lead_ref(1), seconds_ago=10)], chosen) == "nothing"
    around.links = [around.links[0].changed(out_of_sight=frozenset())]
    assert comes_of(around, [notice(lead_ref(1), seconds_ago=10)], chosen) == "create HubSpot contact"


def test_a_link_that_another_record_takes_over_keeps_what_is_unsure_of_its_fields() -> None:
    """Nobody read the converted lead in this decision, so its new blank field tells nothing."""
    rival, heir = replace(CONVERTED, fields={**CONVERTED.fields, "Email": "old@x.com"}), BARE
    around = standing(one(tier="gold"), rival, heir)
    assert comes_of(around, [notice(heir.ref, Kind.UPDATED)], TWO_WAY).startswith(FILL)


def test_the_halves_of_the_base_are_told_apart_and_the_field_is_named() -> None:
    """Salesforce was blank before, too: nothing has vanished there, though HubSpot holds a value."""
    key = frozenset({(Side.SALESFORCE, T)})
    around = pair("gold", None, unseen=key)
    (verdict,) = [said for said in around.decide(LEAD, settings=ALWAYS_SF).trace if said.rule == RULE]
    assert verdict.field == T
    tie = around.links[0]
    hubspots, salesforces = Pair("gold", None), Pair(None, "gold")
    around.links = [tie.changed(base={**tie.base, T: hubspots})]
    assert [one for one in around.decide(LEAD, settings=TWO_WAY).trace if one.rule == RULE] == []
    back = pair(None, "gold", unseen=HS)
    back.links = [tie.changed(base={**tie.base, T: salesforces}, out_of_sight=HS)]
    assert [one for one in back.decide(ONE, settings=TWO_WAY).trace if one.rule == RULE] == []
