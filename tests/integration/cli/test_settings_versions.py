"""Versions of a portal's settings: compared key by key, brought back, and taken up by a running worker."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contract.secret import Secret
from contract.settings import CreateAs, SyncMode
from tests.integration.cli.conftest import PORTAL, Cli, portal_text


@pytest.fixture
def versions(nova: Cli) -> Cli:
    """Version 1 as applied; 2 creates contacts and maps two-way; 3 is switched on."""
    changed = portal_text() + "contacts: {create_as: contact}\nmappings: [{hubspot: phone, rule: two_way}]\n"
    nova.ok("portals", "apply", nova.write(changed, "second.yaml"), "--comment", "as sales asked")
    nova.ok("portals", "resume", PORTAL)
    return nova


def lines(said: str) -> list[str]:
    return [line.strip() for line in said.splitlines()]


def test_diff_tells_key_by_key_what_differs(versions: Cli) -> None:
    said = lines(versions.ok("portals", "diff", PORTAL, 1, 2))
    assert said[0].startswith("portal 4242: from version 1 (")
    assert said[1:] == [
        "contacts.create_as: lead -> contact",
        "mappings[phone].rule: (as the standard mapping has it) -> two_way",
    ]


def test_diff_of_one_version_goes_up_to_the_newest_and_of_none_tells_the_last_step(versions: Cli) -> None:
    assert lines(versions.ok("portals", "diff", PORTAL, 1))[1] == "sync.mode: off -> on"
    assert len(lines(versions.ok("portals", "diff", PORTAL, 1))) == 4
    assert lines(versions.ok("portals", "diff", PORTAL))[1:] == ["sync.mode: off -> on"]


def test_diff_says_when_nothing_differs(versions: Cli) -> None:
    assert lines(versions.ok("portals", "diff", PORTAL, 2, 2))[1:] == ["nothing differs"]
    versions.ok("portals", "rollback", PORTAL, 1, "--unchecked")
    versions.ok("portals", "rollback", PORTAL, 2, "--unchecked")
    assert lines(versions.ok("portals", "diff", PORTAL, 3, 5))[1:] == ["nothing differs"]


def test_diff_can_go_backwards(versions: Cli) -> None:
    assert "contacts.create_as: contact -> lead" in versions.ok("portals", "diff", PORTAL, 2, 1)


def test_diff_names_changed_secrets_and_says_when_nothing_else_changed(nova: Cli) -> None:
    changed = portal_text().replace("pat-in-the-clear-0001", "another-token-0002")
    nova.ok("portals", "apply", nova.write(changed, "second.yaml"))
    said = nova.ok("portals", "diff", PORTAL)
    assert lines(said)[1:] == [
        "hubspot.access_token: another secret",
        "only secrets changed; no setting did",
    ]
    assert "another-token" not in said


def test_a_second_secret_during_a_rotation_is_told_without_being_shown(nova: Cli) -> None:
    both = "[client-secret-in-the-clear, rotated-secret-0002]"
    changed = portal_text().replace("[client-secret-in-the-clear]", both)
    nova.ok("portals", "apply", nova.write(changed, "second.yaml"))
    said = nova.ok("portals", "diff", PORTAL)
    assert "hubspot.client_secrets: another secret" in said
    assert "rotated-secret" not in said


def test_an_unknown_version_is_refused(versions: Cli) -> None:
    assert "there is no version 9: the newest is 3" in versions.refused("portals", "diff", PORTAL, 9)
    assert "there is no version 9" in versions.refused("portals", "rollback", PORTAL, 9)
    assert "there is no portal 7" in versions.refused("portals", "rollback", 7, 1)


def test_rollback_stores_the_old_settings_as_a_new_version(versions: Cli) -> None:
    said = lines(versions.ok("portals", "rollback", PORTAL, 1, "--unchecked", "--comment", "sales erred"))
    assert said == [
        "portal 4242 (Nova): version 1 is back as version 4",
        "contacts.create_as: contact -> lead",
        "mappings[phone].rule: two_way -> (as the standard mapping has it)",
        "sync.mode stays on (it was off then)",
    ]
    history = versions.ok("portals", "history", PORTAL)
    assert "rollback to version 1: sales erred" in history
    with versions.tables() as tx:
        assert [one.portal.settings.create_as for one in tx.portals.versions(PORTAL)] == [
            CreateAs.LEAD,
            CreateAs.CONTACT,
            CreateAs.CONTACT,
            CreateAs.LEAD,
        ]


def test_rollback_leaves_accounts_and_secrets_as_they_are_now(versions: Cli) -> None:
    with versions.tables() as tx:
        portal = tx.portals.get(PORTAL)
        assert portal is not None
        moved = replace(portal.hubspot, access_token=Secret("another-token-0002"), app_id=78)
        tx.portals.save(replace(portal, hubspot=moved), author="t", comment="", at=datetime.now(UTC))
    versions.ok("portals", "rollback", PORTAL, 1, "--unchecked")
    with versions.tables() as tx:
        now = tx.portals.get(PORTAL)
    assert now is not None
    assert (now.settings.create_as, now.settings.mode) == (CreateAs.LEAD, SyncMode.ON)
    assert (now.hubspot.access_token.reveal(), now.hubspot.app_id) == ("another-token-0002", 78)
    assert now.salesforce == portal.salesforce


def test_rollback_to_what_stands_already_stores_nothing(versions: Cli) -> None:
    assert "the settings are those of version 2" in versions.ok("portals", "rollback", PORTAL, 2)
    with versions.tables() as tx:
        assert len(tx.portals.versions(PORTAL)) == 3


def test_rollback_refuses_old_settings_that_apply_would_refuse_today(versions: Cli) -> None:
    with versions.tables() as tx:
        portal = tx.portals.get(PORTAL)
        assert portal is not None
        for zone in ("Mars/Olympus", "UTC"):
            settings = replace(portal.settings, time_zone=zone)
            tx.portals.save(replace(portal, settings=settings), author="t", comment="", at=datetime.now(UTC))
    complaint = versions.refused("portals", "rollback", PORTAL, 4)
    assert "the old settings are refused now, and nothing changed" in complaint
    assert "time_zone: " in complaint
    with versions.tables() as tx:
        assert len(tx.portals.versions(PORTAL)) == 5
