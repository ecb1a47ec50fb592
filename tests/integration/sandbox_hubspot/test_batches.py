"""Batches of contacts: limits, partial results, what fails the whole."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kit import Faults
from tests.integration.sandbox_hubspot.harness import Api, World, make_world


def _emails(*addresses: str) -> list[dict[str, Any]]:
    return [{"properties": {"email": address}} for address in addresses]


def _traced(*addresses: str) -> list[dict[str, Any]]:
    return [{"objectWriteTraceId": f"t{n}", **item} for n, item in enumerate(_emails(*addresses))]


@pytest.mark.parametrize("what", ["read", "create", "update", "upsert", "archive"])
def test_a_batch_takes_at_most_a_hundred_inputs(api: Api, what: str) -> None:
    answer = api.batch(what, {"inputs": [{"id": str(n)} for n in range(101)]})
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")
    assert "100" in answer.body["message"]


def test_a_batch_read_with_histories_takes_at_most_fifty(api: Api) -> None:
    body = {"inputs": [{"id": str(n)} for n in range(51)], "propertiesWithHistory": ["email"]}
    assert "50" in api.batch("read", body).body["message"]
    body["inputs"] = [{"id": api.create(email="ada@example.org")}]
    result = api.batch("read", body).body["results"][0]
    assert result["propertiesWithHistory"]["email"][0]["value"] == "ada@example.org"


@pytest.mark.parametrize("what", ["read", "update", "upsert"])
def test_an_id_given_twice_fails_the_whole_batch(api: Api, what: str) -> None:
    answer = api.batch(what, {"inputs": [{"id": "7"}, {"id": "8"}, {"id": "7"}]})
    assert answer.status == 400
    assert answer.body["message"] == "Duplicate IDs found in batch input: [7]. IDs must be unique"


def test_reading_a_missing_id_is_one_row_of_a_207(api: Api) -> None:
    ident = api.create(email="ada@example.org")
    answer = api.batch("read", {"inputs": [{"id": ident}, {"id": "7"}, {"id": "8"}], "properties": ["email"]})
    assert (answer.status, answer.body["status"], answer.body["numErrors"]) == (207, "COMPLETE", 1)
    assert [result["id"] for result in answer.body["results"]] == [ident]
    assert answer.body["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert answer.body["errors"][0]["context"] == {"ids": ["7", "8"]}


def test_a_batch_read_by_address_and_one_of_archived_contacts(api: Api) -> None:
    ident, gone = api.create(email="ada@example.org"), api.create(email="bob@example.org")
    api.batch("archive", {"inputs": [{"id": gone}]})
    by_email = {"inputs": [{"id": "Ada@example.org"}], "idProperty": "email"}
    assert api.batch("read", by_email).body["results"][0]["id"] == ident
    answer = api.call("POST", "/crm/v3/objects/contacts/batch/read?archived=true", {"inputs": [{"id": gone}]})
    assert answer.body["results"][0]["archived"] is True


def test_without_trace_ids_one_bad_input_fails_the_whole_creation(api: Api) -> None:
    ident = api.create(email="ada@example.org")
    answer = api.batch("create", {"inputs": _emails("new@example.org", "ada@example.org")})
    assert (answer.status, answer.body["category"]) == (409, "CONFLICT")
    assert answer.body["message"] == f"Contact already exists. Existing ID: {ident}"
    assert api.batch("create", {"inputs": _emails("new@example.org", "nonsense")}).status == 400
    assert api.search().body["total"] == 1


def test_with_trace_ids_the_good_inputs_are_created_beside_the_bad(api: Api) -> None:
    ident = api.create(email="ada@example.org")
    inputs = _traced("new@example.org", "ada@example.org", "nonsense")
    answer = api.batch("create", {"inputs": inputs})
    assert (answer.status, answer.body["numErrors"]) == (207, 2)
    assert [result["objectWriteTraceId"] for result in answer.body["results"]] == ["t0"]
    conflict, invalid = answer.body["errors"]
    assert conflict["message"] == f"Contact already exists. Existing ID: {ident}"
    assert (conflict["category"], conflict["context"]) == ("CONFLICT", {"objectWriteTraceId": ["t1"]})
    assert (invalid["category"], invalid["context"]) == ("VALIDATION_ERROR", {"objectWriteTraceId": ["t2"]})


def test_one_address_twice_in_a_creation_makes_one_contact_or_none(api: Api) -> None:
    assert api.batch("create", {"inputs": _emails("a@example.org", "A@example.org")}).status == 409
    assert api.search().body["total"] == 0
    answer = api.batch("create", {"inputs": _traced("a@example.org", "A@example.org")})
    assert [len(answer.body["results"]), answer.body["numErrors"]] == [1, 1]


def test_a_full_creation_is_201_and_trace_ids_must_differ(api: Api) -> None:
    assert api.batch("create", {"inputs": _traced("a@example.org", "b@example.org")}).status == 201
    same = [{**item, "objectWriteTraceId": "t"} for item in _emails("c@example.org", "d@example.org")]
    assert api.batch("create", {"inputs": same}).status == 400


def test_an_update_of_an_unknown_id_is_a_row_and_the_rest_is_done(api: Api) -> None:
    ident = api.create(email="ada@example.org")
    properties = {"firstname": "Ada"}
    inputs = [{"id": ident, "properties": properties}, {"id": "7", "properties": properties}]
    answer = api.batch("update", {"inputs": inputs})
    assert (answer.status, answer.body["errors"][0]["context"]) == (207, {"ids": ["7"]})
    assert api.read(ident)["firstname"] == "Ada"


def test_an_update_with_a_bad_value_fails_whole_and_names_the_property(api: Api) -> None:
    ada, bob = api.create(email="ada@example.org"), api.create(email="bob@example.org")
    good = {"id": ada, "properties": {"firstname": "Ada"}}
    bad = {"id": bob, "properties": {"numemployees": "many"}}
    answer = api.batch("update", {"inputs": [good, bad]})
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")
    assert answer.body["errors"][0]["context"]["propertyName"] == ["numemployees"]
    assert api.read(ada)["firstname"] is None


def test_an_update_with_trace_ids_is_done_row_by_row(api: Api) -> None:
    ada, bob = api.create(email="ada@example.org"), api.create(email="bob@example.org")
    inputs = [
        {"id": ada, "properties": {"firstname": "Ada"}, "objectWriteTraceId": "t1"},
        {"id": bob, "properties": {"email": "ada@example.org"}, "objectWriteTraceId": "t2"},
        {"id": "7", "properties": {"firstname": "X"}, "objectWriteTraceId": "t3"},
    ]
    answer = api.batch("update", {"inputs": inputs})
    assert [result["objectWriteTraceId"] for result in answer.body["results"]] == ["t1"]
    told = {error["context"]["objectWriteTraceId"][0]: error["category"] for error in answer.body["errors"]}
    assert told == {"t2": "CONFLICT", "t3": "OBJECT_NOT_FOUND"}


def test_an_upsert_by_address_creates_and_updates_and_says_which(api: Api) -> None:
    ident = api.create(email="ada@example.org")
    inputs = [
        {"id": "ada@example.org", "idProperty": "email", "properties": {"firstname": "Ada"}},
        {"id": "new@example.org", "idProperty": "email", "properties": {"firstname": "New"}},
    ]
    answer = api.batch("upsert", {"inputs": inputs})
    assert answer.status == 200
    told = {result["properties"]["firstname"]: result["new"] for result in answer.body["results"]}
    assert told == {"Ada": False, "New": True}
    assert api.read(ident)["firstname"] == "Ada"


def test_an_upsert_by_address_is_never_partial_but_one_by_a_unique_property_is(api: Api) -> None:
    bad = {"properties": {"numemployees": "many"}}
    good: dict[str, Any] = {"properties": {"lastname": "New"}}
    by_email = [
        {"id": f"{n}@example.org", "idProperty": "email", "objectWriteTraceId": n, **item}
        for n, item in (("a", good), ("b", bad))
    ]
    assert api.batch("upsert", {"inputs": by_email}).status == 400
    definition = {
        "name": "crm_id",
        "label": "Id",
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
    }
    assert api.post("/crm/v3/properties/contacts", {**definition, "hasUniqueValue": True}).status == 201
    by_id = [{**item, "id": item["id"][0], "idProperty": "crm_id"} for item in by_email]
    answer = api.batch("upsert", {"inputs": by_id})
    assert (answer.status, len(answer.body["results"]), answer.body["numErrors"]) == (207, 1, 1)
    assert api.get("/crm/v3/objects/contacts/a?idProperty=crm_id").status == 200


def test_an_upsert_needs_a_unique_property(api: Api) -> None:
    item = {"id": "1", "properties": {"firstname": "x"}}
    assert api.batch("upsert", {"inputs": [item]}).status == 400
    assert api.batch("upsert", {"inputs": [{**item, "idProperty": "phone"}]}).status == 400


def test_archiving_is_204_whatever_became_of_the_ids(api: Api) -> None:
    ident = api.create(email="ada@example.org")
    assert api.batch("archive", {"inputs": [{"id": ident}, {"id": "7"}]}).status == 204
    assert api.get(f"/crm/v3/objects/contacts/{ident}").status == 404


def test_results_come_in_any_order_where_the_faults_say_so() -> None:
    world: World = make_world(faults=Faults(shuffle_results=True))
    inputs = _traced(*(f"c{n}@example.org" for n in range(50)))
    answer = world.api.batch("create", {"inputs": inputs})
    order = [result["objectWriteTraceId"] for result in answer.body["results"]]
    assert sorted(order) == sorted(item["objectWriteTraceId"] for item in inputs)
    assert order != [item["objectWriteTraceId"] for item in inputs]
