"""The web server flow of the stand-in: the page, codes, PKCE, and refresh tokens that rotate."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce.consent import CALLBACK_URL

from .client import Api, ManualClock, Reply

TOKEN_PATH = "/services/oauth2/token"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
QUESTION = {
    "response_type": "code",
    "client_id": "key",
    "redirect_uri": CALLBACK_URL,
    "scope": "api refresh_token",
    "state": "s",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
APP = {"client_id": "key", "client_secret": "secret"}


def page(api: Api, **changed: str) -> Reply:
    values = {name: value for name, value in {**QUESTION, **changed}.items() if value}
    return api.raw("GET", f"/services/oauth2/authorize?{urlencode(values)}")


def sent(reply: Reply) -> dict[str, str]:
    """What the browser is sent back with."""
    return {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["Location"]).query).items()}


def redeemed(api: Api, **changed: str) -> Reply:
    form = {
        "grant_type": "authorization_code",
        "code": sent(page(api))["code"],
        "redirect_uri": CALLBACK_URL,
        "code_verifier": VERIFIER,
        **APP,
    }
    return api.raw("POST", TOKEN_PATH, data={**form, **changed})


def refreshed(api: Api, token: str) -> Reply:
    form = {"grant_type": "refresh_token", "refresh_token": token, **APP}
    return api.raw("POST", TOKEN_PATH, data=form)


def works(api: Api, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    return api.raw("GET", "/services/data/v66.0/limits", headers=headers).status == 200


def test_a_code_gives_an_access_and_a_refresh_token(api: Api) -> None:
    body = redeemed(api).body
    assert works(api, body["access_token"])
    again = refreshed(api, body["refresh_token"]).body
    assert works(api, again["access_token"])
    assert "refresh_token" not in again


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "web"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_a_wrong_question_comes_back_as_an_error(api: Api, changed: dict[str, str], error: str) -> None:
    assert sent(page(api, **changed)) == {**sent(page(api, **changed)), "error": error, "state": "s"}


@pytest.mark.parametrize("changed", [{"client_id": "x"}, {"redirect_uri": "https://evil.example/"}])
def test_to_a_stranger_nobody_is_sent(api: Api, changed: dict[str, str]) -> None:
    reply = page(api, **changed)
    assert (reply.status, "Location" in reply.headers) == (400, False)
    assert reply.body.startswith("error=")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code": "x"}, "invalid_grant"),
        ({"code_verifier": "x"}, "invalid_grant"),
        ({"redirect_uri": "http://localhost:1/"}, "redirect_uri_mismatch"),
        ({"client_secret": "x"}, "invalid_client"),
        ({"client_id": "x"}, "invalid_client_id"),
    ],
)
def test_a_wrong_answer_gets_no_token(api: Api, changed: dict[str, str], error: str) -> None:
    assert redeemed(api, **changed).body["error"] == error


def test_a_code_dies_with_use_and_with_time(api: Api, clock: ManualClock) -> None:
    code = sent(page(api))["code"]
    assert redeemed(api, code=code).status == 200
    assert redeemed(api, code=code).body["error"] == "invalid_grant"
    late = sent(page(api))["code"]
    clock.advance(900)
    assert redeemed(api, code=late).body["error"] == "invalid_grant"


def test_who_uses_a_rotated_refresh_token_loses_all(api: Api, sf: SalesforceSandbox) -> None:
    sf.auth.consents.rotates = True
    first = redeemed(api).body
    second = refreshed(api, first["refresh_token"]).body
    assert second["refresh_token"] != first["refresh_token"]
    third = refreshed(api, second["refresh_token"]).body
    assert works(api, third["access_token"])
    assert refreshed(api, first["refresh_token"]).body["error"] == "invalid_grant"
    assert not works(api, third["access_token"])
    assert refreshed(api, third["refresh_token"]).body["error"] == "invalid_grant"
