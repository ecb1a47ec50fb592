"""Both stand-in CRMs on loopback, hostile, and the gate that holds one of their calls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from contract.portal_file import load_portal
from contract.settings import Portal
from sandbox.hubspot import HubSpotSandbox, PortalAccount
from sandbox.hubspot import create_app as hubspot_app
from sandbox.kit import Faults
from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce import create_app as salesforce_app
from sandbox.server import Ticker, serve

PORTAL = 8400001
_APP = 77
_CLIENT_SECRET = "kills-client-secret"
_TOKEN = "pat-kills-0001"
_PATH = "kills-webhook-secret-0001"
_LONGEST_HOLD = 60.0

_PORTAL_FILE = """\
portal: {portal}
name: Nova
hubspot:
  base_url: {hubspot}
  access_token: {token}
  app_id: {app}
  client_secrets: [{secret}]
salesforce:
  org_id: {org}
  login_url: {salesforce}
  instance_url: {salesforce}
  auth:
    method: client_credentials
    client_id: sandbox-consumer-key
    client_secret: sandbox-consumer-secret
  webhook_secret: {path}
sync:
  mode: on
contacts:
  create_as: lead
  create_in_hubspot: {{from_leads: true, from_contacts: true}}
mappings:
  - {{hubspot: jobtitle, rule: two_way}}
  - {{hubspot: mobilephone, rule: two_way}}
"""


@dataclass(slots=True, kw_only=True)
class Held:
    """One call to be held, before or after the CRM carries it out, until it is released."""

    matches: Callable[[str, str], bool]
    after: bool
    arrived: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def here(self) -> None:
        """The call is where it is to be held."""
        self.arrived.set()
        self.released.wait(_LONGEST_HOLD)


class Gate:
    """A WSGI middleware that can hold the next call of some kind."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._wanted: Held | None = None

    @contextmanager
    def holding(self, matches: Callable[[str, str], bool], *, after: bool = False) -> Iterator[Held]:
        """Hold the next call whose (method, path) matches; it goes on at the latest when the block ends."""
        held = Held(matches=matches, after=after)
        self._wanted = held
        try:
            yield held
        finally:
            self._wanted = None
            held.released.set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        held = self._held(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if held and not held.after:
            held.here()
        answer = self._app(environ, start_response)
        if held and held.after:
            held.here()
        return answer

    def _held(self, method: str, path: str) -> Held | None:
        with self._lock:
            held = self._wanted
            if held is None or not held.matches(method, path):
                return None
            self._wanted = None
            return held


@dataclass(frozen=True, slots=True, kw_only=True)
class Crms:
    """Both CRMs, their gates, and the portal that joins them."""

    hubspot: HubSpotSandbox
    salesforce: SalesforceSandbox
    hubspot_gate: Gate
    salesforce_gate: Gate
    portal: Portal

    def waiting(self) -> int:
        """Notices not yet taken by the receiver, and automation still to come."""
        queues = (self.hubspot.notices, self.salesforce.outbound.notices)
        return sum(len(queue.waiting) + queue.sending for queue in queues) + len(
            self.salesforce.automation.waiting
        )

    def writes(self) -> int:
        """API calls that wrote records, so far."""
        counts = [self.hubspot.calls.counts, self.salesforce.calls.counts]
        return sum(count for each in counts for call, count in each.items() if is_write(*call.split(" ", 1)))


def is_write(method: str, path: str) -> bool:
    """Whether a call of either CRM's API writes records."""
    in_salesforce = method == "PATCH" and "/composite/sobjects" in path
    return in_salesforce or path.endswith(("/batch/update", "/batch/create"))


@contextmanager
def open_crms(receiver_url: str, *, seed: int, faults: Faults) -> Iterator[Crms]:
    """Start both, telling the receiver at this URL of all changes."""
    hubspot = HubSpotSandbox(
        [PortalAccount(portal_id=PORTAL, access_token=_TOKEN)],
        app_id=_APP,
        client_secret=_CLIENT_SECRET,
        seed=seed,
        faults=faults,
        search_lag_seconds=0.5,
    )
    # Its stamps have whole seconds, so a stale read within the second of a notice shows nothing: only a sweep
    # finds out later, and there is none.
    salesforce = SalesforceSandbox(seed=seed, faults=faults.changed(stale_read=0.0))
    gates = Gate(hubspot_app(hubspot)), Gate(salesforce_app(salesforce))
    with ExitStack() as stack:
        urls = [stack.enter_context(serve(gate)).url for gate in gates]
        salesforce.base_url = urls[1]
        hubspot.target_url = f"{receiver_url}/webhooks/hubspot"
        salesforce.target_url = f"{receiver_url}/webhooks/salesforce/{_PATH}"
        text = _PORTAL_FILE.format(
            portal=PORTAL,
            hubspot=urls[0],
            salesforce=urls[1],
            token=_TOKEN,
            app=_APP,
            secret=_CLIENT_SECRET,
            org=salesforce.org.org_id,
            path=_PATH,
        )
        for pump in (hubspot.pump, salesforce.pump):
            stack.enter_context(Ticker(pump, every_seconds=0.05))
        yield Crms(
            hubspot=hubspot,
            salesforce=salesforce,
            hubspot_gate=gates[0],
            salesforce_gate=gates[1],
            portal=load_portal(text),
        )
