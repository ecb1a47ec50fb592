"""A portal's two accounts as setting up needs them: no records, so no gateway. The root that wires them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from adapters.crm import hubspot_api, salesforce_api
from adapters.crm.http import new_session
from adapters.crm.hubspot_setup import HubSpotSetup
from adapters.crm.salesforce_api import SalesforceApi
from adapters.crm.salesforce_release import deployed
from adapters.ledger import open_ledger
from consumers.meter import PortalMeter
from contract.ports import Database, RateLimit
from contract.records import Side
from contract.settings import Portal
from diptych.clock import utc_now
from diptych.config import Config
from diptych.vaults import vault_of

TIMEOUT = (5.0, 15.0)
"""Seconds to connect and to answer: an operator sits and waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Both accounts of one portal; nothing was asked yet."""

    hubspot: HubSpotSetup
    salesforce: SalesforceApi

    def installed(self, side: Side) -> str | None:
        """The integration version there, None for none, "" where it does not tell. Raises CrmError."""
        if side is Side.SALESFORCE:
            return deployed(self.salesforce)
        group = self.hubspot.group()
        return (group.version or "") if group else None

    def integration_user(self) -> str:
        """The user name that we are logged in to Salesforce as. Raises CrmError."""
        return str(self.salesforce.identity().get("preferred_username") or "")


def open_accounts(portal: Portal, config: Config, buckets: RateLimit, database: Database) -> Accounts:
    """Open both. Raises InvalidInput for an address to which no token must travel."""
    meter = PortalMeter(portal=portal.number, buckets=buckets, clock=utc_now, sleep=time.sleep)
    plain = config.allow_plain_http
    hubspot = hubspot_api.open_api(
        portal,
        session=new_session(timeout=TIMEOUT),
        meter=meter,
        clock=utc_now,
        sleep=time.sleep,
        allow_plain_http=plain,
        vault=vault_of(database, portal, Side.HUBSPOT),
    )
    salesforce = salesforce_api.open_api(
        portal,
        session=new_session(timeout=TIMEOUT, ca_file=portal.salesforce.ca_file),
        meter=meter,
        clock=utc_now,
        allow_plain_http=plain,
        vault=vault_of(database, portal, Side.SALESFORCE),
    )
    return Accounts(hubspot=HubSpotSetup(api=hubspot), salesforce=salesforce)


@contextmanager
def accounts_of(portal: Portal, config: Config, database: Database) -> Iterator[Accounts]:
    """The same, with rate buckets opened for the occasion."""
    ledger = open_ledger(config.redis_url.reveal() if config.redis_url else None)
    try:
        yield open_accounts(portal, config, ledger, database)
    finally:
        ledger.close()
