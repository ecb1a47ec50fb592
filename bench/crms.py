"""Both stand-in CRMs, polite but slow, and what people do in them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.hubspot import HubSpotSandbox, PortalAccount
from sandbox.hubspot import create_app as hubspot_app
from sandbox.kit import Faults
from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce import create_app as salesforce_app
from sandbox.server import Ticker, serve

PORTAL = 8400001
LATENCY = 0.1
"""Seconds that every API call takes."""
PUMP_SECONDS = 0.01
"""How often each CRM looks for notices to deliver: a bound on what waiting adds to a figure."""

APP = 77
CLIENT_SECRET = "bench-client-secret"
WEBHOOK_SECRET = "bench-webhook-secret-0001"
_TOKEN = "pat-bench-0001"

_MEMBER, _STRANGER = "OPEN", "UNQUALIFIED"
"""Values of hs_lead_status: the inclusion list has those who are OPEN."""

_PORTAL_FILE = """\
portal: {portal}
name: Bench
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
guards: {{creates: 1000000}}
contacts:
  create_as: lead
  create_in_hubspot: {{from_leads: true, from_contacts: true}}
  inclusion_list: {inclusion_list}
mappings:
  - {{hubspot: jobtitle, rule: two_way}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """API calls as the CRMs themselves count them, by method and path."""

    hubspot: dict[str, int]
    salesforce: dict[str, int]

    @property
    def total(self) -> int:
        """On both sides."""
        return sum(self.hubspot.values()) + sum(self.salesforce.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Crms:
    """The two CRMs; persons are known by their e-mail, and their job title is what changes."""

    hubspot: HubSpotSandbox
    salesforce: SalesforceSandbox
    portal_file: str
    _targets: tuple[str, str]

    def hush(self) -> None:
        """Keep notices back, so that a burst is ready before the first one is told."""
        self.hubspot.target_url = self.salesforce.target_url = None

    def speak(self) -> None:
        """Tell what was kept back, and everything from now on."""
        self.hubspot.target_url, self.salesforce.target_url = self._targets

    def waiting(self) -> int:
        """Notices that were not taken yet."""
        queues = (self.hubspot.notices, self.salesforce.outbound.notices)
        return sum(len(queue.waiting) + queue.sending for queue in queues)

    def calls(self) -> Calls:
        """Since they were last forgotten."""
        return Calls(hubspot=dict(self.hubspot.calls.counts), salesforce=dict(self.salesforce.calls.counts))

    def forget_calls(self) -> None:
        """Count from zero."""
        self.hubspot.calls.reset()
        self.salesforce.calls.reset()

    def contacts(self) -> dict[str, tuple[str, str]]:
        """E-mail -> (id, job title) of all HubSpot contacts."""
        rows = ((row["id"], row["properties"]) for row in self.hubspot.state(PORTAL))
        return {values["email"]: (id_, values.get("jobtitle", "")) for id_, values in rows}

    def leads(self) -> dict[str, tuple[str, str]]:
        """E-mail -> (id, title) of all Salesforce leads."""
        return {row["Email"]: (row["Id"], row["Title"] or "") for row in self.salesforce.state("Lead")}

    def contact_title(self, contact: str) -> str:
        """The job title of one HubSpot contact, looked up without a copy of all."""
        with self.hubspot.lock:
            record = self.hubspot.portal(PORTAL).shelf("contacts").records[contact]
            return record.now.values.get("jobtitle", "")

    def lead_title(self, lead: str) -> str:
        """The title of one lead."""
        return str(self.salesforce.record("Lead", lead)["Title"] or "")

    def create_contacts(self, emails: Iterable[str], title: str) -> None:
        """New people in HubSpot, on the inclusion list if there is one."""
        for email in emails:
            values = {**_person(email, _CONTACT), "jobtitle": title, "hs_lead_status": _MEMBER}
            self.hubspot.ui_create(PORTAL, "contacts", values)

    def create_leads(self, emails: Iterable[str], title: str) -> None:
        """New people in Salesforce."""
        for email in emails:
            self.salesforce.ui_create("Lead", {**_person(email, _LEAD), "Title": title})

    def edit_contact(self, contact: str, title: str) -> None:
        """This HubSpot contact gets this job title."""
        self.hubspot.ui_update(PORTAL, "contacts", contact, {"jobtitle": title})

    def edit_lead(self, lead: str, title: str) -> None:
        """This lead gets this title."""
        self.salesforce.ui_update("Lead", lead, {"Title": title})

    def leave_the_list(self, contact: str) -> None:
        """This HubSpot contact is on the inclusion list no more."""
        self.hubspot.ui_update(PORTAL, "contacts", contact, {"hs_lead_status": _STRANGER})


_CONTACT = ("email", "firstname", "lastname", "company", "phone", "city", "country")
_LEAD = ("Email", "FirstName", "LastName", "Company", "Phone", "City", "Country")


def _person(email: str, names: tuple[str, ...]) -> dict[str, Any]:
    number = email.partition("@")[0]
    values = (email, "Ada", f"Lovelace {number}", "Analytical Engines", "+44 20 7946 0000", "London", "UK")
    return dict(zip(names, values, strict=True))


@contextmanager
def open_crms(receiver_url: str, *, with_list: bool, latency: float = LATENCY) -> Iterator[Crms]:
    """Start both, telling the receiver at this URL of every change."""
    faults = Faults(latency_seconds=latency)
    hubspot = HubSpotSandbox(
        [PortalAccount(portal_id=PORTAL, access_token=_TOKEN)],
        app_id=APP,
        client_secret=CLIENT_SECRET,
        faults=faults,
    )
    chosen = (
        hubspot.add_dynamic_list(PORTAL, "Synced", "hs_lead_status", "EQ", _MEMBER) if with_list else None
    )
    salesforce = SalesforceSandbox(faults=faults)
    with (
        serve(hubspot_app(hubspot)) as hubspot_server,
        serve(salesforce_app(salesforce)) as salesforce_server,
        Ticker(hubspot.pump, every_seconds=PUMP_SECONDS),
        Ticker(salesforce.pump, every_seconds=PUMP_SECONDS),
    ):
        salesforce.base_url = salesforce_server.url
        crms = Crms(
            hubspot=hubspot,
            salesforce=salesforce,
            portal_file=portal_file(
                hubspot_server.url, salesforce_server.url, org=salesforce.org.org_id, inclusion_list=chosen
            ),
            _targets=(
                f"{receiver_url}/webhooks/hubspot",
                f"{receiver_url}/webhooks/salesforce/{WEBHOOK_SECRET}",
            ),
        )
        crms.speak()
        yield crms


def portal_file(hubspot: str, salesforce: str, *, org: str, inclusion_list: str | None = None) -> str:
    """The file of the portal that joins the CRMs at these addresses."""
    return _PORTAL_FILE.format(
        portal=PORTAL,
        hubspot=hubspot,
        token=_TOKEN,
        app=APP,
        client_secret=CLIENT_SECRET,
        org=org,
        salesforce=salesforce,
        webhook_secret=WEBHOOK_SECRET,
        inclusion_list=inclusion_list or "null",
    )


def wait_until(come: Callable[[], bool], *, seconds: float, every: float, what: str) -> float:
    """The moment (time.monotonic) at which this came true; raises TimeoutError when it does not."""
    deadline = time.monotonic() + seconds
    while not come():
        if time.monotonic() > deadline:
            message = f"{what}: not within {seconds:.0f} s"
            raise TimeoutError(message)
        time.sleep(every)
    return time.monotonic()
