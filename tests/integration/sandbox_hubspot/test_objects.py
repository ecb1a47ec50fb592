"""Single contacts: reading, creating, changing, archiving."""

from __future__ import annotations

import json

import pytest

from tests.integration.sandbox_hubspot.harness import PORTAL, Api, World, make_world

CONTACTS = "/crm/v3/objects/contacts"


def test_a_created_contact_comes_back_with_its_id_and_stamps(api: Api) -> None:
    answer = api.post(CONTACTS, {"properties": {"email": "ada@example.org", "firstname": "Ada"}})
    assert answer.status == 201
    assert answer.body["properties"]["email"] == "ada@example.org"
    assert answer.body["properties"]["hs_object_id"] == answer.body["id"]
    assert answer.body["createdAt"] == answer.body["updatedAt"] == "2026-11-24T09:00:00.000Z"
    assert answer.body["archived"] is False


def test_without_asking_the_default_properties_come(api: Api) -> None:
    ident = api.create(email="ada@example.org", phone="1")
    names = {"createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"}
    assert set(api.read(ident)) == names


def test_an_unset_property_is_null_and_an_undefined_one_is_left_out(api: Api) -> None:
    ident = api.create(email="ada@example.org")
    properties = api.read(ident, "phone", "no_such_property")
    assert properties["phone"] is None
    assert "no_such_property" not in properties


def test_properties_may_be_repeated_instead_of_comma_separated(api: Api) -> None:
    ident = api.create(email="ada@example.org", phone="1", fax="2")
    answer = api.get(f"{CONTACTS}/{ident}?properties=phone&properties=fax")
    assert (answer.body["properties"]["phone"], answer.body["properties"]["fax"]) == ("1", "2")


@pytest.mark.parametrize("address", ["ada@example.org", "ADA@Example.org", "second@example.org"])
def test_a_contact_is_found_by_any_of_its_addresses(api: Api, address: str) -> None:
    ident = api.create(email="ada@example.org", hs_additional_emails="second@example.org")
    answer = api.get(f"{CONTACTS}/{address}?idProperty=email")
    assert answer.body["id"] == ident


def test_an_unknown_id_is_404_object_not_found(api: Api) -> None:
    answer = api.get(f"{CONTACTS}/999")
    assert (answer.status, answer.body["category"]) == (404, "OBJECT_NOT_FOUND")
    assert answer.body["context"] == {"id": ["999"]}
    assert answer.body["correlationId"]


def test_an_id_property_that_is_not_unique_is_refused(api: Api) -> None:
    assert api.get(f"{CONTACTS}/x?idProperty=phone").status == 400


def test_a_second_contact_of_one_address_is_a_conflict_naming_the_first(api: Api) -> None:
    ident = api.create(email="ada@example.org")
    answer = api.post(CONTACTS, {"properties": {"email": "ADA@example.org"}})
    assert (answer.status, answer.body["category"]) == (409, "CONFLICT")
    assert answer.body["message"] == f"Contact already exists. Existing ID: {ident}"


def test_an_additional_address_of_another_contact_is_taken_too(api: Api) -> None:
    api.create(email="ada@example.org", hs_additional_emails="second@example.org;third@example.org")
    assert api.post(CONTACTS, {"properties": {"email": "third@example.org"}}).status == 409


def test_changing_to_an_address_in_use_is_a_conflict_and_changes_nothing(api: Api) -> None:
    api.create(email="ada@example.org")
    ident = api.create(email="bob@example.org")
    assert api.update(ident, email="ada@example.org", firstname="X").status == 409
    assert api.read(ident)["firstname"] is None


def test_an_address_given_up_is_free_again(api: Api) -> None:
    ident = api.create(email="ada@example.org")
    api.update(ident, email="ada@new.example.org")
    assert api.create(email="ada@example.org") != ident


def test_a_contact_needs_an_address_or_a_name(api: Api) -> None:
    answer = api.post(CONTACTS, {"properties": {"phone": "1"}})
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")
    assert answer.body["errors"][0]["context"]["properties"] == ["email", "firstname", "lastname"]


