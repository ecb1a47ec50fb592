from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from diptych.demo.stand_ins import PORTAL, TOKEN
from tests.integration.cli.conftest import Cli
from tests.integration.cli.running import Running, ready, started, until
from tests.services.process import free_port

ROOT = Path(__file__).parents[3]
GUNICORN = ("gunicorn", "--config", str(ROOT / "deploy" / "gunicorn.conf.py"))


class Sandbox:
    """`diptych sandbox` in a process, told where Diptych listens."""

    def __init__(self, running: Running, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.running = running
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {TOKEN}"

    @property
    def portal_file(self) -> str:
        """What it printed, comments and all, can be applied as it is."""
        until(lambda: self.running.said.rstrip().endswith("from_contacts: true}"), self.running)
        return self.running.said

    def create(self, email: str) -> None:
        """Somebody creates a contact in HubSpot."""
        address = self.portal_file.split("base_url:")[1].split()[0]
        person = {"properties": {"email": email, "lastname": "Lovelace"}, "associations": []}
        answer = self._session.post(f"{address}/crm/v3/objects/contacts", json=person, timeout=10)
        assert answer.status_code == 201


@pytest.fixture
def sandbox(cli: Cli) -> Iterator[Sandbox]:
    """The stand-ins, with the portal applied and Diptych's address set."""
    port = free_port()
    command = ("diptych", "sandbox", "--hubspot-port", "0", "--salesforce-port", "0")
    target = ("--target", f"http://127.0.0.1:{port}")
    with started((*command, *target), {}, cli.folder) as running:
        found = Sandbox(running, port)
        cli.environ |= {"DIPTYCH_BIND": f"127.0.0.1:{port}", "DIPTYCH_PUBLIC_URL": found.url}
        cli.write(found.portal_file)
        yield found


@pytest.fixture
def servers(cli: Cli, rabbitmq_url: str, redis_url: str, postgres_database: str) -> None:
    """RabbitMQ, Redis and PostgreSQL in place of the embedded stores."""
    keys = dict(line.split("=", 1) for line in cli.ok("keys", "new").splitlines())
    cli.environ |= keys | {
        "DIPTYCH_BROKER_URL": rabbitmq_url,
        "DIPTYCH_REDIS_URL": redis_url,
        "DIPTYCH_DATABASE_URL": postgres_database,
        "DIPTYCH_LOG_FORMAT": "json",
    }


def carried_over(cli: Cli, sandbox: Sandbox, email: str, running: Running) -> None:
    """A contact made in HubSpot gets its lead, and `why` tells so."""
    sandbox.create(email)
    until(lambda: "created Salesforce lead" in cli("why", email).stdout, running)
    assert str(PORTAL) in cli.ok("portals", "list")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_run_carries_a_contact_over_and_stops_cleanly(
    cli: Cli, sandbox: Sandbox, how: signal.Signals
) -> None:
    cli.ok("portals", "apply", str(cli.folder / "portal.yaml"))
    with started(("diptych", "run"), cli.variables, cli.folder) as running:
        until(lambda: ready(sandbox.url), running)
        carried_over(cli, sandbox, "ada@example.com", running)
        assert running.stop(how) == 0
        assert "run.stopped" in running.said
        assert "ada@example.com" not in running.said
    assert sandbox.running.stop() == 0


def decided(cli: Cli) -> list[tuple[int, str]]:
    """For each creation: the settings version it was decided under, and what was created."""
    with cli.tables() as tx:
        entries = tx.activity.history(PORTAL, limit=1000)
    return [
        (entry.settings_version, write["object_type"])
        for entry in entries
        for write in entry.writes
        if write["action"] == "create"
    ]


def taken_up(cli: Cli, sandbox: Sandbox, running: Running, wanted: tuple[int, str]) -> None:
    """Somebody is decided under the new version within five seconds, though people come in all the while."""
    stored = time.monotonic()
    while wanted not in decided(cli):
        assert time.monotonic() - stored < 5, running.said
        sandbox.create(f"{time.monotonic_ns()}@example.com")
        time.sleep(0.2)


def test_a_running_worker_takes_up_a_new_version_within_5_s_and_each_decision_names_its_own(
    cli: Cli, sandbox: Sandbox
) -> None:
    cli.ok("portals", "apply", cli.write(sandbox.portal_file))
    as_contact = sandbox.portal_file.replace("contacts:\n", "contacts:\n  create_as: contact\n")
    with started(("diptych", "run"), cli.variables, cli.folder) as running:
        until(lambda: ready(sandbox.url), running)
        carried_over(cli, sandbox, "first@example.com", running)
        cli.ok("portals", "apply", cli.write(as_contact, "second.yaml"))
        taken_up(cli, sandbox, running, (2, "Contact"))
        cli.ok("portals", "rollback", PORTAL, 1)
        taken_up(cli, sandbox, running, (3, "Lead"))
    assert set(decided(cli)) == {(1, "Lead"), (2, "Contact"), (3, "Lead")}
    assert "(settings version 1)" in cli.ok("why", "first@example.com")


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize("receiver", [("diptych", "webhooks"), GUNICORN])
def test_receiver_and_consumers_share_servers_and_stop_cleanly(
    cli: Cli, sandbox: Sandbox, receiver: tuple[str, ...]
) -> None:
    cli.ok("portals", "apply", str(cli.folder / "portal.yaml"))
    with (
        started(receiver, cli.variables, cli.folder) as webhooks,
        started(("diptych", "consumers"), cli.variables, cli.folder) as consumers,
    ):
        until(lambda: ready(sandbox.url), webhooks)
        carried_over(cli, sandbox, "ada@example.com", consumers)
        for running in (webhooks, consumers):
            assert running.stop() == 0
            assert "ada@example.com" not in running.said
            assert "Traceback" not in running.said


def test_a_port_that_is_taken_is_told_in_a_sentence(cli: Cli, sandbox: Sandbox) -> None:
    cli.ok("portals", "apply", str(cli.folder / "portal.yaml"))
    with started(("diptych", "run"), cli.variables, cli.folder) as first:
        until(lambda: ready(sandbox.url), first)
        with started(("diptych", "run"), cli.variables, cli.folder) as second:
            assert second.process.wait(20) == 1
            assert "Address already in use" in second.said
            assert "Traceback" not in second.said


def test_an_unusable_configuration_ends_every_process_at_once(cli: Cli) -> None:
    environ = {**cli.variables, "DIPTYCH_BIND": "8400"}
    for command in (("diptych", "run"), ("diptych", "webhooks"), ("diptych", "consumers")):
        with started(command, environ, cli.folder) as running:
            assert running.process.wait(20) == 1
            assert "DIPTYCH_BIND: This is not an address and port" in running.said
