"""One call to HubSpot's API: token, pacing, and its refusals as faults."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import requests

from adapters.crm.http import Clock, Http, checked_url
from adapters.crm.hubspot_errors import Refusal, fault_of_call
from adapters.crm.hubspot_oauth import HubSpotOAuthClient
from adapters.crm.hubspot_objects import ObjectType
from adapters.crm.tokens import FixedToken, GrantedTokens, Token, Tokens
from contract.errors import CrmError, Fault, InvalidInput
from contract.ports import CallMeter, Usage, Vault
from contract.records import Side
from contract.settings import Portal

SEARCHES_PER_SECOND = 5
"""HubSpot's limit on searches, per account and apart from all others; its answers show no figures for it."""

_REDIRECTION, _UNAUTHORIZED = 300, 401

Json = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Pacer:
    """Lets through at most `limit` calls in any `seconds`, by waiting.

    It counts in this process only, which is enough: one worker at a time reconciles a portal, and a
    portal is one HubSpot account.
    """

    clock: Clock
    sleep: Callable[[float], None]
    limit: int = SEARCHES_PER_SECOND
    seconds: float = 1.05
    _last: deque[datetime] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self) -> None:
        """Return when one more call may be made."""
        with self._lock:
            if len(self._last) >= self.limit:
                passed = (self.clock() - self._last.popleft()).total_seconds()
                if passed < self.seconds:
                    self.sleep(min(self.seconds - passed, self.seconds))
            self._last.append(self.clock())


@dataclass(slots=True, kw_only=True)
class HubSpotApi:
    """HubSpot's API as one account's token opens it. `time_zone` is known once the account was read."""

    http: Http
    base_url: str
    tokens: Tokens
    searches: Pacer
    time_zone: str | None = None

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        params: Mapping[str, str] | None = None,
        template: str | None = None,
        sent: Collection[str] = (),
        write: bool = False,
    ) -> Json:
        """The answer's JSON object, {} where there is none; raises CrmError for any refusal.

        Made once more where the token is refused: with a new one, or with a private app's same one, which
        HubSpot now and then takes a moment later.
        `sent` are the property names of a write or read, among which a refusal may name the guilty.
        `template` is the path as it stands in logs, needed where the path itself holds a value.
        """
        send = partial(
            self.http.request,
            method,
            f"{self.base_url}{path}",
            template=template or path,
            write=write,
            json=body,
            params=params,
        )
        token = self.tokens.current()
        response = send(headers=_headers(token))
        if response.status_code == _UNAUTHORIZED:
            response = send(headers=_headers(self.tokens.renewed(token)))
        if response.status_code >= _REDIRECTION:
            raise CrmError(self._fault(response, sent, write=write))
        return self.http.json(response, write=write) if response.content else {}

    def _fault(self, response: requests.Response, sent: Collection[str], *, write: bool) -> Fault:
        refusal = Refusal(
            status=response.status_code,
            headers=response.headers,
            body=_body(response),
            sent=sent,
            write=write,
        )
        return fault_of_call(refusal, now=self.http.clock(), time_zone=self.time_zone)

    def search(self, kind: ObjectType, body: Json) -> Json:
        """A search for records of a type, paced by its own limit."""
        self.searches.wait()
        return self.call("POST", f"/crm/v3/objects/{kind.path}/search", body=body, sent=body["properties"])

    def learn_time_zone(self, name: str) -> None:
        """Keep the account's time zone, in which its daily allowance is counted, if we know it."""
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            return
        self.time_zone = name


def open_api(
    portal: Portal,
    *,
    session: requests.Session,
    meter: CallMeter,
    clock: Clock,
    sleep: Callable[[float], None],
    allow_plain_http: bool,
    vault: Vault | None = None,
) -> HubSpotApi:
    """The API of the portal's account; makes no call yet. Raises InvalidInput for an unsafe base URL.

    `vault` keeps what a person's consent gave; without one nobody has consented.
    """
    account = portal.hubspot
    base_url = checked_url(account.base_url, key="hubspot.base_url", allow_plain_http=allow_plain_http)
    http = _http(portal, session, meter, clock)
    tokens: Tokens = FixedToken(token=Token(secret=account.access_token))
    if account.oauth:
        client = HubSpotOAuthClient(http=http, app=account.oauth, base_url=base_url)
        tokens = GrantedTokens(client=client, vault=vault, clock=clock)
    pacer = Pacer(clock=clock, sleep=sleep)
    return HubSpotApi(http=http, base_url=base_url, tokens=tokens, searches=pacer)


def oauth_client(
    portal: Portal,
    *,
    session: requests.Session,
    meter: CallMeter,
    clock: Clock,
    allow_plain_http: bool,
) -> HubSpotOAuthClient:
    """The portal's app at the token endpoint. Raises InvalidInput for an unsafe base URL, or for no app."""
    account = portal.hubspot
    if account.oauth is None:
        raise InvalidInput(f"portal {portal.number} has no hubspot.oauth")
    base_url = checked_url(account.base_url, key="hubspot.base_url", allow_plain_http=allow_plain_http)
    return HubSpotOAuthClient(http=_http(portal, session, meter, clock), app=account.oauth, base_url=base_url)


def _http(portal: Portal, session: requests.Session, meter: CallMeter, clock: Clock) -> Http:
    return Http(
        session=session,
        meter=meter,
        side=Side.HUBSPOT,
        portal=portal.number,
        clock=clock,
        read_usage=read_usage,
    )


def _headers(token: Token) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token.secret.reveal()}", "Accept": "application/json"}


def _body(response: requests.Response) -> Json:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def read_usage(headers: Mapping[str, str]) -> Usage | None:
    """Calls used today, from an answer's headers; OAuth apps are not sent the daily figures."""
    try:
        limit = int(headers["X-HubSpot-RateLimit-Daily"])
        left = int(headers["X-HubSpot-RateLimit-Daily-Remaining"])
    except (KeyError, ValueError):
        return None
    return Usage(used=limit - left, limit=limit)
