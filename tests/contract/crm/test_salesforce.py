"""What only Salesforce does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.decisions import Action, Write
from contract.errors import CrmError, ErrorClass, InvalidInput
from contract.records import Side
from sandbox.kit import Faults
from sandbox.salesforce.errors import row_error
from tests.contract.crm.benches import SalesforceBench, creation, update
from tests.fakes.canned import answer

KEY = "Diptych_Key__c"


def test_a_converted_lead_names_its_contact(salesforce: SalesforceBench) -> None:
    lead = salesforce.add("a@example.com")
    contact = salesforce.sandbox.ui_convert(lead)["contact_id"]

    found = salesforce.crm.read("Lead", [lead], ["Email"])[lead]

    assert (found.converted, found.converted_to, found.deleted, found.live) == (True, contact, False, False)


def test_trap_24_ids_of_fifteen_characters_are_read_too(salesforce: SalesforceBench) -> None:
    lead = salesforce.add("a@example.com")

    found = salesforce.crm.read("Lead", [lead[:15]], [])

    assert found[lead[:15]].ref.id == lead


def test_an_id_of_another_object_is_not_there(salesforce: SalesforceBench) -> None:
    lead = salesforce.add("a@example.com")

    assert salesforce.crm.read("Contact", [lead], []) == {}
    assert [request.method for request in salesforce.wire.seen] == ["POST", "GET"]


def test_a_record_hidden_by_sharing_is_missing_and_not_deleted(salesforce: SalesforceBench) -> None:
    lead = salesforce.add("a@example.com")
    salesforce.sandbox.hide_record(lead)

    assert salesforce.crm.read("Lead", [lead], []) == {}


def test_who_wrote_first_and_last_is_known(salesforce: SalesforceBench) -> None:
    ours = salesforce.crm.apply([creation(salesforce, "ours@example.com")])[0].record_id or ""
    theirs = salesforce.add("theirs@example.com")

    found = salesforce.crm.read("Lead", [ours, theirs], [])

    assert (found[ours].modified_by_us, found[theirs].modified_by_us) == (True, False)
    assert (found[ours].created_by_us, found[theirs].created_by_us) == (True, False)


def test_leads_found_by_address_are_unconverted(salesforce: SalesforceBench) -> None:
    converted, lead = salesforce.add("a@example.com"), salesforce.add("a@example.com")
    salesforce.sandbox.ui_convert(converted)

    found = salesforce.crm.find("Lead", "Email", ["a@example.com"], [])

    assert [record.ref.id for record in found] == [lead]


def test_a_creation_key_finds_deleted_and_converted_records(salesforce: SalesforceBench) -> None:
    live, deleted, converted = (
        salesforce.crm.apply([creation(salesforce, f"{name}@example.com", key=name)])[0].record_id or ""
        for name in ("live", "deleted", "converted")
    )
    salesforce.delete(deleted)
    salesforce.sandbox.ui_convert(converted)

    found = salesforce.crm.find("Lead", KEY, ["live", "deleted", "converted", "other"], [KEY])

    assert {record.ref.id: record.text(KEY) for record in found} == {
        live: "live",
        deleted: "deleted",
        converted: "converted",
    }
    assert {record.ref.id for record in found if record.live} == {live}


def test_looking_in_a_hidden_field_is_refused_instead_of_finding_nothing(salesforce: SalesforceBench) -> None:
    salesforce.sandbox.deny_field("Lead", "Email")

    with pytest.raises(CrmError) as caught:
        salesforce.crm.find("Lead", "Email", ["a@example.com"], [])

    assert caught.value.fault.error is ErrorClass.PERMISSION
    assert caught.value.fault.fields == ("Email",)
    assert caught.value.fault.says == "Lead.Email: not there, or not visible to the integration user"


def test_changes_tell_deleted_merged_and_converted_records(salesforce: SalesforceBench) -> None:
    deleted, loser, winner, converted = (salesforce.add(f"{n}@example.com") for n in "dlwc")
    salesforce.clock.sleep(60)
    since = salesforce.clock()
    salesforce.delete(deleted)
    salesforce.merge(winner, loser)
    salesforce.sandbox.ui_convert(converted)

    found = {r.ref.id: r for page in salesforce.crm.changed("Lead", since, []) for r in page}

    assert found[deleted].deleted
    assert found[loser].merged_into == winner
    assert found[winner].live
    assert found[converted].converted


def test_queries_of_many_values_stay_below_the_length_of_a_url(salesforce: SalesforceBench) -> None:
    emails = [f"somebody.with.a.long.name.{number:04d}@department.example.com" for number in range(600)]
    ids = {salesforce.add(email) for email in emails[:50]}
    salesforce.wire.seen.clear()

    found = salesforce.crm.find("Lead", "Email", emails, ["Email"])

    assert {record.ref.id for record in found} == ids
    lengths = [len(request.url or "") for request in salesforce.wire.seen]
    assert max(lengths) < 16_000
    assert len(lengths) <= 6


def test_a_key_repeated_is_the_record_that_is_there(salesforce: SalesforceBench) -> None:
    first = salesforce.crm.apply([creation(salesforce, "a@example.com", key="k")])[0]

    again = salesforce.crm.apply([creation(salesforce, "a@example.com", key="k", first="Augusta")])[0]

    assert (again.created, again.record_id, again.fault) == (False, first.record_id, None)
    assert salesforce.count() == 1


def test_leads_and_contacts_are_updated_in_one_call(salesforce: SalesforceBench) -> None:
    leads = [salesforce.add(f"l{number}@example.com") for number in range(20)]
    contacts = [
        salesforce.sandbox.ui_create("Contact", {"LastName": "B", "Email": f"c{number}@example.com"})
        for number in range(20)
    ]
    salesforce.crm.schema("Lead")
    salesforce.crm.schema("Contact")
    salesforce.meter.calls.clear()
    writes = [update(salesforce, lead, first="Zoe") for lead in leads]
    mixed = [
        write
        for lead, contact in zip(writes, contacts, strict=True)
        for write in (lead, replace(lead, object_type="Contact", record_id=contact))
    ]

    outcomes = salesforce.crm.apply(mixed)

    assert [outcome.fault for outcome in outcomes] == [None] * 40
    assert len(salesforce.meter.calls) == 2


def test_assignment_rules_run_only_where_they_are_wanted(salesforce: SalesforceBench) -> None:
    plain = creation(salesforce, "plain@example.com")
    ruled = replace(creation(salesforce, "ruled@example.com"), use_assignment_rules=True)

    outcomes = salesforce.crm.apply([plain, ruled])

    owners = [salesforce.stored(outcome.record_id or "", "OwnerId") for outcome in outcomes]
    assert owners == [salesforce.sandbox.integration_user_id, salesforce.sandbox.org.users.queue]


def test_a_row_locked_by_others_passes(salesforce: SalesforceBench) -> None:
    lead = salesforce.add("a@example.com")
    salesforce.misbehave(Faults(row_lock=1.0))

    fault = salesforce.crm.apply([update(salesforce, lead, first="Zoe")])[0].fault

    assert fault is not None
    assert (fault.error, fault.code, fault.maybe_done) == (ErrorClass.TRANSIENT, "UNABLE_TO_LOCK_ROW", False)


def test_a_converted_lead_is_stale(salesforce: SalesforceBench) -> None:
    lead = salesforce.add("a@example.com")
    salesforce.sandbox.ui_convert(lead)

    fault = salesforce.crm.apply([update(salesforce, lead, first="Zoe")])[0].fault

    assert fault is not None
    assert (fault.error, fault.code) == (ErrorClass.STALE, "CANNOT_UPDATE_CONVERTED_LEAD")


def test_a_duplicate_rule_is_an_operators_matter(salesforce: SalesforceBench) -> None:
    salesforce.add("a@example.com")
    salesforce.sandbox.add_duplicate_rule("Lead")

    fault = salesforce.crm.apply([creation(salesforce, "a@example.com")])[0].fault

    assert fault is not None
    assert (fault.error, fault.code) == (ErrorClass.DUPLICATE, "DUPLICATES_DETECTED")


def test_an_administrators_words_are_not_passed_on(salesforce: SalesforceBench) -> None:
    lead = salesforce.add("a@example.com")

    def rule(object_name: str, row: dict[str, object]) -> str | None:
        return f"{row['FirstName']} is not welcome" if row.get("FirstName") == "Zoe" else None

    salesforce.sandbox.add_validation_rule(rule)

    fault = salesforce.crm.apply([update(salesforce, lead, first="Zoe")])[0].fault

    assert fault is not None
    assert fault.says == "Lead: a validation rule of the org refused the record"
    assert fault.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"


def test_a_value_of_the_wrong_type_sinks_its_own_row_only(salesforce: SalesforceBench) -> None:
    leads = [salesforce.add(f"p{number}@example.com") for number in range(10)]
    writes = [update(salesforce, lead, first="Zoe") for lead in leads]
    writes[4].values["NumberOfEmployees"] = "many"  # type: ignore[index]  # the helper made a dict

    outcomes = salesforce.crm.apply(writes)

    assert [number for number, outcome in enumerate(outcomes) if outcome.fault] == [4]
    assert salesforce.stored(leads[5], "first") == "Zoe"


def test_nothing_is_ever_deleted_in_salesforce(salesforce: SalesforceBench) -> None:
    lead = salesforce.add("a@example.com")
    write = Write(action=Action.ARCHIVE, side=Side.SALESFORCE, object_type="Lead", record_id=lead, reason="")

    fault = salesforce.crm.apply([write])[0].fault

    assert fault is not None
    assert fault.code == "NEVER_DELETED"
    assert salesforce.wire.seen == []


def test_a_creation_needs_its_key(salesforce: SalesforceBench) -> None:
    fault = salesforce.crm.apply([replace(creation(salesforce, "a@example.com"), creation_key=None)])[0].fault

    assert fault is not None
    assert fault.code == "NO_CREATION_KEY"


def test_lists_are_not_salesforces(salesforce: SalesforceBench) -> None:
    with pytest.raises(InvalidInput):
        salesforce.crm.members("1", ["a"])
    with pytest.raises(InvalidInput):
        salesforce.crm.joined("1", None)


def test_a_row_that_triggers_code_of_the_org_is_told_as_data(salesforce: SalesforceBench) -> None:
    error = row_error("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "LeadTrigger: UNABLE_TO_LOCK_ROW, wait").item()
    lead = salesforce.add("a@example.com")
    salesforce.crm.schema("Lead")
    salesforce.wire.answers.append(answer(200, [{"success": False, "errors": [error]}]))

    fault = salesforce.crm.apply([update(salesforce, lead, first="Zoe")])[0].fault

    assert fault is not None
    assert (fault.error, fault.code) == (ErrorClass.TRANSIENT, "UNABLE_TO_LOCK_ROW")
