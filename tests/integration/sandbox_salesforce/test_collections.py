"""Many records in one call."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce import SalesforceSandbox

from .client import Api, Reply


def lead(**fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Lead"}, "LastName": "Hopper", "Company": "Navy", **fields}


def post(api: Api, *records: dict[str, Any], all_or_none: bool = False) -> Reply:
    return api.call("POST", "composite/sobjects", {"allOrNone": all_or_none, "records": list(records)})


def codes(reply: Reply) -> list[str | None]:
    """Per result its error's code, None for a success."""
    return [result["errors"][0]["statusCode"] if result["errors"] else None for result in reply.body]


def test_results_keep_the_order_and_one_bad_row_spares_its_neighbours(api: Api) -> None:
    reply = post(api, lead(Title="a"), lead(Email="bad"), lead(Title="c"))
    assert reply.status == 200
    assert codes(reply) == [None, "INVALID_EMAIL_ADDRESS", None]
    error = {"statusCode": "INVALID_EMAIL_ADDRESS", "message": "Email: invalid email address: bad"}
    assert reply.body[1] == {"success": False, "errors": [{**error, "fields": ["Email"]}]}
    assert [api.read("Lead", reply.body[place]["id"])["Title"] for place in (0, 2)] == ["a", "c"]


def test_a_call_whose_rows_all_fail_is_still_200(api: Api) -> None:
    reply = post(api, lead(Email="bad"), lead(Shoe__c=1), lead(LastName=""))
    assert reply.status == 200
    assert codes(reply) == ["INVALID_EMAIL_ADDRESS", "INVALID_FIELD", "REQUIRED_FIELD_MISSING"]


def test_all_or_none_rolls_the_innocent_back(api: Api, sf: SalesforceSandbox) -> None:
    reply = post(api, lead(), lead(Email="bad"), all_or_none=True)
    assert codes(reply) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_EMAIL_ADDRESS"]
    assert sf.state("Lead") == []
    assert sf.outbound.notices.waiting == []


def test_a_value_of_the_wrong_json_type_fails_the_whole_call(api: Api, sf: SalesforceSandbox) -> None:
    reply = post(api, lead(), lead(AnnualRevenue="much"))
    assert (reply.status, reply.code) == (400, "JSON_PARSER_ERROR")
    assert sf.state("Lead") == []


def test_updates_take_ids_in_any_length_and_refuse_a_record_named_twice(api: Api) -> None:
    one, two = (api.create("Lead", LastName="x", Company="y") for _ in range(2))
    rows = [
        lead(id=one, Title="a"),
        lead(Id=two[:15], Title="b"),
        lead(id=one[:15], Title="c"),
        lead(Title="d"),
    ]
    reply = api.call("PATCH", "composite/sobjects", {"records": rows})
    assert codes(reply) == [None, None, "DUPLICATE_VALUE", "MISSING_ARGUMENT"]
    assert [result.get("id") for result in reply.body] == [one, two, None, None]
    assert [api.read("Lead", one)["Title"], api.read("Lead", two)["Title"]] == ["a", "b"]


def test_updates_of_deleted_missing_and_malformed_ids_fail_by_row(api: Api) -> None:
    gone = api.create("Lead", LastName="x", Company="y")
    api.call("DELETE", f"sobjects/Lead/{gone}")
    rows = [lead(id=gone), lead(id="00QDp0000zzzzzz"), lead(id="me")]
    reply = api.call("PATCH", "composite/sobjects", {"records": rows})
    assert codes(reply) == ["ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"]


def test_upserts_carry_the_key_and_tell_what_was_created(api: Api) -> None:
    path = "composite/sobjects/Lead/Diptych_Key__c"
    api.call("PATCH", "sobjects/Lead/Diptych_Key__c/1-1", {"LastName": "x", "Company": "y"})
    keys = [{"Diptych_Key__c": "1-1"}, {"Diptych_Key__c": "1-2"}, {"Diptych_Key__c": "1-2"}, {}]
    reply = api.call("PATCH", path, {"records": [lead(**key) for key in keys]})
    assert codes(reply) == [None, None, "DUPLICATE_VALUE", "MISSING_ARGUMENT"]
    assert [result.get("created") for result in reply.body] == [False, True, None, None]


