"""What Salesforce's outbound messages become."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contract.changes import Change, Kind
from contract.records import RecordRef, Side
from tests.unit.webhooks.kit import (
    NOW,
    ORG,
    OTHER,
    OTHER_ORG,
    OTHER_PATH_SECRET,
    PORTAL,
    SHARED,
    Desk,
    message,
    notification,
    payload,
)

ACK = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>'
    b"</notificationsResponse></soapenv:Body></soapenv:Envelope>"
)

Row = tuple[str, str, str, datetime]


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-20T{text}").replace(tzinfo=UTC)


def rows(desk: Desk) -> list[Row]:
    """(object type, id, kind, time) of what was published for PORTAL."""
    return [
        (one.ref.object_type, one.ref.id, one.kind.value, one.occurred_at)
        for one in desk.publisher.changes()
        if one.portal == PORTAL
    ]


def test_a_notification_becomes_a_change_of_every_portal_that_shares_the_org() -> None:
    desk = Desk()
    answer = desk.salesforce(message([notification("0031t00000AbCdE")]))
    assert (answer.status_code, answer.data, answer.content_type) == (200, ACK, "text/xml; charset=utf-8")
    assert desk.publisher.changes() == [
        Change(
            portal=portal,
            ref=RecordRef(side=Side.SALESFORCE, object_type="Contact", id="0031t00000AbCdEAAV"),
            kind=Kind.UPDATED,
            occurred_at=at("11:59:50"),
            trace_id="delivery-1",
        )
        for portal in (PORTAL, SHARED)
    ]


EXPECTED: dict[str, list[Row]] = {
    "contact_updated": [("Contact", "0031t00000AbCdEAAV", "updated", at("11:59:50"))],
    "leads_created_and_updated": [
        ("Lead", "00Q1t000002AbCdEAK", "created", at("11:59:40")),
        ("Lead", "00Q1t000002AbCeEAK", "updated", at("11:59:41")),
    ],
    "deleted_before_delivery": [("Contact", "0031t00000AbCdFAAV", "deleted", NOW - timedelta(hours=24))],
    "account_updated": [],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_kind_of_message_publishes_the_records_it_names(name: str) -> None:
    desk = Desk()
    answer = desk.salesforce(payload(f"salesforce/{name}.xml"))
    assert (answer.status_code, answer.data) == (200, ACK)
    assert rows(desk) == EXPECTED[name]
    assert len(desk.publisher.sent) == (1 if EXPECTED[name] else 0)


def test_an_object_type_that_is_not_synced_is_acknowledged_and_counted() -> None:
    desk = Desk()
    desk.salesforce(payload("salesforce/account_updated.xml"))
    assert desk.counters.value("webhook_events", sender="salesforce", outcome="not_synced") == 1
    assert desk.counters.value("webhook_deliveries", sender="salesforce", outcome="200") == 1


STAMPED = "<sf:{0}>{1}</sf:{0}>"


@pytest.mark.parametrize(
    ("stamps", "kind", "when"),
    [
        ({"SystemModstamp": "10:00:00", "LastModifiedDate": "09:00:00"}, "updated", "10:00:00"),
        ({"LastModifiedDate": "09:00:00"}, "updated", "09:00:00"),
        ({"CreatedDate": "09:00:00", "LastModifiedDate": "09:00:00"}, "created", "09:00:00"),
        ({"CreatedDate": "09:00:00", "SystemModstamp": "09:00:00"}, "created", "09:00:00"),
        ({"CreatedDate": "08:00:00", "LastModifiedDate": "09:00:00"}, "updated", "09:00:00"),
        ({"CreatedDate": "08:00:00"}, "updated", "08:00:00"),
    ],
)
def test_the_stamps_say_when_and_whether_the_record_is_new(
    stamps: dict[str, str], kind: str, when: str
) -> None:
    desk = Desk()
    fields = "".join(STAMPED.format(name, f"2026-11-20T{time}.000Z") for name, time in stamps.items())
    desk.salesforce(message([notification(fields=fields)]))
    assert rows(desk) == [("Contact", "0031t00000AbCdEAAV", kind, at(when))]


@pytest.mark.parametrize(
    "fields",
    [
        "",
        '<sf:SystemModstamp xsi:nil="true"/>',
        '<sf:SystemModstamp xsi:nil="1">2026-11-20T10:00:00Z</sf:SystemModstamp>',
        "<sf:SystemModstamp/><sf:LastModifiedDate>  </sf:LastModifiedDate>",
        "<SystemModstamp>2026-11-20T10:00:00Z</SystemModstamp>",
    ],
)
def test_a_record_without_any_stamp_was_deleted_before_delivery(fields: str) -> None:
    desk = Desk()
    desk.salesforce(message([notification(fields=fields)]))
    assert [kind for _, _, kind, _ in rows(desk)] == ["deleted"]


@pytest.mark.parametrize("record_id", ["00Q1t000002AbCd", "0031t00000AbCdE"])
def test_without_xsi_type_the_id_tells_the_type(record_id: str) -> None:
    desk = Desk()
    desk.salesforce(message([notification(record_id, xsi_type="")]))
    assert [object_type for object_type, *_ in rows(desk)] == [
        "Lead" if record_id[:3] == "00Q" else "Contact"
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
@pytest.mark.parametrize("before", ["", "\n\n", " \r\n\t"])
def test_a_message_is_read_in_any_encoding_and_after_blank_lines(encoding: str, before: str) -> None:
    desk = Desk()
    declared = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(encoding, encoding)
    fields = (
        "<sf:LastName>Müller</sf:LastName><sf:LastModifiedDate>2026-11-20T09:00:00Z</sf:LastModifiedDate>"
    )
    text = message([notification(fields=fields)]).replace('encoding="UTF-8"', f'encoding="{declared}"')
    answer = desk.salesforce((before + text).encode(encoding))
    assert (answer.status_code, rows(desk)) == (
        200,
        [("Contact", "0031t00000AbCdEAAV", "updated", at("09:00:00"))],
    )


def test_a_mark_before_and_after_blank_lines_does_no_harm() -> None:
    text = message([notification()])
    for before in (b"\n\xef\xbb\xbf", b"\xef\xbb\xbf\n\n"):
        assert Desk().salesforce(before + text.encode()).status_code == 200


def test_trap_02_the_same_notification_twice_is_one_change() -> None:
    desk = Desk()
    desk.salesforce(message([notification(), notification("0031t00000AbCdE")]))
    assert len(rows(desk)) == 1
    assert desk.counters.value("webhook_events", outcome="repeated") == 2


# --- who may send -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret", ["unknown", "s3cret-of-the-addres", "s3cret-of-the-address2", "é%FF", "%20"]
)
def test_an_unknown_address_is_not_found(secret: str) -> None:
    desk = Desk()
    assert desk.salesforce(message([notification()]), secret=secret).status_code == 404
    assert desk.publisher.sent == []


@pytest.mark.parametrize(
    "org", [OTHER_ORG, "00D1t000000abcD", ORG[:14], ORG + "x", "00d1t000000abcd", "00D1t000000abcé"]
)
def test_another_org_is_refused_with_a_fault(org: str) -> None:
    desk = Desk()
    answer = desk.salesforce(message([notification()], org=org))
    assert answer.status_code == 403
    assert b"<soapenv:Fault><faultcode>soapenv:Client</faultcode>" in answer.data
    assert desk.publisher.sent == []


@pytest.mark.parametrize("org", [ORG, ORG[:15]])
def test_trap_24_the_org_is_known_by_fifteen_or_eighteen_characters(org: str) -> None:
    assert Desk().salesforce(message([notification()], org=org)).status_code == 200


def test_each_address_speaks_for_its_own_org_only() -> None:
    desk = Desk()
    assert desk.salesforce(message([notification()], org=ORG), secret=OTHER_PATH_SECRET).status_code == 403
    desk.salesforce(message([notification()], org=OTHER_ORG), secret=OTHER_PATH_SECRET)
    assert [change.portal for change in desk.publisher.changes()] == [OTHER]
