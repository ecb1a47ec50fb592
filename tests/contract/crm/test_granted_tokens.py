"""Tokens by a person's consent: refreshed ahead, by one process at a time, committed before they are used."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from adapters.database import SqlDatabase
from consumers.vault import DatabaseVault, HandVault
from contract.errors import CrmError, DatabaseUnavailable, ErrorClass
from contract.grants import Grant
from contract.records import Side
from tests.contract.crm.benches import NUMBER, HubSpotBench, SalesforceBench
from tests.contract.crm.consents import (
    Desk,
    HubSpotDesk,
    SalesforceDesk,
    forms,
    granted,
    hubspot_portal,
    salesforce_portal,
)
from tests.fakes.canned import answer
from tests.fakes.folders import in_memory, new_database


@pytest.fixture
def database() -> Iterator[SqlDatabase]:
    with in_memory() as folder:
        found = new_database(folder)
        yield found
        found.close()


@pytest.fixture
def salesforce() -> SalesforceDesk:
    """Its app rotates refresh tokens."""
    desk = SalesforceDesk(salesforce_portal(), SalesforceBench())
    desk.bench.sandbox.auth.consents.rotates = True
    return desk


@pytest.fixture
def hubspot() -> HubSpotDesk:
    return HubSpotDesk(hubspot_portal(), HubSpotBench())


@dataclass(slots=True)
class WatchedVault(HandVault):
    """Notes how many requests had been made whenever something was committed; may be away."""

    desk: Desk
    kept_after: list[int]
    away: bool = False
    next_reads: list[Grant] = field(default_factory=list)
    """What the next ones to read find, before the grant itself."""

    def read(self) -> Grant | None:
        return self.next_reads.pop(0) if self.next_reads else self.grant

    def keep(self, renewed: Grant) -> None:
        if self.away:
            raise DatabaseUnavailable("the disk is full")
        self.kept_after.append(len(self.desk.bench.wire.seen))
        HandVault.keep(self, renewed)


def watched(desk: Desk) -> WatchedVault:
    vault = WatchedVault(grant=granted(desk), desk=desk, kept_after=[])
    desk.bench.wire.seen.clear()
    return vault


@contextmanager
def refused(says: str) -> Iterator[None]:
    with pytest.raises(CrmError) as caught:
        yield
    assert caught.value.fault.error is ErrorClass.AUTH
    assert says in caught.value.fault.says


def test_hubspots_token_is_refreshed_before_it_ends(hubspot: HubSpotDesk) -> None:
    vault = watched(hubspot)
    crm = hubspot.open(vault)
    crm.check()
    hubspot.bench.clock.sleep(1_600)
    crm.check()
    assert forms(hubspot) == []
    hubspot.bench.clock.sleep(90)
    crm.check()
    assert [form["grant_type"] for form in forms(hubspot)] == ["refresh_token"]
    assert not [status for _, status in hubspot.bench.meter.calls if status == 401]
    assert vault.grant.expires_at == hubspot.bench.clock() + timedelta(seconds=1_800)


def test_hubspots_token_is_refreshed_once_where_it_is_refused(hubspot: HubSpotDesk) -> None:
    crm = hubspot.open(watched(hubspot))
    hubspot.bench.wire.answers.append(answer(401, {"category": "EXPIRED_AUTHENTICATION"}))
    crm.check()
    paths = [request.path_url for request in hubspot.bench.wire.seen]
    assert paths == ["/account-info/v3/details", "/oauth/v3/token", "/account-info/v3/details"]
    first, _, second = hubspot.bench.wire.headers("Authorization")
    assert first != second


def test_a_rotated_refresh_token_is_committed_before_the_new_access_token_is_used(
    salesforce: SalesforceDesk,
) -> None:
    vault = watched(salesforce)
    before, crm = vault.grant, salesforce.open(vault)
    salesforce.bench.sandbox.expire_tokens()
    crm.schema("Lead")
    paths = [request.path_url.rpartition("/")[2] for request in salesforce.bench.wire.seen]
    assert paths == ["describe", "token", "describe"]
    assert vault.kept_after == [2]
    consents = salesforce.bench.sandbox.auth.consents
    assert before.refresh.reveal() in consents.dead
    assert vault.grant.refresh.reveal() in consents.live


def test_a_refresh_that_could_not_be_committed_is_committed_first_and_not_asked_for_again(
    salesforce: SalesforceDesk,
) -> None:
    vault = watched(salesforce)
    crm = salesforce.open(vault)
    salesforce.bench.sandbox.expire_tokens()
    vault.away = True
    with pytest.raises(DatabaseUnavailable):
        crm.schema("Lead")
    vault.away = False
    crm.schema("Lead")
    assert len(forms(salesforce)) == 1
    assert vault.grant.refresh.reveal() in salesforce.bench.sandbox.auth.consents.live


@pytest.mark.parametrize("rotates", [True, False])
def test_a_process_killed_between_the_answer_and_its_commit(
    salesforce: SalesforceDesk, *, rotates: bool
) -> None:
    """Where tokens rotate the stored one is dead, and nobody can know the next: a person consents anew."""
    salesforce.bench.sandbox.auth.consents.rotates = rotates
    vault = watched(salesforce)
    salesforce.bench.sandbox.expire_tokens()
    vault.away = True
    with pytest.raises(DatabaseUnavailable):
        salesforce.open(vault).schema("Lead")
    vault.away = False

    next_process = salesforce.open(vault)
    if not rotates:
        next_process.schema("Lead")
        return
    with refused(f"run `diptych authorize {NUMBER} salesforce`"):
        next_process.schema("Lead")
    vault.grant = replace(granted(salesforce), version=7)
    next_process.schema("Lead")


def test_what_another_process_refreshed_is_used_and_not_refreshed_again(
    salesforce: SalesforceDesk, database: SqlDatabase
) -> None:
    stored(database, salesforce, Side.SALESFORCE)
    one, other = (salesforce.open(vault(database, salesforce, Side.SALESFORCE)) for _ in range(2))
    one.schema("Lead")
    other.schema("Lead")
    salesforce.bench.sandbox.expire_tokens()
    salesforce.bench.wire.seen.clear()
    one.schema("Contact")
    other.schema("Contact")
    assert len(forms(salesforce)) == 1


def test_processes_that_refresh_at_the_same_moment_lose_no_token(
    salesforce: SalesforceDesk, database: SqlDatabase
) -> None:
    stored(database, salesforce, Side.SALESFORCE)
    gateways = [salesforce.open(vault(database, salesforce, Side.SALESFORCE)) for _ in range(4)]
    for object_type in ("Lead", "Contact", "Account"):
        salesforce.bench.sandbox.expire_tokens()
        threads = [threading.Thread(target=each.schema, args=(object_type,)) for each in gateways]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with database.transaction() as tx:
        grant = tx.grants.get(NUMBER, Side.SALESFORCE)
    assert grant is not None
    consents = salesforce.bench.sandbox.auth.consents
    assert consents.live == {grant.refresh.reveal()}
    assert salesforce.open(vault(database, salesforce, Side.SALESFORCE)).schema("User")


@pytest.mark.parametrize("side", list(Side))
def test_what_was_revoked_is_told_with_the_command_that_helps(
    side: Side, hubspot: HubSpotDesk, salesforce: SalesforceDesk
) -> None:
    desk: Desk = hubspot if side is Side.HUBSPOT else salesforce
    crm = desk.open(watched(desk))
    desk.revoke()
    with refused(f"run `diptych authorize {NUMBER} {side}`"):
        crm.check()


@pytest.mark.parametrize("side", list(Side))
def test_until_somebody_consents_nothing_is_asked(
    side: Side, hubspot: HubSpotDesk, salesforce: SalesforceDesk
) -> None:
    desk: Desk = hubspot if side is Side.HUBSPOT else salesforce
    with refused(f"nobody has let this app in at this address yet: run `diptych authorize {NUMBER} {side}`"):
        desk.open(None).check()
    assert desk.bench.wire.seen == []


def test_a_grant_goes_to_its_own_app_and_addresses_only(hubspot: HubSpotDesk) -> None:
    vault = watched(hubspot)
    for grant in (replace(vault.grant, client_id="x"), replace(vault.grant, addresses="https://x.example")):
        vault.grant = grant
        with refused("nobody has let this app in"):
            hubspot.open(vault).check()
    assert hubspot.bench.wire.seen == []


def test_a_new_consent_counts_though_the_old_one_was_refused_meanwhile(salesforce: SalesforceDesk) -> None:
    held = watched(salesforce)
    crm = salesforce.open(held)
    crm.schema("Lead")
    salesforce.revoke()
    fresh = replace(granted(salesforce), version=9)
    held.next_reads, held.grant = [held.grant, held.grant], fresh
    crm.schema("Contact")
    assert held.grant == fresh


def test_a_token_endpoint_out_of_order_refuses_nobody(salesforce: SalesforceDesk) -> None:
    vault = watched(salesforce)
    crm = salesforce.open(vault)
    salesforce.bench.sandbox.expire_tokens()
    salesforce.bench.wire.answers.extend(
        [answer(401, [{"errorCode": "INVALID_SESSION_ID"}]), answer(503, "<html>busy</html>")]
    )
    with pytest.raises(CrmError) as caught:
        crm.schema("Lead")
    assert caught.value.fault.error is ErrorClass.TRANSIENT
    crm.schema("Lead")


def vault(database: SqlDatabase, desk: Desk, side: Side) -> DatabaseVault:
    """As one process has it."""
    return DatabaseVault(
        database=database,
        portal=NUMBER,
        side=side,
        clock=desk.bench.clock,
        sleep=time.sleep,
        new_id=lambda: f"{threading.get_ident()} {time.monotonic_ns()}",
    )


def stored(database: SqlDatabase, desk: Desk, side: Side) -> None:
    """Somebody has consented."""
    with database.transaction() as tx:
        tx.grants.put(NUMBER, side, granted(desk), author="ada", at=desk.bench.clock())
