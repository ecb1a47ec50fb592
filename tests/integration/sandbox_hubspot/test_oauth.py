"""The stand-in's consent page and token endpoints; HubSpot's own client is the judge of what they answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hubspot import HubSpot
from hubspot.oauth import ApiException

from sandbox.hubspot import HubSpotSandbox, PortalAccount, create_app
from sandbox.hubspot.oauth import CALLBACK_URL
from sandbox.server import serve

PORTAL, OTHER = 1234567, 7654321
APP = {"client_id": "sandbox-client-id", "client_secret": "app-secret"}


@pytest.fixture
def hs() -> HubSpotSandbox:
    accounts = [PortalAccount(portal_id=number, access_token=f"t{number}") for number in (PORTAL, OTHER)]
    return HubSpotSandbox(accounts, app_id=77, client_secret=APP["client_secret"])


@pytest.fixture
def url(hs: HubSpotSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serve(create_app(hs)) as running:
        yield running.url


def consented(url: str) -> str:
    """The code that the browser brings back."""
    params = {
        "client_id": APP["client_id"],
        "redirect_uri": CALLBACK_URL,
        "scope": "oauth crm.objects.contacts.read",
        "state": "s",
    }
    session = requests.Session()
    session.trust_env = False
    answer = session.get(f"{url}/oauth/authorize", params=params, allow_redirects=False, timeout=10)
    given = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert given["state"] == ["s"]
    return given["code"][0]


def token(url: str, **form: str) -> Any:
    return HubSpot(host=url).oauth.tokens_api.create(**{**APP, **form})


def test_a_code_gives_tokens_that_work_and_tell_whose_they_are(hs: HubSpotSandbox, url: str) -> None:
    hs.oauth.chosen = OTHER
    made = token(url, grant_type="authorization_code", code=consented(url), redirect_uri=CALLBACK_URL)
    assert (made.token_type, made.expires_in) == ("bearer", 1800)
    told = HubSpot(host=url).oauth.access_tokens_api.get(made.access_token)
    assert (told.hub_id, told.app_id, told.scopes) == (OTHER, 77, ["oauth", "crm.objects.contacts.read"])
    contact = hs.ui_create(OTHER, "contacts", {"email": "ada@example.org"})
    client: Any = HubSpot(access_token=made.access_token, host=url)
    assert client.crm.contacts.basic_api.get_by_id(contact).id == contact


def test_a_refresh_token_stays_the_same(hs: HubSpotSandbox, url: str) -> None:
    made = token(url, grant_type="authorization_code", code=consented(url), redirect_uri=CALLBACK_URL)
    again = token(url, grant_type="refresh_token", refresh_token=made.refresh_token)
    assert again.refresh_token == made.refresh_token
    assert again.access_token != made.access_token
    hs.oauth.uninstall(PORTAL)
    with pytest.raises(ApiException, match="BAD_REFRESH_TOKEN"):
        token(url, grant_type="refresh_token", refresh_token=made.refresh_token)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"client_id": "x"}, "BAD_CLIENT_ID"),
        ({"client_secret": "x"}, "BAD_CLIENT_SECRET"),
        ({"code": "x"}, "BAD_AUTH_CODE"),
        ({"redirect_uri": "http://localhost:1/"}, "BAD_REDIRECT_URI"),
        ({"grant_type": "password"}, "BAD_GRANT_TYPE"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(url: str, changed: dict[str, str], status: str) -> None:
    form = {"grant_type": "authorization_code", "code": consented(url), "redirect_uri": CALLBACK_URL}
    with pytest.raises(ApiException) as refused:
        token(url, **{**form, **changed})
    assert refused.value.status == 400
    assert f'"status":"{status}"' in refused.value.body
