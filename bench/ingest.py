"""Ingest: bodies of 100 events against the receiver, and against a floor that only verifies and parses."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.crms import APP, CLIENT_SECRET, PORTAL, portal_file
from bench.hammer import Hammered, hammer
from bench.stacks import ROOT, Stack, apply_portal, diptych, open_site
from sandbox.hubspot.delivery import signature_headers

EVENTS = 100
CONNECTIONS = 16
WORKERS = 2
"""gunicorn's processes; each has the threads of deploy/gunicorn.conf.py. waitress is one process."""

_NOBODY = "http://127.0.0.1:9"
_ORG = "00DDp0000000001MAA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """One server on one broker; `broker` is "" for the floor."""

    server: str
    broker: str
    hammered: Hammered

    @property
    def requests_per_second(self) -> float:
        """Accepted deliveries alone."""
        return self.hammered.statuses.get(200, 0) / self.hammered.seconds


def ingests(stacks: tuple[Stack, ...], seconds: float) -> Iterator[Ingest]:
    """For each server its floor first, then each stack's broker."""
    for server in ("gunicorn", "waitress"):
        yield Ingest(server=server, broker="", hammered=_measure(stacks[0], _floor(server), seconds))
        for stack in stacks:
            hammered = _measure(stack, _receiver(server), seconds)
            yield Ingest(server=server, broker=stack.name, hammered=hammered)


def _receiver(server: str) -> list[str]:
    return diptych("webhooks") if server == "waitress" else _gunicorn()


def _floor(server: str) -> list[str]:
    return [sys.executable, "-m", "bench.floor"] if server == "waitress" else _gunicorn("bench.floor:app")


def _gunicorn(*app: str) -> list[str]:
    program = str(Path(sys.executable).with_name("gunicorn"))
    return [program, "--config", str(ROOT / "deploy" / "gunicorn.conf.py"), *app]


def _measure(stack: Stack, command: list[str], seconds: float) -> Hammered:
    with ExitStack() as closing:
        site = closing.enter_context(open_site(stack, WEB_CONCURRENCY=str(WORKERS)))
        database = site.open_database()
        closing.callback(database.close)
        apply_portal(database, portal_file(_NOBODY, _NOBODY, org=_ORG))
        address = site.environ["DIPTYCH_BIND"].split(":") if command[-1] == "bench.floor" else []
        closing.enter_context(site.running([*command, *address], name="server"))
        site.await_ready()
        url, body = f"{site.url}/webhooks/hubspot", _body()
        headers = _headers(url, body)
        hammer(url, headers, body, connections=CONNECTIONS, seconds=1.0)
        return hammer(url, headers, body, connections=CONNECTIONS, seconds=seconds)


def _headers(url: str, body: bytes) -> Mapping[str, str]:
    """Signed once: a signature holds for five minutes."""
    signature = signature_headers(CLIENT_SECRET, url, body, round(time.time() * 1000))
    return {"Content-Type": "application/json", **signature}


def _body() -> bytes:
    """One delivery as HubSpot sends it: property changes of as many contacts."""
    now = round(time.time() * 1000)
    events = [
        {
            "eventId": 1_000_000_000 + number,
            "subscriptionId": 2_345_678,
            "portalId": PORTAL,
            "appId": APP,
            "occurredAt": now,
            "subscriptionType": "contact.propertyChange",
            "attemptNumber": 0,
            "objectId": 40_000_000_000 + number,
            "propertyName": "jobtitle",
            "propertyValue": "Countess of Lovelace, Analytical Engines",
            "changeSource": "CRM_UI",
            "sourceId": "userId:12345678",
        }
        for number in range(EVENTS)
    ]
    return json.dumps(events).encode()