def test_an_ambiguous_key_fails_its_row(api: Api) -> None:
    for _ in range(2):
        api.create("Lead", LastName="x", Company="y", Import_Key__c="k")
    reply = api.call("PATCH", "composite/sobjects/Lead/Import_Key__c", {"records": [lead(Import_Key__c="k")]})
    assert codes(reply) == ["DUPLICATE_EXTERNAL_ID"]


def test_deletes_take_mixed_objects(api: Api) -> None:
    one, two = api.create("Lead", LastName="x", Company="y"), api.create("Contact", LastName="z")
    reply = api.call("DELETE", "composite/sobjects", ids=f"{one},{two},00QDp0000zzzzzz", allOrNone="false")
    assert codes(reply) == [None, None, "INVALID_CROSS_REFERENCE_KEY"]
    reply = api.call("DELETE", "composite/sobjects", ids=one)
    assert codes(reply) == ["ENTITY_IS_DELETED"]


def test_a_match_is_not_told_inside_a_collection(api: Api, sf: SalesforceSandbox) -> None:
    sf.add_duplicate_rule("Lead")
    reply = post(api, lead(Email="a@example.com"), lead(Email="a@example.com"))
    assert codes(reply) == [None, "DUPLICATES_DETECTED"]
    assert "duplicateResut" not in reply.body[1]["errors"][0]


def test_more_than_200_records_or_10_changes_of_type_are_refused(api: Api) -> None:
    assert post(api, *[lead()] * 200).status == 200
    reply = post(api, *[lead()] * 201)
    assert (reply.status, reply.code) == (400, "EXCEEDED_ID_LIMIT")
    contact = {"attributes": {"type": "Contact"}, "LastName": "x"}
    assert post(api, *[lead(), contact] * 5).status == 200
    assert post(api, *[lead(), contact] * 6).code == "LIMIT_EXCEEDED"


def test_bodies_of_another_shape_are_refused(api: Api) -> None:
    path = "composite/sobjects"
    bad_types = [{"records": [{"attributes": attributes}]} for attributes in (None, "Lead", {"type": 1})]
    assert {api.call("POST", path, body).code for body in bad_types} == {"INVALID_TYPE"}
    shapes: list[Any] = [None, {}, ["x"]]
    for records in shapes:
        assert api.call("POST", path, {"records": records}).code == "JSON_PARSER_ERROR"
    assert api.call("POST", f"{path}/Lead", {"ids": [1], "fields": ["Id"]}).code == "JSON_PARSER_ERROR"
    assert api.call("POST", f"{path}/Lead", {"ids": ["x"], "fields": "Id"}).code == "JSON_PARSER_ERROR"


def test_retrieve_answers_null_in_place_of_what_is_not_there(api: Api, sf: SalesforceSandbox) -> None:
    here, gone, hidden = (api.create("Lead", LastName=name, Company="y") for name in ("a", "b", "c"))
    api.call("DELETE", f"sobjects/Lead/{gone}")
    sf.hide_record(hidden)
    ids = [here[:15], gone, "00QDp0000zzzzzz", hidden, here]
    replies = [
        api.call("POST", "composite/sobjects/Lead", {"ids": ids, "fields": ["LastName"]}),
        api.call("GET", "composite/sobjects/Lead", ids=",".join(ids), fields="lastname"),
    ]
    for reply in replies:
        assert [row and (row["Id"], row["LastName"]) for row in reply.body] == [
            (here, "a"),
            None,
            None,
            None,
            (here, "a"),
        ]


def test_retrieve_refuses_bad_fields_bad_ids_and_more_than_2000(api: Api) -> None:
    def retrieve(ids: list[str], fields: list[str]) -> str:
        return api.call("POST", "composite/sobjects/Lead", {"ids": ids, "fields": fields}).code

    assert retrieve(["00QDp0000000001"], ["Shoe__c"]) == "INVALID_FIELD"
    assert retrieve(["me"], ["Id"]) == "MALFORMED_ID"
    assert retrieve(["00QDp0000000001"] * 2001, ["Id"]) == "EXCEEDED_ID_LIMIT"
    assert retrieve([], ["Id"]) == "MISSING_ARGUMENT"


def test_too_long_a_url_is_refused(api: Api) -> None:
    ids = ",".join(["00QDp0000000001AAA"] * 900)
    reply = api.call("GET", "composite/sobjects/Lead", ids=ids, fields="Id")
    assert reply.status == 414
