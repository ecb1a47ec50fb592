"""Only what HubSpot signed is taken, and for a portal only under a secret of its own."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hubspot.utils.signature import Signature
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.secret import Secret
from tests.unit.webhooks.kit import (
    BASE,
    NOW,
    OLD_SECRET,
    OTHER,
    OTHER_SECRET,
    PORTAL,
    SECRET,
    SHARED,
    Desk,
    event,
    milliseconds,
    sign,
)
from webhooks.directory import HubSpotSender, Senders


def test_the_signature_that_hubspots_own_library_makes_is_taken() -> None:
    desk, body = Desk(), json.dumps([event()])
    made = Signature.get_signature(
        client_secret=SECRET,
        request_body=body,
        signature_version="v3",
        http_uri=f"{BASE}/webhooks/hubspot",
        http_method="POST",
        timestamp=milliseconds(NOW),
    )
    assert desk.hubspot(body.encode(), signature=made).status_code == 200


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_during_a_rotation_both_secrets_are_taken(secret: str) -> None:
    desk = Desk()
    assert desk.hubspot([event()], secret=secret).status_code == 200
    assert len(desk.publisher.changes()) == 1


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, 200), (-300, 200), (300, 200), (-300.002, 401), (300.002, 401), (86_400, 401)]
)
def test_a_signature_is_good_for_five_minutes_either_way(seconds: float, status: int) -> None:
    desk = Desk()
    assert desk.hubspot([event()], at=NOW + timedelta(seconds=seconds)).status_code == status
    assert len(desk.publisher.sent) == (status == 200)


@pytest.mark.parametrize(
    "signature", ["", "x", "=" * 44, "\xff" * 44, "Zm9yZ2Vk", "A" * 10_000, "é" * 44, "None"]
)
def test_a_signature_of_any_other_form_is_refused(signature: str) -> None:
    desk = Desk()
    assert desk.hubspot([event()], signature=signature).status_code == 401
    assert desk.publisher.sent == []


@pytest.mark.parametrize(
    "timestamp", ["", "now", "-5", "1e12", "1795175996.5", "٣", "9" * 400, " 1", "0", "\xb2"]
)
def test_a_time_of_any_other_form_is_refused_even_when_it_is_signed(timestamp: str) -> None:
    desk = Desk()
    timestamp = timestamp.encode("utf-8").decode("latin-1")
    assert desk.hubspot([event()], timestamp=timestamp).status_code == 401


def test_missing_headers_are_refused() -> None:
    answer = Desk().client.post("/webhooks/hubspot", data=json.dumps([event()]))
    assert answer.status_code == 401


def test_a_changed_body_or_another_address_is_refused() -> None:
    desk, body = Desk(), json.dumps([event()]).encode()
    stamp = milliseconds(NOW)
    changed = sign(SECRET, f"{BASE}/webhooks/hubspot", body + b" ", stamp)
    elsewhere = sign(SECRET, f"{BASE}/webhooks/hubspot?x=1", body, stamp)
    plain_http = sign(SECRET, "http://hooks.example.com/webhooks/hubspot", body, stamp)
    for signature in (changed, elsewhere, plain_http):
        assert desk.hubspot(body, signature=signature).status_code == 401


def test_without_a_public_address_the_host_header_serves() -> None:
    desk, body = Desk(base_url=None), json.dumps([event()]).encode()
    made = sign(SECRET, "http://localhost/webhooks/hubspot", body, milliseconds(NOW))
    assert desk.hubspot(body, signature=made).status_code == 200


def test_a_secret_forges_nothing_of_a_portal_that_does_not_list_it() -> None:
    desk = Desk()
    answer = desk.hubspot([event(portalId=OTHER), event(portalId=PORTAL)], secret=OTHER_SECRET)
    assert answer.status_code == 200
    assert [change.portal for change in desk.publisher.changes()] == [OTHER]
    assert desk.counters.value("webhook_events", outcome="foreign_portal") == 1


def test_a_body_about_another_portal_alone_does_not_verify() -> None:
    desk = Desk()
    assert desk.hubspot([event(portalId=PORTAL)], secret=OTHER_SECRET).status_code == 401
    assert desk.publisher.sent == []


def test_an_old_secret_counts_only_for_the_portal_that_still_lists_it() -> None:
    desk = Desk()
    assert desk.hubspot([event(), event(portalId=SHARED)], secret=OLD_SECRET).status_code == 200
    assert [change.portal for change in desk.publisher.changes()] == [PORTAL]


def test_a_signed_body_of_unknown_portals_is_accepted_and_counted() -> None:
    desk = Desk()
    assert desk.hubspot([event(portalId=9999), event(portalId=9998)]).status_code == 200
    assert desk.publisher.sent == []
    assert desk.counters.value("webhook_events", outcome="unknown_portal") == 2
    assert desk.hubspot([event(portalId=9999)], secret="nobodys").status_code == 401


def test_an_empty_secret_of_a_portal_verifies_nothing() -> None:
    empty = HubSpotSender(client_secrets=(), app_id=1)
    desk = Desk(Senders(hubspot={PORTAL: empty}, salesforce=()))
    assert desk.hubspot([event()], secret="").status_code == 401


def test_a_large_forged_body_is_not_hashed_with_every_secret_there_is() -> None:
    many = {
        number: HubSpotSender(client_secrets=(Secret(f"secret-{number}"),), app_id=1)
        for number in range(1, 400)
    }
    desk = Desk(Senders(hubspot=many, salesforce=()))
    body = json.dumps([event(portalId=9999, filler="x" * 900_000)])
    assert desk.hubspot(body.encode(), secret="secret-399").status_code == 401
    assert desk.hubspot([event(portalId=9999)], secret="secret-399").status_code == 200


@settings(max_examples=60, deadline=None)
@given(
    secret=st.sampled_from([SECRET, OLD_SECRET, OTHER_SECRET, "unknown"]),
    portals=st.lists(st.sampled_from([PORTAL, SHARED, OTHER, 9999]), min_size=1, max_size=6),
)
def test_no_mixture_of_portals_lets_a_secret_speak_for_another_portal(
    secret: str, portals: list[int]
) -> None:
    lists: dict[str, set[int]] = {SECRET: {PORTAL, SHARED}, OLD_SECRET: {PORTAL}, OTHER_SECRET: {OTHER}}
    desk = Desk()
    events: list[dict[str, Any]] = [event(portalId=one, objectId=n) for n, one in enumerate(portals, 1)]
    answer = desk.hubspot(events, secret=secret)
    allowed = lists.get(secret, set())
    taken = [(one, str(n)) for n, one in enumerate(portals, 1) if one in allowed]
    verifiable = bool(allowed & set(portals)) or (bool(allowed) and set(portals) == {9999})
    assert answer.status_code == (200 if verifiable else 401)
    assert [(change.portal, change.ref.id) for change in desk.publisher.changes()] == taken
