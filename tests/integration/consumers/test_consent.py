"""A portal that a person must let in: it stands still and says which command helps, and goes on by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from adapters.database import SqlDatabase
from consumers import checks
from consumers.reconcile import Crms
from consumers.vault import DatabaseVault
from contract.records import Side
from contract.settings import Portal, Settings, Suspension, SyncMode
from tests.contract.crm.benches import NUMBER, HubSpotBench, SalesforceBench
from tests.contract.crm.consents import (
    Desk,
    HubSpotDesk,
    SalesforceDesk,
    granted,
    hubspot_portal,
    salesforce_portal,
)
from tests.fakes.folders import in_memory, new_database


class Lobby:
    """A portal at work whose two accounts want a person's consent; its worker checks them when told."""

    def __init__(self, database: SqlDatabase) -> None:
        self.database = database
        self.portal: Portal = replace(
            hubspot_portal(),
            salesforce=salesforce_portal().salesforce,
            settings=Settings(mode=SyncMode.ON),
        )
        hubspot, salesforce = HubSpotBench(), SalesforceBench()
        salesforce.clock = salesforce.sandbox.org.clock = hubspot.clock
        self.desks: dict[Side, Desk] = {
            Side.HUBSPOT: HubSpotDesk(self.portal, hubspot),
            Side.SALESFORCE: SalesforceDesk(self.portal, salesforce),
        }
        self.clock, self.org = hubspot.clock, salesforce.sandbox
        ids = count()
        vaults = {
            side: DatabaseVault(
                database=database,
                portal=NUMBER,
                side=side,
                clock=self.clock,
                sleep=time.sleep,
                new_id=lambda: f"turn {next(ids)}",
            )
            for side in Side
        }
        opened = {side: desk.open(vaults[side]) for side, desk in self.desks.items()}
        self.crms = Crms(hubspot=opened[Side.HUBSPOT], salesforce=opened[Side.SALESFORCE])
        with database.transaction() as tx:
            tx.portals.save(self.portal, author="ada", comment="", at=self.clock())

    def check(self) -> Suspension | None:
        """The worker's hourly look; how the portal stands then."""
        findings = checks.check(self.portal, self.crms, now=self.clock())
        with self.database.transaction() as tx:
            checks.learn(tx, self.portal, findings, now=self.clock())
            return tx.portals.suspension(NUMBER)

    def consent(self, side: Side) -> None:
        with self.database.transaction() as tx:
            tx.grants.put(NUMBER, side, granted(self.desks[side]), author="ada", at=self.clock())


@pytest.fixture
def lobby() -> Iterator[Lobby]:
    with in_memory() as folder:
        database = new_database(folder)
        yield Lobby(database)
        database.close()


def test_until_authorized_it_stands_still_and_names_the_command(lobby: Lobby) -> None:
    for side in (Side.HUBSPOT, Side.SALESFORCE):
        suspension = lobby.check()
        assert suspension is not None
        assert f"run `diptych authorize {NUMBER} {side}`" in suspension.reason
        assert suspension.clears_at is None
        lobby.consent(side)
    assert lobby.check() is None


@pytest.mark.parametrize("side", list(Side))
def test_a_refused_refresh_stops_it_and_a_new_consent_lets_it_go_on(lobby: Lobby, side: Side) -> None:
    for each in Side:
        lobby.consent(each)
    assert lobby.check() is None
    lobby.desks[side].revoke()
    suspension = lobby.check()
    assert suspension is not None
    assert f"any more: run `diptych authorize {NUMBER} {side}`" in suspension.reason
    lobby.consent(side)
    assert lobby.check() is None


def test_a_day_of_work_needs_nobody(lobby: Lobby) -> None:
    """HubSpot's tokens live half an hour, and Salesforce's end when it pleases."""
    for side in Side:
        lobby.consent(side)
    lobby.org.auth.consents.rotates = True
    for _ in range(24):
        lobby.clock.sleep(3_600)
        lobby.org.expire_tokens()
        assert lobby.check() is None
