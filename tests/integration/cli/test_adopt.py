"""`diptych adopt`, as an operator types it, against both stand-ins over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract.settings import SyncMode
from sandbox.hubspot import HubSpotSandbox, PortalAccount
from sandbox.hubspot import create_app as hubspot_app
from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce import create_app as salesforce_app
from sandbox.server import serve
from tests.integration.cli.conftest import PORTAL, Cli, portal_text


@dataclass(kw_only=True)
class Office:
    """An installation with a portal, and both its CRMs, where the native connector was before."""

    cli: Cli
    hubspot: HubSpotSandbox
    salesforce: SalesforceSandbox

    def pair(self, email: str, synced: datetime | None = None, **lead: Any) -> None:
        """A lead and the contact that the native connector linked with it, when it last synced them."""
        values = {"Email": email, "LastName": "Byron", "Company": "Engines", **lead}
        found = {"salesforceleadid": self.salesforce.ui_create("Lead", values)}
        if synced:
            found["salesforcelastsynctime"] = synced.isoformat(timespec="milliseconds")
        self.hubspot.ui_create(PORTAL, "contacts", {"email": email, "lastname": "Byron", **found})

    def links(self) -> int:
        with self.cli.tables() as tx:
            return tx.counts(PORTAL, now=datetime.now(UTC)).links


@pytest.fixture
def office(cli: Cli) -> Iterator[Office]:
    """Two pairs, one of them with a phone number in Salesforce alone; one lead by itself. Sync is off."""
    account = PortalAccount(portal_id=PORTAL, access_token="pat-in-the-clear-0001", native_connector=True)
    hubspot = HubSpotSandbox([account], app_id=77, client_secret="client-secret-in-the-clear")
    salesforce = SalesforceSandbox()
    with ExitStack() as stack:
        urls = [
            stack.enter_context(serve(app, 0)).url
            for app in (hubspot_app(hubspot), salesforce_app(salesforce))
        ]
        salesforce.base_url = urls[1]
        cli.ok("portals", "apply", "--unchecked", cli.write(portal_text(*urls)))
        found = Office(cli=cli, hubspot=hubspot, salesforce=salesforce)
        found.pair("ada@x.example", Phone="+49 30 1")
        found.pair("bea@x.example")
        hubspot.ui_create(PORTAL, "contacts", {"email": "new@x.example", "lastname": "New"})
        yield found


def test_it_reports_before_it_links_and_links_when_told_to(office: Office) -> None:
    said = office.cli.ok("adopt", PORTAL, "--yes")
    rows = [line.split() for line in said.splitlines()]
    assert "  2 pairs to link, 0 linked already" in said
    assert ["update", "HubSpot", "contact", "phone", "1"] in rows
    assert ["create", "Salesforce", "lead", "1"] in rows
    assert said.index("2 pairs to link") < said.index("2 pairs linked;")
    assert "+49 30 1" not in said
    assert "x.example" not in said
    assert office.links() == 2
    assert "as the native connector had linked them" in office.cli.ok("why", "ada@x.example")


def test_without_a_yes_nothing_is_linked(office: Office) -> None:
    refused = office.cli("adopt", PORTAL)
    assert refused.exit_code == 1
    assert "Link 2 pairs? Neither CRM is written to. [y/N]" in refused.stderr
    assert "name a Salesforce record: 2. Checking them takes some 30 API calls" in refused.stderr
    assert "2 pairs to link" in refused.stdout
    assert office.links() == 0


def test_it_warns_while_the_native_connector_still_writes(office: Office) -> None:
    assert "still writes" not in office.cli.ok("adopt", PORTAL, "--yes")
    office.pair("cleo@x.example", synced=datetime.now(UTC) - timedelta(hours=3))
    office.pair("dora@x.example", synced=datetime.now(UTC) - timedelta(days=3))
    said = office.cli.ok("adopt", PORTAL, "--yes")
    assert "warning: the native connector still writes: it synced 1 contact in the last 24 hours" in said
    assert "  2 pairs to link, 2 linked already" in said


def test_with_sync_on_it_is_refused(office: Office) -> None:
    office.cli.ok("portals", "resume", PORTAL, "--on")
    assert "goes back to observing" in office.cli.refused("adopt", PORTAL, "--yes")
    assert (office.hubspot.calls.total(), office.salesforce.calls.total()) == (0, 0)
    assert office.links() == 0


def test_the_report_alone_asks_no_crm_and_says_what_is_still_to_do(office: Office) -> None:
    office.cli.ok("adopt", PORTAL, "--yes")
    office.hubspot.calls.reset()
    office.salesforce.calls.reset()
    said = office.cli.ok("adopt", PORTAL, "--report")
    assert (office.hubspot.calls.total(), office.salesforce.calls.total()) == (0, 0)
    assert "sync off, 2 linked pairs" in said
    assert "0 records decided while observing" in said
    assert "So far nothing would be written for anybody." in said
    assert f"`diptych portals resume {PORTAL} --observe`" in said


def test_there_may_be_nothing_to_link(office: Office) -> None:
    office.cli.ok("adopt", PORTAL, "--yes")
    said = office.cli.ok("adopt", PORTAL)
    assert "There is nothing to link." in said
    assert "These pairs" not in said
    assert "there is no portal 7" in office.cli.refused("adopt", 7)


def test_what_was_linked_stays_when_observing_begins(office: Office) -> None:
    office.cli.ok("portals", "resume", PORTAL, "--observe")
    office.cli.ok("adopt", PORTAL, "--yes")
    with office.cli.tables() as tx:
        counts = tx.counts(PORTAL, now=datetime.now(UTC))
        assert (tx.portals.mode(PORTAL), counts.links, counts.pending) == (SyncMode.OBSERVE, 2, 4)
