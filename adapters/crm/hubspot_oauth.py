"""HubSpot's OAuth for apps: a person lets us in once, and a refresh token gives tokens of half an hour.

The endpoints are those of v3, which take everything in the body; v1 has tokens in its paths. HubSpot does
not rotate refresh tokens, but what an answer holds is kept all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from adapters.crm.http import Http
from adapters.crm.oauth import Consent, ask, page
from adapters.crm.tokens import authorize_command
from contract.errors import ErrorClass, Fault
from contract.grants import Grant
from contract.records import Side
from contract.secret import Secret
from contract.settings import HubSpotOAuth

TOKEN_PATH = "/oauth/v3/token"  # noqa: S105  # a path
LIFE = 1800
"""Seconds that an access token lives where the answer does not tell."""

_REFUSED = {
    "BAD_CLIENT_ID": "HubSpot knows no app with this client id",
    "BAD_CLIENT_SECRET": "the app's client secret is wrong",
    "BAD_AUTH_CODE": "the code has expired or was used already: begin anew",
    "BAD_REDIRECT_URI": "the callback URL is not one of the app's",
    "BAD_REFRESH_TOKEN": "HubSpot does not accept the refresh token any more",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotOAuthClient:
    """Implements adapters.crm.tokens.OAuthClient. `base_url` is checked already."""

    http: Http
    app: HubSpotOAuth
    base_url: str

    @property
    def portal(self) -> int:
        return self.http.portal

    @property
    def side(self) -> Side:
        return Side.HUBSPOT

    def owns(self, grant: Grant) -> bool:
        return (grant.client_id, grant.addresses) == (self.app.client_id, self.base_url)

    def authorize_url(self, consent: Consent) -> str:
        """HubSpot asks which of their accounts the person means."""
        values = {
            "client_id": self.app.client_id,
            "redirect_uri": consent.redirect_uri,
            "scope": " ".join(self.app.scopes),
            "state": consent.state,
        }
        return page(self.app.authorize_url, values)

    def exchange(self, consent: Consent, code: str) -> Grant:
        nothing = Secret("")
        blank = Grant(client_id=self.app.client_id, addresses=self.base_url, refresh=nothing, access=nothing)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": consent.redirect_uri}
        return self._granted(blank, form)

    def refresh(self, grant: Grant) -> Grant:
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh.reveal()}
        return self._granted(grant, form)

    def _granted(self, grant: Grant, form: Mapping[str, str]) -> Grant:
        asked_at = self.http.clock()
        app = {"client_id": self.app.client_id, "client_secret": self.app.client_secret.reveal()}
        answer = ask(self.http, f"{self.base_url}{TOKEN_PATH}", {**form, **app}, refused=self._refused)
        return replace(
            grant,
            refresh=Secret(str(answer.get("refresh_token") or grant.refresh.reveal())),
            access=Secret(str(answer["access_token"])),
            expires_at=asked_at + timedelta(seconds=_seconds(answer)),
        )

    def _refused(self, answer: Mapping[str, Any]) -> Fault:
        code = str(answer.get("status") or "")
        says = _REFUSED.get(code)
        if says is None:
            code, says = "LOGIN_REFUSED", "HubSpot does not accept the app's credentials"
        if code == "BAD_REFRESH_TOKEN":
            says = f"{says}: run {authorize_command(self)}"
        return Fault(error=ErrorClass.AUTH, code=code, says=says, side=Side.HUBSPOT)


def _seconds(answer: Mapping[str, Any]) -> int:
    told = answer.get("expires_in")
    return told if isinstance(told, int) and told > 0 else LIFE
