"""Portals that a person lets us in to, on both stand-ins: one set of verbs for both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import requests

from adapters.crm import hubspot_api, open_hubspot, open_salesforce, salesforce_api
from adapters.crm.http import new_session
from adapters.crm.oauth import Consent, new_consent
from adapters.crm.tokens import OAuthClient
from contract.grants import Grant
from contract.portal_accounts import HUBSPOT_SCOPES
from contract.ports import Crm, Vault
from contract.secret import Secret
from contract.settings import AuthMethod, HubSpotAccount, HubSpotOAuth, Portal, SalesforceAuth
from tests.contract.crm.benches import HUBSPOT_URL, SALESFORCE_URL, HubSpotBench, SalesforceBench, portal

CALLBACK = "http://localhost:8403/authorized"
CLIENT_SECRET = Secret("sandbox-consumer-secret")


def hubspot_portal(**app: Any) -> Portal:
    """A portal with an OAuth app in place of a private app's token."""
    given = {
        "client_id": "sandbox-client-id",
        "client_secret": Secret("s"),
        "authorize_url": f"{HUBSPOT_URL}/oauth/authorize",
        "scopes": HUBSPOT_SCOPES,
    }
    account = HubSpotAccount(
        base_url=HUBSPOT_URL,
        app_id=7,
        client_secrets=(Secret("s"),),
        oauth=HubSpotOAuth(**{**given, **app}),
    )
    return replace(portal(), hubspot=account)


def salesforce_portal(*, client_id: str = "sandbox-consumer-key", secret: Secret = CLIENT_SECRET) -> Portal:
    """A portal that logs in by the web server flow."""
    return portal(SalesforceAuth(method=AuthMethod.WEB_SERVER, client_id=client_id, client_secret=secret))


class Desk(Protocol):
    """One side of a portal, its stand-in, and the browser of the person who consents."""

    portal: Portal

    @property
    def bench(self) -> HubSpotBench | SalesforceBench: ...
    @property
    def client(self) -> OAuthClient: ...
    def open(self, vault: Vault | None) -> Crm: ...
    def revoke(self) -> None:
        """Whoever consented takes it back."""


@dataclass(slots=True)
class HubSpotDesk:
    portal: Portal
    bench: HubSpotBench

    @property
    def client(self) -> OAuthClient:
        return hubspot_api.oauth_client(self.portal, **_common(self.bench, HUBSPOT_URL))

    def open(self, vault: Vault | None) -> Crm:
        return open_hubspot(self.portal, vault=vault, **_common(self.bench, HUBSPOT_URL))

    def revoke(self) -> None:
        self.bench.sandbox.oauth.uninstall(self.portal.number)


@dataclass(slots=True)
class SalesforceDesk:
    portal: Portal
    bench: SalesforceBench

    @property
    def client(self) -> OAuthClient:
        return salesforce_api.oauth_client(self.portal, **_common(self.bench, SALESFORCE_URL))

    def open(self, vault: Vault | None) -> Crm:
        return open_salesforce(self.portal, vault=vault, **_common(self.bench, SALESFORCE_URL))

    def revoke(self) -> None:
        self.bench.sandbox.expire_tokens()
        self.bench.sandbox.auth.consents.live.clear()


def _common(bench: HubSpotBench | SalesforceBench, url: str) -> dict[str, Any]:
    session = new_session()
    session.mount(url, bench.wire)
    return {"session": session, "meter": bench.meter, "clock": bench.clock, "allow_plain_http": False}


def a_consent() -> Consent:
    """One attempt."""
    return new_consent(CALLBACK)


def visited(desk: Desk, address: str) -> requests.Response:
    """The person opens the page, logs in and consents."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://127.0.0.1", desk.bench.wire)
    return session.get(address, allow_redirects=False)


def sent_to(desk: Desk, consent: Consent) -> str:
    """Where the browser is sent after that."""
    return visited(desk, desk.client.authorize_url(consent)).headers["Location"]


def granted(desk: Desk) -> Grant:
    """What consenting gives."""
    consent = a_consent()
    return desk.client.exchange(consent, consent.code_in(sent_to(desk, consent)))


def forms(desk: Desk) -> list[Mapping[str, str]]:
    """What was sent to the token endpoint."""
    sent = (request for request in desk.bench.wire.seen if (request.path_url or "").endswith("/token"))
    return [dict(pair.split("=", 1) for pair in str(request.body).split("&")) for request in sent]
