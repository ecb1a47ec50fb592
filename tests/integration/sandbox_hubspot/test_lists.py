"""Lists and memberships."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.sandbox_hubspot.harness import PORTAL, Api, World

LISTS = "/crm/v3/lists"


@pytest.fixture
def list_id(api: Api) -> str:
    """An empty manual list of contacts."""
    answer = api.post(LISTS, {"name": "Inclusion", "objectTypeId": "0-1", "processingType": "MANUAL"})
    assert answer.status == 200
    return str(answer.body["list"]["listId"])


def _change(api: Api, list_id: str, what: str, body: Any) -> Any:
    return api.call("PUT", f"{LISTS}/{list_id}/memberships/{what}", body).body


def test_adding_tells_who_joined_and_who_does_not_exist(api: Api, list_id: str) -> None:
    ada, bob = api.create(firstname="Ada"), api.create(firstname="Bob")
    _change(api, list_id, "add", [ada])
    assert _change(api, list_id, "add", [ada, bob, "7"]) == {
        "recordsIdsAdded": [bob],
        "recordIdsRemoved": [],
        "recordIdsMissing": ["7"],
    }
    removed = _change(api, list_id, "add-and-remove", {"recordIdsToAdd": [], "recordIdsToRemove": [ada, "7"]})
    assert (removed["recordIdsRemoved"], removed["recordIdsMissing"]) == ([ada], ["7"])
    assert _change(api, list_id, "remove", [bob])["recordIdsRemoved"] == [bob]


def test_memberships_come_by_id_or_in_join_order_with_their_time(world: World, list_id: str) -> None:
    api = world.api
    ids = [api.create(firstname=str(n)) for n in range(3)]
    for ident in reversed(ids):
        world.clock.move(1)
        _change(api, list_id, "add", [ident])
    by_id = api.get(f"{LISTS}/{list_id}/memberships").body
    joined = api.get(f"{LISTS}/{list_id}/memberships/join-order").body
    assert [row["recordId"] for row in by_id["results"]] == ids
    assert [row["recordId"] for row in joined["results"]] == ids[::-1]
    assert joined["results"][0]["membershipTimestamp"] == "2026-11-24T09:00:01.000Z"
    assert joined["total"] == 3


@pytest.mark.parametrize("order", ["memberships", "memberships/join-order"])
def test_memberships_page_with_an_opaque_cursor(api: Api, list_id: str, order: str) -> None:
    ids = [api.create(firstname=str(n)) for n in range(5)]
    _change(api, list_id, "add", ids)
    seen, after = [], ""
    for _ in range(3):
        page = api.get(f"{LISTS}/{list_id}/{order}?limit=2{after}").body
        seen += [row["recordId"] for row in page["results"]]
        after = f"&after={page['paging']['next']['after']}" if "paging" in page else ""
    assert (seen, after) == (ids, "")
    assert api.get(f"{LISTS}/{list_id}/{order}?after=nonsense").status == 400
    assert api.get(f"{LISTS}/{list_id}/{order}?limit=251").status == 400


def test_a_record_tells_its_lists_alone_and_in_a_batch(api: Api, list_id: str) -> None:
    ada, bob = api.create(firstname="Ada"), api.create(firstname="Bob")
    _change(api, list_id, "add", [ada])
    alone = api.get(f"{LISTS}/records/0-1/{ada}/memberships").body
    assert [row["listId"] for row in alone["results"]] == [list_id]
    assert alone["results"][0]["firstAddedTimestamp"] == "2026-11-24T09:00:00.000Z"
    inputs = [{"objectTypeId": "0-1", "recordId": ident} for ident in (ada, bob)]
    batch = api.post(f"{LISTS}/records/memberships/batch/read", {"inputs": inputs}).body
    told = {r["recordId"]: [m["listId"] for m in r["recordListMemberships"]] for r in batch["results"]}
    assert told == {ada: [list_id], bob: []}


def test_an_archived_contact_leaves_its_lists(world: World, list_id: str) -> None:
    ada = world.api.create(firstname="Ada")
    _change(world.api, list_id, "add", [ada])
    world.hs.ui_delete(PORTAL, "contacts", ada)
    assert world.api.get(f"{LISTS}/{list_id}/memberships").body["total"] == 0


def test_a_dynamic_list_follows_its_filter_and_cannot_be_changed_by_hand(world: World) -> None:
    api = world.api
    ada, bob = api.create(firstname="Ada", country="France"), api.create(firstname="Bob")
    list_id = world.hs.add_dynamic_list(PORTAL, "French", "country", "EQ", "France")
    world.clock.move(60)
    api.update(bob, country="France")

    def members() -> list[str]:
        rows = api.get(f"{LISTS}/{list_id}/memberships/join-order").body["results"]
        return [row["recordId"] for row in rows]

    assert members() == [ada, bob]
    api.update(ada, country="Italy")
    assert members() == [bob]
    answer = api.call("PUT", f"{LISTS}/{list_id}/memberships/add", [ada])
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")


def test_lists_are_found_by_name_id_and_type(world: World, list_id: str) -> None:
    api = world.api
    world.hs.add_dynamic_list(PORTAL, "French", "country", "EQ", "France")
    found = api.post(f"{LISTS}/search", {"query": "incl"}).body
    assert [(row["listId"], row["name"]) for row in found["lists"]] == [(list_id, "Inclusion")]
    assert (found["total"], found["hasMore"]) == (1, False)
    dynamic = api.post(f"{LISTS}/search", {"processingTypes": ["DYNAMIC"]}).body
    assert [row["name"] for row in dynamic["lists"]] == ["French"]
    assert api.post(f"{LISTS}/search", {"count": 1}).body["hasMore"] is True
    assert api.get(f"{LISTS}/{list_id}").body["list"]["size"] == 0
    assert [row["listId"] for row in api.get(f"{LISTS}?listIds={list_id}").body["lists"]] == [list_id]


def test_a_list_needs_a_free_name_and_a_type_that_can_be_made(api: Api, list_id: str) -> None:
    body = {"name": "inclusion", "objectTypeId": "0-1", "processingType": "MANUAL"}
    assert api.post(LISTS, body).status == 400
    assert api.post(LISTS, {**body, "name": "x", "processingType": "DYNAMIC"}).status == 400
    assert api.call("DELETE", f"{LISTS}/{list_id}").status == 204
    assert api.get(f"{LISTS}/{list_id}").status == 404
