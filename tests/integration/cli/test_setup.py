"""`diptych setup`, as an operator types it, against both stand-ins; and the version row it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result

from diptych.releases import this_build
from sandbox.hubspot import HubSpotSandbox, PortalAccount
from sandbox.hubspot import create_app as hubspot_app
from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce import create_app as salesforce_app
from sandbox.server import serve
from tests.integration.cli.conftest import PORTAL, Cli, portal_text

MAPPINGS = """\
mappings:
  - {hubspot: sales_region, lead: Region__c, contact: Region__c}
  - {hubspot: tiers, lead: Tiers__c, contact: Tiers__c, converter: multi_select}
"""


@dataclass(kw_only=True)
class Office:
    """An installation with a portal, and both its CRMs."""

    cli: Cli
    hubspot: HubSpotSandbox
    salesforce: SalesforceSandbox

    @property
    def into(self) -> Path:
        return self.cli.folder / "salesforce"

    def setup(self, *options: str) -> Result:
        return self.cli("setup", PORTAL, "--into", str(self.into), *options)

    @property
    def group(self) -> str | None:
        groups = self.hubspot.portals[PORTAL].groups["contacts"]
        return next((str(one["label"]) for one in groups if one["name"] == "diptych"), None)

    @property
    def properties(self) -> set[str]:
        return set(self.hubspot.portals[PORTAL].shelf("contacts").definitions)


@dataclass(kw_only=True)
class Builder:
    """Opens offices for one test."""

    cli: Cli
    stack: ExitStack

    def __call__(self, *, mappings: str = "", scopes: frozenset[str] | None = None) -> Office:
        account = PortalAccount(portal_id=PORTAL, access_token="pat-in-the-clear-0001", scopes=scopes)
        hubspot = HubSpotSandbox([account], app_id=77, client_secret="client-secret-in-the-clear")
        salesforce = SalesforceSandbox(release=None)
        hubspot_url = self.stack.enter_context(serve(hubspot_app(hubspot), 0)).url
        salesforce_url = self.stack.enter_context(serve(salesforce_app(salesforce), 0)).url
        salesforce.base_url = salesforce_url
        self.cli.environ["DIPTYCH_PUBLIC_URL"] = "https://sync.acme.example"
        text = portal_text(hubspot_url, salesforce_url) + mappings
        self.cli.ok("portals", "apply", "--unchecked", self.cli.write(text))
        return Office(cli=self.cli, hubspot=hubspot, salesforce=salesforce)


@pytest.fixture
def build(cli: Cli) -> Iterator[Builder]:
    with ExitStack() as stack:
        yield Builder(cli=cli, stack=stack)


def test_it_makes_the_group_and_renders_the_project(build: Builder) -> None:
    office = build()
    said = office.setup()
    assert said.exit_code == 0, said.output
    assert f"HubSpot: made: property group diptych, with version {this_build()}" in said.stdout
    assert "HubSpot: there already: mapped properties: address, annualrevenue" in said.stdout
    assert "diptych.integration@example.com" in said.stdout
    assert office.group == f"Diptych (version {this_build()})"
    message = office.into / "force-app/main/default/workflows/Lead.workflow-meta.xml"
    body = message.read_text()
    assert "https://sync.acme.example/webhooks/salesforce/webhook-secret-in-the-clear" in body
    assert "<integrationUser>diptych.integration@example.com</integrationUser>" in body
    assert message.stat().st_mode & 0o777 == 0o600
    assert "They hold the portal's webhook secret, so only you may read them" in said.stdout
    assert str(office.into / "README.md") in said.stdout


def test_it_tells_what_the_app_must_be_subscribed_to(build: Builder) -> None:
    more = "  - {hubspot: fax, rule: dont_sync}\ncontacts:\n  create_as_when:\n"
    more += "    - {property: tier, value: gold, create_as: contact}\n"
    said = build(mappings=MAPPINGS + more).setup("--dry-run")
    lines = said.stdout.splitlines()
    [place] = [place for place, line in enumerate(lines) if "by hand: subscribe the app" in line]
    assert "to https://sync.acme.example/webhooks/hubspot" in lines[place]
    assert "created, deleted, deleted for privacy, restored, merged" in lines[place]
    names = lines[place + 1].strip().split(", ")
    assert {"email", "hs_email_optout", "hubspot_owner_id", "sales_region", "tier"} <= set(names)
    assert "fax" not in names
    assert f"these {len(names)} properties" in lines[place]


def test_run_again_it_makes_nothing(build: Builder) -> None:
    office = build()
    office.setup()
    before = office.hubspot.calls.counts.copy()
    said = office.setup()
    assert said.exit_code == 0
    assert f"HubSpot: there already: property group diptych: with version {this_build()}" in said.stdout
    assert "made:" not in said.stdout
    made = {call: count for call, count in office.hubspot.calls.counts.items() if count != before.get(call)}
    assert all("GET" in str(call) for call in made)


def test_a_dry_run_says_everything_and_makes_nothing(build: Builder) -> None:
    office = build(mappings="mappings:\n  - {hubspot: sales_region, lead: Region__c, contact: Region__c}\n")
    said = office.setup("--dry-run")
    assert said.exit_code == 0, said.output
    wanted = "HubSpot: would be made (scope crm.schemas.contacts.write): "
    assert f"{wanted}property group diptych, with version {this_build()}" in said.stdout
    assert f"{wanted}property sales_region, for text values" in said.stdout
    assert f"Salesforce: would be written to {office.into}" in said.stdout
    assert office.group is None
    assert "sales_region" not in office.properties
    assert not office.into.exists()


def test_missing_properties_are_made_but_for_choices_which_people_make(build: Builder) -> None:
    office = build(mappings=MAPPINGS)
    said = office.setup()
    assert said.exit_code == 1
    assert "HubSpot: made: property sales_region, for text values" in said.stdout
    assert "HubSpot: missing: property tiers: make it in HubSpot" in said.stderr
    assert "sales_region" in office.properties
    assert "tiers" not in office.properties
    assert (office.into / "README.md").exists()


def test_a_property_of_hubspots_own_that_does_not_show_is_not_made(build: Builder) -> None:
    office = build(mappings="mappings:\n  - {hubspot: hs_region, lead: Region__c, contact: Region__c}\n")
    del office.hubspot.portals[PORTAL].shelf("contacts").definitions["fax"]
    said = office.setup()
    assert said.exit_code == 1
    for name in ("fax", "hs_region"):
        assert (
            f"HubSpot: missing: property {name}: every account has it, but HubSpot does not show it"
            in said.stderr
        )
        assert name not in office.properties


def test_an_older_version_is_labelled_anew_and_a_newer_one_left(build: Builder) -> None:
    office = build()
    office.setup()
    [group] = [one for one in office.hubspot.portals[PORTAL].groups["contacts"] if one["name"] == "diptych"]
    group["label"] = "Diptych (version 0.0.1)"
    assert f"labelled with version {this_build()} instead of version 0.0.1" in office.setup().stdout
    assert office.group == f"Diptych (version {this_build()})"
    group["label"] = "Diptych (version 99.0)"
    office.setup()
    assert office.group == "Diptych (version 99.0)"


def test_a_label_that_people_rewrote_is_of_unknown_version_until_setup_writes_it_anew(build: Builder) -> None:
    office = build()
    office.setup()
    [group] = [one for one in office.hubspot.portals[PORTAL].groups["contacts"] if one["name"] == "diptych"]
    group["label"] = "Our sync"
    said = office.cli.ok("portals", "show", PORTAL)
    assert "HubSpot: something is installed that does not tell its version; the latest" in said
    assert f"labelled with version {this_build()} instead of no version" in office.setup().stdout


def test_the_scope_that_the_token_lacks_is_named(build: Builder) -> None:
    office = build(scopes=frozenset({"crm.objects.contacts.read"}))
    said = office.setup()
    assert said.exit_code == 1
    assert (
        "not made: property group diptych: the token lacks the scope crm.schemas.contacts.write"
        in said.stderr
    )
    assert (office.into / "README.md").exists()


def test_a_token_that_may_not_even_read_is_told_the_other_scope(build: Builder) -> None:
    said = build(scopes=frozenset()).setup()
    assert said.exit_code == 1
    assert "HubSpot: the token lacks the scope crm.schemas.contacts.read" in said.stderr


def test_without_a_public_address_nothing_is_made(build: Builder) -> None:
    office = build()
    del office.cli.environ["DIPTYCH_PUBLIC_URL"]
    said = office.setup()
    assert said.exit_code == 1
    assert said.stderr.count("must be set: it is the address that Salesforce sends its messages to") == 1
    assert office.group is None
    assert not office.into.exists()


def test_before_the_first_deployment_the_user_is_named_by_hand(build: Builder) -> None:
    office = build()
    text = (office.cli.folder / "portal.yaml").read_text().replace("sandbox-consumer-key", "not-there-yet")
    office.cli.ok("portals", "apply", office.cli.write(text))
    said = office.setup()
    assert said.exit_code == 1
    assert "name it by --user" in said.stderr
    assert office.group is None
    said = office.setup("--user", "sync@acme.example")
    assert said.exit_code == 0, said.output
    assert "--on-behalf-of sync@acme.example" in (office.into / "README.md").read_text()


def test_the_version_row_tells_both_sides_before_and_after(build: Builder) -> None:
    office = build()
    before = office.cli.ok("portals", "show", PORTAL)
    assert "Salesforce: no integration version is installed, or we may not see it; the latest" in before
    assert "HubSpot: no integration version is installed" in before
    assert f"`diptych setup {PORTAL}`" in before
    office.setup()
    office.salesforce.set_release(this_build())
    after = office.cli.ok("portals", "show", PORTAL)
    for side in ("Salesforce", "HubSpot"):
        assert f"{side}: integration version {this_build()} is installed, which is up to date" in after
        assert f"ok      portal {PORTAL}: {side}: integration version {this_build()}" in office.cli.ok(
            "doctor"
        )


def test_an_old_version_is_a_warning_of_the_doctor_and_no_fault(build: Builder) -> None:
    office = build()
    office.setup()
    office.salesforce.set_release("0.0.1")
    said = office.cli.ok("doctor")
    assert f"warning portal {PORTAL}: Salesforce: integration version 0.0.1 is installed; the latest" in said
    assert "brings outbound messages and flows for leads and contacts" in said


def test_a_side_that_cannot_be_asked_says_so_and_offline_none_is(nova: Cli) -> None:
    said = nova.ok("portals", "show", PORTAL)
    for side in ("Salesforce", "HubSpot"):
        assert f"{side}: the integration version cannot be read: {side} could not be reached" in said
    assert "integration version" not in nova.ok("portals", "show", PORTAL, "--offline")
