"""`diptych sandbox`: both CRMs as stand-ins on loopback, to try everything without an account."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import click

from diptych.cli.processes import stopping
from diptych.cli.screen import Screen
from diptych.cli.session import Session, pass_session
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

PORTAL_FILE = """\
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
sync:
  mode: on
contacts:
  create_in_hubspot: {{from_leads: true, from_contacts: true}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIns:
    """Both servers as they run, and the portal file that fits them."""

    hubspot_url: str
    salesforce_url: str
    portal_file: str


@click.command()
@click.option("--hubspot-port", type=int, default=8401, show_default=True, help="0 takes a free one.")
@click.option("--salesforce-port", type=int, default=8402, show_default=True, help="0 takes a free one.")
@click.option(
    "--hostile/--polite",
    default=False,
    show_default=True,
    help="Hostile stand-ins repeat, delay and drop notices, time out after writing, and rewrite values.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Makes the hostility repeatable.")
@click.option(
    "--target",
    default="http://127.0.0.1:8400",
    show_default=True,
    help="Where notices go: Diptych's address.",
)
@pass_session
def sandbox(
    session: Session, *, hubspot_port: int, salesforce_port: int, hostile: bool, seed: int, target: str
) -> None:
    """Start stand-ins for both CRMs, each with a page to look at and edit its records."""
    with stopping() as stop, ExitStack() as stack:
        running = start(
            stack,
            ports=(hubspot_port, salesforce_port),
            faults=HOSTILE if hostile else Faults(),
            seed=seed,
            target=target.rstrip("/"),
        )
        _introduce(session.screen, running)
        stop.wait()


def start(stack: ExitStack, *, ports: tuple[int, int], faults: Faults, seed: int, target: str) -> StandIns:
    """Start both on these ports, to be closed with the stack. Raises OSError where a port is taken."""
    hubspot = HubSpotSandbox(
        [PortalAccount(portal_id=PORTAL, access_token=TOKEN)],
        app_id=APP,
        client_secret=CLIENT_SECRET,
        seed=seed,
        faults=faults,
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
        portal_file=PORTAL_FILE.format(
            portal=PORTAL,
            hubspot=hubspot_url,
            token=TOKEN,
            app=APP,
            client_secret=CLIENT_SECRET,
            org=salesforce.org.org_id,
            salesforce=salesforce_url,
            webhook_secret=WEBHOOK_SECRET,
        ),
    )


def _introduce(screen: Screen, running: StandIns) -> None:
    screen.raw(f"# HubSpot's stand-in:    {running.hubspot_url}")
    screen.raw(f"# Salesforce's stand-in: {running.salesforce_url}")
    screen.raw("# The portal file that fits, for `diptych portals apply FILE`:")
    screen.raw(running.portal_file)
    screen.out.file.flush()
