"""Things to store, with one word for what matters in a test and defaults for the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contract.activity import ActivityEntry, DeadLetter, DeadLetterScope
from contract.changes import Change, Kind
from contract.links import Link, LinkState, Pair
from contract.records import RecordRef, Side
from contract.secret import Secret
from contract.settings import (
    AuthMethod,
    CreateAs,
    CreateAsWhen,
    HubSpotAccount,
    Portal,
    SalesforceAuth,
    SalesforceOrg,
    Settings,
    SyncMode,
)

NOW = datetime(2026, 11, 24, 6, 30, 15, 123457, tzinfo=UTC)
P = 4711
"""The portal of most tests."""


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def hubspot(number: int | str) -> RecordRef:
    return RecordRef(side=Side.HUBSPOT, object_type="contact", id=str(number))


def lead(number: int) -> RecordRef:
    return RecordRef(side=Side.SALESFORCE, object_type="Lead", id=f"00Q{number:015d}")


def change(number: int | str, **values: Any) -> Change:
    given = {"portal": P, "ref": hubspot(number), "kind": Kind.UPDATED, "occurred_at": NOW, "trace_id": "t"}
    return Change(**{**given, **values})


def link(number: int, **values: Any) -> Link:
    given = {
        "portal": P,
        "hubspot": hubspot(number),
        "salesforce": lead(number),
        "state": LinkState.LIVE,
        "base": {"email": Pair("ada@example.org", "ada@example.org")},
        "email": f"ada{number}@example.org",
    }
    return Link(**{**given, **values})


def letter(number: int = 1, **values: Any) -> DeadLetter:
    given = {
        "portal": P,
        "scope": DeadLetterScope.RECORD,
        "ref": hubspot(number),
        "error": "data",
        "code": "REQUIRED_FIELD_MISSING",
        "says": "Salesforce asks for a last name",
        "fix": "Fill in the last name",
        "first_seen": NOW,
        "last_seen": NOW,
    }
    return DeadLetter(**{**given, **values})


def entry(*refs: RecordRef, **values: Any) -> ActivityEntry:
    given = {
        "portal": P,
        "at": NOW,
        "trace_id": "t",
        "refs": refs,
        "settings_version": 3,
        "notice": {"kinds": ["updated"], "origin": "webhook"},
        "verdicts": ({"rule": "mapping", "field": "phone", "says": "HubSpot wins", "value": "+49 30 1"},),
        "writes": (
            {
                "side": "salesforce",
                "object_type": "Lead",
                "record_id": lead(1).id,
                "action": "update",
                "reason": "phone: +49 30 1",
                "values": {"Phone": "+49 30 1"},
                "outcome": {"ok": True},
            },
        ),
    }
    return ActivityEntry(**{**given, **values})


def portal(number: int = P, **values: Any) -> Portal:
    given = {
        "number": number,
        "name": "Acme",
        "hubspot": HubSpotAccount(
            base_url="http://127.0.0.1:1",
            access_token=Secret("token-in-clear"),
            app_id=7,
            client_secrets=(Secret("new-client-secret"), Secret("old-client-secret")),
        ),
        "salesforce": SalesforceOrg(
            org_id="00D000000000001AAA",
            login_url="http://127.0.0.1:2",
            instance_url="http://127.0.0.1:2",
            auth=SalesforceAuth(
                method=AuthMethod.JWT,
                client_id="client",
                private_key=Secret("private-key-in-clear"),
                username="sync@example.org",
            ),
            webhook_secret=Secret("webhook-secret-in-clear"),
            sandbox=True,
            ca_file="/etc/ca.pem",
        ),
        "settings": Settings(
            mode=SyncMode.OBSERVE,
            create_as_when=(
                CreateAsWhen(
                    hubspot_property="lifecyclestage",
                    values=frozenset({"customer", "evangelist"}),
                    create_as=CreateAs.CONTACT,
                ),
            ),
            inclusion_list="12",
        ),
    }
    return Portal(**{**given, **values})
