"""What `diptych doctor` says of objects that a setting needs and of the flows that must be active."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from sandbox.hubspot import HubSpotSandbox, PortalAccount
from sandbox.hubspot import create_app as hubspot_app
from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce import create_app as salesforce_app
from sandbox.server import serve
from tests.integration.cli.conftest import PORTAL, Cli, portal_text

FLOWS = ("Diptych_Contact_4242", "Diptych_Contact_Role", "Diptych_Lead_4242")


@pytest.fixture
def salesforce(cli: Cli) -> Iterator[SalesforceSandbox]:
    """The org of a portal whose stages are automatic."""
    account = PortalAccount(portal_id=PORTAL, access_token="pat-in-the-clear-0001")
    hubspot = HubSpotSandbox([account], app_id=77, client_secret="client-secret-in-the-clear")
    found = SalesforceSandbox()
    with ExitStack() as stack:
        hubspot_url = stack.enter_context(serve(hubspot_app(hubspot), 0)).url
        found.base_url = stack.enter_context(serve(salesforce_app(found), 0)).url
        text = f"{portal_text(hubspot_url, found.base_url)}lifecycle: {{automatic: yes}}\n"
        cli.ok("portals", "apply", cli.write(text), "--unchecked")
        yield found


def said(cli: Cli) -> str:
    return cli("doctor").stdout


def test_contact_roles_that_can_be_read_are_said_to_be(cli: Cli, salesforce: SalesforceSandbox) -> None:
    assert "ok      portal 4242: opportunities and contact roles can be read" in said(cli)


@pytest.mark.parametrize("hidden", ["Opportunity", "OpportunityContactRole"])
def test_hidden_opportunities_or_roles_are_a_fault_that_says_what_to_grant(
    cli: Cli, salesforce: SalesforceSandbox, hidden: str
) -> None:
    salesforce.deny_object(hidden, "read")
    found = said(cli)
    assert "fault   portal 4242: lifecycle.automatic is on, but we may not see opportunities" in found
    assert "grant the integration user read access to Opportunity" in found


def test_where_stages_are_not_automatic_nobody_looks(cli: Cli, salesforce: SalesforceSandbox) -> None:
    file = cli.folder / "portal.yaml"
    file.write_text(file.read_text().replace("automatic: yes", "automatic: no"))
    cli.ok("portals", "apply", str(file), "--unchecked")
    salesforce.deny_object("Opportunity", "read")
    assert "opportunities" not in said(cli)


def test_flows_that_we_may_not_see_are_left_to_the_operators_eyes(
    cli: Cli, salesforce: SalesforceSandbox
) -> None:
    assert "warning portal 4242: we may not see Salesforce's flows: look in Setup > Flows" in said(cli)


def test_flows_that_are_active_are_said_to_be(cli: Cli, salesforce: SalesforceSandbox) -> None:
    salesforce.set_flows(dict.fromkeys(FLOWS, True) | {"Somebody_elses": False})
    assert "ok      portal 4242: the Salesforce flows that tell of changes are active" in said(cli)


def test_flows_that_are_inactive_or_missing_are_named(cli: Cli, salesforce: SalesforceSandbox) -> None:
    salesforce.set_flows({FLOWS[0]: True, FLOWS[2]: False})
    found = said(cli)
    assert f"warning portal 4242: Salesforce flows {FLOWS[2]} are not active: activate them" in found
    assert f"warning portal 4242: Salesforce flows {FLOWS[1]} are not there: deploy them" in found
