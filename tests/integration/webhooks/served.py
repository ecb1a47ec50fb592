"""The webhook application with one portal and a publisher that confirms everything, for real servers."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from flask import Flask

from contract.secret import Secret
from webhooks import create_app
from webhooks.counters import MemoryCounters
from webhooks.directory import HubSpotSender, SalesforceSender, Senders

BASE = "https://hooks.example.com/behind/a%20proxy"
SECRET = "client-secret"
PORTAL = 4242
ORG = "00D1t000000abcdEAA"
PATH_SECRET = "s3cret-of-the-address"
MAX_BODY = 200_000


class OnePortal:
    """Knows one portal."""

    def senders(self) -> Senders:
        return Senders(
            hubspot={PORTAL: HubSpotSender(client_secrets=(Secret(SECRET),), app_id=1)},
            salesforce=(SalesforceSender(webhook_secret=Secret(PATH_SECRET), org_id=ORG, portal=PORTAL),),
        )


class Confirming:
    """Confirms everything and keeps nothing."""

    def publish(self, body: bytes, *, message_id: str) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to give back."""


def make() -> Flask:
    """Called by the server in its own process or thread."""
    return create_app(
        directory=OnePortal(),
        publisher=Confirming(),
        clock=lambda: datetime.now(UTC),
        public_base_url=BASE,
        new_id=lambda: uuid.uuid4().hex,
        broker_ready=lambda: True,
        counters=MemoryCounters(),
        max_body=MAX_BODY,
    )
