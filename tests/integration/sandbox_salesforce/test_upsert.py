"""Upsert by an external id, and reading by it."""

from __future__ import annotations

import pytest

from .client import Api

PATH = "sobjects/Lead/Diptych_Key__c"
VALID = {"LastName": "Hopper", "Company": "Navy"}


def test_the_first_creates_with_201_and_the_second_updates_with_200(api: Api) -> None:
    first = api.call("PATCH", f"{PATH}/1-7", VALID)
    second = api.call("PATCH", f"{PATH}/1-7", {"Title": "Admiral"})
    record_id = first.body["id"]
    assert (first.status, second.status) == (201, 200)
    assert first.body == {"id": record_id, "success": True, "errors": [], "created": True}
    assert second.body == {"id": record_id, "success": True, "errors": [], "created": False}
    row = api.read("Lead", record_id)
    assert (row["Diptych_Key__c"], row["Title"]) == ("1-7", "Admiral")


def test_before_version_46_an_update_answers_204(api: Api) -> None:
    api.call("PATCH", f"{PATH}/1-7", VALID)
    reply = api.call("PATCH", f"{PATH}/1-7", VALID, version="v45.0")
    assert (reply.status, reply.body) == (204, "")


def test_keys_compare_without_case_and_may_hold_encoded_slashes(api: Api) -> None:
    first = api.call("PATCH", f"{PATH}/a%2Fb%20%C3%A9%3F", VALID)
    assert api.read("Lead", first.body["id"])["Diptych_Key__c"] == "a/b é?"
    assert api.call("PATCH", f"{PATH}/A%2FB%20%C3%A9%3F", VALID).body["created"] is False


@pytest.mark.parametrize("name", ["Diptych_Key__c", "diptych_key__c", "Id"])
def test_the_key_or_an_id_in_the_body_is_refused(api: Api, name: str) -> None:
    reply = api.call("PATCH", f"{PATH}/1-7", {**VALID, name: "1-7"})
    assert (reply.status, reply.code) == (400, "INVALID_FIELD")


def test_update_only_creates_nothing(api: Api) -> None:
    reply = api.call("PATCH", f"{PATH}/1-7", VALID, updateOnly="true")
    assert (reply.status, reply.code) == (404, "NOT_FOUND")
    assert api.query("SELECT COUNT() FROM Lead").body["totalSize"] == 0


def test_several_holders_of_a_key_that_is_not_unique_answer_300_with_their_urls(api: Api) -> None:
    ids = [api.create("Lead", **VALID, Import_Key__c="x") for _ in range(2)]
    for method, body in (("PATCH", VALID), ("GET", None)):
        reply = api.call(method, "sobjects/Lead/Import_Key__c/X", body)
        assert reply.status == 300
        assert reply.body == [f"/services/data/v66.0/sobjects/Lead/{one}" for one in ids]


@pytest.mark.parametrize("field", ["Email", "Nothing__c"])
def test_a_field_that_is_no_external_id_is_not_found(api: Api, field: str) -> None:
    reply = api.call("PATCH", f"sobjects/Lead/{field}/x", VALID)
    assert (reply.status, reply.code) == (404, "NOT_FOUND")


def test_a_deleted_holder_is_passed_over(api: Api) -> None:
    first = api.call("PATCH", f"{PATH}/1-7", VALID).body["id"]
    api.call("DELETE", f"sobjects/Lead/{first}")
    again = api.call("PATCH", f"{PATH}/1-7", VALID)
    assert again.status == 201
    assert again.body["id"] != first


def test_reading_by_external_id(api: Api) -> None:
    record_id = api.call("PATCH", f"{PATH}/1-7", VALID).body["id"]
    assert api.call("GET", f"{PATH}/1-7").body["Id"] == record_id
    assert api.call("GET", f"{PATH}/1-8").status == 404
