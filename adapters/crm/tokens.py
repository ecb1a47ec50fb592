"""Access tokens as the gateways use them, and how those that a person's consent gave are kept fresh."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from adapters.crm.http import Clock
from adapters.crm.oauth import Consent
from contract.errors import CrmError, ErrorClass, Fault
from contract.grants import Grant
from contract.ports import Vault
from contract.records import Side
from contract.secret import Secret

AHEAD = timedelta(minutes=2)
"""How long before its end a token is not used any more: longer than any call takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token, and the user it stands for where the answer told (18 characters)."""

    secret: Secret
    user_id: str | None = None
    expires_at: datetime | None = None


class Tokens(Protocol):
    """Where a gateway has its token from. Usable from many threads; raises CrmError (auth) for refusals."""

    def current(self) -> Token:
        """The token in use."""

    def renewed(self, refused: Token) -> Token:
        """One to try after the CRM refused this one."""


class OAuthClient(Protocol):
    """One side's app, as its token endpoint knows it. May raise CrmError."""

    @property
    def portal(self) -> int: ...
    @property
    def side(self) -> Side: ...

    def owns(self, grant: Grant) -> bool:
        """Whether the grant is good for this app and these addresses."""

    def authorize_url(self, consent: Consent) -> str:
        """The page on which a person lets us in."""

    def exchange(self, consent: Consent, code: str) -> Grant:
        """The tokens for the code that the person's browser brought."""

    def refresh(self, grant: Grant) -> Grant:
        """The grant with a new access token, and with a new refresh token where the CRM rotates them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedToken:
    """A token that there is no other of: HubSpot now and then takes one a moment after it refused it."""

    token: Token

    def current(self) -> Token:
        return self.token

    def renewed(self, refused: Token) -> Token:
        return refused


@dataclass(slots=True, kw_only=True)
class GrantedTokens:
    """Tokens by a kept refresh token, shared with every other process that works on the portal.

    Salesforce may rotate refresh tokens: each refresh answers a new one and the old one dies, and who uses
    a dead one has all of them revoked. So one process refreshes at a time, of what is stored at that
    moment, and the answer is committed before anything of it is used.
    """

    client: OAuthClient
    vault: Vault | None
    clock: Clock
    _token: Token | None = None
    _unsaved: Grant | None = None
    """What a refresh gave while the database was away: kept before anything else is done."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> Token:
        with self._lock:
            if self._token is None or self._ends(self._token.expires_at):
                self._token = self._fresh(None)
            return self._token

    def renewed(self, refused: Token) -> Token:
        """Another thread's or process's token where there is one by now, else a new one."""
        with self._lock:
            if self._token is None or self._token is refused:
                self._token = self._fresh(refused.secret)
            return self._token

    def _fresh(self, refused: Secret | None) -> Token:
        if self.vault is None:
            raise CrmError(not_authorized(self.client))
        grant = self._stored(self.vault)
        if not self._good(grant, refused):
            with self.vault.turn():
                grant = self._stored(self.vault)  # another process may have had its turn meanwhile
                if not self._good(grant, refused):
                    grant = self._refreshed(self.vault, grant)
        return Token(secret=grant.access, user_id=grant.user_id or None, expires_at=grant.expires_at)

    def _stored(self, vault: Vault) -> Grant:
        if self._unsaved is not None:
            vault.keep(self._unsaved)
            self._unsaved = None
        grant = vault.read()
        if grant is None or not self.client.owns(grant):
            raise CrmError(not_authorized(self.client))
        return grant

    def _refreshed(self, vault: Vault, grant: Grant) -> Grant:
        try:
            self._unsaved = self.client.refresh(grant)
        except CrmError as error:
            if error.fault.error is not ErrorClass.AUTH:
                raise
            newer = self._stored(vault)
            if newer.version == grant.version:
                raise
            return newer  # a person consented anew while we asked
        return self._stored(vault)

    def _good(self, grant: Grant, refused: Secret | None) -> bool:
        return grant.access != refused and not self._ends(grant.expires_at)

    def _ends(self, expires_at: datetime | None) -> bool:
        return expires_at is not None and expires_at - self.clock() <= AHEAD


def authorize_command(client: OAuthClient) -> str:
    """What an operator runs to let us in."""
    return f"`diptych authorize {client.portal} {client.side}`"


def not_authorized(client: OAuthClient) -> Fault:
    """Nobody has let this app in, or what they gave is for another app or address."""
    return Fault(
        error=ErrorClass.AUTH,
        code="NOT_AUTHORIZED",
        says=f"nobody has let this app in at this address yet: run {authorize_command(client)}",
        side=client.side,
    )
