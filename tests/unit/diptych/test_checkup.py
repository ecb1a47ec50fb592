from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contract.errors import CrmError, ErrorClass, Fault
from contract.mappings import OWN_ROWS, FieldMapping, MappingRule
from contract.ports import Owner
from contract.records import FieldSchema, Side
from diptych.cli.checkup import Grade, field_faults, owner_findings
from tests.unit.contract.portals import ACME

KEY = FieldSchema(name="Diptych_Key__c", label="Key", kind="string")
FAX = FieldSchema(name="Fax", label="Fax", kind="phone")
OWN = [
    FieldSchema(name=name, label=name, kind="string", updateable=name != "hs_email_optout")
    for row in OWN_ROWS
    for name in (row.hubspot, str(row.contact))
]
"""Owner and opt-out; HubSpot never lets its opt-out be written as a property."""
MAPPING = FieldMapping(key="fax", hubspot="fax", lead="Fax", contact=None)


def faults(
    *fields: FieldSchema,
    side: Side = Side.SALESFORCE,
    object_type: str = "Lead",
    mapping: FieldMapping = MAPPING,
) -> Sequence[tuple[str, Grade]]:
    """What is wrong with a portal that maps one field, where the CRM shows these fields."""
    portal = replace(ACME, settings=replace(ACME.settings, mappings=(mapping,)))
    return list(field_faults(portal, side, object_type, {field.name: field for field in (*OWN, *fields)}))


def test_a_field_that_can_be_read_and_written_is_sound() -> None:
    assert faults(KEY, FAX) == []


def test_a_field_that_is_not_shown_is_a_warning() -> None:
    expected = [("Salesforce lead: we may not see Fax, so it is left out", Grade.WARNING)]
    assert faults(KEY) == expected
    assert faults(KEY, replace(FAX, readable=False)) == expected


def test_a_field_that_may_not_be_written_is_a_warning() -> None:
    found = faults(KEY, replace(FAX, updateable=False))
    assert found == [("Salesforce lead: we may not write Fax", Grade.WARNING)]


def test_without_the_creation_key_nothing_can_be_created_safely() -> None:
    [(says, grade)] = faults(FAX)
    assert says.startswith("Lead has no field Diptych_Key__c that we may see")
    assert grade is Grade.FAULT


def test_hubspot_needs_no_creation_key() -> None:
    fax = replace(FAX, name="fax")
    assert faults(fax, side=Side.HUBSPOT, object_type="contact") == []


def test_an_object_without_the_field_and_a_mapping_that_is_off_want_nothing() -> None:
    assert faults(KEY, object_type="Contact") == []
    assert faults(KEY, mapping=replace(MAPPING, rule=MappingRule.DONT_SYNC)) == []


def test_owner_and_opt_out_must_be_seen_and_written_like_mapped_fields() -> None:
    portal = replace(ACME, settings=replace(ACME.settings, mappings=()))
    shown = {field.name: replace(field, updateable=False) for field in (*OWN, KEY)}
    told = [says for says, _ in field_faults(portal, Side.SALESFORCE, "Lead", shown)]
    assert told == [f"Salesforce lead: we may not write {name}" for name in ("OwnerId", "HasOptedOutOfEmail")]
    assert [says for says, _ in field_faults(portal, Side.HUBSPOT, "contact", {})] == [
        f"HubSpot contact: we may not see {name}, so it is left out"
        for name in ("hubspot_owner_id", "hs_email_optout")
    ]


def test_owners_that_we_may_not_see_are_a_warning() -> None:
    class Refusing:
        def owners(self, *, ids: object = (), emails: object = ()) -> list[Owner]:
            raise CrmError(Fault(error=ErrorClass.PERMISSION, code="MISSING_SCOPES", says="no scope"))

    [finding] = owner_findings("portal 7", Side.HUBSPOT, Refusing())
    assert (finding.grade, "may not see its owners (MISSING_SCOPES)" in finding.says) == (Grade.WARNING, True)
