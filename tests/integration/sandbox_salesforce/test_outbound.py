"""Outbound messages: their form, what raises them, and their retries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.kit import Faults
from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce.envelope import acknowledged

from .client import ACK, Api, Inbox, ManualClock
from .soap import OUTBOUND, Told, notifications_element, told

PERSON = {"LastName": "Hopper", "Company": "Navy"}


@pytest.fixture(autouse=True)
def _target(sf: SalesforceSandbox) -> None:
    sf.target_url = "http://receiver.example/webhooks/salesforce/secret"


def delivered(sf: SalesforceSandbox, inbox: Inbox) -> list[Told]:
    """Pump once and read what came."""
    inbox.bodies.clear()
    sf.pump()
    return [one for body in inbox.bodies for one in told(body)]


def test_the_envelope_follows_the_wsdl(sf: SalesforceSandbox, inbox: Inbox, lead: str) -> None:
    sf.pump()
    head = notifications_element(inbox.bodies[0])
    assert [child.tag.removeprefix(OUTBOUND) for child in head] == [
        "OrganizationId",
        "ActionId",
        "SessionId",
        "EnterpriseUrl",
        "PartnerUrl",
        "Notification",
    ]
    assert head[0].text == "00D5g000004y6PpEAI"
    assert (head[1].text or "")[:3] == "04k"
    assert (head[3].text or "").endswith("/services/Soap/c/68.0/00D5g000004y6Pp")
    assert inbox.headers[0] == {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}


def test_a_record_has_its_id_first_then_its_fields_by_name(
    sf: SalesforceSandbox, inbox: Inbox, lead: str
) -> None:
    sf.outbound.configure(
        "Lead", ["SystemModstamp", "Email", "AnnualRevenue", "IsConverted", "NumberOfEmployees"]
    )
    sf.ui_update("Lead", lead, {"AnnualRevenue": 45000, "NumberOfEmployees": 7})
    one = delivered(sf, inbox)[0]
    assert one.kind == "sf:Lead"
    assert list(one.values.items()) == [
        ("Id", lead),
        ("AnnualRevenue", "45000.0"),
        ("Email", "ada@example.com"),
        ("IsConverted", "false"),
        ("NumberOfEmployees", "7"),
        ("SystemModstamp", "2026-11-24T10:00:00.000Z"),
    ]


def test_null_fields_are_left_out(sf: SalesforceSandbox, inbox: Inbox) -> None:
    sf.ui_create("Lead", PERSON)
    one = delivered(sf, inbox)[0]
    assert [*one.values] == ["Id", "CreatedDate", "LastModifiedById", "SystemModstamp"]


def test_fields_hidden_from_the_integration_user_look_null(
    sf: SalesforceSandbox, inbox: Inbox, lead: str
) -> None:
    sf.deny_field("Lead", "Email")
    assert "Email" not in delivered(sf, inbox)[0].values


def test_values_are_read_when_sent_and_each_save_has_its_own_notification(
    sf: SalesforceSandbox, inbox: Inbox, lead: str
) -> None:
    sf.ui_update("Lead", lead, {"Email": "new@example.com"})
    both = delivered(sf, inbox)
    assert [one.values["Email"] for one in both] == ["new@example.com"] * 2
    assert len({one.notification_id for one in both}) == 2
    assert all(one.notification_id[:3] == "04l" for one in both)


def test_text_that_xml_cannot_carry_is_cleaned(sf: SalesforceSandbox, inbox: Inbox) -> None:
    sf.outbound.configure("Lead", ["LastName"])
    sf.ui_create("Lead", {**PERSON, "LastName": "<a&b>\x0b\r\né"})
    assert delivered(sf, inbox)[0].values["LastName"] == "<a&b>\r\né"


def test_a_record_deleted_before_delivery_is_an_empty_shell(
    sf: SalesforceSandbox, inbox: Inbox, lead: str
) -> None:
    sf.ui_delete("Lead", lead)
    assert [one.values for one in delivered(sf, inbox)] == [{"Id": lead}]


def test_deletes_undeletes_and_refused_saves_send_nothing(
    api: Api, sf: SalesforceSandbox, inbox: Inbox, lead: str
) -> None:
    delivered(sf, inbox)
    sf.ui_delete("Lead", lead)
    sf.ui_undelete("Lead", lead)
    api.call("PATCH", f"sobjects/Lead/{lead}", {"Email": "bad"})
    assert delivered(sf, inbox) == []


def test_only_configured_objects_send(sf: SalesforceSandbox, inbox: Inbox, lead: str) -> None:
    sf.outbound.configure("Lead", None)
    delivered(sf, inbox)
    sf.ui_update("Lead", lead, {"Title": "x"})
    account = sf.ui_create("Account", {"Name": "A"})
    assert delivered(sf, inbox) == []
    sf.outbound.configure("Account", ["Name"])
    sf.ui_update("Account", account, {"Name": "B"})
    assert [one.values for one in delivered(sf, inbox)] == [{"Id": account, "Name": "B"}]


def test_our_own_saves_send_too_unless_the_user_lacks_the_right(
    api: Api, sf: SalesforceSandbox, inbox: Inbox
) -> None:
    api.create("Lead", **PERSON)
    assert delivered(sf, inbox)[0].values["LastModifiedById"] == sf.integration_user_id
    sf.send_for_integration_user = False
    api.create("Lead", **PERSON)
    assert delivered(sf, inbox) == []


def test_envelopes_hold_100_notifications_of_one_object(sf: SalesforceSandbox, inbox: Inbox) -> None:
    for number in range(120):
        sf.ui_create("Lead", {**PERSON, "LastName": f"n{number}"})
    sf.ui_create("Contact", {"LastName": "x"})
    sf.pump()
    kinds = [{one.kind for one in told(body)} for body in inbox.bodies]
    assert [len(told(body)) for body in inbox.bodies] == [100, 20, 1]
    assert kinds == [{"sf:Lead"}, {"sf:Lead"}, {"sf:Contact"}]


def test_without_a_target_messages_wait(sf: SalesforceSandbox, inbox: Inbox, lead: str) -> None:
    sf.target_url = None
    assert sf.pump(everything=True) == 1
    assert inbox.bodies == []
    sf.target_url = "http://receiver.example/"
    assert (sf.pump(), len(inbox.bodies)) == (0, 1)


def test_refused_messages_come_again_later_with_the_same_ids(
    sf: SalesforceSandbox, inbox: Inbox, clock: ManualClock, lead: str
) -> None:
    inbox.answer = (200, ACK.replace(b"true", b"false"))
    assert sf.pump() == 1
    assert sf.pump() == 1
    inbox.answer = (200, ACK)
    assert (sf.pump(), len(inbox.bodies)) == (1, 1)
    clock.advance(1)
    assert (sf.pump(), len(inbox.bodies)) == (0, 2)
    first, second = (told(body)[0].notification_id for body in inbox.bodies)
    assert first == second


def test_a_receiver_that_cannot_be_reached_gets_it_later(
    sf: SalesforceSandbox, clock: ManualClock, lead: str
) -> None:
    def unreachable(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        raise ConnectionRefusedError

    inbox, sf.outbound.post = sf.outbound.post, unreachable
    assert sf.pump() == 1
    sf.outbound.post = inbox
    clock.advance(1)
    assert sf.pump() == 0


def test_a_sender_that_breaks_loses_nothing(sf: SalesforceSandbox, lead: str) -> None:
    def broken(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        raise ZeroDivisionError

    sf.ui_create("Contact", {"LastName": "x"})
    inbox, sf.outbound.post = sf.outbound.post, broken
    with pytest.raises(ZeroDivisionError):
        sf.pump()
    assert (len(sf.outbound.notices.waiting), sf.outbound.notices.sending) == (2, 0)
    sf.outbound.post = inbox
    assert sf.pump() == 0


def test_messages_being_delivered_still_count_as_waiting(sf: SalesforceSandbox, lead: str) -> None:
    seen = list[int]()

    def busy(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        seen.append(sf.pump())
        return 200, ACK

    sf.outbound.post = busy
    assert (sf.pump(), seen) == (0, [1])


def test_after_24_hours_a_message_is_given_up(
    sf: SalesforceSandbox, inbox: Inbox, clock: ManualClock, lead: str
) -> None:
    clock.now += timedelta(hours=24)
    assert (sf.pump(), inbox.bodies) == (0, [])


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, ACK),
        (202, ACK),
        (200, b""),
        (200, b"{}"),
        (200, b"not xml"),
        (200, ACK.replace(b"true", b"false")),
        (200, ACK.replace(b"notificationsResponse", b"notifications")),
        (200, ACK.replace(b"2005/09", b"2004/09")),
        (200, b"<!DOCTYPE x>" + ACK),
    ],
)
def test_only_a_200_with_ack_true_in_its_place_counts(status: int, body: bytes) -> None:
    assert not acknowledged(status, body)
    assert acknowledged(200, ACK)


def test_faults_drop_repeat_and_delay_messages(
    sf: SalesforceSandbox, inbox: Inbox, clock: ManualClock
) -> None:
    sf.faults = Faults(drop_notice=1.0)
    sf.ui_create("Lead", PERSON)
    assert delivered(sf, inbox) == []
    sf.faults = Faults(duplicate_notice=1.0)
    sf.ui_create("Lead", PERSON)
    first, second = delivered(sf, inbox)
    assert first.notification_id == second.notification_id
    sf.faults = Faults(late_notice=1.0, late_seconds=10)
    sf.ui_create("Lead", PERSON)
    assert delivered(sf, inbox) == []
    clock.advance(10)
    assert len(delivered(sf, inbox)) == 1


def test_both_attribute_orders_are_sent(sf: SalesforceSandbox, inbox: Inbox) -> None:
    for _ in range(20):
        sf.ui_create("Lead", PERSON)
        sf.pump()
    first = b'<sObject xsi:type="sf:Lead" xmlns:sf='
    second = b'<sObject xmlns:sf="urn:sobject.enterprise.soap.sforce.com" xsi:type='
    assert any(first in body for body in inbox.bodies)
    assert any(second in body for body in inbox.bodies)
