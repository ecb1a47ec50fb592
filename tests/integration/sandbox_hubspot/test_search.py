"""Searching contacts: operators, limits, paging, lag."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.sandbox_hubspot.harness import PORTAL, Api, World, make_world


def _filter(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    given = {} if value is None else {"value": value}
    return {"propertyName": name, "operator": operator, **given, **more}


@pytest.fixture
def people(api: Api) -> Api:
    """Ada, Bob and Cid, of whom Cid has no address."""
    api.post(
        "/crm/v3/properties/contacts",
        {
            "name": "score",
            "label": "Score",
            "type": "number",
            "fieldType": "number",
            "groupName": "contactinformation",
        },
    )
    api.create(email="ada@Example.org", firstname="Ada", score="10", lifecyclestage="lead")
    api.create(email="bob@sub.example.org", firstname="Bob", score="9", phone="+33 1 23")
    api.create(firstname="Cid", score="-1.5")
    return api


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (_filter("email", "EQ", "ADA@example.org"), ["Ada"]),
        (_filter("email", "NEQ", "ada@example.org"), ["Bob", "Cid"]),
        (_filter("score", "GT", "9"), ["Ada"]),
        (_filter("score", "GTE", "9"), ["Ada", "Bob"]),
        (_filter("score", "LT", "9"), ["Cid"]),
        (_filter("score", "LTE", "9"), ["Bob", "Cid"]),
        (_filter("score", "BETWEEN", "-2", highValue="9"), ["Bob", "Cid"]),
        (_filter("email", "IN", values=["ada@example.org", "x"]), ["Ada"]),
        (_filter("email", "IN", values=["ADA@example.org"]), []),
        (_filter("firstname", "NOT_IN", values=["ada", "bob"]), ["Cid"]),
        (_filter("lifecyclestage", "IN", values=["lead"]), ["Ada"]),
        (_filter("email", "HAS_PROPERTY"), ["Ada", "Bob"]),
        (_filter("email", "NOT_HAS_PROPERTY"), ["Cid"]),
        (_filter("email", "CONTAINS_TOKEN", "example"), ["Ada", "Bob"]),
        (_filter("email", "CONTAINS_TOKEN", "*@sub.example.org"), ["Bob"]),
        (_filter("email", "NOT_CONTAINS_TOKEN", "ada"), ["Bob", "Cid"]),
        (_filter("createdate", "GTE", "2026-11-24T09:00:00Z"), ["Ada", "Bob", "Cid"]),
        (_filter("createdate", "LT", "1795510800000"), []),
    ],
)
def test_a_filter_finds(people: Api, condition: dict[str, Any], expected: list[str]) -> None:
    answer = people.search(condition, properties=["firstname"])
    assert [result["properties"]["firstname"] for result in answer.body["results"]] == expected
    assert answer.body["total"] == len(expected)


def test_groups_are_alternatives_and_filters_of_a_group_all_hold(people: Api) -> None:
    groups = [
        {"filters": [_filter("score", "GT", "5"), _filter("firstname", "EQ", "bob")]},
        {"filters": [_filter("firstname", "EQ", "cid")]},
    ]
    answer = people.post("/crm/v3/objects/contacts/search", {"filterGroups": groups})
    assert [result["properties"]["firstname"] for result in answer.body["results"]] == ["Bob", "Cid"]


def test_the_query_looks_into_names_and_addresses(people: Api) -> None:
    answer = people.post("/crm/v3/objects/contacts/search", {"query": "sub.example"})
    assert [result["properties"]["firstname"] for result in answer.body["results"]] == ["Bob"]


def test_sorting_is_by_number_for_numbers_and_missing_values_come_last(people: Api) -> None:
    for sort, expected in (
        ({"propertyName": "score", "direction": "DESCENDING"}, ["Ada", "Bob", "Cid"]),
        ({"propertyName": "score", "direction": "ASCENDING"}, ["Cid", "Bob", "Ada"]),
        ({"propertyName": "email", "direction": "ASCENDING"}, ["Ada", "Bob", "Cid"]),
    ):
        answer = people.post("/crm/v3/objects/contacts/search", {"sorts": [sort]})
        assert [r["properties"]["firstname"] for r in answer.body["results"]] == expected


def test_pages_follow_each_other_with_after(people: Api) -> None:
    first = people.search(limit=2).body
    second = people.search(limit=2, after=first["paging"]["next"]["after"]).body
    assert [len(first["results"]), len(second["results"]), first["total"]] == [2, 1, 3]
    assert "paging" not in second


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 200, "after": "9900"},
        {"after": "x"},
        {"sorts": [{"propertyName": "email"}, {"propertyName": "phone"}]},
        {"sorts": [{"propertyName": "nope"}]},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [_filter("email", "HAS_PROPERTY")] * 7}]},
        {"filterGroups": [{"filters": [_filter("email", "HAS_PROPERTY")] * 5}] * 4},
        {"filterGroups": [{"filters": [_filter("email", "EQ", "x" * 3000)]}]},
        {"filterGroups": [{"filters": [_filter("nope", "EQ", "x")]}]},
        {"filterGroups": [{"filters": [_filter("email", "LIKE", "x")]}]},
        {"filterGroups": [{"filters": [_filter("email", "EQ")]}]},
        {"filterGroups": [{"filters": [_filter("email", "IN", "x")]}]},
        {"filterGroups": [{"filters": [_filter("createdate", "GT", "yesterday")]}]},
    ],
)
def test_a_search_beyond_its_limits_is_400(people: Api, body: dict[str, Any]) -> None:
    answer = people.post("/crm/v3/objects/contacts/search", body)
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")


def test_eighteen_filters_and_the_last_of_ten_thousand_results_are_allowed(people: Api) -> None:
    groups = [{"filters": [_filter("email", "HAS_PROPERTY")] * 6}] * 3
    body = {"filterGroups": groups, "limit": 200, "after": "9800"}
    assert people.post("/crm/v3/objects/contacts/search", body).status == 200


def test_the_index_lags_behind_writes_and_archived_contacts_leave_it() -> None:
    world: World = make_world(search_lag_seconds=2)
    ident = world.api.create(email="ada@example.org", firstname="Ada")
    condition = _filter("firstname", "EQ", "Ada")
    assert world.api.search(condition).body["total"] == 0
    world.clock.move(2)
    assert world.api.search(condition).body["total"] == 1
    world.api.update(ident, firstname="Augusta")
    assert world.api.search(condition).body["results"][0]["properties"]["firstname"] == "Ada"
    world.clock.move(2)
    assert world.api.search(condition).body["total"] == 0
    world.hs.ui_delete(PORTAL, "contacts", ident)
    assert world.api.search().body["total"] == 1
    world.clock.move(2)
    assert world.api.search().body["total"] == 0
