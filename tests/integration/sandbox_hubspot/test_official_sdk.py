"""HubSpot's own Python client against the stand-in over a real loopback socket: an independent reader."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask import Flask, Response, request
from hubspot import HubSpot
from hubspot.crm.associations.v4 import AssociationSpec
from hubspot.crm.contacts import ApiException
from hubspot.utils.signature import Signature

from sandbox.hubspot import HubSpotSandbox, PortalAccount, create_app
from sandbox.kit import Faults
from sandbox.server import Server, Ticker, serve

PORTAL, TOKEN, SECRET = 1234567, "pat-eu1-sdk", "client-secret"


@pytest.fixture
def hs() -> HubSpotSandbox:
    """One account on the real clock."""
    account = PortalAccount(portal_id=PORTAL, access_token=TOKEN)
    return HubSpotSandbox([account], app_id=77, client_secret=SECRET)


@pytest.fixture
def server(hs: HubSpotSandbox) -> Iterator[Server]:
    """The stand-in on a free port."""
    with serve(create_app(hs)) as running:
        yield running


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The SDK, pointed at the stand-in and deaf to the environment's proxies."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return HubSpot(access_token=TOKEN, host=server.url)


def _create(client: Any, **properties: str) -> str:
    body = {"properties": properties, "associations": []}
    made = client.crm.contacts.basic_api.create(simple_public_object_input_for_create=body)
    return str(made.id)


def test_create_read_update_and_archive(client: Any) -> None:
    ident = _create(client, email="ada@example.org", firstname="Ada")
    api = client.crm.contacts.basic_api
    api.update(ident, simple_public_object_input={"properties": {"firstname": "Augusta"}})
    read = api.get_by_id("ada@example.org", id_property="email", properties=["firstname", "phone"])
    assert (read.id, read.properties["firstname"], read.properties["phone"]) == (ident, "Augusta", None)
    assert read.updated_at >= read.created_at
    api.archive(ident)
    with pytest.raises(ApiException) as missing:
        api.get_by_id(ident)
    assert missing.value.status == 404
    assert api.get_by_id(ident, archived=True).archived is True


def test_history_is_read_by_the_sdk(client: Any) -> None:
    ident = _create(client, email="ada@example.org")
    read = client.crm.contacts.basic_api.get_by_id(ident, properties_with_history=["email"])
    entry = read.properties_with_history["email"][0]
    assert (entry.value, entry.source_type, entry.source_id) == ("ada@example.org", "INTEGRATION", "77")


def test_a_conflict_and_an_invalid_value_are_typed_errors(client: Any) -> None:
    ident = _create(client, email="ada@example.org")
    with pytest.raises(ApiException) as conflict:
        _create(client, email="ada@example.org")
    assert conflict.value.status == 409
    assert json.loads(conflict.value.body)["message"].endswith(f"Existing ID: {ident}")
    with pytest.raises(ApiException) as invalid:
        _create(client, email="nonsense")
    assert json.loads(invalid.value.body)["category"] == "VALIDATION_ERROR"


def test_a_partial_batch_is_a_result_with_errors(client: Any) -> None:
    _create(client, email="ada@example.org")
    inputs: list[dict[str, Any]] = [
        {"properties": {"email": address}, "associations": [], "objectWriteTraceId": address}
        for address in ("ada@example.org", "new@example.org")
    ]
    made = client.crm.contacts.batch_api.create(
        batch_input_simple_public_object_batch_input_for_create={"inputs": inputs}
    )
    assert type(made).__name__ == "BatchResponseSimplePublicObjectWithErrors"
    assert [result.properties["email"] for result in made.results] == ["new@example.org"]
    assert made.num_errors == 1
    assert made.errors[0].context == {"objectWriteTraceId": ["ada@example.org"]}


def test_batch_read_upsert_and_archive(client: Any) -> None:
    batch = client.crm.contacts.batch_api
    ident = _create(client, email="ada@example.org")
    inputs: list[dict[str, Any]] = [
        {"id": address, "idProperty": "email", "properties": {"lastname": "L"}}
        for address in ("ada@example.org", "new@example.org")
    ]
    upserted = batch.upsert(batch_input_simple_public_object_batch_input_upsert={"inputs": inputs})
    assert sorted(result.new for result in upserted.results) == [False, True]
    body = {"inputs": [{"id": ident}, {"id": "7"}], "properties": ["lastname"], "propertiesWithHistory": []}
    read = batch.read(batch_read_input_simple_public_object_id=body)
    assert (read.results[0].properties["lastname"], read.errors[0].category) == ("L", "OBJECT_NOT_FOUND")
    batch.archive(batch_input_simple_public_object_id={"inputs": [{"id": ident}]})
    assert [c.properties["email"] for c in client.crm.contacts.get_all()] == ["new@example.org"]


def test_search_merge_and_erasure(client: Any) -> None:
    one, two = _create(client, email="a@example.org"), _create(client, email="b@example.org")
    condition = {"propertyName": "email", "operator": "IN", "values": ["a@example.org", "b@example.org"]}
    query = {
        "filterGroups": [{"filters": [condition]}],
        "sorts": [],
        "properties": ["email"],
        "limit": 100,
        "after": "0",
    }
    found = client.crm.contacts.search_api.do_search(public_object_search_request=query)
    assert (found.total, [result.id for result in found.results]) == (2, [one, two])
    contacts = client.crm.contacts
    survivor = contacts.basic_api.merge(public_merge_input={"primaryObjectId": one, "objectIdToMerge": two})
    assert contacts.basic_api.get_by_id(two).id == survivor.id
    contacts.basic_api.purge(public_gdpr_delete_input={"objectId": survivor.id})
    with pytest.raises(ApiException):
        contacts.basic_api.get_by_id(survivor.id)


def test_owners_properties_and_pipelines(client: Any, hs: HubSpotSandbox) -> None:
    owner_id = hs.add_owner(PORTAL, "olga@example.org", "Olga", "O")
    assert [owner.email for owner in client.crm.owners.get_all()] == ["olga@example.org"]
    assert client.crm.owners.owners_api.get_by_id(int(owner_id)).first_name == "Olga"
    names = {one.name for one in client.crm.properties.core_api.get_all("contacts").results}
    assert {"email", "lifecyclestage", "hubspot_owner_id"} <= names
    body = {
        "name": "score",
        "label": "Score",
        "type": "number",
        "fieldType": "number",
        "groupName": "contactinformation",
    }
    made = client.crm.properties.core_api.create("contacts", property_create=body)
    assert (made.name, made.has_unique_value) == ("score", False)
    assert len(client.crm.pipelines.pipelines_api.get_all("deals").results[0].stages) == 7


def test_property_groups(client: Any) -> None:
    groups = client.crm.properties.groups_api
    groups.create("contacts", property_group_create={"name": "diptych", "label": "Diptych 1"})
    groups.update("contacts", "diptych", property_group_update={"label": "Diptych 2"})
    assert groups.get_by_name("contacts", "diptych").label == "Diptych 2"
    assert "diptych" in {one.name for one in groups.get_all("contacts").results}


def test_lists_and_memberships(client: Any) -> None:
    ident = _create(client, email="ada@example.org")
    body = {"name": "Inclusion", "objectTypeId": "0-1", "processingType": "MANUAL"}
    made = client.crm.lists.lists_api.create(list_create_request=body).list
    memberships = client.crm.lists.memberships_api
    changed = memberships.add(made.list_id, [ident, "7"])
    assert (changed.records_ids_added, changed.record_ids_missing) == ([ident], ["7"])
    page = memberships.get_page_ordered_by_added_to_list_date(made.list_id)
    assert [(row.record_id, page.total) for row in page.results] == [(ident, 1)]
    assert [row.list_id for row in memberships.get_lists("0-1", ident).results] == [made.list_id]
    found = client.crm.lists.lists_api.do_search(
        list_search_request={"query": "Incl", "offset": 0, "count": 10, "additionalProperties": []}
    )
    assert [row.name for row in found.lists] == ["Inclusion"]


def test_associations(client: Any) -> None:
    contact = _create(client, email="ada@example.org")
    company = client.crm.companies.basic_api.create(
        simple_public_object_input_for_create={"properties": {"name": "Acme"}, "associations": []}
    ).id
    api = client.crm.associations.v4.basic_api
    api.create_default("contacts", contact, "companies", company)
    spec = AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=1)
    api.create("contacts", contact, "companies", company, association_spec=[spec])
    (row,) = api.get_page("contacts", contact, "companies").results
    assert (str(row.to_object_id), [kind.type_id for kind in row.association_types]) == (company, [279, 1])
    read = client.crm.associations.v4.batch_api.get_page(
        "contacts",
        "companies",
        batch_input_public_fetch_associations_batch_request={"inputs": [{"id": contact}]},
    )
    assert str(read.results[0].to[0].to_object_id) == company


def test_the_sdks_signature_check_accepts_our_webhooks(hs: HubSpotSandbox) -> None:
    checks: list[bool] = []
    delivered = threading.Event()
    receiver = Flask(__name__)

    @receiver.post("/webhooks/hubspot")
    def take() -> Response:
        body = request.get_data(as_text=True)
        uri = f"http://{request.host}{request.full_path.rstrip('?')}"
        stamp = request.headers["X-HubSpot-Request-Timestamp"]
        v3 = request.headers["X-HubSpot-Signature-v3"]
        v1 = request.headers["X-HubSpot-Signature"]
        checks.append(
            Signature.is_valid(v3, SECRET, body, uri, "POST", signature_version="v3", timestamp=stamp)
        )
        checks.append(Signature.is_valid(v1, SECRET, body, signature_version="v1"))
        checks.append(
            not Signature.is_valid(v3, "other", body, uri, "POST", signature_version="v3", timestamp=stamp)
        )
        delivered.set()
        return Response(status=204)

    with serve(receiver) as target, Ticker(hs.pump, every_seconds=0.01):
        hs.target_url = f"{target.url}/webhooks/hubspot?via=proxy"
        hs.ui_create(PORTAL, "contacts", {"email": "zoe@example.org", "firstname": "Zoé"})
        assert delivered.wait(timeout=10)
    assert checks == [True] * len(checks)


def test_a_lost_answer_is_a_connection_error_and_the_contact_is_there(
    hs: HubSpotSandbox, server: Server
) -> None:
    hs.faults = Faults(timeout_after_write=1.0)
    session = requests.Session()
    session.trust_env = False
    with pytest.raises(requests.ConnectionError):
        session.post(
            f"{server.url}/crm/v3/objects/contacts",
            json={"properties": {"email": "ada@example.org"}},
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=5,
        )
    assert [record["properties"]["email"] for record in hs.state(PORTAL)] == ["ada@example.org"]
    session.close()
