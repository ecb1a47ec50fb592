"""`diptych preview`, as an operator types it, against both stand-ins over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from contract.jobs import JobKind
from contract.pending import WorkClass
from diptych.config import ensure_keys, load
from diptych.demo.hands import HubSpotHands, SalesforceHands
from diptych.demo.stand_ins import PORTAL, StandIns, start
from diptych.wiring import build_worker, open_stores, working
from tests.integration.cli.conftest import Cli


@pytest.fixture
def stand_ins() -> Iterator[StandIns]:
    """Both CRMs, polite; somebody new in HubSpot, and a lead."""
    with ExitStack() as stack:
        found = start(stack, ports=(0, 0), hostile=False, seed=1, target="http://127.0.0.1:9")
        HubSpotHands(found.hubspot_url, PORTAL).create(email="ada@x.example", lastname="Byron", phone="7")
        lead = {"Email": "bea@x.example", "LastName": "B", "Company": "C"}
        SalesforceHands(found.salesforce_url).create("Lead", **lead)
        yield found


@pytest.fixture
def proposal(cli: Cli, stand_ins: StandIns) -> str:
    """The portal applied; a file that creates contacts instead of leads, and none in HubSpot."""
    cli.ok("portals", "apply", "--unchecked", cli.write(stand_ins.portal_file))
    text = stand_ins.portal_file.replace("from_leads: true", "from_leads: false")
    return cli.write(text.replace("contacts:\n", "contacts:\n  create_as: contact\n"), "new.yaml")


def test_it_shows_both_settings_side_by_side_with_examples(cli: Cli, proposal: str) -> None:
    said = cli.ok("preview", PORTAL, proposal, "--yes")
    rows = [line.split() for line in said.splitlines()]
    assert "contacts.create_as: lead -> contact" in said
    assert ["1", "HubSpot", "contact", "without", "a", "link"] in rows
    assert ["create", "Salesforce", "contact", "0", "1"] in rows
    assert ["create", "Salesforce", "lead", "1", "0"] in rows
    assert ["create", "HubSpot", "contact", "1", "0"] in rows
    assert "create a Salesforce contact for HubSpot contact " in said.split("Only with the file:")[1]
    assert "create a HubSpot contact for Salesforce lead 00Q" in said.split("no more with the file:")[1]


def test_it_says_what_it_costs_and_asks_first(cli: Cli, proposal: str) -> None:
    refused = cli("preview", PORTAL, proposal)
    assert refused.exit_code == 1
    assert "HubSpot and " in refused.stderr
    assert "Salesforce API calls are made; nothing is written." in refused.stderr
    assert "Go on? [y/N]" in refused.stderr
    assert "looked at" not in refused.stdout
    assert calls(cli) == 0


def calls(cli: Cli) -> int:
    """The API calls stored, all of them in the class of a backfill."""
    with cli.tables() as tx:
        found = tx.activity.calls_since(PORTAL, datetime.now(UTC) - timedelta(hours=24))
    assert {one.work_class for one in found} <= {WorkClass.BACKFILL}
    return sum(one.calls for one in found)


def test_its_calls_are_counted(cli: Cli, proposal: str) -> None:
    found = json.loads(cli.ok("preview", PORTAL, proposal, "--yes", "--json"))
    assert sum(found["calls"].values()) == calls(cli) > 0


def test_json_holds_counts_and_ids_and_no_value(cli: Cli, proposal: str) -> None:
    said = cli.ok("preview", PORTAL, proposal, "--yes", "--json", "--values")
    found = json.loads(said)
    assert found["looked_at"] == {"pairs": 0, "hubspot": 1, "salesforce": 1, "deletions": 0}
    (new,) = [one for one in found["effects"] if one["object_type"] == "Contact"]
    assert (new["act"], new["field"], new["now"], new["proposed"]) == ("create", None, 0, 1)
    assert [ref["side"] for ref in new["only_proposed"]] == ["hubspot"]
    assert "x.example" not in said


def test_values_are_shown_in_a_pipe_only_when_asked_for(cli: Cli, stand_ins: StandIns, proposal: str) -> None:
    lead = {"Email": "ada@x.example", "LastName": "Byron", "Company": "C", "Phone": "8"}
    SalesforceHands(stand_ins.salesforce_url).create("Lead", **lead)
    hubspot_first = "\nmappings: [{hubspot: phone, rule: prefer_hubspot_unless_blank}]\n"
    path = cli.write(stand_ins.portal_file + hubspot_first, "hubspot-first.yaml")
    quiet = cli.ok("preview", PORTAL, path, "--yes")
    assert "update HubSpot contact " in quiet
    assert '"8"' not in quiet
    assert 'phone = "8" in place of "7"' in cli.ok("preview", PORTAL, path, "--yes", "--values")


def test_the_file_must_be_of_this_portal_and_sound(cli: Cli, stand_ins: StandIns, proposal: str) -> None:
    other = cli.write(stand_ins.portal_file.replace(str(PORTAL), "7"), "other.yaml")
    assert f"is the file of portal 7, not of {PORTAL}" in cli.refused("preview", PORTAL, other, "--yes")
    unsound = cli.write(stand_ins.portal_file.replace("mode: on", "mode: perhaps"), "unsound.yaml")
    assert "sync.mode: line" in cli.refused("preview", PORTAL, unsound, "--yes")
    assert "there is no portal 9" in cli.refused("preview", 9, proposal, "--yes")


def test_nothing_is_stored_and_the_settings_stay(cli: Cli, proposal: str) -> None:
    cli.ok("preview", PORTAL, proposal, "--yes")
    with cli.tables() as tx:
        assert len(tx.portals.versions(PORTAL)) == 1
        assert tx.activity.history(PORTAL) == []
        assert tx.counts(PORTAL, now=datetime.now(UTC)).pending == 0


def test_it_is_a_job_that_can_be_looked_at_again(cli: Cli, proposal: str) -> None:
    assert "Nothing was asked of portal" in cli.ok("jobs", "list", PORTAL)
    said = cli.ok("preview", PORTAL, proposal, "--yes", "--values")
    (row,) = [line.split() for line in cli.ok("jobs", "list", PORTAL).splitlines()[1:]]
    assert row[1:3] == ["preview", "done"]
    shown = cli.ok("jobs", "show", row[0], "--values")
    assert shown.splitlines()[0].startswith(f"job {row[0]}: preview of portal {PORTAL}, asked by ")
    assert said.endswith("".join(shown.splitlines(keepends=True)[1:]))
    assert "is over already: done" in cli.refused("jobs", "abort", row[0])
    assert "there is no job 99" in cli.refused("jobs", "show", 99)


def test_a_worker_that_owns_the_portal_carries_it_out(cli: Cli, proposal: str) -> None:
    cli.ok("portals", "pause", PORTAL)
    environ = ensure_keys(load(cli.variables))
    with open_stores(environ) as stores, working(build_worker(environ, stores)):
        done = cli("preview", PORTAL, proposal, "--yes", "--json")
    assert done.exit_code == 0, done.output
    assert "no worker is running" not in done.stderr
    assert json.loads(done.stdout)["looked_at"]["hubspot"] == 1


def test_without_a_worker_the_command_says_that_it_does_the_work(cli: Cli, proposal: str) -> None:
    assert "this command carries the job out" in cli("preview", PORTAL, proposal, "--yes").stderr


def test_a_job_that_waits_can_be_aborted(cli: Cli, proposal: str) -> None:
    del proposal
    with cli.tables() as tx:
        asked = {"settings": {}, "sample": 1}
        job = tx.jobs.file(PORTAL, JobKind.PREVIEW, asked, author="ada", at=datetime.now(UTC))
    assert "is aborted" in cli.ok("jobs", "abort", job.id)
    assert "aborted" in cli.ok("jobs", "show", job.id)
