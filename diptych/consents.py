"""What `diptych authorize` needs of one side of a portal: its app, and its account to look at. Wires them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from adapters.crm import hubspot_api, open_hubspot, open_salesforce, salesforce_api
from adapters.crm.http import new_session
from adapters.crm.tokens import OAuthClient
from adapters.ledger import open_ledger
from consumers.meter import PortalMeter
from contract.errors import InvalidInput
from contract.ports import Account, Transaction, Vault
from contract.records import Side
from contract.settings import AuthMethod, Portal
from diptych.accounts import TIMEOUT
from diptych.clock import utc_now
from diptych.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """The app of one side, and the account that it opens with what a vault holds. `account` is its number."""

    client: OAuthClient
    open_account: Callable[[Vault], Account]
    account: str


@contextmanager
def entrance(portal: Portal, side: Side, config: Config) -> Iterator[Entrance]:
    """The side's entrance. Raises InvalidInput where the portal gets in there by other means."""
    _demand(portal, side)
    ledger = open_ledger(config.redis_url.reveal() if config.redis_url else None)
    meter = PortalMeter(portal=portal.number, buckets=ledger, clock=utc_now, sleep=time.sleep)
    ca_file = portal.salesforce.ca_file if side is Side.SALESFORCE else None
    common = {
        "session": new_session(timeout=TIMEOUT, ca_file=ca_file),
        "meter": meter,
        "clock": utc_now,
        "allow_plain_http": config.allow_plain_http,
    }
    try:
        yield _hubspot(portal, common) if side is Side.HUBSPOT else _salesforce(portal, common)
    finally:
        ledger.close()


def _hubspot(portal: Portal, common: dict[str, Any]) -> Entrance:
    return Entrance(
        client=hubspot_api.oauth_client(portal, **common),
        open_account=lambda vault: open_hubspot(portal, vault=vault, **common),
        account=str(portal.number),
    )


def _salesforce(portal: Portal, common: dict[str, Any]) -> Entrance:
    return Entrance(
        client=salesforce_api.oauth_client(portal, **common),
        open_account=lambda vault: open_salesforce(portal, vault=vault, **common),
        account=portal.salesforce.org_id,
    )


def client_id(portal: Portal, side: Side) -> str | None:
    """The app that a person lets in there; None where the portal gets in by other means."""
    if side is Side.HUBSPOT:
        return portal.hubspot.oauth.client_id if portal.hubspot.oauth else None
    auth = portal.salesforce.auth
    return auth.client_id if auth.method is AuthMethod.WEB_SERVER else None


def forget_unused(tx: Transaction, portal: Portal) -> Iterator[str]:
    """Keep no tokens that the portal's file has no use for any more; what to say of it."""
    for side, consented in tx.grants.told(portal.number).items():
        if consented.client_id != client_id(portal, side):
            tx.grants.forget(portal.number, side)
            yield f"  {side.label}'s tokens of the app that the file does not name any more are forgotten"


def _demand(portal: Portal, side: Side) -> None:
    if client_id(portal, side) is not None:
        return
    if side is Side.HUBSPOT:
        raise InvalidInput(
            f"portal {portal.number} gets in to HubSpot by a private app's token, which nobody has to "
            "authorize: for an OAuth app its file must have `hubspot.oauth` instead of `access_token`"
        )
    raise InvalidInput(
        f"portal {portal.number} logs in to Salesforce by {portal.salesforce.auth.method}, which nobody has "
        f"to authorize: its file must say `salesforce.auth.method: {AuthMethod.WEB_SERVER}` for that"
    )
