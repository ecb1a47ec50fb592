"""Both CRMs as stand-ins on loopback, with the portal file that fits them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from sandbox.hubspot import HubSpotSandbox, PortalAccount
from sandbox.hubspot import create_app as hubspot_app
from sandbox.kit import HOSTILE, Faults
from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce import create_app as salesforce_app
from sandbox.server import Ticker, serve

PORTAL = 8400001
APP = 77
TOKEN = "pat-sandbox-0001"  # noqa: S105  # of a stand-in on loopback, which guards nothing
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105
WEBHOOK_SECRET = "sandbox-webhook-secret-0001"  # noqa: S105
PUMP_SECONDS = 0.05
"""How often the stand-ins look for notices to deliver."""

CONNECTION = """\
portal: {portal}
name: Sandbox
hubspot:
  base_url: {hubspot}
  access_token: {token}
  app_id: {app}
  client_secrets: [{client_secret}]
salesforce:
  org_id: {org}
  login_url: {salesforce}
  instance_url: {salesforce}
  auth:
    method: client_credentials
    client_id: sandbox-consumer-key
    client_secret: sandbox-consumer-secret
  webhook_secret: {webhook_secret}
"""
SETTINGS = """\
sync:
  mode: on
contacts:
  create_in_hubspot: {from_leads: true, from_contacts: true}
"""
SEARCH_LAG = 0.5
"""Seconds by which the hostile HubSpot's search lags its writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIns:
    """Both servers as they run, and the portal file that fits them."""

    hubspot_url: str
    salesforce_url: str
    portal_file: str


def start(
    stack: ExitStack,
    *,
    ports: tuple[int, int],
    hostile: bool,
    seed: int,
    target: str,
    settings: str = SETTINGS,
) -> StandIns:
    """Start both on these ports, to be closed with the stack. Raises OSError where a port is taken.

    `settings` is the part of the portal file that does not say how to reach the CRMs.
    """
    faults = HOSTILE if hostile else Faults()
    hubspot = HubSpotSandbox(
        [PortalAccount(portal_id=PORTAL, access_token=TOKEN)],
        app_id=APP,
        client_secret=CLIENT_SECRET,
        seed=seed,
        faults=faults,
        search_lag_seconds=SEARCH_LAG if hostile else 0.0,
    )
    salesforce = SalesforceSandbox(seed=seed, faults=faults)
    hubspot_url = stack.enter_context(serve(hubspot_app(hubspot), ports[0])).url
    salesforce_url = stack.enter_context(serve(salesforce_app(salesforce), ports[1])).url
    salesforce.base_url = salesforce_url
    hubspot.target_url = f"{target}/webhooks/hubspot"
    salesforce.target_url = f"{target}/webhooks/salesforce/{WEBHOOK_SECRET}"
    stack.enter_context(Ticker(hubspot.pump, every_seconds=PUMP_SECONDS))
    stack.enter_context(Ticker(salesforce.pump, every_seconds=PUMP_SECONDS))
    return StandIns(
        hubspot_url=hubspot_url,
        salesforce_url=salesforce_url,
        portal_file=_connection(hubspot_url, salesforce_url, salesforce.org.org_id) + settings,
    )


def _connection(hubspot_url: str, salesforce_url: str, org_id: str) -> str:
    return CONNECTION.format(
        portal=PORTAL,
        hubspot=hubspot_url,
        token=TOKEN,
        app=APP,
        client_secret=CLIENT_SECRET,
        org=org_id,
        salesforce=salesforce_url,
        webhook_secret=WEBHOOK_SECRET,
    )
