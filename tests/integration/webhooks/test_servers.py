"""The signature is checked against the request line as it came, whichever server took it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Iterator, Mapping

import pytest

from tests.integration.webhooks.served import BASE, MAX_BODY, PATH_SECRET, PORTAL, SECRET
from tests.unit.webhooks.kit import message, notification

DECODED = {"%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(",
           "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";"}  # fmt: skip

TARGETS = [
    "/webhooks/hubspot",
    "/webhooks/hubspot?",
    "/webhooks/hubspot?a=1&b=two",
    "/webhooks/hubspot?to=https%3A%2F%2Fx.example%3Fy%40z&list=%21%24%27%28%29%2A%2C%3B",
    "/webhooks/hubspot?lower=%3a%2f&space=%20+&tilde=%7E~&percent=%25&plus=%2B&equals=%3D&amp=%26",
    "/webhooks/hubspot?utf8=%C3%A9%e2%82%ac&half=%C3&empty=&=&&#",
    "/webhooks/hubspot?utf8=%C3%A9#fragment%2F",
    "/webhooks/hub%73pot",
    "/webhooks%2Fhubspot?x=%2F",
]


def as_hubspot_decodes(uri: str) -> str:
    for escape, character in DECODED.items():
        uri = uri.replace(escape, character).replace(escape.lower(), character)
    return uri


def post(port: int, target: str, body: bytes, headers: Mapping[str, str]) -> int:
    """POST to this very request target, nothing re-quoted; returns the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.putrequest("POST", target)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        return connection.getresponse().status
    finally:
        connection.close()


def signed(uri: str, body: bytes) -> Mapping[str, str]:
    timestamp = str(int(time.time() * 1000))
    source = b"POST" + uri.encode() + body + timestamp.encode()
    made = base64.b64encode(hmac.new(SECRET.encode(), source, hashlib.sha256).digest()).decode()
    return {"X-HubSpot-Signature-v3": made, "X-HubSpot-Request-Timestamp": timestamp}


def body() -> bytes:
    occurred_at = int(time.time() * 1000)
    event = {
        "portalId": PORTAL,
        "subscriptionType": "contact.creation",
        "objectId": 1,
        "occurredAt": occurred_at,
    }
    return json.dumps([event]).encode()


@pytest.mark.parametrize("target", TARGETS)
def test_a_signature_over_the_wire_uri_holds_in_both_of_its_forms(port: int, target: str) -> None:
    sent = body()
    for uri in (BASE + target, as_hubspot_decodes(BASE + target)):
        assert post(port, target, sent, signed(uri, sent)) == 200


@pytest.mark.parametrize("target", TARGETS)
def test_a_signature_over_any_other_uri_does_not_hold(port: int, target: str) -> None:
    sent = body()
    for uri in (f"{BASE}{target}x", f"http://127.0.0.1:{port}{target}", BASE, as_hubspot_decodes(BASE) + "/"):
        assert post(port, target, sent, signed(uri, sent)) == 401


def test_the_absolute_form_of_a_request_line_is_read_without_its_origin(port: int) -> None:
    sent = body()
    target = "/webhooks/hubspot?x=%2F"
    assert post(port, f"http://inside.example:8000{target}", sent, signed(BASE + target, sent)) == 200


def test_an_outbound_message_is_acknowledged(port: int) -> None:
    text = message([notification()]).encode()
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    assert post(port, f"/webhooks/salesforce/{PATH_SECRET}", text, headers) == 200
    assert post(port, "/webhooks/salesforce/another-address-than-ours", text, headers) == 404


def test_a_body_that_comes_in_chunks_is_read_whole_and_only_up_to_the_limit(port: int) -> None:
    sent = body()
    assert chunked(port, sent, signed(f"{BASE}/webhooks/hubspot", sent)) == 200
    large = b"[" + b" " * (MAX_BODY - 1) + b"]"
    assert chunked(port, large, signed(f"{BASE}/webhooks/hubspot", large)) == 413


def chunked(port: int, sent: bytes, headers: Mapping[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(sent), 50_000):
            yield sent[start : start + 50_000]

    try:
        connection.request(
            "POST", "/webhooks/hubspot", body=pieces(), headers=dict(headers), encode_chunked=True
        )
        return connection.getresponse().status
    finally:
        connection.close()
