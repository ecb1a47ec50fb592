"""What a save is refused for, with Salesforce's codes and the fields at fault."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.salesforce import SalesforceSandbox

from .client import Api

VALID = {"LastName": "Hopper", "Company": "Navy"}


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"LastName": None, "Company": ""}, "REQUIRED_FIELD_MISSING", ["LastName", "Company"]),
        ({"FirstName": "x" * 41}, "STRING_TOO_LONG", ["FirstName"]),
        ({"Email": "nobody"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
        ({"Email": "a@" + "x" * 80 + ".com"}, "STRING_TOO_LONG", ["Email"]),
        ({"Rating": "Lukewarm"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Rating"]),
        (
            {"CreatedDate": "2026-01-01", "Name": "x"},
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            ["CreatedDate", "Name"],
        ),
        ({"OwnerId": "nobody"}, "MALFORMED_ID", ["OwnerId"]),
        ({"OwnerId": "001Dp0000000001"}, "FIELD_INTEGRITY_EXCEPTION", ["OwnerId"]),
        ({"OwnerId": "005Dp0000zzzzzz"}, "INVALID_CROSS_REFERENCE_KEY", []),
        ({"Status": "Closed - Converted"}, "INVALID_STATUS", ["Status"]),
        ({"HasOptedOutOfEmail": None}, "INVALID_TYPE_ON_FIELD_IN_RECORD", ["HasOptedOutOfEmail"]),
        ({"AnnualRevenue": 10**18}, "NUMBER_OUTSIDE_VALID_RANGE", ["AnnualRevenue"]),
    ],
)
def test_refused_values_name_their_fields(
    api: Api, fields: dict[str, Any], code: str, named: list[str]
) -> None:
    reply = api.call("POST", "sobjects/Lead", {**VALID, **fields}, headers={"Sforce-Auto-Assign": "FALSE"})
    assert (reply.status, reply.code, reply.body[0]["fields"]) == (400, code, named)


@pytest.mark.parametrize(
    "fields",
    [
        {"AnnualRevenue": "much"},
        {"NumberOfEmployees": 1.5},
        {"HasOptedOutOfEmail": "perhaps"},
        {"LastName": {"first": 1}},
        {"AnnualRevenue": True},
    ],
)
def test_values_of_a_wrong_json_type_are_parser_errors_without_fields(
    api: Api, fields: dict[str, Any]
) -> None:
    reply = api.call("POST", "sobjects/Lead", {**VALID, **fields})
    assert (reply.status, reply.code) == (400, "JSON_PARSER_ERROR")
    assert "fields" not in reply.body[0]
    assert "Cannot deserialize instance of" in reply.body[0]["message"]


@pytest.mark.parametrize(
    ("sent", "kept"), [("1970-02-03", "1970-02-03"), ("1970-02-03T00:30:00Z", "1970-02-03")]
)
def test_dates_are_kept_as_days(api: Api, sent: str, kept: str) -> None:
    contact = api.create("Contact", LastName="Hopper", Birthdate=sent)
    assert api.read("Contact", contact)["Birthdate"] == kept


@pytest.mark.parametrize("sent", ["03.02.1970", "19700203", 5])
def test_other_spellings_of_a_date_are_parser_errors(api: Api, sent: object) -> None:
    reply = api.call("POST", "sobjects/Contact", {"LastName": "Hopper", "Birthdate": sent})
    assert reply.code == "JSON_PARSER_ERROR"


def test_numbers_may_come_as_text_and_booleans_too(api: Api) -> None:
    fields = {"AnnualRevenue": "12.5", "NumberOfEmployees": "7", "HasOptedOutOfEmail": "true"}
    row = api.read("Lead", api.create("Lead", **VALID, **fields))
    assert [row[name] for name in fields] == [12.5, 7, True]


def test_half_a_surrogate_pair_becomes_a_question_mark(api: Api) -> None:
    assert api.read("Lead", api.create("Lead", **{**VALID, "LastName": "a\ud800b"}))["LastName"] == "a?b"


def test_unrestricted_picklists_take_any_text(api: Api) -> None:
    assert api.read("Lead", api.create("Lead", **VALID, LeadSource="Carrier pigeon"))["LeadSource"] == (
        "Carrier pigeon"
    )


def test_clearing_a_required_field_is_refused(api: Api, lead: str) -> None:
    reply = api.call("PATCH", f"sobjects/Lead/{lead}", {"LastName": None})
    assert (reply.code, reply.body[0]["fields"]) == ("REQUIRED_FIELD_MISSING", ["LastName"])


def test_unknown_columns_are_refused_without_fields(api: Api) -> None:
    reply = api.call("POST", "sobjects/Lead", {**VALID, "Shoe__c": 43})
    assert reply.body == [
        {"message": "No such column 'Shoe__c' on sobject of type Lead", "errorCode": "INVALID_FIELD"}
    ]


def test_inactive_and_deleted_targets_are_refused(api: Api, sf: SalesforceSandbox) -> None:
    inactive = {"LastName": "Hopper", "OwnerId": sf.org.users.inactive}
    assert api.call("POST", "sobjects/Contact", inactive).code == "INACTIVE_OWNER_OR_USER"
    account = sf.ui_create("Account", {"Name": "Gone"})
    sf.ui_delete("Account", account)
    reply = api.call("POST", "sobjects/Contact", {"LastName": "Hopper", "AccountId": account})
    assert (reply.status, reply.code) == (400, "ENTITY_IS_DELETED")


def test_validation_rules_by_pattern_and_in_python(api: Api, sf: SalesforceSandbox) -> None:
    sf.add_validation_rule({"object": "Lead", "field": "Phone", "regex": r"\+[0-9 ]+", "message": "Not so."})
    reply = api.call("POST", "sobjects/Lead", {**VALID, "Phone": "none"})
    assert reply.body == [
        {"message": "Not so.", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Phone"]}
    ]
    api.create("Lead", **VALID, Phone="+49 30 1")
    sf.add_validation_rule(lambda name, row: "No navies." if row.get("Company") == "Navy" else None)
    reply = api.call("POST", "sobjects/Lead", VALID)
    assert (reply.code, reply.body[0]["fields"]) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", [])


def test_a_unique_key_taken_in_any_case_is_a_duplicate_value(api: Api) -> None:
    holder = api.create("Lead", **VALID, Diptych_Key__c="1-ABC")
    reply = api.call("POST", "sobjects/Lead", {**VALID, "Diptych_Key__c": "1-abc"})
    assert (reply.status, reply.code, reply.body[0]["fields"]) == (400, "DUPLICATE_VALUE", [])
    assert reply.body[0]["message"].endswith(f"record with id: {holder[:15]}")


def test_a_deleted_record_frees_its_unique_key(api: Api) -> None:
    api.call("DELETE", f"sobjects/Lead/{api.create('Lead', **VALID, Diptych_Key__c='1-1')}")
    api.create("Lead", **VALID, Diptych_Key__c="1-1")


def test_duplicate_rules_answer_the_match_under_the_misspelt_key(
    api: Api, sf: SalesforceSandbox, lead: str
) -> None:
    sf.add_duplicate_rule("Lead")
    reply = api.call("POST", "sobjects/Lead", {**VALID, "Email": "ADA@example.com"})
    assert (reply.status, reply.code) == (400, "DUPLICATES_DETECTED")
    result = reply.body[0]["duplicateResut"]
    assert result["allowSave"] is False
    assert [match["record"]["Id"] for match in result["matchResults"][0]["matchRecords"]] == [lead]


def test_only_alerting_duplicate_rules_can_be_passed(api: Api, sf: SalesforceSandbox, lead: str) -> None:
    header = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    twin = {**VALID, "Email": "ada@example.com"}
    sf.add_duplicate_rule("Lead", block=False)
    assert api.call("POST", "sobjects/Lead", twin).body[0]["duplicateResut"]["allowSave"] is True
    assert api.call("POST", "sobjects/Lead", twin, headers=header).status == 201
    sf.add_duplicate_rule("Lead")
    assert api.call("POST", "sobjects/Lead", twin, headers=header).code == "DUPLICATES_DETECTED"


def test_assignment_rules_give_leads_to_the_queue_unless_switched_off(
    api: Api, sf: SalesforceSandbox
) -> None:
    wished = {**VALID, "OwnerId": sf.org.users.colleague}
    ruled = api.call("POST", "sobjects/Lead", wished)
    free = api.call("POST", "sobjects/Lead", wished, headers={"Sforce-Auto-Assign": "FALSE"})
    owners = [api.read("Lead", reply.body["id"])["OwnerId"] for reply in (ruled, free)]
    assert owners == [sf.org.users.queue, sf.org.users.colleague]
    api.call("PATCH", f"sobjects/Lead/{free.body['id']}", {"Title": "x"})
    assert api.read("Lead", free.body["id"])["OwnerId"] == sf.org.users.queue