def test_invalid_values_are_named_in_the_escaped_message_and_in_the_errors(api: Api) -> None:
    ident = api.create(email="ada@example.org")
    answer = api.update(ident, hs_lead_status="WRONG", nope="1", createdate="2020-01-01", firstname="ok")
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")
    prefix = "Property values were not valid: "
    listed = json.loads(answer.body["message"].removeprefix(prefix))
    assert [(one["name"], one["error"], one["portalId"]) for one in listed] == [
        ("hs_lead_status", "INVALID_OPTION", PORTAL),
        ("nope", "PROPERTY_DOESNT_EXIST", PORTAL),
        ("createdate", "READ_ONLY_VALUE", PORTAL),
    ]
    named = [error["context"]["propertyName"] for error in answer.body["errors"]]
    assert named == [["hs_lead_status"], ["nope"], ["createdate"]]
    assert api.read(ident)["firstname"] is None


def test_an_empty_text_and_null_both_clear(api: Api) -> None:
    ident = api.create(email="ada@example.org", phone="1", fax="2")
    api.update(ident, phone="", fax=None)
    properties = api.read(ident, "phone", "fax")
    assert (properties["phone"], properties["fax"]) == (None, None)


def test_the_stage_moves_forward_only_unless_it_is_cleared_first(api: Api) -> None:
    ident = api.create(email="ada@example.org", lifecyclestage="customer")
    assert api.update(ident, lifecyclestage="lead").status == 200
    assert api.read(ident, "lifecyclestage")["lifecyclestage"] == "customer"
    api.update(ident, lifecyclestage="")
    api.update(ident, lifecyclestage="lead")
    assert api.read(ident, "lifecyclestage")["lifecyclestage"] == "lead"


def test_forward_is_by_the_accounts_own_order_of_stages(api: Api) -> None:
    order = {"customer": 2, "lead": 1, "4711": 0, "evangelist": -1}
    options = [{"value": value, "label": value, "displayOrder": place} for value, place in order.items()]
    path = "/crm/v3/properties/contacts/lifecyclestage"
    shown = api.patch(path, {"options": options}).body["options"]
    assert [one["value"] for one in shown] == ["4711", "lead", "customer", "evangelist"]
    ident = api.create(email="ada@example.org", lifecyclestage="lead")
    for sent, kept in (("4711", "lead"), ("customer", "customer"), ("lead", "customer")):
        assert api.update(ident, lifecyclestage=sent).status == 200
        assert api.read(ident, "lifecyclestage")["lifecyclestage"] == kept


def test_every_change_has_a_later_stamp_even_when_the_clock_stands_still(api: Api) -> None:
    ident = api.create(email="ada@example.org")
    stamps = [api.update(ident, firstname=name).body["updatedAt"] for name in "abc"]
    assert stamps == sorted(set(stamps))
    assert api.read(ident)["lastmodifieddate"] == stamps[-1]


def test_writing_what_is_there_already_is_no_change(world: World) -> None:
    ident = world.api.create(email="ada@example.org", firstname="Ada")
    world.forget()
    world.clock.move(5)
    answer = world.api.update(ident, firstname="Ada")
    assert answer.body["updatedAt"] == answer.body["createdAt"]
    assert world.deliver() == []


def test_property_history_is_newest_first_and_says_who(world: World) -> None:
    ident = world.api.create(email="ada@example.org", firstname="Ada")
    world.clock.move(60)
    world.hs.ui_update(PORTAL, "contacts", ident, {"firstname": "Augusta"}, user=12)
    answer = world.api.get(f"{CONTACTS}/{ident}?propertiesWithHistory=firstname")
    assert answer.body["properties"]["firstname"] == "Augusta"
    assert answer.body["propertiesWithHistory"]["firstname"] == [
        {
            "value": "Augusta",
            "timestamp": "2026-11-24T09:01:00.000Z",
            "sourceType": "CRM_UI",
            "sourceId": "userId:12",
            "updatedByUserId": 12,
        },
        {
            "value": "Ada",
            "timestamp": "2026-11-24T09:00:00.000Z",
            "sourceType": "INTEGRATION",
            "sourceId": "77",
        },
    ]


