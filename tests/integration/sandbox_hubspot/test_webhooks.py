"""Webhook events: their forms, signatures, batches and repetition."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from sandbox.kit import Faults
from tests.integration.sandbox_hubspot.harness import OTHER_PORTAL, PORTAL, SECRET, TARGET, World, make_world

COMMON = {"portalId": PORTAL, "appId": 77, "attemptNumber": 0, "occurredAt": 1_795_510_800_000}


def _without_ids(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in {"eventId", "subscriptionId"}}


def test_a_creation_tells_its_properties_and_itself_at_one_moment(world: World) -> None:
    ident = int(world.api.create(email="ada@example.org", firstname="Ada"))
    told = [_without_ids(event) for event in world.deliver()]
    ours = {**COMMON, "changeSource": "INTEGRATION", "sourceId": "77", "objectId": ident}
    change = {**ours, "subscriptionType": "contact.propertyChange"}
    assert told == [
        {**change, "propertyName": "email", "propertyValue": "ada@example.org"},
        {**change, "propertyName": "firstname", "propertyValue": "Ada"},
        {**ours, "subscriptionType": "contact.creation", "changeFlag": "CREATED"},
    ]


def test_a_person_is_told_as_crm_ui_with_the_user_and_a_cleared_value_is_empty(world: World) -> None:
    ident = world.hs.ui_create(PORTAL, "contacts", {"email": "ada@example.org", "phone": "1"}, user=5)
    world.forget()
    world.hs.ui_update(PORTAL, "contacts", ident, {"phone": ""}, user=12)
    (event,) = world.deliver()
    assert (event["changeSource"], event["sourceId"]) == ("CRM_UI", "userId:12")
    assert (event["propertyName"], event["propertyValue"]) == ("phone", "")


def test_the_generic_family_adds_the_object_type(world: World) -> None:
    ident = int(world.hs.ui_create(OTHER_PORTAL, "contacts", {"email": "ada@example.org"}))
    change, creation = world.deliver()
    assert (change["subscriptionType"], creation["subscriptionType"]) == (
        "object.propertyChange",
        "object.creation",
    )
    assert (change["objectTypeId"], change["isSensitive"], change["objectId"]) == ("0-1", False, ident)
    assert creation["objectTypeId"] == "0-1"


def test_tasks_have_only_the_generic_form_and_companies_their_own(world: World) -> None:
    world.api.create("tasks", hs_timestamp="2026-12-01T00:00:00Z")
    world.api.create("companies", name="Acme")
    types = {event["subscriptionType"] for event in world.deliver()}
    assert types == {"object.creation", "object.propertyChange", "company.creation", "company.propertyChange"}


def test_deletion_and_restore_are_told(world: World) -> None:
    ident = world.api.create(email="ada@example.org")
    world.forget()
    world.hs.ui_delete(PORTAL, "contacts", ident)
    world.hs.ui_restore(PORTAL, "contacts", ident)
    told = [(event["subscriptionType"], event["objectId"]) for event in world.deliver()]
    assert told == [("contact.deletion", int(ident)), ("contact.restore", int(ident))]


@pytest.mark.parametrize("portal", [PORTAL, OTHER_PORTAL])
def test_an_erasure_is_told_twice_and_never_lost(portal: int) -> None:
    world = make_world(faults=Faults(drop_notice=1.0))
    ident = world.hs.ui_create(portal, "contacts", {"email": "ada@example.org"})
    world.hs.ui_gdpr_delete(portal, ident)
    types = {event["subscriptionType"] for event in world.deliver()}
    deletion = "contact.deletion" if portal == PORTAL else "object.deletion"
    assert types == {"contact.privacyDeletion", deletion}


def test_only_subscribed_properties_are_told() -> None:
    world = make_world(account={"subscribed": frozenset({"email"})})
    world.api.create(email="ada@example.org", firstname="Ada")
    assert [e.get("propertyName") for e in world.deliver()] == ["email", None]


def test_a_delivery_carries_both_signatures_over_the_bytes_sent(world: World) -> None:
    world.hs.ui_create(PORTAL, "contacts", {"email": "ada@example.org", "firstname": "Zoé"})
    world.deliver()
    ((url, headers, body),) = world.receiver.requests
    assert "Zoé" in body.decode()
    assert headers["X-HubSpot-Signature-Version"] == "v1"
    assert headers["X-HubSpot-Signature"] == hashlib.sha256(SECRET.encode() + body).hexdigest()
    stamp = headers["X-HubSpot-Request-Timestamp"]
    assert stamp == "1795510800000"
    signed = b"POST" + TARGET.encode() + body + stamp.encode()
    expected = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert (url, headers["X-HubSpot-Signature-v3"]) == (TARGET, expected)


def test_batches_hold_at_most_a_hundred_events_of_all_accounts(world: World) -> None:
    for portal in (PORTAL, OTHER_PORTAL) * 40:
        world.hs.ui_create(portal, "contacts", {"firstname": "x", "lastname": "y"})
    world.deliver()
    batches = [json.loads(body) for _, _, body in world.receiver.requests]
    assert [len(batch) for batch in batches] == [100, 100, 40]
    assert {event["portalId"] for event in batches[0]} == {PORTAL, OTHER_PORTAL}


def test_a_refused_delivery_comes_again_with_a_higher_attempt_number(world: World) -> None:
    world.hs.ui_create(PORTAL, "contacts", {"firstname": "x"})
    world.receiver.status = 503
    world.hs.target_url = TARGET
    assert world.hs.pump() == 2
    assert world.hs.pump() == 2
    world.receiver.status = 204
    world.clock.move(1)
    assert world.hs.pump() == 0
    assert [event["attemptNumber"] for event in world.receiver.events] == [0, 0, 1, 1]
    ids = [event["eventId"] for event in world.receiver.events]
    assert ids[:2] == ids[2:]


def test_a_receiver_that_does_not_answer_is_tried_again() -> None:
    world = make_world()

    def unreachable(*_: object) -> int:
        raise ConnectionRefusedError

    world.hs.sender._post = unreachable
    world.hs.ui_create(PORTAL, "contacts", {"firstname": "x"})
    world.hs.target_url = TARGET
    assert world.hs.pump() == 2
    assert world.hs.deliveries[-1].status == 0


def test_without_a_target_webhooks_stay_queued(world: World) -> None:
    world.hs.ui_create(PORTAL, "contacts", {"firstname": "x"})
    assert world.hs.pump(everything=True) == 2
    assert world.receiver.requests == []


def test_a_subscription_has_one_id_and_events_have_their_own(world: World) -> None:
    for _ in range(2):
        world.hs.ui_create(PORTAL, "contacts", {"firstname": "x"})
    events = world.deliver()
    assert len({event["eventId"] for event in events}) == 4
    assert len({event["subscriptionId"] for event in events}) == 2
