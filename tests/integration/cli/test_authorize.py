"""`diptych authorize`, from the address that it prints to a portal that goes on, against both stand-ins."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import requests
from click.testing import Result

from adapters.crm.oauth import Consent, new_consent
from contract.grants import Grant
from contract.records import Side
from contract.settings import Suspension, SuspensionCause
from contract.standing import CredentialCheck
from diptych.loopback import redirect_uri
from sandbox.hubspot import HubSpotSandbox, PortalAccount
from sandbox.hubspot import create_app as hubspot_app
from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce import create_app as salesforce_app
from sandbox.server import serve
from tests.integration.cli.conftest import PORTAL, Cli, portal_text
from tests.services.process import free_port

OTHER = 5151
APP = """\
  oauth:
    client_id: sandbox-client-id
    client_secret: app-secret
    authorize_url: {}/oauth/authorize"""
NOW = datetime.now(UTC)


@dataclass(kw_only=True)
class Office:
    """A portal that both CRMs let in by consent; the consent of the next attempt is known beforehand."""

    cli: Cli
    hubspot: HubSpotSandbox
    salesforce: SalesforceSandbox
    urls: dict[Side, str]
    port: int
    consent: Consent

    def page(self, side: Side, portal: int = PORTAL) -> str:
        """What `authorize` must print, as far as the person's browser is concerned."""
        started = self.cli(
            "authorize", portal, side, "--port", self.port, "--code-from-stdin", typed="nothing\n"
        )
        return next(line for line in started.stdout.splitlines() if line.startswith(self.urls[side]))

    def pasted(self, side: Side, portal: int = PORTAL) -> Result:
        """The whole way on a server without a browser."""
        address = visit(self.page(side, portal)).headers["Location"]
        return self.cli(
            "authorize", portal, side, "--port", self.port, "--code-from-stdin", typed=f"{address}\n"
        )

    def grant(self, side: Side) -> Grant | None:
        with self.cli.tables() as tx:
            return tx.grants.get(PORTAL, side)


def visit(address: str) -> requests.Response:
    session = requests.Session()
    session.trust_env = False
    return session.get(address, allow_redirects=False, timeout=10)


