"""Describe, permissions, and the calls about the org."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce.fields import text

from .client import Api, ManualClock


def fields(api: Api, object_name: str) -> dict[str, dict[str, Any]]:
    reply = api.call("GET", f"sobjects/{object_name}/describe")
    assert reply.status == 200
    return {field["name"]: field for field in reply.body["fields"]}


def test_describe_tells_types_lengths_and_permissions(api: Api) -> None:
    known = fields(api, "Lead")
    names = ("type", "length", "createable", "updateable", "nillable")
    assert [known["LastName"][name] for name in names] == ["string", 80, True, True, False]
    assert [known["Email"][name] for name in names] == ["email", 80, True, True, True]
    assert [known["Name"][name] for name in names] == ["string", 121, False, False, False]
    assert [known["SystemModstamp"][name] for name in names] == ["datetime", 0, False, False, False]
    key = known["Diptych_Key__c"]
    assert [key[name] for name in ("length", "externalId", "unique", "caseSensitive", "custom")] == [
        64,
        True,
        True,
        False,
        True,
    ]


def test_describe_tells_picklists_and_references(api: Api) -> None:
    known = fields(api, "Lead")
    assert known["Rating"]["restrictedPicklist"] is True
    assert [choice["value"] for choice in known["Rating"]["picklistValues"]] == ["Hot", "Warm", "Cold"]
    assert known["OwnerId"]["referenceTo"] == ["User", "Group"]
    assert known["OwnerId"]["relationshipName"] == "Owner"


def test_a_hidden_field_shows_nowhere_and_cannot_be_written(
    api: Api, sf: SalesforceSandbox, lead: str
) -> None:
    sf.deny_field("Lead", "Phone")
    assert "Phone" not in fields(api, "Lead")
    assert "Phone" not in api.read("Lead", lead)
    reply = api.call("PATCH", f"sobjects/Lead/{lead}", {"Phone": "1"})
    assert (reply.status, reply.code) == (400, "INVALID_FIELD")
    sf.ui_update("Lead", lead, {"Phone": "1"})
    sf.allow_field("Lead", "Phone")
    assert api.read("Lead", lead)["Phone"] == "1"


def test_a_read_only_field_is_refused_by_name_and_described_so(
    api: Api, sf: SalesforceSandbox, lead: str
) -> None:
    sf.deny_field("Lead", "Phone", read_only=True)
    assert fields(api, "Lead")["Phone"]["updateable"] is False
    reply = api.call("PATCH", f"sobjects/Lead/{lead}", {"Phone": "1"})
    assert (reply.code, reply.body[0]["fields"]) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ["Phone"])


def test_object_permissions(api: Api, sf: SalesforceSandbox, lead: str) -> None:
    sf.deny_object("Lead", "edit", "create")
    refused = [
        api.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}),
        api.call("POST", "sobjects/Lead", {"LastName": "x", "Company": "y"}),
    ]
    assert [(reply.status, reply.code) for reply in refused] == [(403, "INSUFFICIENT_ACCESS_OR_READONLY")] * 2
    assert api.call("GET", "sobjects/Lead").body["objectDescribe"]["updateable"] is False
    sf.deny_object("Lead", "read")
    assert api.query("SELECT Id FROM Lead").code == "INVALID_TYPE"
    assert api.call("GET", "sobjects/Lead/describe").status == 404
    sf.deny_object("Lead")
    assert api.query("SELECT Id FROM Lead").ids == [lead]


def test_sharing_hides_records_and_fixes_others(api: Api, sf: SalesforceSandbox, lead: str) -> None:
    sf.lock_record(lead)
    reply = api.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"})
    assert (reply.status, reply.code) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    sf.hide_record(lead)
    assert api.call("GET", f"sobjects/Lead/{lead}").status == 404
    assert api.query("SELECT Id FROM Lead").ids == []
    row = {"attributes": {"type": "Lead"}, "id": lead, "Title": "x"}
    error = api.call("PATCH", "composite/sobjects", {"records": [row]}).body[0]["errors"][0]
    assert error["statusCode"] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"


def test_setup_objects_cannot_be_written(api: Api, sf: SalesforceSandbox) -> None:
    reply = api.call("PATCH", f"sobjects/User/{sf.integration_user_id}", {"LastName": "x"})
    assert reply.code == "INVALID_TYPE_FOR_OPERATION"


def test_a_custom_field_can_be_added(api: Api, sf: SalesforceSandbox, lead: str) -> None:
    sf.add_field("Lead", text("Shoe__c", 5, external_id=True))
    assert api.read("Lead", lead)["Shoe__c"] is None
    assert api.call("PATCH", "sobjects/Lead/Shoe__c/43", {"LastName": "x", "Company": "y"}).status == 201


def test_person_accounts_show_in_describe(api: Api, sf: SalesforceSandbox) -> None:
    assert "IsPersonAccount" not in fields(api, "Contact")
    sf.enable_person_accounts()
    assert fields(api, "Contact")["IsPersonAccount"]["updateable"] is False
    assert api.read("Contact", api.create("Contact", LastName="x"))["IsPersonAccount"] is False


def test_sobjects_lists_what_the_user_may_see(api: Api) -> None:
    listed = {entry["name"]: entry for entry in api.call("GET", "sobjects").body["sobjects"]}
    assert {"Lead", "Contact", "Account", "Opportunity", "OpportunityContactRole", "Task"} <= {*listed}
    assert {"User", "Group", "Diptych_Release__mdt"} <= {*listed}
    assert (listed["Lead"]["keyPrefix"], listed["Lead"]["mergeable"]) == ("00Q", True)


def test_versions_need_no_token_and_list_their_resources(api: Api) -> None:
    newest = api.raw("GET", "/services/data").body[-1]
    assert newest["url"] == "/services/data/v68.0"
    assert api.call("GET", "", version="v68.0").body["query"] == "/services/data/v68.0/query"


def test_limits_and_the_header_count_calls_of_a_rolling_day(
    api: Api, sf: SalesforceSandbox, clock: ManualClock
) -> None:
    for _ in range(3):
        reply = api.query("SELECT COUNT() FROM Lead")
    assert reply.headers["Sforce-Limit-Info"] == "api-usage=3/1000000"
    assert api.call("GET", "limits").body["DailyApiRequests"] == {"Max": 1_000_000, "Remaining": 999_996}
    clock.advance(25 * 3600)
    assert api.query("SELECT COUNT() FROM Lead").headers["Sforce-Limit-Info"] == "api-usage=1/1000000"


def test_a_spent_allowance_refuses_with_403(api: Api, sf: SalesforceSandbox) -> None:
    sf.org.usage.allowance = 1
    api.query("SELECT COUNT() FROM Lead")
    reply = api.query("SELECT COUNT() FROM Lead")
    assert (reply.status, reply.code) == (403, "REQUEST_LIMIT_EXCEEDED")


def test_refusing_for_a_while(api: Api, sf: SalesforceSandbox, clock: ManualClock) -> None:
    sf.refuse_for(30)
    reply = api.query("SELECT COUNT() FROM Lead")
    assert (reply.status, reply.code) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert reply.headers["Sforce-Limit-Info"] == "api-usage=1000000/1000000"
    clock.advance(31)
    assert api.query("SELECT COUNT() FROM Lead").status == 200


def test_calls_are_counted_by_template(api: Api, sf: SalesforceSandbox, lead: str) -> None:
    api.read("Lead", lead)
    api.query("SELECT Id FROM Lead")
    api.call("POST", "composite/sobjects/Lead", {"ids": [lead], "fields": ["Id"]})
    api.call("GET", "nowhere")
    assert dict(sf.calls.counts) == {
        "GET /sobjects/<object>/<id>": 1,
        "GET /query": 1,
        "POST /composite/sobjects/<object>": 1,
        "GET /<unknown>": 1,
    }