def test_an_archived_contact_is_read_with_archived_true_for_ninety_days(world: World) -> None:
    ident = world.api.create(email="ada@example.org")
    assert world.api.call("DELETE", f"{CONTACTS}/{ident}").status == 204
    assert world.api.get(f"{CONTACTS}/{ident}").status == 404
    archived = world.api.get(f"{CONTACTS}/{ident}?archived=true")
    assert (archived.body["archived"], archived.body["archivedAt"]) == (True, archived.body["updatedAt"])
    world.clock.move(91 * 86_400)
    assert world.api.get(f"{CONTACTS}/{ident}?archived=true").status == 404


def test_archiving_twice_is_204_and_changing_an_archived_contact_is_404(api: Api) -> None:
    ident = api.create(email="ada@example.org")
    api.call("DELETE", f"{CONTACTS}/{ident}")
    assert api.call("DELETE", f"{CONTACTS}/{ident}").status == 204
    assert api.update(ident, firstname="x").status == 404
    assert api.call("DELETE", f"{CONTACTS}/999").status == 404


def test_the_list_of_contacts_pages_by_id(api: Api) -> None:
    ids = [api.create(email=f"c{n}@example.org") for n in range(5)]
    first = api.get(f"{CONTACTS}?limit=3").body
    second = api.get(f"{CONTACTS}?limit=3&after={first['paging']['next']['after']}").body
    assert [r["id"] for r in first["results"] + second["results"]] == ids
    assert "paging" not in second


def test_an_unknown_owner_is_refused_and_a_known_one_kept(world: World) -> None:
    owner = world.hs.add_owner(PORTAL, "olga@example.org")
    assert world.api.update(world.api.create(email="a@example.org"), hubspot_owner_id="1").status == 400
    ident = world.api.create(email="b@example.org", hubspot_owner_id=owner)
    assert world.api.read(ident, "hubspot_owner_id")["hubspot_owner_id"] == owner


def test_accounts_are_apart_and_an_unknown_token_is_401(world: World) -> None:
    ident = world.api.create(email="ada@example.org")
    assert world.other.get(f"{CONTACTS}/{ident}").status == 404
    answer = world.api.call("GET", CONTACTS, headers={"Authorization": "Bearer wrong"})
    assert (answer.status, answer.body["category"]) == (401, "INVALID_AUTHENTICATION")


def test_an_unknown_path_is_a_404_page_and_an_unknown_type_a_400(api: Api) -> None:
    page = api.get("/crm/v3/nothing")
    assert (page.status, page.body, page.headers["Content-Type"]) == (404, None, "text/html;charset=utf-8")
    assert api.get("/crm/v3/objects/unicorns/1").status == 400


@pytest.mark.parametrize("body", ["{", '"text"', "[]"])
def test_a_body_that_is_no_json_object_is_400(api: Api, body: str) -> None:
    answer = api.call("POST", CONTACTS, data=body, content_type="application/json")
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")


def test_the_native_connectors_properties_exist_only_where_it_was_installed(api: Api) -> None:
    assert api.get("/crm/v3/properties/contacts/salesforceleadid").status == 404
    with_connector = make_world(account={"native_connector": True})
    assert with_connector.api.get("/crm/v3/properties/contacts/salesforceleadid").status == 200
    ident = with_connector.hs.ui_create(PORTAL, "contacts", {"email": "a@b.org", "salesforceleadid": "00Q1"})
    assert with_connector.api.read(ident, "salesforceleadid")["salesforceleadid"] == "00Q1"
    assert with_connector.api.update(ident, salesforceleadid="00Q2").status == 400
