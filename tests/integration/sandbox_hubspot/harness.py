"""Calls the stand-in HubSpot in-process, under a clock that moves only when told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask

from sandbox.hubspot import HubSpotSandbox, PortalAccount, create_app
from sandbox.kit import Faults

PORTAL = 1234567
TOKEN = "pat-eu1-one"
OTHER_PORTAL = 7654321
OTHER_TOKEN = "pat-eu1-two"
SECRET = "client-secret"
TARGET = "https://diptych.example/webhooks/hubspot"


@dataclass
class ManualClock:
    """A clock that stands still until moved."""

    now: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Receiver:
    """Takes webhooks; `status` is what it answers."""

    status: int = 200
    requests: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.requests.append((url, headers, body))
        return self.status

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for _, _, body in self.requests for event in json.loads(body)]

    def of(self, subscription_type: str) -> list[dict[str, Any]]:
        return [e for e in self.events if e["subscriptionType"] == subscription_type]


@dataclass(frozen=True)
class Answer:
    """Status, parsed JSON (None for an empty body) and headers."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Api:
    """One account's API over the WSGI app."""

    def __init__(self, app: Flask, token: str = TOKEN) -> None:
        self._client = app.test_client()
        self._headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        if body is not None:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        headers = {**self._headers, **options.pop("headers", {})}
        response = self._client.open(path, method=method, headers=headers, **options)
        return Answer(response.status_code, response.get_json(silent=True), dict(response.headers))

    def get(self, path: str) -> Answer:
        return self.call("GET", path)

    def post(self, path: str, body: Any) -> Answer:
        return self.call("POST", path, body)

    def patch(self, path: str, body: Any) -> Answer:
        return self.call("PATCH", path, body)

    def create(self, kind: str = "contacts", **properties: Any) -> str:
        """Create a record through the API; its id."""
        answer = self.post(f"/crm/v3/objects/{kind}", {"properties": properties})
        assert answer.status == 201, answer.body
        return str(answer.body["id"])

    def read(self, record_id: str, *names: str, kind: str = "contacts") -> dict[str, Any]:
        """The properties of a record."""
        query = f"?properties={','.join(names)}" if names else ""
        answer = self.get(f"/crm/v3/objects/{kind}/{record_id}{query}")
        assert answer.status == 200, answer.body
        properties: dict[str, Any] = answer.body["properties"]
        return properties

    def update(self, record_id: str, *, kind: str = "contacts", **properties: Any) -> Answer:
        """Change a record through the API."""
        return self.patch(f"/crm/v3/objects/{kind}/{record_id}", {"properties": properties})

    def batch(self, what: str, body: Mapping[str, Any], kind: str = "contacts") -> Answer:
        """One batch call."""
        return self.post(f"/crm/v3/objects/{kind}/batch/{what}", body)

    def search(self, *filters: Mapping[str, Any], **more: Any) -> Answer:
        """A search of contacts with one filter group."""
        body = {"filterGroups": [{"filters": list(filters)}], **more}
        return self.post("/crm/v3/objects/contacts/search", body)


@dataclass
class World:
    """A stand-in with two accounts, and what a test needs around it."""

    clock: ManualClock
    receiver: Receiver
    hs: HubSpotSandbox
    app: Flask
    api: Api
    other: Api

    def deliver(self) -> list[dict[str, Any]]:
        """Deliver what waits; the events of these deliveries alone."""
        self.receiver.requests.clear()
        self.hs.target_url = TARGET
        self.hs.pump(everything=True)
        return self.receiver.events

    def forget(self) -> None:
        """Drop the webhooks that wait."""
        self.deliver()
        self.receiver.requests.clear()


def make_world(
    *, faults: Faults | None = None, account: Mapping[str, Any] | None = None, **more: Any
) -> World:
    """Two accounts of one app, without limits unless `account` sets some; `more` goes to the sandbox."""
    clock, receiver = ManualClock(), Receiver()
    off: dict[str, Any] = {"burst_per_ten_seconds": None, "searches_per_second": None, "daily_limit": None}
    first = PortalAccount(
        portal_id=PORTAL, access_token=TOKEN, time_zone="Europe/Paris", **{**off, **(account or {})}
    )
    second = PortalAccount(portal_id=OTHER_PORTAL, access_token=OTHER_TOKEN, family="object", **off)
    hs = HubSpotSandbox(
        [first, second],
        app_id=77,
        client_secret=SECRET,
        clock=clock,
        faults=faults,
        post=receiver,
        **more,
    )
    app = create_app(hs)
    return World(clock=clock, receiver=receiver, hs=hs, app=app, api=Api(app), other=Api(app, OTHER_TOKEN))
