"""HubSpot's OAuth for apps: the consent page, codes, refresh tokens that stay, tokens of half an hour."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sandbox.hubspot.portal import Portal
from sandbox.hubspot.world import World

CALLBACK_URL = "http://localhost:8403/authorized"
CODE_LIFE_MS = 60_000
TOKEN_LIFE_SECONDS = 1800


class OAuthRefusal(Exception):  # noqa: N818 - named for what HubSpot does
    """A refusal of the token endpoint, or of the consent page."""

    def __init__(self, status: str, message: str, *, error: str = "invalid_request") -> None:
        super().__init__(message)
        self.body = {"error": error, "error_description": message, "status": status, "message": message}


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What an authorization code was given for; times are ms since 1970."""

    portal: Portal
    redirect_uri: str
    scopes: tuple[str, ...]
    ends_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """An access token's account, scopes and end (ms since 1970)."""

    portal: Portal
    scopes: tuple[str, ...]
    ends_at: int


@dataclass(slots=True, kw_only=True)
class OAuth:
    """The app, and what people have consented to. The person at the browser consents at once."""

    world: World
    portals: Mapping[int, Portal]
    client_id: str
    client_secret: str
    redirect_uris: set[str] = field(default_factory=lambda: {CALLBACK_URL})
    required_scopes: frozenset[str] = frozenset({"oauth"})
    chosen: int | None = None
    """The account that the person chooses; the first where None."""
    refuses: bool = False
    codes: dict[str, Code] = field(default_factory=dict)
    grants: dict[str, Code] = field(default_factory=dict)
    """What each refresh token stands for."""
    tokens: dict[str, Access] = field(default_factory=dict)

    def page(self, args: Mapping[str, str]) -> str:
        """Where the browser is sent. Raises OAuthRefusal for what HubSpot shows as a page of its own."""
        if args.get("client_id") != self.client_id:
            raise OAuthRefusal("BAD_CLIENT_ID", "missing or unknown client id")
        uri = args.get("redirect_uri", "")
        if uri not in self.redirect_uris:
            raise OAuthRefusal("BAD_REDIRECT_URI", "missing or invalid redirect uri")
        scopes = tuple(args.get("scope", "").split())
        if not self.required_scopes <= set(scopes):
            raise OAuthRefusal("BAD_SCOPES", "the scopes in the URL do not match those of the app")
        state = {"state": args["state"]} if "state" in args else {}
        if self.refuses:
            return f"{uri}?{urlencode({'error': 'access_denied', **state})}"
        number = self.chosen if self.chosen is not None else next(iter(self.portals))
        code = f"eu1-{self.world.rng.getrandbits(128):032x}"
        ends_at = self.world.now() + CODE_LIFE_MS
        self.codes[code] = Code(portal=self.portals[number], redirect_uri=uri, scopes=scopes, ends_at=ends_at)
        return f"{uri}?{urlencode({'code': code, **state})}"

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The token endpoint's answer. Raises OAuthRefusal."""
        if form.get("client_id") != self.client_id:
            raise OAuthRefusal("BAD_CLIENT_ID", "missing or unknown client id", error="invalid_client")
        if not hmac.compare_digest(form.get("client_secret", "").encode(), self.client_secret.encode()):
            raise OAuthRefusal(
                "BAD_CLIENT_SECRET", "missing or invalid client secret", error="invalid_client"
            )
        grant = form.get("grant_type")
        if grant == "authorization_code":
            return self._redeemed(form)
        if grant == "refresh_token":
            return self._refreshed(form.get("refresh_token", ""))
        raise OAuthRefusal("BAD_GRANT_TYPE", "missing or unknown grant type", error="unsupported_grant_type")

    def about(self, token: str) -> dict[str, Any] | None:
        """What v1 tells of an access token; None for one that is not valid."""
        found = self.valid(token)
        if found is None:
            return None
        return {
            "token": token,
            "token_type": "access",
            "user": "ada@example.com",
            "user_id": 1,
            "hub_id": found.portal.id,
            "hub_domain": f"portal-{found.portal.id}.example.com",
            "app_id": self.world.app_id,
            "scopes": list(found.scopes),
            "expires_in": (found.ends_at - self.world.now()) // 1000,
        }

    def valid(self, token: str) -> Access | None:
        """The access token, unless it has expired or never was."""
        found = self.tokens.get(token)
        return found if found and found.ends_at > self.world.now() else None

    def uninstall(self, portal_id: int) -> None:
        """The account throws the app out: all its tokens die."""
        self.grants = {key: one for key, one in self.grants.items() if one.portal.id != portal_id}
        self.tokens = {key: one for key, one in self.tokens.items() if one.portal.id != portal_id}

    def _redeemed(self, form: Mapping[str, str]) -> dict[str, Any]:
        code = self.codes.pop(form.get("code", ""), None)
        if code is None or code.ends_at <= self.world.now():
            raise OAuthRefusal("BAD_AUTH_CODE", "missing or unknown auth code", error="invalid_grant")
        if form.get("redirect_uri") != code.redirect_uri:
            raise OAuthRefusal("BAD_REDIRECT_URI", "missing or invalid redirect uri", error="invalid_grant")
        refresh = f"eu1-{self.world.rng.getrandbits(160):040x}"
        self.grants[refresh] = code
        return self._refreshed(refresh)

    def _refreshed(self, refresh: str) -> dict[str, Any]:
        grant = self.grants.get(refresh)
        if grant is None:
            raise OAuthRefusal("BAD_REFRESH_TOKEN", "missing or invalid refresh token", error="invalid_grant")
        token = f"C{self.world.rng.getrandbits(256):064x}"
        ends_at = self.world.now() + TOKEN_LIFE_SECONDS * 1000
        self.tokens[token] = Access(portal=grant.portal, scopes=grant.scopes, ends_at=ends_at)
        return {
            "token_type": "bearer",
            "access_token": token,
            "refresh_token": refresh,
            "expires_in": TOKEN_LIFE_SECONDS,
            "hub_id": grant.portal.id,
            "scopes": list(grant.scopes),
        }