@pytest.fixture
def office(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    port = free_port()
    consent = new_consent(redirect_uri(port))
    monkeypatch.setattr(sys.modules["diptych.cli.authorize"], "new_consent", lambda _: consent)
    hubspot = HubSpotSandbox(
        [PortalAccount(portal_id=number, access_token=f"t{number}") for number in (PORTAL, OTHER)],
        app_id=77,
        client_secret="app-secret",
    )
    salesforce = SalesforceSandbox()
    hubspot.oauth.redirect_uris = {consent.redirect_uri}
    salesforce.auth.consents.callback_urls = {consent.redirect_uri}
    with ExitStack() as stack:
        urls = {
            Side.HUBSPOT: stack.enter_context(serve(hubspot_app(hubspot), 0)).url,
            Side.SALESFORCE: stack.enter_context(serve(salesforce_app(salesforce), 0)).url,
        }
        salesforce.base_url = urls[Side.SALESFORCE]
        text = portal_text(urls[Side.HUBSPOT], urls[Side.SALESFORCE])
        text = text.replace("  access_token: pat-in-the-clear-0001", APP.format(urls[Side.HUBSPOT]))
        text = text.replace("method: client_credentials", "method: web_server")
        cli.ok("portals", "apply", cli.write(text))
        yield Office(cli=cli, hubspot=hubspot, salesforce=salesforce, urls=urls, port=port, consent=consent)


@contextmanager
def browsing(office: Office, page: str, *before: str) -> Iterator[list[str]]:
    """A browser that asks our listener for other things first, then consents; what it was shown."""
    seen: list[str] = []

    def browse() -> None:
        while not seen:
            try:
                seen.extend(visit(f"{office.consent.redirect_uri}{query}").text for query in before)
            except requests.ConnectionError:
                time.sleep(0.02)
        seen.append(visit(visit(page).headers["Location"]).text)

    thread = threading.Thread(target=browse, daemon=True)
    thread.start()
    yield seen
    thread.join(timeout=30)


def test_the_browser_comes_back_and_what_lets_us_in_is_stored(office: Office) -> None:
    page = office.page(Side.SALESFORCE)
    with browsing(office, page, "?code=stolen&state=guessed", "/../favicon.ico") as seen:
        said = office.cli.ok("authorize", PORTAL, "salesforce", "--port", office.port)
    assert page in said.splitlines()
    assert [text.partition(":")[0] for text in seen] == [
        "that is the answer to another attempt (its state differs)",
        "Nothing is here.",
        "Thank you",
    ]
    assert "accepts the credentials of diptych.integration@example.com in org 00DDp0000000001MAA" in said
    grant = office.grant(Side.SALESFORCE)
    assert grant is not None
    assert grant.refresh.reveal() in office.salesforce.auth.consents.live
    assert grant.refresh.reveal() not in said
    assert "5Aep" not in office.cli.ok("portals", "export", PORTAL)


@pytest.mark.parametrize("side", list(Side))
def test_on_a_server_without_a_browser_the_address_is_pasted(office: Office, side: Side) -> None:
    result = office.pasted(side)
    assert result.exit_code == 0, result.output
    assert office.grant(side)
    told = {Side.HUBSPOT: f"for account {PORTAL}", Side.SALESFORCE: "in org 00DDp0000000001MAA"}
    assert told[side] in result.stdout


def test_a_portal_without_consent_says_so_and_goes_on_with_it(office: Office) -> None:
    said = office.cli("doctor").stdout
    for side in Side:
        assert (
            f"nobody has let this app in at this address yet: run `diptych authorize {PORTAL} {side}`" in said
        )
    with office.cli.tables() as tx:
        tx.portals.suspend(
            PORTAL, Suspension(reason="not let in", since=NOW, cause=SuspensionCause.CREDENTIALS)
        )
        tx.credentials.keep(
            PORTAL,
            [CredentialCheck(side=side, valid=False, user="", says="", checked_at=NOW) for side in Side],
        )
    assert office.pasted(Side.SALESFORCE).exit_code == 0
    assert suspended(office)
    assert office.pasted(Side.HUBSPOT).exit_code == 0
    assert not suspended(office)
    said = office.cli("doctor").stdout
    assert "HubSpot accepts the access token" in said
    assert "Salesforce accepts the credentials of diptych.integration@example.com" in said


def test_what_the_file_has_no_use_for_any_more_is_forgotten(office: Office) -> None:
    for side in Side:
        assert office.pasted(side).exit_code == 0
    shown = office.cli.ok("portals", "show", PORTAL, "--offline")
    assert "HubSpot was authorized at" in shown
    assert "Salesforce was authorized at" in shown
    text = (office.cli.folder / "portal.yaml").read_text()
    other = text.replace("client_id: sandbox-consumer-key", "client_id: another-app")
    said = office.cli.ok("portals", "apply", office.cli.write(other), "--unchecked")
    assert "Salesforce's tokens of the app that the file does not name any more are forgotten" in said
    assert (office.grant(Side.SALESFORCE), bool(office.grant(Side.HUBSPOT))) == (None, True)


def test_an_account_that_is_not_the_portals_is_refused_and_nothing_stored(office: Office) -> None:
    office.hubspot.oauth.chosen = OTHER
    result = office.pasted(Side.HUBSPOT)
    assert result.exit_code == 1
    assert f"belongs to HubSpot account {OTHER}, not to {PORTAL}: nothing is stored" in result.stderr
    assert office.grant(Side.HUBSPOT) is None
    office.salesforce.org.org_id = "00DDp0000000002MAA"
    result = office.pasted(Side.SALESFORCE)
    assert "belong to org 00DDp0000000002" in result.stderr
    assert office.grant(Side.SALESFORCE) is None


def test_a_first_file_that_is_not_off_is_told_the_way_in_and_it_leads_there(office: Office) -> None:
    text = (office.cli.folder / "portal.yaml").read_text().replace(f"portal: {PORTAL}", f"portal: {OTHER}")
    said = office.cli.refused(
        "portals", "apply", office.cli.write(text.replace("mode: off", "mode: observe"))
    )
    assert "apply the file with `sync.mode: off` first, for only what is stored can be authorized" in said
    assert f"`diptych authorize {OTHER} hubspot` and `diptych authorize {OTHER} salesforce`" in said
    office.cli.ok("portals", "apply", office.cli.write(text))
    office.hubspot.oauth.chosen = OTHER
    for side in Side:
        assert office.pasted(side, OTHER).exit_code == 0
    assert f"`diptych portals resume {OTHER} --observe`" in said
    assert office.cli.ok("portals", "resume", OTHER, "--observe")


def test_another_app_of_a_portal_at_work_is_told_the_way_in_and_a_stored_one_is_not(office: Office) -> None:
    text = (office.cli.folder / "portal.yaml").read_text()
    office.cli.ok("portals", "resume", PORTAL, "--observe")
    text = text.replace("mode: off", "mode: observe")
    other = text.replace("client_id: sandbox-consumer-key", "client_id: another-app")
    assert "with `sync.mode: off` first" in office.cli.refused("portals", "apply", office.cli.write(other))
    mapped = text + "contacts: {create_as: contact}\n"
    said = office.cli.refused("portals", "apply", office.cli.write(mapped))
    assert f"run `diptych authorize {PORTAL} hubspot`" in said
    assert "`sync.mode: off`" not in said


def test_a_person_who_says_no_is_believed(office: Office) -> None:
    page = office.page(Side.SALESFORCE)
    office.salesforce.auth.consents.refuses = True
    with browsing(office, page, "?") as seen:
        said = office.cli.refused("authorize", PORTAL, "salesforce", "--port", office.port)
    assert said == "we were not let in: access_denied\n"
    assert seen[-1] == "we were not let in: access_denied. Go back to the terminal."


def test_a_bare_code_is_not_enough(office: Office) -> None:
    wants = f"it begins with {office.consent.redirect_uri}? and is wanted whole"
    said = office.cli(
        "authorize", PORTAL, "hubspot", "--port", office.port, "--code-from-stdin", typed="abc\n"
    )
    assert (said.exit_code, wants in said.stderr) == (1, True)


def test_a_port_that_is_taken_is_a_sentence(office: Office) -> None:
    taken = int(office.urls[Side.HUBSPOT].rpartition(":")[2])
    said = office.cli.refused("authorize", PORTAL, "hubspot", "--port", taken)
    assert f"nobody can listen on 127.0.0.1:{taken}" in said
    assert "--port, or give --code-from-stdin" in said


def test_where_nobody_has_to_be_asked_it_says_so(nova: Cli) -> None:
    assert "by a private app's token, which nobody has to authorize" in nova.refused(
        "authorize", PORTAL, "hubspot"
    )
    said = nova.refused("authorize", PORTAL, "salesforce")
    assert "logs in to Salesforce by client_credentials, which nobody has to authorize" in said
    assert "there is no portal 7" in nova.refused("authorize", 7, "hubspot")


def suspended(office: Office) -> bool:
    with office.cli.tables() as tx:
        return tx.portals.suspension(PORTAL) is not None
