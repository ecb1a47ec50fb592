"""Merging contacts and erasing them."""

from __future__ import annotations

import pytest

from tests.integration.sandbox_hubspot.harness import OTHER_PORTAL, PORTAL, World, make_world

CONTACTS = "/crm/v3/objects/contacts"


def _pair(world: World) -> tuple[str, str]:
    one = world.api.create(email="ada@example.org", firstname="Ada", lifecyclestage="lead")
    world.clock.move(10)
    two = world.api.create(email="bob@example.org", firstname="Bob", phone="1", lifecyclestage="customer")
    world.forget()
    return one, two


def _merge(world: World, one: str, two: str) -> str:
    answer = world.api.post(f"{CONTACTS}/merge", {"primaryObjectId": one, "objectIdToMerge": two})
    assert answer.status == 200, answer.body
    return str(answer.body["id"])


@pytest.mark.parametrize("new_id", [True, False])
def test_the_primary_wins_and_the_other_fills_the_gaps(new_id: bool) -> None:  # noqa: FBT001
    world = make_world(merge_new_id=new_id)
    one, two = _pair(world)
    survivor = _merge(world, one, two)
    assert (survivor not in {one, two}) if new_id else (survivor == one)
    names = ("email", "firstname", "phone", "lifecyclestage", "hs_additional_emails", "hs_merged_object_ids")
    held = world.api.read(survivor, *names)
    assert [held[name] for name in names] == [
        "ada@example.org",
        "Ada",
        "1",
        "customer",
        "bob@example.org",
        f"{one};{two}" if new_id else two,
    ]
    assert held["createdate"] == "2026-11-24T09:00:00.000Z"


@pytest.mark.parametrize("new_id", [True, False])
def test_every_merged_id_answers_with_the_survivor(new_id: bool) -> None:  # noqa: FBT001
    world = make_world(merge_new_id=new_id)
    one, two = _pair(world)
    survivor = _merge(world, one, two)
    for ident in (one, two, survivor):
        assert world.api.get(f"{CONTACTS}/{ident}").body["id"] == survivor
    inputs = [{"id": ident} for ident in (one, two)]
    results = world.api.batch("read", {"inputs": inputs}).body["results"]
    assert [result["id"] for result in results] == [survivor, survivor]
    assert world.api.get(f"{CONTACTS}/bob@example.org?idProperty=email").body["id"] == survivor
    assert world.api.update(two, firstname="X").body["id"] == survivor
    assert world.api.search().body["total"] == 1


def test_a_chain_of_merges_leads_to_the_last_survivor(world: World) -> None:
    one, two = _pair(world)
    three = world.api.create(email="cid@example.org")
    first = _merge(world, one, two)
    last = _merge(world, three, first)
    assert world.api.get(f"{CONTACTS}/{two}").body["id"] == last
    merged = world.api.read(last, "hs_merged_object_ids")["hs_merged_object_ids"]
    assert set(merged.split(";")) == {one, two, three, first}


def test_the_merge_notice_names_both_and_the_survivor_and_nothing_else_is_told(world: World) -> None:
    one, two = _pair(world)
    survivor = world.hs.ui_merge(PORTAL, "contacts", one, two, user=3)
    (event,) = world.deliver()
    assert event["subscriptionType"] == "contact.merge"
    assert (event["primaryObjectId"], event["mergedObjectIds"]) == (int(one), [int(two)])
    assert (event["newObjectId"], event["numberOfPropertiesMoved"]) == (int(survivor), 3)
    assert "objectId" not in event
    assert event["sourceId"] == "userId:3"


def test_the_generic_merge_notice_also_has_an_object_id(world: World) -> None:
    one = world.hs.ui_create(OTHER_PORTAL, "contacts", {"firstname": "a"})
    two = world.hs.ui_create(OTHER_PORTAL, "contacts", {"firstname": "b"})
    world.forget()
    survivor = world.hs.ui_merge(OTHER_PORTAL, "contacts", one, two)
    (event,) = world.deliver()
    assert (event["subscriptionType"], event["objectId"]) == ("object.merge", int(survivor))


def test_a_merge_with_itself_or_an_unknown_contact_is_refused(world: World) -> None:
    one, _ = _pair(world)
    for other, status in ((one, 400), ("7", 404)):
        body = {"primaryObjectId": one, "objectIdToMerge": other}
        assert world.api.post(f"{CONTACTS}/merge", body).status == status
    assert world.api.post(f"{CONTACTS}/merge", {"primaryObjectId": one}).status == 400


def test_lists_and_associations_pass_to_the_survivor(world: World) -> None:
    one, two = _pair(world)
    company = world.api.create("companies", name="Acme")
    world.api.call("PUT", f"/crm/v4/objects/contacts/{two}/associations/default/companies/{company}")
    body = {"name": "Mine", "objectTypeId": "0-1", "processingType": "MANUAL"}
    list_id = world.api.post("/crm/v3/lists", body).body["list"]["listId"]
    world.api.call("PUT", f"/crm/v3/lists/{list_id}/memberships/add", [two])
    survivor = _merge(world, one, two)
    members = world.api.get(f"/crm/v3/lists/{list_id}/memberships").body["results"]
    assert [member["recordId"] for member in members] == [survivor]
    tied = world.api.get(f"/crm/v4/objects/companies/{company}/associations/contacts").body["results"]
    assert [row["toObjectId"] for row in tied] == [int(survivor)]


def test_an_erased_contact_is_gone_with_its_merged_ids_and_its_addresses_are_blocked(world: World) -> None:
    one, two = _pair(world)
    survivor = _merge(world, one, two)
    assert world.api.post(f"{CONTACTS}/gdpr-delete", {"objectId": survivor}).status == 204
    for ident in (one, two, survivor):
        assert world.api.get(f"{CONTACTS}/{ident}").status == 404
        assert world.api.get(f"{CONTACTS}/{ident}?archived=true").status == 404
    answer = world.api.post(CONTACTS, {"properties": {"email": "Bob@example.org"}})
    assert (answer.status, answer.body["errors"][0]["context"]["propertyName"]) == (400, ["email"])
    assert world.hs.state(PORTAL) == []


def test_an_unknown_address_is_blocked_in_advance_and_an_unknown_id_is_404(world: World) -> None:
    body = {"objectId": "eve@example.org", "idProperty": "email"}
    assert world.api.post(f"{CONTACTS}/gdpr-delete", body).status == 204
    assert world.api.post(CONTACTS, {"properties": {"email": "eve@example.org"}}).status == 400
    assert world.api.post(f"{CONTACTS}/gdpr-delete", {"objectId": "7"}).status == 404


def test_restoring_is_refused_while_another_contact_holds_the_address(world: World) -> None:
    one, _ = _pair(world)
    world.hs.ui_delete(PORTAL, "contacts", one)
    taken = world.api.create(email="ada@example.org")
    answer = world.api.call("POST", f"/_sandbox/portals/{PORTAL}/contacts/{one}/restore", {})
    assert answer.status == 409
    world.hs.ui_delete(PORTAL, "contacts", taken)
    world.hs.ui_restore(PORTAL, "contacts", one)
    assert world.api.get(f"{CONTACTS}/ada@example.org?idProperty=email").body["id"] == one
