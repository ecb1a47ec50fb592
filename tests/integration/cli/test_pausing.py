"""Pausing one portal or all, and going on as before."""

from __future__ import annotations

import pytest

from contract.settings import SyncMode
from tests.integration.cli.conftest import PORTAL, Cli, portal_text


def mode(cli: Cli) -> SyncMode | None:
    with cli.tables() as tx:
        return tx.portals.mode(PORTAL)


@pytest.mark.parametrize(
    ("before", "command", "after"),
    [
        ("off", ("resume", PORTAL, "--observe"), SyncMode.OBSERVE),
        ("off", ("resume", PORTAL, "--on"), SyncMode.ON),
        ("off", ("resume", PORTAL), SyncMode.ON),
        ("observe", ("resume", PORTAL), SyncMode.OBSERVE),
        ("observe", ("resume", PORTAL, "--on"), SyncMode.ON),
        ("on", ("resume", PORTAL), SyncMode.ON),
        ("on", ("resume", PORTAL, "--observe"), SyncMode.OBSERVE),
        ("observe", ("pause", PORTAL), SyncMode.OFF),
    ],
)
def test_pause_and_resume_set_the_mode(
    cli: Cli, before: str, command: tuple[str | int, ...], after: SyncMode
) -> None:
    file = cli.write(portal_text().replace("mode: off", f"mode: {before}"))
    cli.ok("portals", "apply", file, "--unchecked")
    assert f"sync {after}" in cli.ok("portals", *command)
    assert mode(cli) is after


def test_an_observing_portal_that_was_paused_goes_on_observing_however_often_it_is_resumed(nova: Cli) -> None:
    nova.ok("portals", "resume", PORTAL, "--on")
    nova.ok("portals", "resume", PORTAL, "--observe")
    nova.ok("portals", "pause", PORTAL)
    nova.ok("portals", "pause", PORTAL)
    for _ in range(2):
        said = nova.ok("portals", "resume", PORTAL)
        assert "`diptych portals resume 4242 --on` lets it write" in said
        assert mode(nova) is SyncMode.OBSERVE


def test_one_switch_pauses_all_portals_and_each_keeps_its_mode(nova: Cli) -> None:
    nova.ok("portals", "resume", PORTAL, "--observe")
    other = portal_text().replace("portal: 4242", "portal: 5")
    nova.ok("portals", "apply", nova.write(other, "other.yaml"))
    said = nova.ok("portals", "pause", "--all", "--comment", "wrong values everywhere")
    assert "all portals are paused since" in said
    assert "(wrong values everywhere)" in said
    listed = nova.ok("portals", "list").splitlines()
    assert [line.split()[3] for line in listed[1:3]] == ["off", "paused"]
    assert "all portals are paused" in listed[3]
    assert "wrong values everywhere" in nova.ok("portals", "show", PORTAL, "--offline")
    assert mode(nova) is SyncMode.OBSERVE
    assert "sync observe" in nova.ok("portals", "resume", "--all")
    listed = nova.ok("portals", "list").splitlines()
    assert [line.split()[3] for line in listed[1:3]] == ["off", "observe"]
    assert "were not all paused" in nova.ok("portals", "resume", "--all")


def test_resuming_one_portal_while_all_are_paused_says_so(nova: Cli) -> None:
    nova.ok("portals", "pause", "--all")
    assert "all portals are paused" in nova.ok("portals", "resume", PORTAL)
    with nova.tables() as tx:
        assert tx.pauses.current() is not None


def test_who_paused_and_why_stands_in_the_history(nova: Cli) -> None:
    nova.ok("portals", "resume", PORTAL, "--comment", "all looks well")
    assert "sync.mode: on (all looks well)" in nova.ok("portals", "history", PORTAL)


def test_who_paused_all_portals_and_who_resumed_them_stays_told(
    nova: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def acts(name: str, *command: str) -> str:
        monkeypatch.setenv("LOGNAME", name)
        return nova.ok("portals", *command)

    assert "paused" not in nova.ok("portals", "list")
    assert "by ada (storm)" in acts("ada", "pause", "--all", "--comment", "storm")
    assert "by ada (storm)" in acts("cleo", "pause", "--all")
    told = "by ada (storm); bob resumed them at "
    assert told in acts("bob", "resume", "--all")
    assert told in nova.ok("portals", "list").splitlines()[-1]
    assert told in nova.ok("portals", "show", PORTAL, "--offline")
    said = acts("cleo", "pause", "--all")
    assert "all portals are paused since" in said
    assert "before that all portals were paused from" in said
    assert told in said
