"""Who is never synced: said, listed, explained and lifted at the command line."""

from __future__ import annotations

import pytest

from contract.decisions import Erasure
from contract.links import Ended, Link, LinkState
from contract.pending import WorkClass
from contract.records import RecordRef, Side
from tests.integration.cli.conftest import PORTAL, Cli
from tests.integration.cli.test_why import CONTACT, LEAD, NOW

OTHER = RecordRef(side=Side.SALESFORCE, object_type="Lead", id="00QDp0000hp2cEaMAI")
TIE = Link(portal=PORTAL, hubspot=CONTACT, salesforce=LEAD, state=LinkState.LIVE, email="ada@example.com")
BOTH = (CONTACT, LEAD)


@pytest.fixture
def ada(nova: Cli) -> Cli:
    """Ada, linked, and a lead that was merged away from her earlier."""
    over = TIE.changed(salesforce=OTHER, state=LinkState.ENDED, ended=Ended.MERGED)
    with nova.tables() as tx:
        tx.links.store([over])
        tx.links.store([TIE])
    return nova


def kept_out(cli: Cli) -> list[tuple[RecordRef, ...]]:
    with cli.tables() as tx:
        return [one.refs for one in tx.exclusions.standing(PORTAL)]


@pytest.mark.parametrize("name", ["Ada@Example.com", "501", LEAD.id, LEAD.id[:15]])
def test_both_records_of_a_pair_are_kept_out_by_whichever_name(ada: Cli, name: str) -> None:
    said = ada.ok("records", "never-sync", PORTAL, name, "--reason", " test person ").splitlines()
    assert said == [
        f"portal 4242 (Nova): {CONTACT} and {LEAD} will never be synced",
        "  no value, no deletion and no opt-out travels any more, in neither direction",
        "  `diptych records sync-again 4242 501` lifts it",
    ]
    assert kept_out(ada) == [BOTH]
    assert f"{CONTACT} and {LEAD}" in ada.ok("records", "list", PORTAL)
    for question in ("ada@example.com", "501", LEAD.id):
        assert f"{CONTACT} and {LEAD} are never synced since" in ada.ok("why", question)
    with ada.tables() as tx:
        assert tx.pending.next_due(PORTAL) is None


def test_why_tells_of_a_record_of_which_nothing_else_is_known(nova: Cli) -> None:
    nova.ok("records", "never-sync", PORTAL, "77")
    (line,) = [line for line in nova.ok("why", "77").splitlines() if "never synced" in line]
    assert line.startswith("HubSpot contact 77 is never synced since")


def test_saying_it_again_tells_who_said_it_first(ada: Cli) -> None:
    ada.ok("records", "never-sync", PORTAL, "501", "--reason", "first")
    said = ada.ok("records", "never-sync", PORTAL, "501", "--reason", "second")
    assert "are never synced since" in said
    assert "first" in said
    assert "second" not in said
    assert kept_out(ada) == [BOTH]


@pytest.mark.parametrize("name", ["Ada@Example.com", "501", LEAD.id])
def test_lifting_it_has_both_records_looked_at(ada: Cli, name: str) -> None:
    ada.ok("records", "never-sync", PORTAL, "501")
    said = ada.ok("records", "sync-again", PORTAL, name).splitlines()
    assert said == [
        f"portal 4242 (Nova): {CONTACT} and {LEAD} will be synced again, and looked at anew",
        "  the portal is paused: that happens once it is resumed",
    ]
    assert kept_out(ada) == []
    with ada.tables() as tx:
        rows = tx.pending.take(PORTAL, now=NOW.replace(year=2100), limit=9)
    assert {row.ref for row in rows} == set(BOTH)
    assert {row.work_class for row in rows} == {WorkClass.REPLAY}
    assert "Nobody is kept out" in ada.ok("records", "list", PORTAL)


def test_who_is_not_kept_out_cannot_be_lifted(ada: Cli) -> None:
    assert "501 is not kept out of the sync in portal 4242" in ada.refused(
        "records", "sync-again", PORTAL, "501"
    )


def test_an_address_that_nobody_linked_has_is_refused(ada: Cli) -> None:
    said = ada.refused("records", "never-sync", PORTAL, "nobody@example.com")
    assert "nobody with the e-mail address nobody@example.com is linked: give the record's id" in said
    assert kept_out(ada) == []


def test_a_portal_that_there_is_not_is_refused(ada: Cli) -> None:
    for command in ("never-sync", "sync-again"):
        assert "there is no portal 7" in ada.refused("records", command, 7, "501")
    assert "there is no portal 7" in ada.refused("records", "list", 7)


def test_an_erased_persons_reason_is_forgotten(ada: Cli) -> None:
    ada.ok("records", "never-sync", PORTAL, "501", "--reason", "Ada called")
    with ada.tables() as tx:
        tx.tombstones.erase(PORTAL, Erasure(refs=BOTH, emails=()), at=NOW)
    assert "Ada called" not in ada.ok("records", "list", PORTAL)
    assert kept_out(ada) == [BOTH]


def test_lifting_it_has_the_record_looked_at_that_the_pair_moved_to_meanwhile(ada: Cli) -> None:
    ada.ok("records", "never-sync", PORTAL, "501")
    made = RecordRef(side=Side.SALESFORCE, object_type="Contact", id="003Dp0000hp2cEZMAA")
    with ada.tables() as tx:
        tx.links.store([tx.links.of(PORTAL, [CONTACT])[CONTACT].changed(salesforce=made)])
    ada.ok("records", "sync-again", PORTAL, "501")
    with ada.tables() as tx:
        rows = tx.pending.take(PORTAL, now=NOW.replace(year=2100), limit=9)
    assert {row.ref for row in rows} == {*BOTH, made}
