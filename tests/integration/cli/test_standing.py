"""What a guard holds, how credentials were found, what clears a suspension: as an operator sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consumers.guards import UNTIL_RELEASED
from contract.changes import Change, Kind
from contract.decisions import Report, ReportKind
from contract.pending import Postponed, WorkClass
from contract.records import RecordRef, Side
from contract.settings import Suspension, SuspensionCause
from contract.standing import CredentialCheck, GuardedWork, HeldWork, IdleMapping
from tests.integration.cli.conftest import PORTAL, Cli, portal_text

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=30)
REFS = [RecordRef(side=Side.HUBSPOT, object_type="contact", id=str(number)) for number in range(60)]


@pytest.fixture
def holding(nova: Cli) -> Cli:
    """Sixty deletions and one creation wait for an operator."""
    changes = [
        Change(portal=PORTAL, ref=ref, kind=Kind.UPDATED, occurred_at=NOW, trace_id="t") for ref in REFS
    ]
    held = [HeldWork(ref=ref, work=GuardedWork.DELETIONS, target=ref, amount=1) for ref in REFS]
    with nova.tables() as tx:
        tx.pending.merge(changes, work_class=WorkClass.LIVE, now=NOW, due_at=LATER)
        tx.held.hold(PORTAL, [*held, replace(held[0], work=GuardedWork.CREATES)], at=NOW)
    return nova


def standing(cli: Cli) -> dict[str, int]:
    with cli.tables() as tx:
        return {work.value: held.amount for work, held in tx.held.standing(PORTAL).items()}


def test_the_status_says_what_is_held_how_much_and_under_which_limit(holding: Cli) -> None:
    listed = holding.ok("portals", "list").splitlines()
    assert listed[1].split()[6] == "61"
    assert [line.partition(": ")[0] for line in listed[2:]] == ["portal 4242", "portal 4242"]
    assert ": 60 deletions (guards.deletions is 50 in 10 minutes)" in listed[3]
    said = holding.ok("portals", "show", PORTAL, "--offline")
    assert ": 60 deletions (guards.deletions is 50 in 10 minutes)" in said
    assert ": 1 new record (guards.creates is 500 in 10 minutes)" in said
    assert "`diptych portals release 4242 --only deletions`" in said
    assert "warning portal 4242: held by a guard" in holding("doctor", "--offline").stdout


def test_a_release_of_one_kind_leaves_the_other_held_and_stands_in_the_history(holding: Cli) -> None:
    said = holding.ok("portals", "release", PORTAL, "--only", "deletions", "--comment", "they left us")
    assert "60 deletions let go\n" in said
    assert standing(holding) == {"creates": 1}
    last = holding.ok("portals", "history", PORTAL).splitlines()[-1]
    assert last.startswith("release")
    assert last.endswith("60 deletions: they left us")


def test_a_release_wakes_all_that_waits_for_one(holding: Cli) -> None:
    with holding.tables() as tx:
        rows = tx.pending.take(PORTAL, now=LATER, limit=100)
        asleep = [
            Postponed(row=row, due_at=LATER, work_class=row.work_class, attempts=0, waits_on=UNTIL_RELEASED)
            for row in rows
        ]
        tx.pending.finish([], asleep, now=NOW)
        assert tx.counts(PORTAL, now=NOW).due == 0
    holding.ok("portals", "release", PORTAL)
    assert standing(holding) == {}
    with holding.tables() as tx:
        assert tx.counts(PORTAL, now=datetime.now(UTC)).due == 60


def test_a_release_of_nothing_is_refused(nova: Cli) -> None:
    assert "portal 4242 holds no work for an operator" in nova.refused("portals", "release", PORTAL)
    assert "there is no portal 7" in nova.refused("portals", "release", 7)


def check(*, valid: bool) -> CredentialCheck:
    return CredentialCheck(
        side=Side.HUBSPOT, valid=valid, user="app 77", says="refused (HTTP 401)", checked_at=NOW
    )


def test_credentials_are_told_with_when_they_were_checked(nova: Cli) -> None:
    assert "HubSpot credentials: not checked yet" in nova.ok("portals", "show", PORTAL, "--offline")
    at = NOW.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    for valid, says in (
        (True, f"HubSpot credentials: valid as app 77, last checked {at}"),
        (False, f"HubSpot credentials: invalid as app 77, last checked {at}: refused (HTTP 401)"),
    ):
        with nova.tables() as tx:
            tx.credentials.keep(PORTAL, [check(valid=valid)])
        assert says in nova.ok("portals", "show", PORTAL, "--offline")
        result = nova("doctor", "--offline")
        assert f"portal 4242: {says}" in result.stdout
        assert result.exit_code == (not valid)


def test_applying_a_file_again_has_the_credentials_checked_soon(nova: Cli) -> None:
    with nova.tables() as tx:
        tx.credentials.keep(PORTAL, [check(valid=False)])
    assert "nothing changed" in nova.ok("portals", "apply", nova.write(portal_text()))
    with nova.tables() as tx:
        assert tx.credentials.of(PORTAL) == {}


def test_mappings_that_take_no_part_are_told_with_why_and_since(nova: Cli) -> None:
    lead = IdleMapping(
        mapping="fax", side=Side.SALESFORCE, object_type="Lead", says="we may not see Fax", since=NOW
    )
    back = replace(lead, mapping="tier", side=Side.HUBSPOT, object_type="contact", returned=True)
    with nova.tables() as tx:
        tx.idle.keep(PORTAL, [lead, back])
    at = NOW.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    says = f"the mapping of fax (Lead) takes no part since {at}: we may not see Fax; it comes back by itself"
    shown = nova.ok("portals", "show", PORTAL, "--offline")
    assert says in shown
    assert "the mapping of tier takes part again, and its pairs are about to be looked at" in shown
    assert f"warning portal 4242: {says}" in nova("doctor", "--offline").stdout
    known = RecordRef(side=Side.HUBSPOT, object_type="contact", id="501")
    with nova.tables() as tx:
        tx.activity.report(
            PORTAL, [Report(kind=ReportKind.NOT_VISIBLE, refs=(known,), says="unseen")], at=NOW
        )
    assert says in nova.ok("why", "501")


def test_a_suspension_says_what_clears_it(nova: Cli) -> None:
    at = NOW.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    told = {
        SuspensionCause.CREDENTIALS: "they are tried again each hour and whenever a portal file is applied",
        SuspensionCause.ACCESS: f"it is tried again at {LATER.astimezone().strftime('%Y-%m-%d %H:%M')}",
        SuspensionCause.OTHER: f"it ends by itself at {LATER.astimezone().strftime('%Y-%m-%d %H:%M')}",
    }
    for cause, says in told.items():
        clears_at = None if cause is SuspensionCause.CREDENTIALS else LATER
        suspension = Suspension(reason="x", since=NOW, clears_at=clears_at, cause=cause)
        with nova.tables() as tx:
            tx.portals.suspend(PORTAL, suspension)
        assert says in nova.ok("portals", "show", PORTAL, "--offline")
        assert f"fault   portal 4242: it is suspended since {at}: x; " in nova("doctor", "--offline").stdout


def test_a_suspension_that_has_ended_by_itself_is_none(nova: Cli) -> None:
    with nova.tables() as tx:
        tx.portals.suspend(PORTAL, Suspension(reason="x", since=NOW, clears_at=NOW))
    assert "suspended" not in nova.ok("portals", "show", PORTAL, "--offline")
    assert "suspended" not in nova.ok("portals", "list")
