"""One malformed event never loses its neighbours, and is kept where an operator sees it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.webhooks.kit import NOW, PORTAL, Desk, event, milliseconds

MALFORMED: list[Any] = [
    None,
    7,
    "contact.creation",
    [],
    {},
    event(portalId=None),
    event(portalId="ten"),
    event(portalId=True),
    event(portalId=4242.0),
    event(subscriptionType=None),
    event(subscriptionType=12),
    event(objectId=None),
    event(objectId=0),
    event(objectId=-1),
    event(objectId=2**63),
    event(objectId="5\u0661"),
    event(objectId=[51]),
    event(occurredAt=None),
    event(occurredAt=-1),
    event(occurredAt=True),
    event(occurredAt=1.5),
    event(occurredAt="1795175996000"),
    event(occurredAt=253402300800000),
    event(occurredAt=10**300),
    event(occurredAt=int(milliseconds(NOW)) + 2 * 86_400_000),
    event(propertyName=None),
    event(propertyName=""),
    event(propertyName="a\x00b"),
    event(propertyName="\ud800"),
    event(propertyName="x" * 256),
    event(subscriptionType="object.creation"),
    event(subscriptionType="object.creation", objectTypeId=1),
    event(subscriptionType="object.associationChange", fromObjectTypeId="0-1", fromObjectId=1),
    event(subscriptionType="contact.associationChange", associationType="CONTACT_TO_COMPANY"),
    event(subscriptionType="contact.associationChange", associationType=[[[]]]),
    event(subscriptionType="contact.merge", mergedObjectIds=[2], objectId=None),
    event(subscriptionType="contact.merge", mergedObjectIds="2", primaryObjectId=1),
    event(subscriptionType="contact.merge", mergedObjectIds=[2, "x"], primaryObjectId=1),
]


@pytest.mark.parametrize("bad", MALFORMED, ids=lambda bad: json.dumps(bad)[-60:])
def test_a_malformed_event_is_kept_apart_and_its_neighbours_are_published(bad: Any) -> None:
    desk = Desk()
    answer = desk.hubspot([event(objectId=1), bad, event(objectId=2)])
    assert answer.status_code == 200
    assert [change.ref.id for change in desk.publisher.changes()] == ["1", "2"]
    (kept,) = desk.publisher.malformed()
    assert kept["why"]
    assert desk.counters.value("webhook_events", outcome="malformed") == 1


def test_one_bad_event_among_a_hundred_costs_none_of_the_others() -> None:
    desk = Desk()
    events: list[Any] = [event(objectId=number) for number in range(1, 101)]
    events[41] = {"portalId": PORTAL, "subscriptionType": "contact.creation"}
    assert desk.hubspot(events).status_code == 200
    assert len(desk.publisher.changes()) == 99
    assert [message_id for message_id, _ in desk.publisher.sent] == ["delivery-1", "malformed-delivery-1"]


def test_a_body_with_nothing_sound_in_it_is_refused() -> None:
    desk = Desk()
    answer = desk.hubspot([event(objectId=None), {}])
    assert answer.status_code == 400
    assert answer.get_json()["why"] == "objectId is missing or not a positive number"
    assert desk.publisher.sent == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b'"text"', b"null", b"\xff\xfe", b"[" * 100_000, b"[" + b"9" * 5_000 + b"]"],
)
def test_a_signed_body_that_is_no_list_of_events_is_malformed(body: bytes) -> None:
    desk = Desk()
    assert desk.hubspot(body).status_code == 400
    assert desk.publisher.sent == []


def test_what_is_kept_of_a_malformed_event_holds_no_personal_value() -> None:
    desk = Desk()
    personal = event(objectId="ada@example.org", propertyValue="+44 20 7946 0000", note="Ada Lovelace")
    desk.hubspot([event(objectId=1), personal, "Grace Hopper"])
    kept = desk.publisher.malformed()
    assert kept[0]["seen"]["objectId"] == "(str)"
    assert kept[0]["seen"]["propertyName"] == "phone"
    text = json.dumps(kept)
    assert not [word for word in ("ada@", "7946", "Lovelace", "Grace") if word in text]


def test_an_event_written_as_a_change_set_of_another_portal_cannot_pass_for_one() -> None:
    desk = Desk()
    forged = {
        "id": "x",
        "received_at": NOW.isoformat(),
        "changes": [
            {
                "portal": 5151,
                "side": "hubspot",
                "object_type": "contact",
                "record_id": "1",
                "kind": "deleted",
                "occurred_at": NOW.isoformat(),
                "trace_id": "x",
            }
        ],
    }
    assert desk.hubspot([event(), forged]).status_code == 200
    assert [change.portal for change in desk.publisher.changes()] == [PORTAL]
    assert len(desk.publisher.malformed()) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
PARTS = st.sampled_from(
    ["portalId", "subscriptionType", "occurredAt", "objectId", "propertyName", "changeSource", "sourceId",
     "mergedObjectIds", "newObjectId", "primaryObjectId", "associationType", "objectTypeId"]
)  # fmt: skip
TYPES = st.sampled_from(
    ["contact.creation", "contact.merge", "contact.associationChange", "object.propertyChange",
     "object.associationChange", "contact.privacyDeletion", "company.merge", "contact.", ".", "object.merge"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(kind=TYPES, parts=st.dictionaries(PARTS, JSON, max_size=5))
def test_no_signed_event_whatever_it_holds_is_answered_with_a_server_error(
    kind: str, parts: dict[str, Any]
) -> None:
    desk = Desk()
    answer = desk.hubspot([event(objectId=1), event(subscriptionType=kind) | parts])
    assert answer.status_code == 200
    assert "1" in {change.ref.id for change in desk.publisher.changes()}


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_body_whatever_it_holds_is_answered_with_a_server_error(body: bytes) -> None:
    assert Desk().hubspot(body).status_code == 400
    assert Desk().hubspot(body, secret="wrong").status_code == 401
