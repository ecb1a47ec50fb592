"""Over a real socket, with simple-salesforce as a client that knows nothing of the stand-in."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import flask
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from sandbox.kit import Faults
from sandbox.salesforce import SalesforceSandbox, create_app
from sandbox.server import Server, serve

from .client import ACK, TOKEN
from .soap import told


class ToLoopback(HTTPAdapter):
    """Sends what is meant for https://...salesforce.com, or loopback by https, to the stand-in by http."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        host, _, path = (request.url or "").removeprefix("https://").partition("/")
        assert host.endswith(".salesforce.com") or host.startswith("127.0.0.1:")
        request.url = f"{self._base_url}/{path}"
        return super().send(request, *args, **options)


@pytest.fixture
def org() -> SalesforceSandbox:
    return SalesforceSandbox(consumer_key="key", consumer_secret="secret", session_token=TOKEN)


@pytest.fixture
def server(org: SalesforceSandbox) -> Iterator[Server]:
    with serve(create_app(org)) as running:
        org.base_url = running.url
        yield running


@pytest.fixture
def session(server: Server) -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        made.mount("https://", ToLoopback(server.url))
        yield made


@pytest.fixture
def client(session: requests.Session) -> Any:
    """Untyped: its typing takes every sObject for a bulk API."""
    return Salesforce(consumer_key="key", consumer_secret="secret", domain="acme.my", session=session)


def test_login_by_client_credentials_and_its_refusal(client: Any, session: requests.Session) -> None:
    assert client.query("SELECT COUNT() FROM Lead")["totalSize"] == 0
    with pytest.raises(SalesforceAuthenticationFailed):
        Salesforce(consumer_key="key", consumer_secret="no", domain="acme.my", session=session)


def test_login_by_jwt(org: SalesforceSandbox, session: requests.Session) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    org.auth.jwt_public_key = public.decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    client = Salesforce(
        username=org.auth.username, consumer_key="key", privatekey=private.decode(), session=session
    )
    assert client.query("SELECT COUNT() FROM Lead")["totalSize"] == 0


def test_rows_and_upsert(client: Any) -> None:
    made = client.Lead.create({"LastName": "Hopper", "Company": "Navy"})
    assert made["success"] is True
    assert client.Lead.update(made["id"], {"Title": "Admiral"}) == 204
    assert client.Lead.get(made["id"])["Title"] == "Admiral"
    statuses = [client.Lead.upsert("Diptych_Key__c/1-7", {"LastName": "x", "Company": "y"}) for _ in range(2)]
    assert statuses == [201, 200]
    assert client.Lead.get_by_custom_id("Diptych_Key__c", "1-7")["LastName"] == "x"
    assert client.Lead.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        client.Lead.get(made["id"])
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_EMAIL_ADDRESS"):
        client.Lead.create({"LastName": "Hopper", "Company": "Navy", "Email": "bad"})


def test_query_all_follows_pages_and_sees_the_bin(org: SalesforceSandbox, client: Any) -> None:
    org.org.query_batch_size = 7
    ids = [org.ui_create("Lead", {"LastName": f"n{n}", "Company": "c"}) for n in range(20)]
    for record_id in ids[:5]:
        org.ui_delete("Lead", record_id)
    living = client.query_all("SELECT Id FROM Lead")
    everything = client.query_all("SELECT Id FROM Lead", include_deleted=True)
    assert [row["Id"] for row in living["records"]] == ids[5:]
    assert [row["Id"] for row in everything["records"]] == ids


