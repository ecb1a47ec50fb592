"""Properties, owners, pipelines and the account's details."""

from __future__ import annotations

from sandbox.hubspot import HubSpotSandbox, PortalAccount, create_app
from tests.integration.sandbox_hubspot.harness import OTHER_PORTAL, PORTAL, TOKEN, Api, World

PROPERTIES = "/crm/v3/properties/contacts"
CUSTOM = {
    "name": "tier",
    "label": "Tier",
    "type": "enumeration",
    "fieldType": "select",
    "groupName": "contactinformation",
    "options": [{"label": "Gold", "value": "gold"}, {"label": "Tin", "value": "tin"}],
}


def test_standard_properties_tell_type_options_and_what_is_read_only(api: Api) -> None:
    by_name = {one["name"]: one for one in api.get(PROPERTIES).body["results"]}
    stages = [option["value"] for option in by_name["lifecyclestage"]["options"]]
    assert stages[:3] == ["subscriber", "lead", "marketingqualifiedlead"]
    assert by_name["hs_object_id"]["modificationMetadata"]["readOnlyValue"] is True
    assert by_name["createdate"]["type"] == "datetime"
    assert by_name["hubspot_owner_id"]["externalOptions"] is True
    assert by_name["hs_email_optout"]["type"] == "bool"


def test_a_property_can_be_made_used_changed_and_archived(api: Api) -> None:
    assert api.post(PROPERTIES, CUSTOM).status == 201
    ident = api.create(firstname="Ada", tier="gold")
    assert api.update(ident, tier="silver").status == 400
    options = [*CUSTOM["options"], {"label": "Silver", "value": "silver"}]
    assert api.patch(f"{PROPERTIES}/tier", {"options": options}).status == 200
    assert api.update(ident, tier="silver").status == 200
    assert api.call("DELETE", f"{PROPERTIES}/tier").status == 204
    assert api.get(f"{PROPERTIES}/tier").status == 404
    assert "tier" not in api.read(ident, "tier")


def test_a_property_that_cannot_be_made_is_refused(api: Api) -> None:
    api.post(PROPERTIES, CUSTOM)
    assert api.post(PROPERTIES, CUSTOM).status == 409
    assert api.post(PROPERTIES, {**CUSTOM, "name": "Tier Two"}).status == 400
    assert api.post(PROPERTIES, {**CUSTOM, "name": "x", "type": "money"}).status == 400
    assert api.call("DELETE", f"{PROPERTIES}/email").status == 400


def test_a_unique_property_admits_one_holder_and_ten_such_properties(api: Api) -> None:
    plain = {**CUSTOM, "type": "string", "fieldType": "text", "options": [], "hasUniqueValue": True}
    statuses = [api.post(PROPERTIES, {**plain, "name": f"unique_{n}"}).status for n in range(11)]
    assert statuses == [201] * 10 + [400]
    api.create(firstname="Ada", unique_1="x")
    assert (
        api.post("/crm/v3/objects/contacts", {"properties": {"lastname": "B", "unique_1": "x"}}).status == 409
    )


def test_property_groups_are_made_labelled_anew_and_archived(api: Api) -> None:
    group = {"name": "diptych", "label": "Diptych 0.1.0"}
    assert api.post(f"{PROPERTIES}/groups", group).status == 201
    assert api.post(f"{PROPERTIES}/groups", group).status == 409
    assert api.patch(f"{PROPERTIES}/groups/diptych", {"label": "Diptych 0.2.0"}).status == 200
    assert api.get(f"{PROPERTIES}/groups/diptych").body["label"] == "Diptych 0.2.0"
    names = [one["name"] for one in api.get(f"{PROPERTIES}/groups").body["results"]]
    assert names == ["contactinformation", "diptych"]
    assert api.call("DELETE", f"{PROPERTIES}/groups/diptych").status == 204
    assert api.get(f"{PROPERTIES}/groups/diptych").status == 404


def test_a_property_in_a_group_that_is_not_there_is_refused(api: Api) -> None:
    assert api.post(PROPERTIES, {**CUSTOM, "groupName": "nowhere"}).status == 400


def test_a_token_without_the_scope_is_told_which_one_is_wanted() -> None:
    account = PortalAccount(
        portal_id=PORTAL, access_token=TOKEN, scopes=frozenset({"crm.objects.contacts.read"})
    )
    api = Api(create_app(HubSpotSandbox([account], app_id=7, client_secret="s")))
    assert api.get(PROPERTIES).status == 200
    refused = api.post(f"{PROPERTIES}/groups", {"name": "diptych", "label": "Diptych"})
    assert (refused.status, refused.body["category"]) == (403, "MISSING_SCOPES")
    assert refused.body["errors"][0]["context"]["requiredGranularScopes"] == ["crm.schemas.contacts.write"]
    assert api.post(PROPERTIES, CUSTOM).status == 403


def test_owners_are_listed_found_by_address_and_archived_ones_apart(world: World) -> None:
    olga = world.hs.add_owner(PORTAL, "olga@example.org", "Olga", "O")
    gone = world.hs.add_owner(PORTAL, "gone@example.org", archived=True)
    api = world.api
    assert [o["id"] for o in api.get("/crm/v3/owners").body["results"]] == [olga]
    assert [o["id"] for o in api.get("/crm/v3/owners?email=Olga@example.org").body["results"]] == [olga]
    assert [o["id"] for o in api.get("/crm/v3/owners/?archived=true").body["results"]] == [gone]
    owner = api.get(f"/crm/v3/owners/{olga}").body
    assert (owner["email"], owner["firstName"]) == ("olga@example.org", "Olga")
    by_user = api.get(f"/crm/v3/owners/{owner['userId']}?idProperty=userId").body
    assert by_user["id"] == olga
    assert api.get("/crm/v3/owners/1").status == 404


def test_owners_page(world: World) -> None:
    ids = [world.hs.add_owner(PORTAL, f"o{n}@example.org") for n in range(3)]
    first = world.api.get("/crm/v3/owners?limit=2").body
    second = world.api.get(f"/crm/v3/owners?limit=2&after={first['paging']['next']['after']}").body
    assert [owner["id"] for owner in first["results"] + second["results"]] == ids


def test_a_record_is_assigned_by_owner_id_and_not_by_user_id(world: World) -> None:
    olga = world.hs.add_owner(PORTAL, "olga@example.org")
    user = world.api.get(f"/crm/v3/owners/{olga}").body["userId"]
    ident = world.api.create(firstname="Ada")
    assert world.api.update(ident, hubspot_owner_id=str(user)).status == 400
    assert world.api.update(ident, hubspot_owner_id=olga).status == 200


def test_the_deal_pipeline_has_its_stages(api: Api) -> None:
    (pipeline,) = api.get("/crm/v3/pipelines/deals").body["results"]
    closed = [s["id"] for s in pipeline["stages"] if s["metadata"]["isClosed"] == "true"]
    assert closed == ["closedwon", "closedlost"]
    assert api.create("deals", dealname="Big", dealstage="closedwon", pipeline="default")


def test_the_accounts_details_tell_number_and_time_zone(world: World) -> None:
    details = world.api.get("/account-info/v3/details").body
    assert (details["portalId"], details["timeZone"], details["utcOffset"]) == (
        PORTAL,
        "Europe/Paris",
        "+01:00",
    )
    assert details["utcOffsetMilliseconds"] == 3_600_000
    assert world.other.get("/account-info/v3/details").body["portalId"] == OTHER_PORTAL
