"""Salesforce's web server flow: a person lets us in once, a refresh token gives access tokens from then on.

The app must have the scopes `api`, `id` and `refresh_token`. Salesforce tells no life of an access token:
it is used until it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.crm.http import Http
from adapters.crm.oauth import Consent, ask, page
from adapters.crm.salesforce_login import TOKEN_PATH, refused, user_id
from adapters.crm.tokens import authorize_command
from contract.errors import CrmError, ErrorClass, Fault
from contract.grants import Grant
from contract.records import Side
from contract.secret import Secret
from contract.settings import SalesforceAuth

AUTHORIZE_PATH = "/services/oauth2/authorize"
SCOPES = "api id refresh_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceOAuth:
    """Implements adapters.crm.tokens.OAuthClient. Both addresses are checked already."""

    http: Http
    auth: SalesforceAuth
    login_url: str
    instance_url: str

    @property
    def portal(self) -> int:
        return self.http.portal

    @property
    def side(self) -> Side:
        return Side.SALESFORCE

    def owns(self, grant: Grant) -> bool:
        return (grant.client_id, grant.addresses) == (self.auth.client_id, self._addresses)

    def authorize_url(self, consent: Consent) -> str:
        """Salesforce asks who we are to be, even where the browser is logged in as somebody else."""
        values = {
            "response_type": "code",
            "client_id": self.auth.client_id,
            "redirect_uri": consent.redirect_uri,
            "scope": SCOPES,
            "state": consent.state,
            "code_challenge": consent.challenge,
            "code_challenge_method": "S256",
            "prompt": "login consent",
        }
        return page(f"{self.login_url}{AUTHORIZE_PATH}", values)

    def exchange(self, consent: Consent, code: str) -> Grant:
        """Raises CrmError, also where the app gives no refresh token."""
        form = {"code": code, "redirect_uri": consent.redirect_uri, "code_verifier": consent.verifier}
        late = "the code has expired or was used already: begin anew"
        answer = self._ask({"grant_type": "authorization_code", **form}, late)
        if not answer.get("refresh_token"):
            raise CrmError(
                Fault(
                    error=ErrorClass.AUTH,
                    code="NO_REFRESH_TOKEN",
                    says="Salesforce gave no refresh token: add the scope `refresh_token` to the app",
                    side=Side.SALESFORCE,
                )
            )
        return Grant(
            client_id=self.auth.client_id,
            addresses=self._addresses,
            refresh=Secret(str(answer["refresh_token"])),
            access=Secret(str(answer["access_token"])),
            user_id=user_id(answer) or "",
        )

    def refresh(self, grant: Grant) -> Grant:
        """Where the app rotates refresh tokens the answer holds the next one, and this one is dead."""
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh.reveal()}
        dead = f"Salesforce does not accept the refresh token any more: run {authorize_command(self)}"
        answer = self._ask(form, dead)
        return replace(
            grant,
            refresh=Secret(str(answer.get("refresh_token") or grant.refresh.reveal())),
            access=Secret(str(answer["access_token"])),
            user_id=user_id(answer) or grant.user_id,
        )

    @property
    def _addresses(self) -> str:
        return f"{self.login_url} {self.instance_url}"

    def _ask(self, form: Mapping[str, str], invalid_grant: str) -> Mapping[str, Any]:
        """`invalid_grant` says what the error of that name means here."""
        app = {"client_id": self.auth.client_id}
        if self.auth.client_secret:
            app["client_secret"] = self.auth.client_secret.reveal()

        def because(answer: Mapping[str, Any]) -> Fault:
            fault = refused(answer)
            return replace(fault, says=invalid_grant) if fault.code == "INVALID_GRANT" else fault

        return ask(self.http, f"{self.login_url}{TOKEN_PATH}", {**form, **app}, refused=because)
