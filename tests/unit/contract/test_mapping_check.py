"""Each fault of a mapping that is held against both CRMs' schemas, a row per fault; and what is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contract.mappings import Converter, FieldMapping, MappingRule
from contract.records import FieldSchema
from tests.unit.contract.schemas import (
    ALWAYS_HUBSPOT,
    ALWAYS_SALESFORCE,
    ROW,
    TIER,
    TIER_C,
    field,
    fixed,
    schemas,
    text,
    told,
)

Case = tuple[str, str, FieldMapping, FieldSchema | None, FieldSchema | None]


def case(
    name: str,
    *expected: str,
    ours: FieldSchema | None = TIER,
    theirs: FieldSchema | None = TIER_C,
    **row: Any,
) -> Case:
    return name, "".join(expected), replace(ROW, **row), ours, theirs


def ours(kind: str, *options: str, **more: Any) -> FieldSchema:
    return field("tier", kind, options=options, restricted=True, **more)


def theirs(kind: str, *options: str, **more: Any) -> FieldSchema:
    return field("Tier__c", kind, options=options, **{"restricted": True, **more})


def types(one: str, other: str) -> str:
    return f"HubSpot's tier holds {one} and Salesforce's Lead.Tier__c holds {other}: `converter: "


UNSEEN = "fault: HubSpot shows us no contact property tier"
UNKNOWN = "fault: Salesforce shows us no field Tier__c of leads"
FIXED_HERE = "fault: HubSpot's contact property tier is read-only"
FIXED_THERE = (
    "fault: Lead.Tier__c may not be written by the integration user; only `rule: always_use_salesforce`"
)
N = Converter.NUMBER

TABLE = [
    case("sound"),
    case("turned off", ours=None, theirs=None, rule=MappingRule.DONT_SYNC),
    # --- seen and written ---
    case("unknown property", UNSEEN, ": its name is another, or we lack the permission", ours=None),
    case("property in another case", UNSEEN, ": it is spelt Tier there", ours=field("Tier")),
    case("unreadable property", UNSEEN, ours=replace(TIER, readable=False)),
    case("read-only property", FIXED_HERE, "; only `rule: always_use_hubspot`", ours=fixed(TIER)),
    case(
        "calculated property",
        FIXED_HERE,
        ", for HubSpot works it out itself",
        ours=fixed(TIER, calculated=True),
    ),
    case("read-only property that is only read", ours=fixed(TIER), rule=ALWAYS_HUBSPOT),
    case("unknown field", UNKNOWN, ": its name is another, or we lack the permission", theirs=None),
    case("field in another case", UNKNOWN, ": it is spelt TIER__c there", theirs=text("TIER__c")),
    case("formula", "fault: Lead.Tier__c is a formula", theirs=fixed(TIER_C, calculated=True)),
    case("formula only read", theirs=fixed(TIER_C, calculated=True), rule=ALWAYS_SALESFORCE),
    case("field that we may not write", FIXED_THERE, theirs=fixed(TIER_C)),
    case("field for creation alone", FIXED_THERE, theirs=replace(TIER_C, updateable=False)),
    # --- types ---
    case("text onto number", "doubt: ", types("a text", "a number"), "text`", theirs=theirs("double")),
    case(
        "numbers as texts",
        "doubt: ",
        types("a number", "a number"),
        "text` carries only some values; `converter: number` fits better",
        ours=ours("number"),
        theirs=theirs("currency"),
    ),
    case("numbers", ours=ours("number"), theirs=theirs("percent"), converter=N),
    case(
        "dates as numbers",
        "fault: ",
        types("a date", "a date"),
        "number` carries nothing between them; `converter: date` fits better",
        ours=ours("date"),
        theirs=theirs("date"),
        converter=N,
    ),
    case(
        "date onto yes or no",
        "fault: ",
        types("a date", "yes or no"),
        ours=ours("date"),
        theirs=theirs("boolean"),
        converter=Converter.DATE,
    ),
    case("date onto number", "fault: ", types("a date", "a number"), ours=ours("date"), theirs=theirs("int")),
    case("moments", ours=ours("datetime"), theirs=theirs("datetime"), converter=Converter.DATETIME),
    case(
        "date of a moment, one way",
        ours=ours("date"),
        theirs=theirs("datetime"),
        converter=Converter.DATE,
        rule=ALWAYS_SALESFORCE,
    ),
    case("flags", ours=ours("bool"), theirs=theirs("boolean"), converter=Converter.BOOLEAN),
    case("address", "fault: ", types("a text", "nothing that can be carried"), theirs=theirs("address")),
    # --- choices ---
    case("same choices", ours=ours("enumeration", "A", "B"), theirs=theirs("picklist", "A", "B")),
    case(
        "a choice that Salesforce lacks",
        "doubt: Salesforce's Lead.Tier__c has no choice for 'B' of HubSpot's tier: they are left out",
        ours=ours("enumeration", "A", "B"),
        theirs=theirs("picklist", "A"),
    ),
    case(
        "choices that HubSpot lacks",
        "doubt: HubSpot's tier has no choice for 'B', 'C', 'D', 'E', 'F' and 1 more of Salesforce's",
        ours=ours("enumeration", "A"),
        theirs=theirs("picklist", *"ABCDEFG"),
    ),
    case(
        "no choice in common",
        "fault: Salesforce's Lead.Tier__c has none of the choices of HubSpot's tier",
        ours=ours("enumeration", "a"),
        theirs=theirs("picklist", "A"),
        rule=ALWAYS_HUBSPOT,
    ),
    case(
        "a list that takes others, too",
        ours=ours("enumeration", "A", "B"),
        theirs=theirs("picklist", "A", restricted=False),
        rule=ALWAYS_HUBSPOT,
    ),
    case(
        "free text onto a closed list",
        "doubt: Salesforce's Lead.Tier__c takes its 2 choices only, and HubSpot's tier is free text",
        theirs=theirs("picklist", "A", "B"),
    ),
    case(
        "several choices",
        ours=ours("enumeration", "A", "B", multiple=True),
        theirs=theirs("multipicklist", "A", "B"),
        converter=Converter.MULTI_SELECT,
    ),
    case(
        "several choices onto one",
        "doubt: ",
        types("several choices", "a choice"),
        "multi_select` carries only some values",
        ours=ours("enumeration", "A", multiple=True),
        theirs=theirs("picklist", "A"),
        converter=Converter.MULTI_SELECT,
    ),
    case(
        "a flag onto other choices",
        "fault: HubSpot's tier has none of the choices of Salesforce's Lead.Tier__c",
        ours=ours("enumeration", "Y", "N"),
        theirs=theirs("boolean"),
        converter=Converter.BOOLEAN,
        rule=ALWAYS_SALESFORCE,
    ),
    # --- length ---
    case(
        "cut too late",
        "fault: Salesforce's Lead.Tier__c takes 255 characters, fewer than the 300 that longer",
        length=300,
    ),
    case(
        "not cut",
        "doubt: Salesforce's Lead.Tier__c takes 255 characters: longer texts are left out, unless",
        length=None,
    ),
    case("not cut, but only read", length=None, rule=ALWAYS_SALESFORCE),
    # --- required ---
    case(
        "required",
        "doubt: Salesforce requires Lead.Tier__c: where HubSpot's tier is blank, no lead can be created",
        theirs=replace(TIER_C, required=True),
    ),
]


@pytest.mark.parametrize("case", TABLE, ids=[one[0] for one in TABLE])
def test_each_fault_is_told_in_a_sentence(case: Case) -> None:
    _, expected, row, here, there = case
    found = [f"{grade}: {says}" for grade, says in told(row, schemas(here, there))]
    assert bool(found) is bool(expected), found
    assert not expected or any(one.startswith(expected) for one in found), found
