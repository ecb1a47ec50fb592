from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

from diptych.demo.stand_ins import PORTAL, TOKEN, StandIns, start
from tests.integration.cli.conftest import Cli
from tests.services.process import free_port


@pytest.fixture
def stand_ins() -> Iterator[StandIns]:
    """Both CRMs, polite, on free ports."""
    with ExitStack() as stack:
        yield start(stack, ports=(0, 0), hostile=False, seed=1, target="http://127.0.0.1:9")


def findings(cli: Cli, *options: str, code: int = 0) -> list[tuple[str, str]]:
    """Grade and sentence of each finding."""
    result = cli("doctor", *options)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    *found, last = [line.split(maxsplit=1) for line in result.stdout.splitlines()]
    assert (last == ["no", "faults"]) == (code == 0)
    return [(grade, says) for grade, says in found]


def faults(found: list[tuple[str, str]]) -> list[str]:
    return [says for grade, says in found if grade == "fault"]


def test_a_sound_installation_has_no_faults(cli: Cli, stand_ins: StandIns) -> None:
    cli.environ["DIPTYCH_PUBLIC_URL"] = "https://hooks.example.com"
    cli.ok("portals", "apply", cli.write(stand_ins.portal_file))
    cli.ok("setup", PORTAL, "--into", str(cli.folder / "salesforce"))
    found = findings(cli)
    subjects = [says.split(":")[0] for _, says in found]
    assert subjects[:2] == ["configuration", "database"]
    assert ("ok", f"portal {PORTAL}: HubSpot accepts the access token for account {PORTAL}") in found
    assert ("ok", f"portal {PORTAL}: every mapped field of Salesforce lead can be read and written") in found
    idle, unseen = [says for grade, says in found if grade == "warning"]
    assert idle.startswith(f"portal {PORTAL}: sync is on, but no consumer works on it")
    assert unseen.startswith(f"portal {PORTAL}: we may not see Salesforce's flows")


def test_offline_it_asks_no_crm(cli: Cli) -> None:
    assert ("ok", "portals: there is none yet; `diptych portals apply FILE` stores one") in findings(
        cli, "--offline"
    )


def test_a_wrong_token_is_a_fault_of_that_side_alone(cli: Cli, stand_ins: StandIns) -> None:
    cli.ok("portals", "apply", cli.write(stand_ins.portal_file.replace(TOKEN, "pat-wrong")), "--unchecked")
    found = findings(cli, code=1)
    [fault] = faults(found)
    assert fault.startswith(f"portal {PORTAL}: HubSpot does not accept")
    assert "pat-wrong" not in str(found)
    assert [says for grade, says in found if grade == "ok" and "Salesforce accepts" in says]


def test_the_account_of_another_portal_is_a_fault(cli: Cli, stand_ins: StandIns) -> None:
    file = cli.write(stand_ins.portal_file.replace(f"portal: {PORTAL}", "portal: 7"))
    cli.ok("portals", "apply", file, "--unchecked")
    [fault] = faults(findings(cli, code=1))
    assert fault == f"portal 7: the access token belongs to HubSpot account {PORTAL}, not to 7"


def test_a_crm_that_is_away_is_a_fault_in_a_sentence(nova: Cli) -> None:
    found = faults(findings(nova, code=1))
    assert [says.split(":")[1].split()[0] for says in found] == ["HubSpot", "Salesforce"]


def test_a_broken_configuration_is_told_key_by_key(cli: Cli) -> None:
    cli.environ |= {"DIPTYCH_BIND": "8400", "DIPTYCH_LOG_LEVEL": "loud"}
    assert faults(findings(cli, code=1)) == [
        "DIPTYCH_BIND: This is not an address and port such as 127.0.0.1:8400.",
        "DIPTYCH_LOG_LEVEL: Choose debug, info, warning or error.",
    ]


def test_servers_that_are_away_are_told_each_by_its_name(cli: Cli) -> None:
    cli.environ |= {
        "DIPTYCH_BROKER_URL": f"amqp://guest:hidden-pass@127.0.0.1:{free_port()}/%2F",
        "DIPTYCH_REDIS_URL": f"redis://:hidden-pass@127.0.0.1:{free_port()}/0",
    }
    found = findings(cli, code=1)
    [fault] = faults(found)
    assert fault.startswith("broker: ")
    assert [says for grade, says in found if grade == "warning" and says.startswith("ledger: Redis")]
    assert "hidden-pass" not in str(found)


def test_a_database_that_is_away_ends_the_examination(cli: Cli) -> None:
    lines = dict(line.split("=", 1) for line in cli.ok("keys", "new").splitlines())
    url = f"postgresql://app:hidden-pass@127.0.0.1:{free_port()}/diptych"
    cli.environ |= {"DIPTYCH_DATABASE_URL": url, **lines}
    found = findings(cli, code=1)
    assert found[-1][0] == "fault"
    assert found[-1][1].startswith("database: ")
    assert "hidden-pass" not in str(found)


@pytest.mark.parametrize(
    ("on", "setting", "grade", "says"),
    [
        (False, "no", "ok", "Salesforce shows no state and country picklists, as places.picklists says"),
        (True, "yes", "ok", "Salesforce has state and country picklists, as places.picklists says"),
        (True, "no", "fault", "Salesforce has state and country picklists, but places.picklists says no"),
        (False, "yes", "fault", "Salesforce shows no state and country picklists, but places.picklists"),
    ],
)
def test_the_setting_of_states_and_countries_is_held_against_the_org(
    cli: Cli, stand_ins: StandIns, *, on: bool, setting: str, grade: str, says: str
) -> None:
    if on:
        requests.post(f"{stand_ins.salesforce_url}/_sandbox/places", timeout=10).raise_for_status()
    cli.ok("portals", "apply", cli.write(f"{stand_ins.portal_file}places: {{picklists: {setting}}}\n"))
    found = findings(cli, code=int(grade == "fault"))
    assert [graded for graded, told in found if says in told] == [grade]


def test_a_mapping_that_the_schemas_do_not_bear_is_a_fault_at_its_place_in_the_file(
    cli: Cli, stand_ins: StandIns
) -> None:
    mapping = "mappings: [{hubspot: jobtitle, lead: Job__c}]\n"
    cli.ok("portals", "apply", cli.write(f"{stand_ins.portal_file}{mapping}"), "--unchecked")
    [fault] = faults(findings(cli, code=1))
    assert fault.startswith(
        f"portal {PORTAL}: mappings[jobtitle].lead: Salesforce shows us no field Job__c of leads"
    )
