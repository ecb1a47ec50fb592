"""The HTTP layer under both gateways: budget before a call, count and log line after it, faults for failures.

Nothing here repeats a call: what to do about a failure is decided by the fault's class, off this thread.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from contract.errors import CrmError, ErrorClass, Fault, InvalidInput
from contract.ports import CallMeter, Usage
from contract.records import Side

Clock = Callable[[], datetime]
Timeout = tuple[float, float]

DEFAULT_TIMEOUT: Timeout = (5.0, 30.0)
"""Seconds to connect, and between two pieces of an answer."""

SERVER_ERROR = 500

log = structlog.get_logger()


class _DefaultTimeouts(HTTPAdapter):
    """requests has no default timeout; simple-salesforce passes none on some of its calls."""

    def __init__(self, timeout: Timeout) -> None:
        self._timeout = timeout
        super().__init__(pool_connections=10, pool_maxsize=10, max_retries=0)

    def send(  # type: ignore[override]  # requests passes all but the request by keyword
        self, request: requests.PreparedRequest, *, timeout: Any = None, **options: Any
    ) -> requests.Response:
        return super().send(request, timeout=timeout or self._timeout, **options)


def new_session(*, timeout: Timeout = DEFAULT_TIMEOUT, ca_file: str | None = None) -> requests.Session:
    """A session for one portal: no retries, no cookies, nothing taken from the environment.

    `ca_file` is the path of a CA bundle that stands in for the public ones.
    """
    session = requests.Session()
    session.trust_env = False
    session.verify = ca_file or True
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, _DefaultTimeouts(timeout))
    return session


def checked_url(url: str, *, key: str, allow_plain_http: bool) -> str:
    """The URL without a trailing slash; raises InvalidInput when a token must not travel to it.

    Plain http shows the token to everyone on the way, so it goes to this machine only, unless allowed.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        says = "must be an https address such as https://api.example.com"
    elif parts.scheme == "http" and not (allow_plain_http or _is_loopback(parts.hostname)):
        says = "must begin with https: plain http is taken only for this machine's own addresses"
    else:
        return url.rstrip("/")
    raise InvalidInput(f"{key} {says}", {key: says})


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(slots=True, kw_only=True)
class Http:
    """One side's calls for one portal. simple-salesforce takes it as its session.

    `read_usage` takes the CRM's own figures from an answer's headers; `usage` keeps the last ones seen.
    `plain_hosts` are "host:port" of addresses configured as http: calls to them as https (the only
    scheme that simple-salesforce speaks) are sent as http.
    """

    session: requests.Session
    meter: CallMeter
    side: Side
    portal: int
    clock: Clock
    read_usage: Callable[[Mapping[str, str]], Usage | None]
    plain_hosts: frozenset[str] = frozenset()
    usage: Usage = field(default_factory=Usage)

    @property
    def proxies(self) -> Any:
        """What simple-salesforce reads from a session; proxies stay with the session itself."""
        return self.session.proxies

    def request(
        self, method: str, url: str, *, template: str, write: bool = False, **options: Any
    ) -> requests.Response:
        """One call; an answer of any status is returned.

        `template` is the path without ids, for the log. `write` says that the call changes something:
        when no answer comes it may have been carried out. Raises CrmError: the meter's, or transient.
        """
        self.meter.before(self.side)
        began, status = self.clock(), 0
        try:
            response = self.session.request(method, self._address(url), allow_redirects=False, **options)
            status = response.status_code
        except OSError as error:  # requests' own errors are such, too
            # Not chained: the original names the URL, and a query in it may hold e-mail addresses.
            raise CrmError(self._no_answer(error, write=write)) from None
        finally:
            self.meter.after(self.side, status)
            self._note(method, template, status, began)
        self.usage = self.read_usage(response.headers) or self.usage
        return response

    def json(self, response: requests.Response, *, write: bool = False) -> Mapping[str, Any]:
        """The answer's JSON object; raises CrmError (transient) for anything else, as a proxy's page."""
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise CrmError(self.not_json(write=write))
        return answer

    def not_json(self, *, write: bool) -> Fault:
        """The fault of an answer that should have been JSON."""
        return Fault(
            error=ErrorClass.TRANSIENT,
            code="NOT_JSON",
            says=f"{_NAMES[self.side]} answered something that is not JSON",
            side=self.side,
            maybe_done=write,
        )

    def _address(self, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.netloc in self.plain_hosts:
            return parts._replace(scheme="http").geturl()
        return url

    def _no_answer(self, error: OSError, *, write: bool) -> Fault:
        code, says = "NO_CONNECTION", "could not be reached"
        if not isinstance(error, requests.RequestException):
            code, says = "CA_FILE", "was not asked, since its CA file cannot be read"
        elif isinstance(error, requests.exceptions.SSLError):
            code, says = "TLS", "has a certificate that cannot be trusted"
        elif isinstance(error, requests.Timeout):
            code, says = "TIMEOUT", "did not answer in time"
        elif write and not _never_sent(error):
            says = "closed the connection without an answer"
        return Fault(
            error=ErrorClass.TRANSIENT,
            code=code,
            says=f"{_NAMES[self.side]} {says}",
            side=self.side,
            maybe_done=write and not _never_sent(error),
        )

    def _note(self, method: str, template: str, status: int, began: datetime) -> None:
        log.debug(
            "crm_call",
            side=self.side.value,
            portal=self.portal,
            method=method,
            path=template,
            status=status,
            ms=round((self.clock() - began).total_seconds() * 1000),
        )


_NAMES = {Side.HUBSPOT: "HubSpot", Side.SALESFORCE: "Salesforce"}


def _never_sent(error: OSError) -> bool:
    """Whether the call failed before a byte of it left."""
    if not isinstance(error, requests.RequestException):
        return True
    if isinstance(
        error, requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError
    ):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
