from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk
import structlog
from flask.testing import FlaskClient

from consumers.worker import Worker
from contract.changes import Change, Kind
from contract.decisions import Decision
from contract.errors import BrokerUnavailable, CrmError, ErrorClass, Fault
from contract.facts import Facts
from contract.pending import WorkClass
from contract.records import RecordRef, Side
from contract.settings import Settings
from diptych.clock import utc_now
from diptych.config import ensure_keys, load
from diptych.errors_to_sentry import LEFT_OUT, NamingPublisher, init_sentry, report
from diptych.wiring import build_worker, open_stores
from tests.contract.database.makers import portal
from tests.integration.sentry.sink import Sink
from tests.unit.webhooks.kit import (
    NOW,
    OTHER,
    OTHER_ORG,
    OTHER_PATH_SECRET,
    FixedDirectory,
    RememberingPublisher,
)
from webhooks import create_app
from webhooks.counters import MemoryCounters

PORTAL = 4242
LEAD = "00QDp0000hp2cEZMAY"
PERSONAL = ("ada@example.com", "Lovelace", "pat-secret-0001", "+44 20 7946 0000")


def the_event(sink: Sink) -> dict[str, Any]:
    """The only event, once it has shown nothing personal."""
    sentry_sdk.flush(5)
    for secret in (*PERSONAL, OTHER_PATH_SECRET):
        assert not [envelope for envelope in sink.raw if secret in envelope]
    [event] = sink.events
    return event


def webhooks(error: Exception) -> FlaskClient:
    """The receiver over a publisher that breaks, with the one that names records in front of it."""

    def fail() -> None:
        raise error

    app = create_app(
        directory=FixedDirectory(),
        publisher=NamingPublisher(RememberingPublisher(before=fail)),
        clock=lambda: NOW,
        public_base_url=None,
        new_id=lambda: "delivery-1",
        broker_ready=lambda: True,
        counters=MemoryCounters(),
    )
    return app.test_client()


def message() -> str:
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
        '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
        f"<OrganizationId>{OTHER_ORG}</OrganizationId><Notification><Id>04l1t000000abcdEAA</Id>"
        '<sObject xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="sf:Lead" '
        'xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
        f"<sf:Id>{LEAD}</sf:Id><sf:Email>ada@example.com</sf:Email><sf:LastName>Lovelace</sf:LastName>"
        "<sf:SystemModstamp>2026-11-20T11:59:59.000Z</sf:SystemModstamp></sObject></Notification>"
        "</notifications></soapenv:Body></soapenv:Envelope>"
    )


def test_an_error_in_a_webhook_names_portal_and_record_and_nothing_else(watched: Sink) -> None:
    client = webhooks(RuntimeError(f"no room for {' '.join(PERSONAL)}"))
    answer = client.post(
        f"/webhooks/salesforce/{OTHER_PATH_SECRET}?email=ada@example.com",
        data=message(),
        content_type="text/xml",
        headers={"Authorization": "Bearer pat-secret-0001"},
    )
    assert answer.status_code == 500
    event = the_event(watched)
    assert event["extra"]["records"] == [f"{OTHER}: Salesforce lead {LEAD}"]
    assert event["tags"] == {
        "process": "tested",
        "portal": str(OTHER),
        "side": "salesforce",
        "object_type": "lead",
        "record_id": LEAD,
        "trace_id": "delivery-1",
    }
    assert event["request"] == {"method": "POST", "url": "/webhooks/salesforce/<webhook_secret>"}
    assert event["exception"]["values"][-1]["value"] == LEFT_OUT


def test_a_broker_that_is_away_is_no_surprise(watched: Sink) -> None:
    client = webhooks(BrokerUnavailable("no confirm within 3 s"))
    answer = client.post(f"/webhooks/salesforce/{OTHER_PATH_SECRET}", data=message(), content_type="text/xml")
    assert answer.status_code == 503
    sentry_sdk.flush(5)
    assert watched.events == []


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    """A worker over the embedded stores, which owns one portal with one pending contact."""
    config = ensure_keys(load({"DIPTYCH_DATA_DIR": str(tmp_path)}))
    with open_stores(config) as stores:
        ref = RecordRef(side=Side.HUBSPOT, object_type="contact", id="501")
        change = Change(portal=PORTAL, ref=ref, kind=Kind.UPDATED, occurred_at=utc_now(), trace_id="trace-1")
        with stores.database.transaction() as tx:
            tx.portals.save(portal(PORTAL), author="test", comment="", at=utc_now())
            tx.pending.merge([change], work_class=WorkClass.LIVE, now=utc_now(), due_at=utc_now())
        found = build_worker(config, stores)
        found.ownership.renew([PORTAL])
        yield found


def break_rules(_facts: Facts, _settings: Settings) -> Decision:
    raise KeyError(*PERSONAL)


def test_a_rule_that_breaks_in_a_worker_names_portal_and_record_and_nothing_else(
    watched: Sink, worker: Worker
) -> None:
    reconciler = replace(worker.reconciler, decide=break_rules)
    crms, _ = worker.open_portal(portal(PORTAL))
    with structlog.contextvars.bound_contextvars(portal=PORTAL):
        reconciler.step(portal(PORTAL), lambda: worker.ownership.lease(PORTAL), crms)
    event = the_event(watched)
    assert event["extra"]["records"] == ["HubSpot contact 501"]
    assert event["tags"] == {
        "process": "tested",
        "portal": str(PORTAL),
        "side": "hubspot",
        "object_type": "contact",
        "record_id": "501",
        "event": "reconcile.rule_failed",
    }
    assert [one["type"] for one in event["exception"]["values"]] == ["KeyError"]
    assert event["environment"] == "test"


def test_a_surprise_in_a_worker_s_loop_is_told_once(watched: Sink, worker: Worker) -> None:
    def surprise() -> None:
        raise LookupError(PERSONAL)

    with structlog.contextvars.bound_contextvars(portal=PORTAL):
        assert worker._once(surprise) is False
    event = the_event(watched)
    assert event["tags"] == {"process": "tested", "portal": str(PORTAL), "event": "worker.surprise"}
    assert not [
        name
        for frame in event["exception"]["values"][0]["stacktrace"]["frames"]
        for name in frame
        if name == "vars"
    ]


def test_a_fault_of_a_crm_brings_its_code_and_side(watched: Sink) -> None:
    fault = Fault(
        error=ErrorClass.UNKNOWN, code="HTTP 418", says="ada@example.com is a teapot", side=Side.HUBSPOT
    )
    report(CrmError(fault))
    event = the_event(watched)
    assert event["tags"] == {"process": "tested", "code": "HTTP 418", "side": "hubspot"}
    assert event["exception"]["values"][0]["value"] == "hubspot: HTTP 418: [e-mail] is a teapot"


def test_without_a_dsn_no_client_is_made() -> None:
    before = sentry_sdk.get_client()
    init_sentry(load({}), "tested")
    assert sentry_sdk.get_client() is before
