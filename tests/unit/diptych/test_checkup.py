from __future__ import annotations

from dataclasses import replace

from contract.errors import CrmError, ErrorClass, Fault
from contract.mapping_check import Schemas
from contract.ports import Owner
from contract.records import Side
from diptych.cli.checkup import Finding, Grade, mapping_findings, owner_findings
from tests.unit.contract.portals import ACME
from tests.unit.contract.schemas import CONTACT, LEAD, OURS, ROW, TIER, TIER_C, schemas, text

KEY = {"Diptych_Key__c": text("Diptych_Key__c")}


def findings(known: Schemas) -> dict[Grade, list[str]]:
    """What is said of a portal that maps one field of its own, by grade."""
    with_keys = {place: {**KEY, **fields} for place, fields in known.items()}
    return graded(list(mapping_findings(PORTAL, with_keys)))


def graded(found: list[Finding]) -> dict[Grade, list[str]]:
    return {grade: [one.says for one in found if one.grade is grade] for grade in Grade}


PORTAL = replace(ACME, settings=replace(ACME.settings, mappings=(*ACME.settings.mappings[:3], ROW)))


def test_sound_schemas_have_no_faults() -> None:
    found = findings(schemas(TIER, TIER_C))
    assert (found[Grade.FAULT], found[Grade.WARNING]) == ([], [])
    assert {says for says in found[Grade.OK] if says.startswith("every")} == {
        f"every mapped field of {one} can be read and written"
        for one in ("HubSpot contact", "Salesforce lead", "Salesforce contact")
    }


def test_what_must_fail_is_a_fault_with_its_place_in_the_file() -> None:
    found = findings(schemas(TIER, None))
    [fault] = found[Grade.FAULT]
    assert fault.startswith("mappings[tier].lead: Salesforce shows us no field Tier__c of leads")
    assert "every mapped field of Salesforce lead can be read and written" not in found[Grade.OK]


def test_what_may_fail_is_a_warning() -> None:
    known = schemas(TIER, TIER_C)
    known = {**known, CONTACT: {name: one for name, one in known[CONTACT].items() if name != "FirstName"}}
    [says] = findings(known)[Grade.WARNING]
    assert says.startswith("mappings[firstname].contact: Salesforce shows us no field FirstName of contacts")


def test_without_the_creation_key_nothing_can_be_created_safely() -> None:
    found = graded(list(mapping_findings(PORTAL, {LEAD: schemas(TIER, TIER_C)[LEAD]})))
    [says] = found[Grade.FAULT]
    assert says.startswith("Lead has no field Diptych_Key__c that we may see")


def test_hubspot_needs_no_creation_key() -> None:
    assert graded(list(mapping_findings(PORTAL, {OURS: schemas(TIER, None)[OURS]})))[Grade.FAULT] == []


def test_owners_that_we_may_not_see_are_a_warning() -> None:
    class Refusing:
        def owners(self, *, ids: object = (), emails: object = ()) -> list[Owner]:
            raise CrmError(Fault(error=ErrorClass.PERMISSION, code="MISSING_SCOPES", says="no scope"))

    [finding] = owner_findings("portal 7", Side.HUBSPOT, Refusing())
    assert (finding.grade, "may not see its owners (MISSING_SCOPES)" in finding.says) == (Grade.WARNING, True)
