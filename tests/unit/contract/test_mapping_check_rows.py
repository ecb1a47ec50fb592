"""Which rows of a portal are held against the schemas, and how strictly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.mapping_check import check
from contract.mapping_types import MAKES, READS, Fit, Sort, better
from contract.mappings import DEFAULT_MAPPINGS, WRITES, Converter, FieldMapping, MappingRule
from contract.records import Side
from contract.settings import CreateAs, Settings, SyncMode
from rules.cells import CELLS, Move
from tests.unit.contract.schemas import (
    ALWAYS_HUBSPOT,
    ALWAYS_SALESFORCE,
    LEAD,
    OURS,
    ROW,
    TIER,
    TIER_C,
    field,
    misfits,
    schemas,
    standard,
    text,
    told,
)


def test_a_field_that_only_the_other_object_has_is_left_to_it() -> None:
    row = ROW.onto("Contact", "Tier__c")
    [misfit] = misfits(row, schemas(TIER, TIER_C))
    assert misfit.path == "mappings[tier].contact"
    assert "of contacts, though leads have it: `contact: null` leaves it to them" in misfit.says
    [other] = misfits(row, schemas(TIER, None, TIER_C))
    assert "though contacts have it: `lead: null`" in other.says


def test_a_property_that_setup_would_make_is_a_doubt_while_the_sync_is_off() -> None:
    [(grade, says)] = told(ROW, schemas(None, TIER_C), mode=SyncMode.OFF)
    assert (grade, says) == ("doubt", "HubSpot shows us no contact property tier; `diptych setup` makes it")


@pytest.mark.parametrize("name", ["fax", "phone"])
def test_standard_rows_that_nobody_named_are_at_most_doubtful(name: str) -> None:
    known = {
        place: {n: f for n, f in fields.items() if n.lower() != name} for place, fields in standard().items()
    }
    found = check(Settings(mode=SyncMode.ON), known)
    assert {one.path for one in found} == {
        f"mappings[{name}].{part}" for part in ("hubspot", "lead", "contact")
    }
    assert [(one.sure, one.idles) for one in found] == [(False, True)] * 3
    named = tuple(replace(row, rule=MappingRule.TWO_WAY) for row in DEFAULT_MAPPINGS)
    found = check(Settings(mode=SyncMode.ON, mappings=named), known)
    assert [one.sure for one in found if one.idles] == [True] * 3


def test_e_mail_is_never_only_doubtful() -> None:
    known = {
        place: {n: f for n, f in fields.items() if n.lower() != "email"}
        for place, fields in standard().items()
    }
    assert [one.sure for one in check(Settings(), known)] == [True, True, True]


def test_what_the_standard_rows_carry_with_doubts_is_not_told() -> None:
    known = schemas(
        field("annualrevenue"),
        field("AnnualRevenue", "currency"),
        field("Salutation", "picklist", options=("Dr.",), restricted=True),
    )
    assert check(Settings(mode=SyncMode.ON), known) == ()


def test_owner_and_opt_out_must_be_seen_and_the_opt_out_written_in_salesforce_alone() -> None:
    known = {OURS: {}, LEAD: {n: replace(f, updateable=False) for n, f in standard()[LEAD].items()}}
    found = check(Settings(mappings=()), known)
    assert [(one.path, one.sure) for one in found] == [
        ("mappings[hubspot_owner_id].hubspot", False),
        ("mappings[hubspot_owner_id].lead", False),
        ("mappings[hs_email_optout].hubspot", False),
        ("mappings[hs_email_optout].lead", False),
    ]


def test_a_side_that_was_not_asked_is_not_judged() -> None:
    assert misfits(ROW, {}) == ()
    known = schemas(None, TIER_C)
    assert misfits(ROW, {LEAD: known[LEAD]}) == ()
    assert [one.side for one in misfits(ROW, {OURS: known[OURS]})] == [Side.HUBSPOT]


def test_codes_of_places_are_held_against_nothing_but_what_is_shown() -> None:
    coded = {
        name: field(name, "picklist", options=("US",), restricted=True)
        for name in ("StateCode", "CountryCode", "MailingStateCode", "MailingCountryCode")
    }
    known = {place: {**fields, **coded} for place, fields in standard().items()}
    assert check(Settings(picklists=True), known) == ()
    named = tuple(replace(row, rule=MappingRule.TWO_WAY) for row in DEFAULT_MAPPINGS)
    assert [one for one in check(Settings(picklists=True, mappings=named), known) if "Code" in one.says] == []


def test_two_mappings_onto_one_field_are_a_fault_of_the_second() -> None:
    code = FieldMapping(key="state_code", hubspot="state_code", fields={"Lead": "StateCode"})
    known = schemas(field("state_code"), field("StateCode", "picklist"))
    [misfit] = [one for one in misfits(code, known, picklists=True) if one.mapping == "state_code"]
    assert (misfit.path, misfit.sure) == ("mappings[state_code].lead", True)
    assert misfit.says == "Lead.StateCode is mapped to state already: set that one to dont_sync"


@pytest.mark.parametrize(
    ("create_as", "expected"), [(CreateAs.LEAD, True), (CreateAs.CONTACT, False), (CreateAs.NONE, False)]
)
def test_a_required_field_that_nothing_fills_is_a_doubt_where_records_are_created(
    create_as: CreateAs, *, expected: bool
) -> None:
    known = schemas(TIER, TIER_C)
    region = {"Region__c": text("Region__c", required=True)}
    known = {**known, LEAD: {**known[LEAD], **region}}
    found = misfits(ROW, known, create_as=create_as)
    assert [(one.path, one.sure) for one in found] == [("contacts.create_as", False)] * expected
    only_read = replace(ROW.onto("Lead", "Region__c"), rule=ALWAYS_SALESFORCE)
    assert [one.path for one in misfits(only_read, known)] == ["contacts.create_as"]
    written = replace(only_read, rule=ALWAYS_HUBSPOT)
    assert [one.path for one in misfits(written, known)] == ["mappings[tier].lead"]


@pytest.mark.parametrize("rule", list(MappingRule))
def test_the_sides_that_a_rule_writes_are_those_of_its_cells(rule: MappingRule) -> None:
    moves = {move for cell in CELLS.get(rule, {}).values() for move in cell}
    sides = {Side.HUBSPOT: {Move.HUBSPOT, Move.NEWER}, Side.SALESFORCE: {Move.SALESFORCE, Move.NEWER}}
    assert WRITES[rule] == {side for side, some in sides.items() if some & moves}


def test_every_converter_says_what_it_reads_and_makes() -> None:
    assert set(READS) == set(MAKES) == set(Converter)
    assert all(better([(sort, sort)], Fit.NEVER) for sort in Sort if sort is not Sort.OTHER)
