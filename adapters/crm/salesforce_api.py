"""One call to Salesforce's REST API through simple-salesforce: token, one refresh, refusals as faults.

Only `restful`, `query` and `query_more` of simple-salesforce are used: its object methods repeat a refused
call without end, drop headers on a repetition and set no time limits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from adapters.crm.http import Clock, Http, checked_url
from adapters.crm.salesforce_errors import fault_of_call
from adapters.crm.salesforce_login import TokenHolder
from adapters.crm.salesforce_oauth import SalesforceOAuth
from adapters.crm.tokens import GrantedTokens, Token, Tokens
from contract.errors import CrmError
from contract.ports import CallMeter, Usage, Vault
from contract.records import Side
from contract.settings import AuthMethod, Portal

API_VERSION = "62.0"

Json = Mapping[str, Any]
_UNAUTHORIZED = 401
_BAD_TOKEN = "Bad_OAuth_Token"  # noqa: S105  # an error
"""How the identity services refuse a token, as 403 and in plain text."""
_USAGE = re.compile(r"(?:^|[;\s])api-usage=(\d+)/(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceApi:
    """Salesforce's API as one org's credentials open it. `instance_url` is checked already."""

    http: Http
    tokens: Tokens
    instance_url: str

    def call(
        self,
        method: str,
        path: str,
        *,
        template: str,
        subject: str,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
        sent: Collection[str] = (),
        write: bool = False,
    ) -> Any:
        """The JSON answer below /services/data; raises CrmError for any refusal.

        `template` is the path without ids, for the log; `subject` names the object for the operator;
        `sent` are field names among which a refusal may name the guilty.
        """
        return self._try(
            lambda client: client.restful(
                path,
                method=method,
                json=body,
                template=template,
                write=write,
                headers={"Sforce-Call-Options": "client=Diptych", **(headers or {})},
            ),
            subject=subject,
            sent=sent,
            write=write,
        )

    def query(
        self, soql: str, *, subject: str, sent: Collection[str] = (), deleted_too: bool = False
    ) -> Iterator[list[Json]]:
        """Pages of rows, at most 2,000 in each; `deleted_too` includes the recycle bin."""
        template = "queryAll" if deleted_too else "query"
        answer = self._try(
            lambda client: client.query(soql, include_deleted=deleted_too, template=template),
            subject=subject,
            sent=sent,
        )
        while True:
            yield answer["records"]
            following = answer.get("nextRecordsUrl")
            if not following:
                return
            answer = self._more(following, template, subject)

    def _more(self, following: str, template: str, subject: str) -> Json:
        found: Json = self._try(
            lambda client: client.query_more(following, identifier_is_url=True, template=f"{template}/more"),
            subject=subject,
        )
        return found

    def identity(self) -> Json:
        """Who we are logged in as: user_id, preferred_username, organization_id."""
        found: Json = self._try(
            lambda client: client._call_salesforce(  # noqa: SLF001  # oauth2() passes no template on
                "GET", f"{client.oauth2_url}userinfo", template="oauth2/userinfo"
            ).json(),
            subject="userinfo",
        )
        return found

    def _try(
        self,
        make: Callable[[Any], Any],
        *,
        subject: str,
        sent: Collection[str] = (),
        write: bool = False,
    ) -> Any:
        """Make a call; when the token is refused, once more with a new one."""
        token = self.tokens.current()
        try:
            return self._once(make, token, subject=subject, sent=sent, write=write)
        except _TokenRefusedError:
            fresh = self.tokens.renewed(token)
        try:
            return self._once(make, fresh, subject=subject, sent=sent, write=write)
        except _TokenRefusedError as refused:
            raise CrmError(refused.fault) from None

    def _once(
        self, make: Callable[[Any], Any], token: Token, *, subject: str, sent: Collection[str], write: bool
    ) -> Any:
        client = Salesforce(
            session_id=token.secret.reveal(),
            instance_url=self.instance_url,
            version=API_VERSION,
            session=self.http,  # type: ignore[arg-type]  # it uses `request` and `proxies` only
            object_pairs_hook=dict,
        )
        try:
            return make(client)
        except SalesforceError as error:
            # Not chained: the original holds URL and answer, and so perhaps e-mail addresses.
            status = _UNAUTHORIZED if _BAD_TOKEN in str(error.content) else error.status
            fault = fault_of_call(status, error.content, subject=subject, sent=sent, write=write)
            refused = _TokenRefusedError if status == _UNAUTHORIZED else CrmError
            raise refused(fault) from None
        except ValueError:
            raise CrmError(self.http.not_json(write=write)) from None


class _TokenRefusedError(CrmError):
    """The token has expired or was revoked."""


def open_api(
    portal: Portal,
    *,
    session: requests.Session,
    meter: CallMeter,
    clock: Clock,
    allow_plain_http: bool,
    vault: Vault | None = None,
) -> SalesforceApi:
    """The API of the portal's org; makes no call yet. Raises InvalidInput for an unsafe address.

    Tokens go to the configured addresses only, whatever the login answers. `vault` keeps what a person's
    consent gave; without one nobody has consented.
    """
    client = oauth_client(
        portal, session=session, meter=meter, clock=clock, allow_plain_http=allow_plain_http
    )
    tokens: Tokens = TokenHolder(http=client.http, org=portal.salesforce, login_url=client.login_url)
    if portal.salesforce.auth.method is AuthMethod.WEB_SERVER:
        tokens = GrantedTokens(client=client, vault=vault, clock=clock)
    return SalesforceApi(http=client.http, tokens=tokens, instance_url=client.instance_url)


def oauth_client(
    portal: Portal, *, session: requests.Session, meter: CallMeter, clock: Clock, allow_plain_http: bool
) -> SalesforceOAuth:
    """The portal's app at the org's token endpoint. Raises InvalidInput for an unsafe address."""
    org = portal.salesforce
    login_url, instance_url = (
        checked_url(url, key=f"salesforce.{name}", allow_plain_http=allow_plain_http)
        for name, url in (("login_url", org.login_url), ("instance_url", org.instance_url))
    )
    http = Http(
        session=session,
        meter=meter,
        side=Side.SALESFORCE,
        portal=portal.number,
        clock=clock,
        read_usage=read_usage,
        plain_hosts=_plain_hosts(login_url, instance_url),
    )
    return SalesforceOAuth(http=http, auth=org.auth, login_url=login_url, instance_url=instance_url)


def _plain_hosts(*urls: str) -> frozenset[str]:
    """Host and port of those addresses that are plain http."""
    return frozenset(parts.netloc for parts in map(urlsplit, urls) if parts.scheme == "http")


def read_usage(headers: Mapping[str, str]) -> Usage | None:
    """Calls of the whole org in the last 24 hours, from an answer's headers."""
    found = _USAGE.search(headers.get("Sforce-Limit-Info", ""))
    return Usage(used=int(found.group(1)), limit=int(found.group(2))) if found else None
