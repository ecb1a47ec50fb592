"""A webhook application over a fixed directory, a publisher that remembers, and a clock that stands still."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from contract.changes import Change, ChangeSet, decode
from contract.errors import BrokerUnavailable, DatabaseUnavailable, InvalidInput
from contract.secret import Secret
from webhooks import create_app
from webhooks.counters import MemoryCounters
from webhooks.directory import HubSpotSender, SalesforceSender, Senders

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
BASE = "https://hooks.example.com"
PAYLOADS = Path(__file__).parents[2] / "payloads"

PORTAL, OTHER, SHARED = 4242, 5151, 4343
"""SHARED belongs to the same app, and to the same org, as PORTAL; OTHER has an app and an org of its own."""
SECRET, OLD_SECRET, OTHER_SECRET = "client-secret-new", "client-secret-old", "other-client-secret"
APP_ID, OTHER_APP_ID = 777, 888
ORG, OTHER_ORG = "00D1t000000abcdEAA", "00D1t000000wxyzEAA"
PATH_SECRET, OTHER_PATH_SECRET = "s3cret-of-the-address", "another-secret-address"

SENDERS = Senders(
    hubspot={
        PORTAL: HubSpotSender(client_secrets=(Secret(SECRET), Secret(OLD_SECRET)), app_id=APP_ID),
        SHARED: HubSpotSender(client_secrets=(Secret(SECRET),), app_id=APP_ID),
        OTHER: HubSpotSender(client_secrets=(Secret(OTHER_SECRET),), app_id=OTHER_APP_ID),
    },
    salesforce=(
        SalesforceSender(webhook_secret=Secret(PATH_SECRET), org_id=ORG, portal=PORTAL),
        SalesforceSender(webhook_secret=Secret(PATH_SECRET), org_id=ORG, portal=SHARED),
        SalesforceSender(webhook_secret=Secret(OTHER_PATH_SECRET), org_id=OTHER_ORG, portal=OTHER),
    ),
)


class FixedDirectory:
    """Knows the same senders for ever, or, with None, none at all."""

    def __init__(self, senders: Senders | None = SENDERS) -> None:
        self.known = senders

    def senders(self) -> Senders:
        if self.known is None:
            raise DatabaseUnavailable("away")
        return self.known


@dataclass
class RememberingPublisher:
    """Confirms at once and remembers; `away` makes it refuse, `before` runs first."""

    sent: list[tuple[str, bytes]] = field(default_factory=list)
    away: bool = False
    before: Callable[[], None] = lambda: None

    def publish(self, body: bytes, *, message_id: str) -> None:
        self.before()
        if self.away:
            raise BrokerUnavailable("away")
        self.sent.append((message_id, body))

    def close(self) -> None:
        """Nothing to give back."""

    def change_sets(self) -> list[ChangeSet]:
        """What can be decoded."""
        return [decode(body) for message_id, body in self.sent if not message_id.startswith("malformed-")]

    def changes(self) -> list[Change]:
        return [change for change_set in self.change_sets() for change in change_set.changes]

    def malformed(self) -> list[Mapping[str, Any]]:
        """The malformed events, each of whose messages no consumer can decode."""
        found: list[Mapping[str, Any]] = []
        for message_id, body in self.sent:
            if message_id.startswith("malformed-"):
                assert not _decodes(body)
                found += json.loads(body)["events"]
        return found


def _decodes(body: bytes) -> bool:
    try:
        decode(body)
    except InvalidInput:
        return False
    return True


class Desk:
    """The application and everything around it."""

    def __init__(self, senders: Senders | None = SENDERS, *, base_url: str | None = BASE) -> None:
        self.now = NOW
        self.publisher = RememberingPublisher()
        self.counters = MemoryCounters()
        self.broker_ready = True
        ids = itertools.count(1)
        self.app = create_app(
            directory=FixedDirectory(senders),
            publisher=self.publisher,
            clock=lambda: self.now,
            public_base_url=base_url,
            new_id=lambda: f"delivery-{next(ids)}",
            broker_ready=lambda: self.broker_ready,
            counters=self.counters,
            max_body=1_000_000,
        )
        self.client: FlaskClient = self.app.test_client()

    def hubspot(
        self,
        events: Any,
        *,
        secret: str = SECRET,
        signature: str | None = None,
        at: datetime | None = None,
        timestamp: str | None = None,
    ) -> TestResponse:
        """Post events (or raw bytes) as HubSpot does, signed with `secret` unless a signature is given."""
        body = events if isinstance(events, bytes) else json.dumps(events).encode()
        stamp = milliseconds(at or self.now) if timestamp is None else timestamp
        made = sign(secret, f"{BASE}/webhooks/hubspot", body, stamp)
        headers = {
            "X-HubSpot-Signature-v3": made if signature is None else signature,
            "X-HubSpot-Request-Timestamp": stamp,
        }
        return self.client.post("/webhooks/hubspot", data=body, headers=headers)

    def salesforce(self, body: bytes | str, *, secret: str = PATH_SECRET) -> TestResponse:
        """Post an outbound message as Salesforce does."""
        data = body.encode() if isinstance(body, str) else body
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        return self.client.post(f"/webhooks/salesforce/{secret}", data=data, headers=headers)


def milliseconds(at: datetime) -> str:
    return str(round(at.timestamp() * 1000))


def sign(secret: str, uri: str, body: bytes, timestamp: str) -> str:
    """HubSpot's signature v3, written apart from the code under test."""
    source = b"POST" + uri.encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), source, hashlib.sha256).digest()).decode()


def event(**parts: Any) -> dict[str, Any]:
    """A sound `contact.propertyChange`; None leaves a part out."""
    sound = {
        "eventId": 3182910554,
        "subscriptionId": 2203914,
        "portalId": PORTAL,
        "appId": APP_ID,
        "occurredAt": int(milliseconds(NOW)) - 4_000,
        "subscriptionType": "contact.propertyChange",
        "attemptNumber": 0,
        "objectId": 51,
        "changeSource": "CRM_UI",
        "sourceId": "userId:12",
        "propertyName": "phone",
        "propertyValue": "+44 20 7946 0000",
    }
    return {name: value for name, value in {**sound, **parts}.items() if value is not None}


def payload(name: str) -> bytes:
    return (PAYLOADS / name).read_bytes()


SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def message(notifications: Sequence[str], *, org: str = ORG) -> str:
    """An outbound message around these notifications."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
        '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
        f"<OrganizationId>{org}</OrganizationId><ActionId>04k1t0000004CyjAAE</ActionId>"
        '<SessionId xsi:nil="true"/><EnterpriseUrl>https://acme.my.salesforce.com</EnterpriseUrl>'
        f"<PartnerUrl>https://acme.my.salesforce.com</PartnerUrl>{''.join(notifications)}"
        "</notifications></soapenv:Body></soapenv:Envelope>"
    )


def notification(
    record_id: str = "0031t00000AbCdEAAV",
    *,
    fields: str = "<sf:SystemModstamp>2026-11-20T11:59:50.000Z</sf:SystemModstamp>",
    xsi_type: str = ' xsi:type="sf:Contact"',
) -> str:
    return (
        "<Notification><Id>04l1t000000XyZaAAK</Id>"
        f'<sObject{xsi_type} xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
        f"<sf:Id>{record_id}</sf:Id>{fields}</sObject></Notification>"
    )
