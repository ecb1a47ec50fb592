"""Logging in to Salesforce, and holding the token until it is refused.

Three ways are here: OAuth's client credentials, OAuth's JWT bearer, and a session given ready-made. The
fourth, by a person's consent, is in salesforce_oauth.
simple-salesforce's own login is not used: it drops the user's id from the token answer, takes only
*.salesforce.com hosts, and reads an overloaded server's answer as refused credentials.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import jwt

from adapters.crm.http import Http
from adapters.crm.oauth import ask
from adapters.crm.tokens import Token
from contract.errors import CrmError, ErrorClass, Fault
from contract.records import Side
from contract.salesforce_ids import is_id, long_id
from contract.secret import Secret
from contract.settings import AuthMethod, SalesforceOrg

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105  # a path
ASSERTION_LIFE = timedelta(minutes=3)
"""Salesforce refuses assertions that live longer than five minutes."""

_REFUSED = {
    "invalid_grant": "the user is not authorised for the app, or its certificate does not match",
    "invalid_client": "the client secret is wrong",
    "invalid_client_id": "the client id is wrong",
    "inactive_user": "the integration user is inactive",
    "inactive_org": "the org is locked or closed",
    "invalid_app_access": "the integration user may not use the app",
    "unsupported_grant_type": "the app does not allow this way to log in",
    "redirect_uri_mismatch": "the callback URL is not one of the app's",
}


@dataclass(slots=True, kw_only=True)
class TokenHolder:
    """Logs in when a token is first needed, and once more when it is refused. Usable from many threads.

    `login_url` is checked already and has no trailing slash.
    """

    http: Http
    org: SalesforceOrg
    login_url: str
    _token: Token | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> Token:
        """The token in use; raises CrmError (auth) when Salesforce refuses the credentials."""
        with self._lock:
            if self._token is None:
                self._token = self._first()
            return self._token

    def renewed(self, refused: Token) -> Token:
        """A token other than the refused one: that of another thread, or a new one."""
        with self._lock:
            if self._token is refused or self._token is None:
                self._token = None
                self._token = self._login()
            return self._token

    def _first(self) -> Token:
        if self.org.auth.method is AuthMethod.SESSION:
            return Token(secret=self.org.auth.session)
        return self._login()

    def _login(self) -> Token:
        auth = self.org.auth
        if auth.method is AuthMethod.SESSION:
            says = "the session has ended, and a ready-made one cannot be renewed"
            raise CrmError(_fault("INVALID_SESSION_ID", says))
        if auth.method is AuthMethod.JWT:
            grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
            return self._ask({"grant_type": grant, "assertion": self._assertion()}, {})
        basic = base64.b64encode(f"{auth.client_id}:{auth.client_secret.reveal()}".encode()).decode()
        return self._ask({"grant_type": "client_credentials"}, {"Authorization": f"Basic {basic}"})

    def _assertion(self) -> str:
        """Who we are, signed. The audience is Salesforce's own host, not the org's."""
        auth = self.org.auth
        claims = {
            "iss": auth.client_id,
            "sub": auth.username,
            "aud": f"https://{'test' if self.org.sandbox else 'login'}.salesforce.com",
            "exp": int((self.http.clock() + ASSERTION_LIFE).timestamp()),
        }
        try:
            return jwt.encode(claims, auth.private_key.reveal(), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            # Not chained: the original may quote the key.
            raise CrmError(_fault("INVALID_KEY", "the private key cannot be read")) from None

    def _ask(self, form: Mapping[str, str], headers: Mapping[str, str]) -> Token:
        answer = ask(self.http, f"{self.login_url}{TOKEN_PATH}", form, refused=refused, headers=headers)
        return Token(secret=Secret(str(answer["access_token"])), user_id=user_id(answer))


def user_id(answer: Mapping[str, Any]) -> str | None:
    """Whom a token stands for (18 characters): its answer's identity URL ends in /id/<org>/<user>."""
    last = str(answer.get("id", "")).rpartition("/")[2]
    return long_id(last) if is_id(last) else None


def refused(answer: Mapping[str, Any]) -> Fault:
    """Why the token endpoint refused."""
    code = str(answer.get("error", ""))
    if code not in _REFUSED:
        return _fault("LOGIN_REFUSED", "Salesforce does not accept the credentials")
    return _fault(code.upper(), _REFUSED[code])


def _fault(code: str, says: str) -> Fault:
    return Fault(error=ErrorClass.AUTH, code=code, says=says, side=Side.SALESFORCE)
