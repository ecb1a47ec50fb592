"""What the integration user may see and write: left out, named, and looked at again after a change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.errors import CrmError, ErrorClass
from tests.contract.crm.benches import SalesforceBench, update


def test_a_field_without_write_access_is_refused_before_the_call(salesforce: SalesforceBench) -> None:
    lead = salesforce.add("a@example.com")
    salesforce.sandbox.deny_field("Lead", "FirstName", read_only=True)

    fault = salesforce.crm.apply([update(salesforce, lead, first="Zoe")])[0].fault

    assert fault is not None
    assert (fault.error, fault.fields) == (ErrorClass.PERMISSION, ("FirstName",))
    assert [request.method for request in salesforce.wire.seen] == ["POST", "GET"]


def test_a_field_hidden_since_it_was_described_is_left_out(salesforce: SalesforceBench) -> None:
    lead = salesforce.add("a@example.com")
    salesforce.crm.read("Lead", [lead], ["FirstName", "LastName"])
    salesforce.sandbox.deny_field("Lead", "FirstName")

    found = salesforce.crm.read("Lead", [lead], ["FirstName", "LastName"])

    assert found[lead].fields == {"LastName": "Byron"}


def test_a_field_hidden_since_it_was_described_is_named_and_remembered(salesforce: SalesforceBench) -> None:
    lead = salesforce.add("a@example.com")
    salesforce.crm.schema("Lead")
    salesforce.sandbox.deny_field("Lead", "FirstName")

    fault = salesforce.crm.apply([update(salesforce, lead, first="Zoe", last="Z")])[0].fault

    assert fault is not None
    assert (fault.error, fault.fields) == (ErrorClass.PERMISSION, ("FirstName",))
    assert "FirstName" not in {field.name for field in salesforce.crm.schema("Lead")}


def test_a_description_is_kept_for_five_minutes(salesforce: SalesforceBench) -> None:
    salesforce.crm.schema("Lead")
    salesforce.crm.schema("Lead")
    salesforce.clock.sleep(301)
    salesforce.crm.schema("Lead")

    assert [request.method for request in salesforce.wire.seen] == ["POST", "GET", "GET"]


def test_an_object_without_permission_is_named(salesforce: SalesforceBench) -> None:
    lead = salesforce.add("a@example.com")
    salesforce.sandbox.deny_object("Lead", "read")

    with pytest.raises(CrmError) as caught:
        salesforce.crm.read("Lead", [lead], [])

    assert caught.value.fault.error is ErrorClass.PERMISSION
    assert caught.value.fault.says == "Lead: the object is not there, or not visible to the integration user"


def test_an_object_without_permission_does_not_keep_others_from_being_written(
    salesforce: SalesforceBench,
) -> None:
    lead = salesforce.add("a@example.com")
    contact = salesforce.sandbox.ui_create("Contact", {"LastName": "Byron"})
    salesforce.sandbox.deny_object("Lead", "read", "create", "edit")
    write = update(salesforce, lead, first="Zoe")

    outcomes = salesforce.crm.apply([write, replace(write, object_type="Contact", record_id=contact)])

    assert outcomes[0].fault is not None
    assert outcomes[0].fault.error is ErrorClass.PERMISSION
    assert outcomes[1].record_id == contact


@pytest.mark.parametrize("described", [True, False])
def test_a_missing_object_permission_is_told_from_a_record_that_is_not_shared(
    salesforce: SalesforceBench, *, described: bool
) -> None:
    leads = [salesforce.add(f"{name}@example.com") for name in "ab"]
    if described:
        salesforce.crm.schema("Lead")
    salesforce.sandbox.org.access.fixed_records.add(leads[0])
    writes = [update(salesforce, lead, first="Zoe") for lead in leads]
    refused, done = salesforce.crm.apply(writes)
    assert refused.fault is not None
    assert (refused.fault.code, done.fault) == ("INSUFFICIENT_ACCESS_OR_READONLY", None)
    if not described:
        salesforce.clock.sleep(3600)
    salesforce.sandbox.deny_object("Lead", "edit")
    for outcome in salesforce.crm.apply([replace(write, values={"FirstName": "Zoë"}) for write in writes]):
        assert outcome.fault is not None
        assert (outcome.fault.error, outcome.fault.code) == (ErrorClass.PERMISSION, "OBJECT_FORBIDDEN")
        assert outcome.fault.says == "Lead: the integration user may not edit records of this object"
