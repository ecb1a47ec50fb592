"""What Salesforce's outbound messages become."""

from __future__ import annotations

from datetime import UTC, datetime

from contract.changes import Change, Kind
from contract.records import RecordRef, Side
from tests.unit.webhooks.kit import PORTAL, SHARED, Desk, message, notification

ACK = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>'
    b"</notificationsResponse></soapenv:Body></soapenv:Envelope>"
)


def test_a_notification_becomes_a_change_of_every_portal_that_shares_the_org() -> None:
    desk = Desk()
    answer = desk.salesforce(message([notification("0031t00000AbCdE")]))
    assert (answer.status_code, answer.data, answer.content_type) == (200, ACK, "text/xml; charset=utf-8")
    assert desk.publisher.changes() == [
        Change(
            portal=portal,
            ref=RecordRef(side=Side.SALESFORCE, object_type="Contact", id="0031t00000AbCdEAAV"),
            kind=Kind.UPDATED,
            occurred_at=datetime(2026, 11, 20, 11, 59, 50, tzinfo=UTC),
            trace_id="delivery-1",
        )
        for portal in (PORTAL, SHARED)
    ]
