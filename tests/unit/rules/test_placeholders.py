"""What we made up for Salesforce stays there, whatever becomes of its mapping, its pair or its contact."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.facts import Notice
from contract.links import Ended, Link, LinkState, Pair
from contract.mapping_check import without
from contract.mappings import DEFAULT_MAPPINGS, FieldMapping, MappingRule
from contract.records import HUBSPOT_CONTACT, SALESFORCE_LEAD, Record, Side
from contract.settings import Settings
from tests.fakes.people import (
    KEY_FIELD,
    WorldAnswers,
    ago,
    contact,
    contact_ref,
    hs,
    in_step,
    intent,
    lead,
    link,
    notice,
    sf_contact,
    world,
)
from tests.unit.rules.kit import only_write, written
from tests.unit.rules.tables import comes_of, row

ALL = Settings(create_from_leads=True, create_from_contacts=True)
MADE_UP = {"LastName": "bob", "Company": "[not provided]"}
BLANK = contact(1, email="bob@gmail.com")
NAMED = contact(1, email="bob@gmail.com", lastname="Lee", company="Acme Inc")
GONE = contact(1, email="bob@gmail.com", deleted=True)
NEW = contact(2, email="bob@gmail.com")
LEAD = lead(1, Email="bob@gmail.com", LastName="bob", Company="[not provided]")
EDITED = lead(1, Email="bob@gmail.com", LastName="bob", Company="[not provided]", Phone="5")
TYPED = lead(1, Email="bob@gmail.com", LastName="Lee", Company="[not provided]")
CONVERTED = replace(LEAD, converted=True, converted_to=contact_ref(2).id)
MADE = sf_contact(2, Email="bob@gmail.com", LastName="bob")
OTHER = sf_contact(2, Email="bob@gmail.com", LastName="Roe")
TIE = in_step(BLANK, LEAD).changed(placeholders=MADE_UP, salesforce_seen=ago(3600))
UNKNOWN = TIE.changed(base={})
UNTIED, UNDONE = (
    TIE.changed(state=LinkState.ENDED, ended=why) for why in (Ended.HUBSPOT_DELETED, Ended.SALESFORCE_DELETED)
)
FIRM = FieldMapping(key="firm", hubspot="firm", fields={"Lead": "Company"})
REPOINTED = Settings(mappings=(*(one for one in DEFAULT_MAPPINGS if one.key != "company"), FIRM))
MEANT = {"lastname": Pair(None, "bob"), "company": Pair(None, "[not provided]")}
FIRST = intent(Side.SALESFORCE, seconds_ago=30, settled=False, before=None, pairs=MEANT)
KEYED, KEYED_TYPED = (
    replace(one, fields={**one.fields, KEY_FIELD: "4242-1"}, created_at=ago(37), created_by_us=True)
    for one in (LEAD, TYPED)
)
CREATING = link(
    hs(1), None, state=LinkState.CREATING, intents=(FIRST,), placeholders=MADE_UP, email="bob@gmail.com"
)
TIED = "HubSpot 2 - Lead 1"

TABLE = [
    # what, what stands where, what was noticed, settings -> what comes of it
    row("never in step, both blank", world(BLANK, LEAD, links=[UNKNOWN]), notice(hs(1)), ALL, "nothing"),
    row(
        "never in step, HubSpot has them",
        world(NAMED, LEAD, links=[UNKNOWN]),
        notice(hs(1)),
        ALL,
        "Salesforce: Company=Acme Inc, LastName=Lee",
    ),
    row(
        "another property",
        world(contact(1, email="bob@gmail.com", firm=None), LEAD, links=[TIE]),
        notice(hs(1)),
        REPOINTED,
        "nothing",
    ),
    row(
        "contact deleted, a new one noticed",
        world(GONE, NEW, LEAD, links=[TIE]),
        notice(hs(2)),
        ALL,
        TIED,
    ),
    row(
        "unlinked, a new contact noticed",
        world(GONE, NEW, LEAD, links=[UNTIED]),
        notice(hs(2)),
        ALL,
        TIED,
    ),
    row(
        "unlinked, the lead typed into since",
        world(GONE, NEW, TYPED, links=[UNTIED]),
        notice(hs(2)),
        ALL,
        f"HubSpot: lastname=Lee; {TIED}",
    ),
    row(
        "found by its key, older than meant",
        world(BLANK, KEYED, links=[CREATING]),
        notice(hs(1)),
        ALL,
        "HubSpot 1 - Lead 1",
    ),
    row(
        "found by its key, typed into since",
        world(BLANK, KEYED_TYPED, links=[CREATING]),
        notice(hs(1)),
        ALL,
        "HubSpot: lastname=Lee; HubSpot 1 - Lead 1",
    ),
]


@pytest.mark.parametrize(("there", "noticed", "settings", "comes"), TABLE)
def test_what_was_made_up_never_comes_to_hubspot(
    there: WorldAnswers, noticed: tuple[Notice, ...], settings: Settings, comes: str
) -> None:
    assert comes_of(there, noticed, settings) == comes


@pytest.mark.parametrize(
    "place", [("company", Side.HUBSPOT, HUBSPOT_CONTACT), ("company", Side.SALESFORCE, SALESFORCE_LEAD)]
)
def test_a_lead_made_while_the_mapping_took_no_part_keeps_its_placeholder_once_it_does(
    place: tuple[str, Side, str],
) -> None:
    one = contact(1, email="bob@gmail.com", lastname="L", hidden=["company"])
    made = world(one).decide(notice(one.ref), settings=without(Settings(), {place}))
    assert made.link is not None
    assert made.link.placeholders == {"Company": "[not provided]"}
    live = made.link.changed(id=1, state=LinkState.LIVE, salesforce=LEAD.ref)
    new = replace(lead(1), fields={**lead(1).fields, **only_write(made).values})
    full = contact(1, email="bob@gmail.com", lastname="L", company="Acme Inc")
    decision = world(full, new, links=[live]).decide(notice(one.ref), settings=Settings())
    assert written(decision, Side.HUBSPOT) == {}
    assert written(decision, Side.SALESFORCE) == {"Company": "Acme Inc"}


@pytest.mark.parametrize(("onto", "kept"), [(MADE, {"LastName": "bob"}), (OTHER, {})])
def test_a_link_that_moves_takes_along_what_the_new_record_still_holds(
    onto: Record, kept: dict[str, str]
) -> None:
    moved = world(BLANK, CONVERTED, onto, links=[TIE]).decide(notice(LEAD.ref)).link
    assert moved is not None
    assert moved.placeholders == kept


def test_a_link_that_moves_while_the_mapping_takes_no_part_keeps_the_placeholder() -> None:
    rows = (
        replace(one, rule=MappingRule.DONT_SYNC) if one.key == "lastname" else one for one in DEFAULT_MAPPINGS
    )
    unread = sf_contact(2, Email="bob@gmail.com", hidden=["LastName"])
    there = world(BLANK, CONVERTED, unread, links=[TIE])
    moved = there.decide(notice(LEAD.ref), settings=Settings(mappings=tuple(rows))).link
    assert moved is not None
    assert moved.placeholders == {"LastName": "bob"}
    assert world(BLANK, MADE, links=[moved]).decide(notice(MADE.ref)).writes == ()


@pytest.mark.parametrize(
    ("record", "tie", "more"),
    [(EDITED, UNTIED, {"phone": "5"}), (LEAD, UNDONE, {})],
    ids=["edited", "undeleted"],
)
def test_a_contact_made_again_gets_no_placeholder(record: Record, tie: Link, more: dict[str, str]) -> None:
    decision = world(GONE, record, links=[tie]).decide(notice(record.ref), settings=ALL)
    assert only_write(decision).values == {"email": "bob@gmail.com", "lifecyclestage": "lead", **more}
    assert decision.link is not None
    assert decision.link.placeholders == MADE_UP
    assert decision.link.base["lastname"] == Pair(None, "bob")


def test_a_contact_made_again_gets_what_was_typed_in_a_placeholders_stead() -> None:
    decision = world(GONE, TYPED, links=[UNTIED]).decide(notice(TYPED.ref), settings=ALL)
    assert only_write(decision).values["lastname"] == "Lee"
    assert "company" not in only_write(decision).values


def test_another_salesforce_record_brings_its_own_values() -> None:
    """Deleted, and a contact with the same address took its place: what it holds was not made up by us."""
    dead = replace(LEAD, deleted=True)
    decision = world(BLANK, dead, MADE, links=[TIE]).decide(notice(MADE.ref), settings=ALL)
    assert written(decision, Side.HUBSPOT) == {"lastname": "bob"}