def test_collections_by_restful(client: Any) -> None:
    def lead(**fields: str) -> dict[str, Any]:
        return {"attributes": {"type": "Lead"}, "LastName": "x", "Company": "y", **fields}

    body = {"allOrNone": False, "records": [lead(Title="a"), lead(Email="bad")]}
    results = client.restful("composite/sobjects", method="POST", json=body)
    assert [result["success"] for result in results] == [True, False]
    ids = [results[0]["id"], "00QDp0000zzzzzz"]
    rows = client.restful("composite/sobjects/Lead", method="POST", json={"ids": ids, "fields": ["Title"]})
    assert [row and row["Title"] for row in rows] == ["a", None]
    keyed = {"records": [lead(Diptych_Key__c="1-1"), lead(Diptych_Key__c="1-2")]}
    results = client.restful("composite/sobjects/Lead/Diptych_Key__c", method="PATCH", json=keyed)
    assert [result["created"] for result in results] == [True, True]


def test_deleted_limits_and_describe(client: Any) -> None:
    made = client.Lead.create({"LastName": "Hopper", "Company": "Navy"})
    client.Lead.delete(made["id"])
    now = datetime.now(UTC)
    told_of = client.Lead.deleted(now - timedelta(minutes=5), now + timedelta(minutes=5))
    assert [row["id"] for row in told_of["deletedRecords"]] == [made["id"]]
    assert client.limits()["DailyApiRequests"]["Max"] == 1_000_000
    assert client.api_usage["api-usage"].total == 1_000_000
    assert "Email" in {field["name"] for field in client.Lead.describe()["fields"]}
    assert "Contact" in {entry["name"] for entry in client.describe()["sobjects"]}


def test_an_expired_token_is_renewed_by_the_client(org: SalesforceSandbox, client: Any) -> None:
    org.expire_tokens()
    assert client.query("SELECT COUNT() FROM Lead")["totalSize"] == 0


def test_a_dropped_connection_is_a_connection_error(org: SalesforceSandbox, server: Server) -> None:
    org.faults = Faults(timeout_after_write=1.0)
    with requests.Session() as plain:
        plain.trust_env = False
        headers = {"Authorization": f"Bearer {TOKEN}"}
        body = {"LastName": "Hopper", "Company": "Navy"}
        with pytest.raises(requests.ConnectionError):
            plain.post(
                f"{server.url}/services/data/v66.0/sobjects/Lead", json=body, headers=headers, timeout=5
            )
    assert len(org.state("Lead")) == 1


def test_many_threads_lose_and_double_nothing(org: SalesforceSandbox, server: Server) -> None:
    def work(number: int) -> None:
        with requests.Session() as plain:
            plain.trust_env = False
            plain.headers["Authorization"] = f"Bearer {TOKEN}"
            for key in range(20):
                url = f"{server.url}/services/data/v66.0/sobjects/Lead/Diptych_Key__c/{key}"
                plain.patch(url, json={"LastName": f"{number}", "Company": "y"}, timeout=10)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row["Diptych_Key__c"] for row in org.state("Lead")) == sorted(str(key) for key in range(20))
    assert org.calls.total() == 80
    assert len(org.outbound.notices.waiting) == 80


def test_messages_go_out_over_http_and_may_call_back(org: SalesforceSandbox, server: Server) -> None:
    receiver, seen = flask.Flask("receiver"), list[tuple[Mapping[str, str], list[str], int]]()

    @receiver.post("/webhooks/salesforce/<secret>")
    def take(secret: str) -> flask.Response:
        ids = [one.values["Id"] for one in told(flask.request.get_data())]
        with requests.Session() as plain:
            plain.trust_env = False
            url = f"{server.url}/services/data/v66.0/sobjects/Lead/{ids[0]}"
            back = plain.get(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=5)
        seen.append((dict(flask.request.headers), ids, back.status_code))
        return flask.Response(ACK, content_type="text/xml")

    lead = org.ui_create("Lead", {"LastName": "Hopper", "Company": "Navy"})
    with serve(receiver) as running:
        org.target_url = f"{running.url}/webhooks/salesforce/secret"
        assert org.pump() == 0
    headers, ids, status = seen[0]
    assert (ids, status) == ([lead], 200)
    assert headers["Content-Type"] == "text/xml; charset=utf-8"
    assert headers["Soapaction"] == '""'
