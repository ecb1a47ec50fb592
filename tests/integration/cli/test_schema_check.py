"""Mappings are held against both CRMs' schemas before they are saved, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from sandbox.hubspot import HubSpotSandbox, PortalAccount
from sandbox.hubspot import create_app as hubspot_app
from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce import create_app as salesforce_app
from sandbox.salesforce.fields import text
from sandbox.server import serve
from tests.integration.cli.conftest import PORTAL, Cli, portal_text

WRONG = """\
mappings:
- {hubspot: jobtitel, lead: Title__c}
- {hubspot: jobtitle, lead: Jobtitle__c, contact: Title}
- {hubspot: createdate, lead: Description, rule: always_use_salesforce}
- {hubspot: annualrevenue, converter: date}
"""


@dataclass(kw_only=True)
class Accounts:
    """An installation, and the two accounts of its portal."""

    cli: Cli
    hubspot: HubSpotSandbox
    salesforce: SalesforceSandbox
    urls: tuple[str, str]

    def file(self, mappings: str = "", mode: str = "observe") -> str:
        return self.cli.write(portal_text(*self.urls).replace("mode: off", f"mode: {mode}") + mappings)

    def versions(self) -> int:
        with self.cli.tables() as tx:
            return len(tx.portals.versions(PORTAL))

    def calls(self) -> int:
        return self.hubspot.calls.total() + self.salesforce.calls.total()


@pytest.fixture
def accounts(cli: Cli) -> Iterator[Accounts]:
    account = PortalAccount(portal_id=PORTAL, access_token="pat-in-the-clear-0001")
    hubspot = HubSpotSandbox([account], app_id=77, client_secret="client-secret-in-the-clear")
    salesforce = SalesforceSandbox()
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(serve(app, 0)).url
            for app in (hubspot_app(hubspot), salesforce_app(salesforce))
        )
        salesforce.base_url = other
        yield Accounts(cli=cli, hubspot=hubspot, salesforce=salesforce, urls=(one, other))


def test_apply_refuses_what_must_fail_with_every_fault_at_its_place_and_stores_nothing(
    accounts: Accounts,
) -> None:
    complaint = accounts.cli.refused("portals", "apply", accounts.file(WRONG)).splitlines()
    assert complaint[0].endswith("cannot carry out what the mappings say, and nothing was applied:")
    assert [line.split(": ")[0].strip() for line in complaint[1:]] == [
        "mappings[jobtitle].lead",
        "mappings[annualrevenue].converter",
        "mappings[jobtitel].hubspot",
        "mappings[jobtitel].lead",
        "mappings[createdate].hubspot",
    ]
    assert "HubSpot shows us no contact property jobtitel" in complaint[3]
    assert "is read-only; only `rule: always_use_hubspot`" in complaint[5]
    assert accounts.versions() == 0


@pytest.mark.parametrize(
    ("mappings", "told"),
    [
        ("", "mappings[fax].contact: Salesforce shows us no field Fax of contacts"),
        (
            "mappings: [{hubspot: city, length: null}]\n",
            "mappings[city].length: Salesforce's Lead.City takes",
        ),
    ],
)
def test_doubts_are_told_and_no_reason_to_refuse(accounts: Accounts, mappings: str, told: str) -> None:
    accounts.salesforce.deny_field("Contact", "Fax")
    said = accounts.cli.ok("portals", "apply", accounts.file(mappings))
    assert "stored as settings version 1" in said
    assert told in said


def test_all_files_are_held_against_the_schemas_before_one_is_stored(accounts: Accounts) -> None:
    away = accounts.cli.write(portal_text().replace("4242", "4243"), "away.yaml")
    complaint = accounts.cli.refused("portals", "apply", away, accounts.file(WRONG))
    assert "mappings[jobtitle].lead" in complaint
    assert "There is no portal yet" in accounts.cli.ok("portals", "list")


@pytest.mark.parametrize("mode", ["observe", "on"])
def test_a_crm_that_does_not_answer_is_said_and_a_portal_at_work_is_not_stored_without_it(
    cli: Cli, mode: str
) -> None:
    file = cli.write(portal_text().replace("mode: off", f"mode: {mode}"))
    complaint = cli.refused("portals", "apply", file)
    assert "the mappings could not be checked, and nothing was applied:" in complaint
    assert [f"{one} could not be reached" in complaint for one in ("HubSpot", "Salesforce")] == [True, True]
    assert "--unchecked" in complaint
    assert "There is no portal yet" in cli.ok("portals", "list")
    assert "stored as settings version 1" in cli.ok("portals", "apply", file, "--unchecked")


def test_a_portal_that_is_off_is_stored_before_its_accounts_answer(cli: Cli) -> None:
    said = cli.ok("portals", "apply", cli.write(portal_text()))
    assert "stored as settings version 1" in said
    assert said.count("the mappings are not checked there: ") == 2


def test_the_schema_of_another_account_proves_nothing(accounts: Accounts) -> None:
    accounts.salesforce.org.org_id = "00DDp0000000009MAA"
    complaint = accounts.cli.refused("portals", "apply", accounts.file())
    assert "the credentials belong to org 00DDp0000000009MAA" in complaint


def test_nobody_is_asked_where_nothing_concerns_the_mappings(accounts: Accounts) -> None:
    accounts.cli.ok("portals", "apply", accounts.file())
    asked = accounts.calls()
    assert asked > 0
    accounts.cli.ok("portals", "apply", accounts.file())
    accounts.cli.ok("portals", "apply", accounts.file("time_zone: Europe/Berlin\n"))
    assert (accounts.calls(), accounts.versions()) == (asked, 2)
    accounts.cli.ok("portals", "apply", accounts.file("mappings: [{hubspot: fax, rule: two_way}]\n"))
    assert accounts.calls() > asked


def test_rollback_refuses_mappings_that_the_schemas_bear_no_more(accounts: Accounts) -> None:
    accounts.salesforce.add_field("Lead", text("Job__c", 128))
    accounts.cli.ok("portals", "apply", accounts.file("mappings: [{hubspot: jobtitle, lead: Job__c}]\n"))
    accounts.cli.ok("portals", "apply", accounts.file())
    accounts.salesforce.deny_field("Lead", "Job__c")
    complaint = accounts.cli.refused("portals", "rollback", PORTAL, 1)
    assert "cannot carry out what the mappings say, and nothing was changed:" in complaint
    assert "mappings[jobtitle].lead: Salesforce shows us no field Job__c of leads" in complaint
    assert accounts.versions() == 2
    accounts.salesforce.allow_field("Lead", "Job__c")
    assert "version 1 is back as version 3" in accounts.cli.ok("portals", "rollback", PORTAL, 1)


def test_rollback_can_go_unchecked(accounts: Accounts) -> None:
    accounts.cli.ok("portals", "apply", "--unchecked", accounts.file(WRONG))
    accounts.cli.ok("portals", "apply", accounts.file())
    assert "as version 3" in accounts.cli.ok("portals", "rollback", PORTAL, 1, "--unchecked")


def test_preview_tells_what_would_be_refused_and_goes_on(accounts: Accounts) -> None:
    accounts.cli.ok("portals", "apply", accounts.file())
    said = accounts.cli.ok("preview", PORTAL, accounts.file(WRONG), "--yes")
    assert "  mappings[jobtitle].lead: Salesforce shows us no field Jobtitle__c of leads" in said
    assert "looked at, by" in said
    plain = json.loads(accounts.cli.ok("preview", PORTAL, accounts.file(WRONG), "--yes", "--json"))
    assert [one["path"] for one in plain["mappings"] if one["refused"]] != []
