"""The one pause of all portals, checked credentials, and what lifts a suspension."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.database import SqlDatabase
from contract.records import Side
from contract.settings import Suspension, SuspensionCause, SyncMode
from contract.standing import CredentialCheck, Pause
from tests.contract.database.makers import NOW, P, after, portal

CHECK = CredentialCheck(
    side=Side.HUBSPOT, valid=True, user="app 7", says="HubSpot accepts the token", checked_at=NOW
)


def save(database: SqlDatabase, number: int = P) -> None:
    with database.transaction() as tx:
        tx.portals.save(portal(number), author="ada", comment="", at=NOW)


def test_the_switch_is_set_once_and_told_by_who_set_it_first(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        assert tx.pauses.current() is None
        tx.pauses.begin(author="ada", comment="wrong values everywhere", at=NOW)
        tx.pauses.begin(author="bob", comment="", at=after(1))
    with database.transaction() as tx:
        assert tx.pauses.current() == Pause(author="ada", comment="wrong values everywhere", at=NOW)
        tx.pauses.end(author="bob", at=after(2))
        tx.pauses.end(author="bob", at=after(3))
        assert tx.pauses.current() is None
        tx.pauses.begin(author="cleo", comment="", at=after(4))
        assert tx.pauses.current() == Pause(author="cleo", comment="", at=after(4))


def test_the_last_pause_that_is_over_tells_who_ended_it(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        assert tx.pauses.lifted() is None
        tx.pauses.begin(author="ada", comment="storm", at=NOW)
        assert tx.pauses.lifted() is None
        tx.pauses.end(author="bob", at=after(2))
        tx.pauses.begin(author="cleo", comment="", at=after(4))
        assert tx.pauses.lifted() == Pause(
            author="ada", comment="storm", at=NOW, ended_by="bob", ended_at=after(2)
        )


def test_the_last_check_of_each_side_counts(database: SqlDatabase) -> None:
    other = replace(CHECK, side=Side.SALESFORCE, user="sync@acme.example")
    later = replace(CHECK, valid=False, says="refused", checked_at=after(60))
    with database.transaction() as tx:
        assert tx.credentials.of(P) == {}
        tx.credentials.keep(P, [CHECK, other])
        tx.credentials.keep(P, [later])
        tx.credentials.keep(P, [])
    with database.transaction() as tx:
        assert tx.credentials.of(P) == {Side.HUBSPOT: later, Side.SALESFORCE: other}
        assert tx.credentials.of(P + 1) == {}
        tx.credentials.forget(P)
        assert tx.credentials.of(P) == {}


def test_a_refusal_does_not_make_us_forget_who_we_are(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        tx.credentials.keep(P, [CHECK])
        tx.credentials.keep(P, [replace(CHECK, valid=False, user="")])
        assert tx.credentials.of(P)[Side.HUBSPOT] == replace(CHECK, valid=False)


@pytest.mark.parametrize("cause", list(SuspensionCause))
def test_a_suspension_is_lifted_for_its_own_cause_only(database: SqlDatabase, cause: SuspensionCause) -> None:
    save(database)
    save(database, P + 1)
    with database.transaction() as tx:
        for number in (P, P + 1):
            tx.portals.suspend(number, Suspension(reason="x", since=NOW, cause=cause))
        lifted = {one: tx.portals.clear(P, one) for one in SuspensionCause if one is not cause}
        assert set(lifted.values()) == {False}
        assert tx.portals.suspension(P) == Suspension(reason="x", since=NOW, cause=cause)
        assert tx.portals.clear(P, cause)
        assert tx.portals.suspension(P) is None
        assert tx.portals.suspension(P + 1) is not None


def test_suspensions_that_end_by_themselves_are_lifted_at_their_time(database: SqlDatabase) -> None:
    ends = {P: after(60), P + 1: after(61), P + 2: None}
    for number, clears_at in ends.items():
        save(database, number)
        with database.transaction() as tx:
            tx.portals.suspend(number, Suspension(reason="x", since=NOW, clears_at=clears_at))
    with database.transaction() as tx:
        tx.portals.clear_passed(after(60))
        assert [tx.portals.suspension(number) is None for number in ends] == [True, False, False]


def test_the_mode_before_a_pause_is_known(database: SqlDatabase) -> None:
    save(database)
    with database.transaction() as tx:
        assert (tx.portals.mode(P), tx.portals.mode_before_off(P)) == (SyncMode.OBSERVE, SyncMode.OBSERVE)
        tx.portals.set_mode(P, SyncMode.OFF, author="ada", comment="a flood", at=after(1))
        tx.portals.set_mode(P, SyncMode.OFF, author="ada", at=after(2))
        assert (tx.portals.mode(P), tx.portals.mode_before_off(P)) == (SyncMode.OFF, SyncMode.OBSERVE)
        assert [version.comment for version in tx.portals.versions(P)][1:] == [
            "sync.mode: off (a flood)",
            "sync.mode: off",
        ]
        assert (tx.portals.mode(P + 1), tx.portals.mode_before_off(P + 1)) == (None, None)
