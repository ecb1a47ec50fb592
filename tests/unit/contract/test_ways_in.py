"""How a portal's file says that a person lets us in: Salesforce's web server flow, HubSpot's OAuth apps."""

from __future__ import annotations

import pytest

from contract.portal_accounts import HUBSPOT_CONSENT, HUBSPOT_SCOPES
from contract.portal_file import dump_portal, load_portal
from contract.secret import Secret
from contract.settings import AuthMethod
from tests.unit.contract.portals import CREDENTIALS, PORTAL_FILE, faults

TOKEN = "  access_token: pat-eu1-first\n"
OAUTH = "  oauth:\n    client_id: abc\n    client_secret: app-secret\n"
WEB_SERVER = "method: web_server\n    client_id: 3MVG9.abc\n"


def written(*, hubspot: str = OAUTH, auth: str = WEB_SERVER) -> str:
    return PORTAL_FILE.replace(TOKEN, hubspot).replace(CREDENTIALS, auth)


def test_an_oauth_app_stands_in_place_of_a_private_apps_token() -> None:
    account = load_portal(written()).hubspot
    assert account.oauth is not None
    assert (account.oauth.client_id, account.oauth.client_secret) == ("abc", Secret("app-secret"))
    assert (account.oauth.authorize_url, account.oauth.scopes) == (HUBSPOT_CONSENT, HUBSPOT_SCOPES)
    assert not account.access_token


def test_an_app_may_have_scopes_of_its_own() -> None:
    account = load_portal(written(hubspot=f"{OAUTH}    scopes: [oauth, tickets, oauth]\n")).hubspot
    assert account.oauth is not None
    assert account.oauth.scopes == ("oauth", "tickets")


@pytest.mark.parametrize("secret", ["", "    client_secret: consumer-secret\n"])
def test_the_web_server_flow_needs_an_app_and_takes_its_secret(secret: str) -> None:
    org = load_portal(written(auth=WEB_SERVER + secret)).salesforce
    assert (org.auth.method, org.auth.client_id) == (AuthMethod.WEB_SERVER, "3MVG9.abc")
    assert bool(org.auth.client_secret) is bool(secret)
    assert org.login_url == org.instance_url == "https://acme.my.salesforce.com"


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        (written(hubspot=""), "hubspot.access_token",
         "line 4: is missing: write a private app's token here, or an OAuth app's client below `oauth`"),
        (written(hubspot=TOKEN + OAUTH), "hubspot.oauth",
         "line 6: cannot stand beside access_token: a portal gets in by one of the two, so leave one out"),
        (written(hubspot="  oauth:\n"), "hubspot.oauth", "line 5: holds nothing"),
        (written(hubspot="  oauth: abc\n"), "hubspot.oauth", "line 5: must hold keys of its own"),
        (written(hubspot="  oauth: {client_id: abc}\n"), "hubspot.oauth.client_secret", "line 5: is missing"),
        (written(hubspot=f"{OAUTH}    scope: [oauth]\n"), "hubspot.oauth.scope",
         "line 8: there is no such key; did you mean 'scopes'?"),
        (written(hubspot=f"{OAUTH}    authorize_url: app.hubspot.com\n"), "hubspot.oauth.authorize_url",
         "line 8: must be an address such as https://app.hubspot.com/oauth/authorize"),
        (written(hubspot=OAUTH.replace("app-secret", "app secret")), "hubspot.oauth.client_secret",
         "line 7: holds a space"),
        (written(auth="method: web_server\n"), "salesforce.auth.client_id",
         "line 13: is missing: method web_server needs it"),
        (written(auth=f"{WEB_SERVER}    username: a@b\n"), "salesforce.auth.username",
         "line 16: is not used by method web_server: leave it out"),
        (written(auth=f"{WEB_SERVER}    refresh_token: abc\n"), "salesforce.auth.refresh_token",
         "line 16: there is no such key"),
    ],
)  # fmt: skip
def test_a_fault_is_named_at_its_place(text: str, path: str, says: str) -> None:
    found = faults(text)
    assert list(found) == [path]
    assert found[path].startswith(says)


@pytest.mark.parametrize("secret", ["", "    client_secret: consumer-secret\n"])
def test_what_is_exported_is_read_again_with_the_kept_secrets(secret: str) -> None:
    portal = load_portal(written(auth=WEB_SERVER + secret))
    exported = dump_portal(portal)
    assert "app-secret" not in exported
    assert "consumer-secret" not in exported
    assert load_portal(exported, portal) == portal


def test_a_kept_app_secret_goes_to_no_other_address() -> None:
    portal = load_portal(written())
    elsewhere = dump_portal(portal).replace("https://api.hubapi.com", "https://evil.example")
    assert "written anew" in faults(elsewhere, portal)["hubspot.oauth.client_secret"]
