"""The REST API: every call there is, and what happens around each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from re import Pattern
from urllib.parse import unquote

from sandbox.kit import ConnectionDropped
from sandbox.salesforce import rest_about as about
from sandbox.salesforce import rest_collections as collections
from sandbox.salesforce import rest_query as queries
from sandbox.salesforce import rest_rows as rows
from sandbox.salesforce.auth import Auth
from sandbox.salesforce.errors import SalesforceError, not_found
from sandbox.salesforce.org import Org
from sandbox.salesforce.rest_composite import composite
from sandbox.salesforce.wire import Answer, Call, parsed, refused

LONGEST_URL = 16_384
"""Path and query string together, in characters."""

Handler = Callable[[Org, Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One call: its method, its path as it is counted, and what it does."""

    method: str
    template: str
    pattern: Pattern[str]
    handler: Handler


def _route(method: str, template: str, handler: Handler) -> Route:
    """`<name>` stands for one path segment, `<value>` for all the rest."""
    regex = re.sub(r"<(\w+)>", lambda m: f"(?P<{m[1]}>{'.+' if m[1] == 'value' else '[^/]+'})", template)
    return Route(method=method, template=template, pattern=re.compile(regex), handler=handler)


def _composite(org: Org, call: Call) -> Answer:
    return composite(org, call, dispatch)


ROUTES: tuple[Route, ...] = (
    _route("GET", "/", about.resources),
    _route("GET", "/limits", about.limits),
    _route("GET", "/query", queries.query),
    _route("GET", "/queryAll", queries.query),
    _route("GET", "/query/<locator>", queries.query_more),
    _route("GET", "/queryAll/<locator>", queries.query_more),
    _route("GET", "/sobjects", about.sobjects),
    _route("GET", "/sobjects/<object>", about.basic),
    _route("POST", "/sobjects/<object>", rows.create_row),
    _route("GET", "/sobjects/<object>/describe", about.describe),
    _route("GET", "/sobjects/<object>/deleted", queries.deleted),
    _route("GET", "/sobjects/<object>/updated", queries.updated),
    _route("GET", "/sobjects/<object>/<id>", rows.read_row),
    _route("PATCH", "/sobjects/<object>/<id>", rows.update_row),
    _route("DELETE", "/sobjects/<object>/<id>", rows.delete_row),
    _route("GET", "/sobjects/<object>/<field>/<value>", rows.read_external),
    _route("PATCH", "/sobjects/<object>/<field>/<value>", rows.upsert_row),
    _route("POST", "/composite", _composite),
    _route("POST", "/composite/sobjects", collections.create_rows),
    _route("PATCH", "/composite/sobjects", collections.update_rows),
    _route("DELETE", "/composite/sobjects", collections.delete_rows),
    _route("GET", "/composite/sobjects/<object>", collections.read_rows),
    _route("POST", "/composite/sobjects/<object>", collections.read_rows),
    _route("PATCH", "/composite/sobjects/<object>/<field>", collections.upsert_rows),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call as it arrives: `raw_path` is still percent-encoded, header names are in lower case."""

    method: str
    raw_path: str
    url_length: int
    args: dict[str, str]
    headers: dict[str, str]
    raw_body: bytes


def serve(org: Org, auth: Auth, request: Request) -> Answer:
    """Answer one call with the org's faults around it; the caller holds the lock.

    Raises ConnectionDropped when the fault of a timeout after a write strikes.
    """
    now, writes = org.clock(), org.store.writes
    try:
        answer = _admitted(org, auth, request)
    except SalesforceError as error:
        answer = refused(error)
    if org.store.writes != writes and org.chance(org.faults.timeout_after_write):
        raise ConnectionDropped
    return replace(answer, headers={**answer.headers, "Sforce-Limit-Info": org.usage.header(now)})


def _admitted(org: Org, auth: Auth, request: Request) -> Answer:
    if request.url_length > LONGEST_URL:
        return Answer(status=414)
    call = Call(
        method=request.method,
        version=request.raw_path.partition("/")[0],
        path=request.raw_path.partition("/")[2].rstrip("/"),
        args=request.args,
        headers=request.headers,
    )
    _count(org, call)
    if org.chance(org.faults.server_error):
        raise SalesforceError("SERVER_UNAVAILABLE", "The server is temporarily unavailable", status=503)
    auth.demand(request.headers.get("authorization"))
    org.usage.count(org.clock())
    body = parsed(request.raw_body, request.headers.get("content-type", ""))
    return dispatch(org, replace(call, body=body))


def _count(org: Org, call: Call) -> None:
    known = next((route for route in _matching(call) if route.method == call.method), None)
    org.calls.note(call.method, known.template if known else "/<unknown>")


def dispatch(org: Org, call: Call) -> Answer:
    """Find the call's route and run it; refusals become answers."""
    try:
        return _run(org, call, _route_of(call))
    except SalesforceError as error:
        return refused(error)


def _route_of(call: Call) -> Route:
    _demand_version(call)
    routes = _matching(call)
    for route in routes:
        if route.method == call.method:
            return route
    if not routes:
        raise not_found()
    allowed = ",".join(route.method for route in routes)
    message = f"HTTP Method '{call.method}' not allowed. Allowed are {allowed}"
    raise SalesforceError("METHOD_NOT_ALLOWED", message, status=405)


def _run(org: Org, call: Call, route: Route) -> Answer:
    match = route.pattern.fullmatch(f"/{call.path}")
    names = {} if match is None else {name: unquote(value) for name, value in match.groupdict().items()}
    with org.store.transaction():
        return route.handler(org, replace(call, names=names))


def _matching(call: Call) -> list[Route]:
    return [route for route in ROUTES if route.pattern.fullmatch(f"/{call.path}")]


def _demand_version(call: Call) -> None:
    match = re.fullmatch(r"v(\d+)\.0", call.version)
    if match is None or not about.OLDEST <= int(match[1]) <= about.NEWEST:
        raise not_found()
