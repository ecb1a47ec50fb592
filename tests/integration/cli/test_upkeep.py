from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contract.secret import Secret
from diptych.config import ensure_keys, load
from tests.integration.cli.conftest import PORTAL, Cli, portal_text


def new_keys(cli: Cli) -> dict[str, str]:
    return dict(line.split("=", 1) for line in cli.ok("keys", "new").splitlines())


def token(cli: Cli) -> Secret:
    with cli.tables() as tx:
        found = tx.portals.get(PORTAL)
    assert found is not None
    return found.hubspot.access_token


def test_new_keys_are_lines_that_the_configuration_takes(cli: Cli) -> None:
    lines = new_keys(cli)
    config = load(lines)
    assert config.secret_keys == (Secret(lines["DIPTYCH_SECRET_KEYS"]),)
    assert config.tombstone_keys == (Secret(lines["DIPTYCH_TOMBSTONE_KEYS"]),)
    assert new_keys(cli) != lines


def test_new_keys_need_no_configuration_and_leave_nothing_behind(cli: Cli) -> None:
    cli.environ["DIPTYCH_BIND"] = "nonsense"
    new_keys(cli)
    assert list(cli.folder.iterdir()) == []


def test_rotating_the_key_file_keeps_every_secret_readable(nova: Cli) -> None:
    before = ensure_keys(load(nova.variables))
    assert "are encrypted with the newest key now" in nova.ok("keys", "rotate")
    after = ensure_keys(load(nova.variables))
    assert after.secret_keys[1:] == before.secret_keys
    assert after.tombstone_keys == before.tombstone_keys
    assert token(nova).reveal() == "pat-in-the-clear-0001"


def test_the_key_file_is_left_alone_while_a_process_works_with_its_keys(nova: Cli) -> None:
    before = ensure_keys(load(nova.variables))
    with nova.tables() as tx:
        now = datetime.now(UTC)
        tx.leases.acquire(PORTAL, "host:1", now=now, until=now + timedelta(seconds=15))
    assert "a process works with the present keys (host:1): stop it first" in nova.refused("keys", "rotate")
    assert ensure_keys(load(nova.variables)).secret_keys == before.secret_keys


def test_the_old_key_can_be_dropped_once_nothing_needs_it(nova: Cli) -> None:
    nova.ok("keys", "rotate", "--drop-old")
    assert len(ensure_keys(load(nova.variables)).secret_keys) == 1
    assert token(nova).reveal() == "pat-in-the-clear-0001"


def test_keys_of_the_environment_are_rotated_in_place(cli: Cli) -> None:
    cli.environ |= new_keys(cli)
    cli.ok("portals", "apply", cli.write(portal_text()))
    old, new = cli.environ["DIPTYCH_SECRET_KEYS"], new_keys(cli)["DIPTYCH_SECRET_KEYS"]
    cli.environ["DIPTYCH_SECRET_KEYS"] = f"{new},{old}"
    cli.ok("keys", "rotate")
    cli.environ["DIPTYCH_SECRET_KEYS"] = new
    assert token(cli).reveal() == "pat-in-the-clear-0001"
    assert "take the old ones away there" in cli.refused("keys", "rotate", "--drop-old")


def test_a_lost_key_is_told_in_a_sentence(cli: Cli) -> None:
    cli.environ |= new_keys(cli)
    cli.ok("portals", "apply", cli.write(portal_text()))
    cli.environ |= new_keys(cli)
    assert "encrypted with a key that is not among" in cli.refused("portals", "show", PORTAL)


def test_migrate_may_run_as_often_as_one_likes(cli: Cli) -> None:
    for _ in range(2):
        assert "at this build's revision" in cli.ok("migrate")
