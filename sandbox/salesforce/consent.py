"""The web server flow: the consent page, authorization codes with PKCE, refresh tokens that may rotate."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sandbox.salesforce.errors import OAuthError
from sandbox.salesforce.org import Org

CODE_LIFE = timedelta(minutes=15)
CALLBACK_URL = "http://localhost:8403/authorized"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What an authorization code was given for. `challenge` is PKCE's S256, None where none was sent."""

    redirect_uri: str
    challenge: str | None
    ends_at: datetime
    refresh: bool


@dataclass(slots=True, kw_only=True)
class Consents:
    """The app's settings, and what people have consented to. The person at the browser consents at once."""

    org: Org
    client_id: str
    callback_urls: set[str] = field(default_factory=lambda: {CALLBACK_URL})
    secret_optional: bool = False
    pkce_required: bool = True
    rotates: bool = False
    """Whether each refresh gives a new refresh token, after which the old one is dead."""
    scopes: frozenset[str] = frozenset({"api", "id", "refresh_token"})
    refuses: bool = False
    """The person on the page says no."""
    codes: dict[str, Code] = field(default_factory=dict)
    live: set[str] = field(default_factory=set)
    dead: set[str] = field(default_factory=set)
    """Refresh tokens that were rotated away."""

    def page(self, args: Mapping[str, str]) -> str:
        """Where the browser is sent. Raises OAuthError for what Salesforce shows as a page of its own."""
        if args.get("client_id") != self.client_id:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if args.get("redirect_uri") not in self.callback_urls:
            raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
        answer = self._answer(args) | ({"state": args["state"]} if "state" in args else {})
        return f"{args['redirect_uri']}?{urlencode(answer)}"

    def redeem(self, form: Mapping[str, str]) -> str | None:
        """The refresh token for a code, None where the scope was not asked for. Raises OAuthError."""
        code = self.codes.pop(form.get("code", ""), None)
        if code is None or code.ends_at <= self.org.clock():
            raise OAuthError("invalid_grant", "expired authorization code")
        if form.get("redirect_uri") != code.redirect_uri:
            raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
        if code.challenge is not None and _s256(form.get("code_verifier", "")) != code.challenge:
            raise OAuthError("invalid_grant", "invalid code verifier")
        return self._new_refresh() if code.refresh else None

    def refresh(self, form: Mapping[str, str]) -> str | None:
        """The next refresh token where they rotate. Raises OAuthError; a dead one revokes all that live."""
        token = form.get("refresh_token", "")
        if token in self.dead:
            self.live.clear()
        if token not in self.live:
            raise OAuthError("invalid_grant", "expired access/refresh token")
        if not self.rotates:
            return None
        self.live.discard(token)
        self.dead.add(token)
        return self._new_refresh()

    def _answer(self, args: Mapping[str, str]) -> dict[str, str]:
        if self.refuses:
            return {"error": "access_denied", "error_description": "end-user denied authorization"}
        if args.get("response_type") != "code":
            return {"error": "unsupported_response_type", "error_description": "response type not supported"}
        asked = frozenset(args.get("scope", " ".join(self.scopes)).split())
        if not asked <= self.scopes:
            return {"error": "invalid_scope", "error_description": "the requested scope is not allowed"}
        challenge = args.get("code_challenge")
        if self.pkce_required and (challenge is None or args.get("code_challenge_method") != "S256"):
            return {"error": "invalid_request", "error_description": "missing required code challenge"}
        code = f"aPrx{self.org.rng.getrandbits(256):064x}=="
        ends_at = self.org.clock() + CODE_LIFE
        self.codes[code] = Code(
            redirect_uri=args["redirect_uri"],
            challenge=challenge,
            ends_at=ends_at,
            refresh="refresh_token" in asked,
        )
        return {"code": code}

    def _new_refresh(self) -> str:
        token = f"5Aep{self.org.rng.getrandbits(256):064x}"
        self.live.add(token)
        return token


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
