"""OAuth: the token endpoint's four grants, and which bearer tokens are valid."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import jwt
from jwt.types import Options

from sandbox.salesforce.consent import Consents
from sandbox.salesforce.errors import OAuthError, SalesforceError
from sandbox.salesforce.org import Org

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
LONGEST_JWT = timedelta(minutes=5)
_SIGNATURE_ONLY: Options = {
    "verify_exp": False,
    "verify_aud": False,
    "verify_iat": False,
    "verify_sub": False,
}
"""Claims are checked here, by the org's clock."""


@dataclass(slots=True, kw_only=True)
class Auth:
    """The connected app's credentials, and the tokens handed out."""

    org: Org
    consumer_key: str
    consumer_secret: str
    username: str
    consents: Consents
    jwt_public_key: str | None = None
    valid: set[str] = field(default_factory=set)

    def expire(self) -> None:
        """Every token handed out, and a session token given at the start, stops working."""
        self.valid.clear()

    def demand(self, authorization: str | None) -> None:
        """Raises 401 INVALID_SESSION_ID without a valid bearer token."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() in ("bearer", "oauth") and token.strip() in self.valid:
            return
        message = "Session expired or invalid"
        if authorization is None:
            message = "This session is not valid for use with the REST API"
        raise SalesforceError("INVALID_SESSION_ID", message, status=401)

    def token(self, form: Mapping[str, str], authorization: str | None) -> dict[str, Any]:
        """The answer to a token request. Raises OAuthError."""
        grants: dict[str, Callable[[Mapping[str, str], str | None], str | None]] = {
            "client_credentials": self._client_credentials,
            "authorization_code": self._code,
            "refresh_token": self._refresh,
            JWT_GRANT: self._jwt,
        }
        grant = grants.get(form.get("grant_type", ""))
        if grant is None:
            raise OAuthError("unsupported_grant_type", "grant type not supported")
        refresh = grant(form, authorization)
        return self._issued() | ({"refresh_token": refresh} if refresh else {})

    def userinfo(self) -> dict[str, Any]:
        """Who the token's user is."""
        row = self.org.store.tables["User"][self.org.users.integration].row
        return {
            "sub": f"{self.org.base_url}/id/{self.org.org_id}/{row['Id']}",
            "user_id": row["Id"],
            "organization_id": self.org.org_id,
            "preferred_username": row["Username"],
            "name": row["Name"],
            "email": row["Email"],
            "active": row["IsActive"],
            "user_type": "STANDARD",
        }

    def _issued(self) -> dict[str, Any]:
        token = f"{self.org.org_id[:15]}!AQ{self.org.rng.getrandbits(256):064x}"
        self.valid.add(token)
        return {
            "access_token": token,
            "signature": "c2FuZGJveA==",
            "scope": "api refresh_token",
            "instance_url": self.org.base_url,
            "id": f"{self.org.base_url}/id/{self.org.org_id}/{self.org.users.integration}",
            "token_type": "Bearer",
            "issued_at": str(int(self.org.clock().timestamp() * 1000)),
        }

    def _client_credentials(self, form: Mapping[str, str], authorization: str | None) -> None:
        self._demand_client(*_client(form, authorization))

    def _code(self, form: Mapping[str, str], authorization: str | None) -> str | None:
        self._demand_client(*_client(form, authorization), optional=self.consents.secret_optional)
        return self.consents.redeem(form)

    def _refresh(self, form: Mapping[str, str], authorization: str | None) -> str | None:
        self._demand_client(*_client(form, authorization), optional=self.consents.secret_optional)
        if form.get("refresh_token") in self.consents.dead:
            self.expire()
        return self.consents.refresh(form)

    def _demand_client(self, key: str, secret: str, *, optional: bool = False) -> None:
        if not _same(key, self.consumer_key):
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if not (optional and not secret) and not _same(secret, self.consumer_secret):
            raise OAuthError("invalid_client", "invalid client credentials", status=401)

    def _jwt(self, form: Mapping[str, str], _: str | None) -> None:
        claims = self._verified(form.get("assertion", ""))
        if claims.get("iss") != self.consumer_key:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if claims.get("sub") != self.username:
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        if claims.get("aud") not in (*AUDIENCES, self.org.base_url):
            raise OAuthError("invalid_grant", "audience is invalid")
        left = float(claims.get("exp", 0)) - self.org.clock().timestamp()
        if not 0 < left <= LONGEST_JWT.total_seconds():
            raise OAuthError("invalid_grant", "assertion is expired or expires too late")

    def _verified(self, assertion: str) -> dict[str, Any]:
        try:
            key = self.jwt_public_key or ""
            return dict(jwt.decode(assertion, key, algorithms=["RS256"], options=_SIGNATURE_ONLY))
        except (jwt.PyJWTError, ValueError):
            raise OAuthError("invalid_grant", "invalid assertion") from None


def _client(form: Mapping[str, str], authorization: str | None) -> tuple[str, str]:
    """Key and secret from HTTP Basic or the form."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        key, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise OAuthError("invalid_client_id", "client identifier invalid") from None
    return key, secret


def _same(given: str, kept: str) -> bool:
    return hmac.compare_digest(given.encode(), kept.encode())
