"""What HubSpot's deliveries become."""

from __future__ import annotations

from datetime import UTC, datetime

from contract.changes import Change, Kind, Origin
from contract.records import RecordRef, Side
from tests.unit.webhooks.kit import NOW, PORTAL, Desk, event


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
