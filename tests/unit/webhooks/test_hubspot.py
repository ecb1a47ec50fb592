"""What HubSpot's deliveries become."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from contract.changes import Change, Kind, Origin
from contract.records import RecordRef, Side
from tests.unit.webhooks.kit import APP_ID, NOW, PORTAL, SHARED, Desk, event, payload

Row = tuple[int, str, str, tuple[str, ...], tuple[str, ...], bool]


def rows(desk: Desk) -> list[Row]:
    """(portal, record id, kind, properties, merged ids, echo) of what was published."""
    changes = desk.publisher.changes()
    assert {change.ref.object_type for change in changes} <= {"contact"}
    return [
        (one.portal, one.ref.id, one.kind.value, one.properties, one.merged_ids, one.echo) for one in changes
    ]


def test_a_signed_property_change_becomes_one_confirmed_change_set() -> None:
    desk = Desk()
    answer = desk.hubspot([event()])
    assert answer.status_code == 200
    (change_set,) = desk.publisher.change_sets()
    assert change_set.id == "delivery-1"
    assert change_set.received_at == NOW
    assert change_set.changes == (
        Change(
            portal=PORTAL,
            ref=RecordRef(side=Side.HUBSPOT, object_type="contact", id="51"),
            kind=Kind.UPDATED,
            occurred_at=datetime(2026, 11, 20, 11, 59, 56, tzinfo=UTC),
            properties=("phone",),
            origin=Origin.WEBHOOK,
            trace_id="delivery-1",
        ),
    )


EXPECTED: dict[str, list[Row]] = {
    "contact_property_change": [(PORTAL, "51", "updated", ("email",), (), False)],
    "contact_creation_burst": [
        (PORTAL, "52", "updated", ("firstname",), (), False),
        (PORTAL, "52", "updated", ("email",), (), False),
        (PORTAL, "52", "created", (), (), False),
    ],
    "contact_merge": [(PORTAL, "63", "merged", (), ("60", "61", "62"), False)],
    "contact_erasure": [
        (PORTAL, "70", "erased", (), (), False),
        (PORTAL, "70", "deleted", (), (), False),
    ],
    "contact_association_change": [
        (PORTAL, "80", "associated", (), (), False),
        (PORTAL, "81", "associated", (), (), False),
        (PORTAL, "82", "associated", (), (), False),
        (PORTAL, "83", "associated", (), (), False),
    ],
    "object_events": [
        (PORTAL, "90", "created", (), (), True),
        (PORTAL, "90", "updated", ("jobtitle",), (), True),
        (PORTAL, "91", "deleted", (), (), False),
        (PORTAL, "92", "restored", (), (), False),
        (PORTAL, "93", "merged", (), ("94",), False),
        (PORTAL, "95", "associated", (), (), False),
    ],
    "other_objects": [],
    "several_portals": [
        (PORTAL, "52", "created", (), (), False),
        (SHARED, "52", "created", (), (), False),
    ],
    "event_type": [(PORTAL, "123", "updated", ("lifecyclestage",), (), False)],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_kind_of_delivery_publishes_the_contacts_it_names(name: str) -> None:
    desk = Desk()
    answer = desk.hubspot(payload(f"hubspot/{name}.json"))
    assert answer.status_code == 200
    assert rows(desk) == EXPECTED[name]
    assert len(desk.publisher.sent) == (1 if EXPECTED[name] else 0)


def test_what_is_not_published_is_counted_by_its_reason() -> None:
    desk = Desk()
    for name in ("other_objects", "several_portals", "contact_creation_burst", "object_events"):
        desk.hubspot(payload(f"hubspot/{name}.json"))
    count = desk.counters.value
    assert count("webhook_events", outcome="not_synced") == 6
    assert count("webhook_events", outcome="unknown_portal") == 1
    assert count("webhook_events", outcome="repeated") == 1
    assert count("webhook_events", outcome="published") == 11
    assert count("webhook_deliveries", sender="hubspot", outcome="200") == 4


@pytest.mark.parametrize(
    ("source", "echo"),
    [
        ({"changeSource": "INTEGRATION", "sourceId": str(APP_ID)}, True),
        ({"changeSource": "INTEGRATION", "sourceId": APP_ID}, True),
        ({"changeSource": "INTEGRATION", "sourceId": "888"}, False),
        ({"changeSource": "INTEGRATION", "sourceId": None}, False),
        ({"changeSource": "CRM_UI", "sourceId": str(APP_ID)}, False),
        ({"changeSource": None, "sourceId": None}, False),
        ({"changeSource": ["INTEGRATION"], "sourceId": [str(APP_ID)]}, False),
    ],
)
def test_only_a_change_made_through_our_own_app_is_an_echo(source: dict[str, Any], *, echo: bool) -> None:
    desk = Desk()
    desk.hubspot([event(**source)])
    assert [change.echo for change in desk.publisher.changes()] == [echo]


@pytest.mark.parametrize(
    ("parts", "survivor", "losers"),
    [
        ({"primaryObjectId": 1, "mergedObjectIds": [2], "newObjectId": 3}, "3", ("1", "2")),
        ({"primaryObjectId": 1, "mergedObjectIds": [2], "newObjectId": 1}, "1", ("2",)),
        ({"primaryObjectId": 1, "mergedObjectIds": [2], "newObjectId": 0}, "1", ("2",)),
        ({"primaryObjectId": 1, "mergedObjectIds": [2]}, "1", ("2",)),
        ({"primaryObjectId": 1}, "1", ()),
        ({"newObjectId": 3, "mergedObjectIds": [2, 3], "objectId": 1}, "3", ("1", "2")),
        ({"objectId": 1, "mergedObjectIds": ["2"]}, "1", ("2",)),
    ],
)
def test_a_merge_names_its_survivor_and_every_loser(
    parts: dict[str, Any], survivor: str, losers: tuple[str, ...]
) -> None:
    desk = Desk()
    desk.hubspot([event(subscriptionType="contact.merge", **({"objectId": None} | parts))])
    assert [(change.ref.id, change.merged_ids) for change in desk.publisher.changes()] == [(survivor, losers)]


def test_a_body_of_more_than_a_hundred_events_is_one_message() -> None:
    desk = Desk()
    desk.hubspot([event(objectId=number) for number in range(1, 251)])
    (change_set,) = desk.publisher.change_sets()
    assert [change.ref.id for change in change_set.changes] == [str(number) for number in range(1, 251)]
