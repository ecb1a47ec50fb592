"""A small client of the stand-in, in process and without a socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.test import Client

from sandbox.salesforce import SalesforceSandbox, create_app

TOKEN = "session-of-the-tests"
ACK = (
    b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>'
    b"</notificationsResponse></soapenv:Body></soapenv:Envelope>"
)


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until told."""

    now: datetime = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(slots=True)
class Inbox:
    """Takes outbound messages and acknowledges them unless told otherwise."""

    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: tuple[int, bytes] = (200, ACK)

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        self.headers.append(headers)
        self.bodies.append(body)
        return self.answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        """The error code of a refused call."""
        return str(self.body[0]["errorCode"])

    @property
    def ids(self) -> list[str]:
        """Ids of a query's records."""
        return [record["Id"] for record in self.body["records"]]


class Api:
    """REST calls with the tests' session token."""

    def __init__(self, sf: SalesforceSandbox) -> None:
        self.client = Client(create_app(sf))

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        version: str = "v66.0",
        **args: str,
    ) -> Reply:
        """One call below /services/data/<version>/."""
        return self.raw(
            method,
            f"/services/data/{version}/{path}",
            query_string=args,
            headers={"Authorization": f"Bearer {TOKEN}", **(headers or {})},
            **({} if body is None else {"json": body}),
        )

    def raw(self, method: str, path: str, **options: Any) -> Reply:
        """Any call."""
        answer = self.client.open(path, method=method, **options)
        text = answer.get_data(as_text=True)
        is_json = text and "json" in answer.headers.get("Content-Type", "")
        return Reply(
            status=answer.status_code,
            body=json.loads(text) if is_json else text,
            headers=dict(answer.headers),
        )

    def query(self, text: str, **options: Any) -> Reply:
        return self.call("GET", "query", q=text, **options)

    def create(self, object_name: str, **fields: Any) -> str:
        """A record made through the API; its id."""
        reply = self.call("POST", f"sobjects/{object_name}", fields)
        assert reply.status == 201, reply
        return str(reply.body["id"])

    def read(self, object_name: str, record_id: str) -> dict[str, Any]:
        reply = self.call("GET", f"sobjects/{object_name}/{record_id}")
        assert reply.status == 200, reply
        return dict(reply.body)
