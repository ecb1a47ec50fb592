"""The WSGI app: authentication, limits and faults around every API call, then control API and pages."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from markupsafe import escape

from sandbox.hubspot.api import (
    associations,
    batches,
    catalog,
    lists,
    objects,
    property_groups,
    search,
    subscriptions,
)
from sandbox.hubspot.api.calls import Call, Reply, Route
from sandbox.hubspot.control import control_api
from sandbox.hubspot.errors import ApiError, bad_request
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.oauth_routes import oauth_routes
from sandbox.hubspot.pages import pages
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.sandbox import HubSpotSandbox
from sandbox.kit import ConnectionDropped

ROUTES: tuple[Route, ...] = (
    *objects.ROUTES,
    *batches.ROUTES,
    *search.ROUTES,
    *associations.ROUTES,
    *lists.ROUTES,
    *catalog.ROUTES,
    *property_groups.ROUTES,
    *subscriptions.ROUTES,
)

NOT_FOUND_PAGE = (
    "<html>\n<head>\n<title>Error 404 Not Found</title>\n</head>\n"
    "<body><h2>HTTP ERROR 404</h2>\n<p>Problem accessing {path}. Reason:\n<pre>Not Found</pre></p></body>\n"
    "</html>"
)


def create_app(sandbox: HubSpotSandbox) -> Flask:
    """The stand-in as a WSGI app. It raises ConnectionDropped where HubSpot would hang up unanswered."""
    app = Flask(__name__)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.url_map.strict_slashes = False
    for route in ROUTES:
        app.add_url_rule(
            route.rule, f"{route.method} {route.rule}", _view(sandbox, route), methods=[route.method]
        )
    app.register_blueprint(oauth_routes(sandbox))
    app.register_blueprint(control_api(sandbox))
    app.register_blueprint(pages(sandbox))
    app.register_error_handler(404, _no_such_path)
    app.register_error_handler(405, _no_such_path)
    return app


def _no_such_path(_: Exception) -> Response:
    """HubSpot's gateway answers unknown paths with a page, not with JSON."""
    return Response(
        NOT_FOUND_PAGE.format(path=escape(request.path)), 404, content_type="text/html;charset=utf-8"
    )


def _view(sandbox: HubSpotSandbox, route: Route) -> Callable[..., Response]:
    template = route.rule.replace("<", "{").replace(">", "}")

    def view(**path: str) -> Response:
        sandbox.calls.note(route.method, template)
        if sandbox.faults.latency_seconds > 0:
            sandbox.world.sleep(sandbox.faults.latency_seconds)
        with sandbox.lock:
            reply = _answer(sandbox, route, path)
            sandbox.last_calls.append(
                {
                    "at": sandbox.world.now(),
                    "method": request.method,
                    "path": request.path,
                    "status": reply.status,
                }
            )
            done = route.writes and reply.status < 400
            dropped = done and sandbox.world.chance(sandbox.faults.timeout_after_write)
        if dropped:
            raise ConnectionDropped(f"{route.method} {request.path}: carried out, not answered")
        return _response(reply)

    return view


def _response(reply: Reply) -> Response:
    if reply.body is None:
        return Response(status=reply.status, headers=dict(reply.headers))
    if isinstance(reply.body, str):
        return Response(reply.body, reply.status, dict(reply.headers), content_type="text/html")
    body = json.dumps(reply.body, separators=(",", ":"), ensure_ascii=False)
    return Response(body, reply.status, dict(reply.headers), content_type="application/json;charset=utf-8")


def _answer(sandbox: HubSpotSandbox, route: Route, path: dict[str, str]) -> Reply:
    correlation_id = str(uuid.UUID(int=sandbox.world.rng.getrandbits(128)))
    try:
        portal = _authenticated(sandbox)
        limits = sandbox.limits[portal.id]
        reply = _gate(sandbox, route, limits, correlation_id) or route.handler(
            Call(
                portal=portal,
                limits=limits,
                path=path,
                query=dict(request.args.lists()),
                body=_json_body(),
            )
        )
        headers = {**limits.headers(route.bucket), **reply.headers}
    except ApiError as error:
        reply, headers = Reply(status=error.status, body=error.body(correlation_id)), {}
    return Reply(
        status=reply.status,
        body=reply.body,
        headers={"X-HubSpot-Correlation-Id": correlation_id, **headers},
    )


def _authenticated(sandbox: HubSpotSandbox) -> Portal:
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else ""
    granted = sandbox.oauth.valid(token)
    portal = granted.portal if granted else sandbox.tokens.get(token)
    if portal is not None:
        return portal
    if token in sandbox.oauth.tokens:
        message = "The OAuth token used to make this call expired."
        raise ApiError(401, "EXPIRED_AUTHENTICATION", message)
    raise ApiError(
        401,
        "INVALID_AUTHENTICATION",
        "Authentication credentials not found. This API supports OAuth 2.0 authentication.",
    )


def _gate(sandbox: HubSpotSandbox, route: Route, limits: Limits, correlation_id: str) -> Reply | None:
    """The answer of a call that never reaches its handler: over a limit, or refused by a fault."""
    policy = limits.refusal(route.bucket)
    if policy is not None:
        return Reply(status=429, body=_rate_limited(policy, correlation_id))
    if sandbox.next_errors:
        status, body, headers = sandbox.next_errors.pop(0)
        return Reply(status=status, body=body, headers=headers)
    if sandbox.world.chance(sandbox.faults.server_error):
        message = "The service is temporarily unavailable."
        return Reply(status=503, body=ApiError(503, "", message).body(correlation_id))
    return None


def _rate_limited(policy: str, correlation_id: str) -> dict[str, Any]:
    return {
        "status": "error",
        "message": f"You have reached your {policy.lower()} limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": correlation_id,
        "policyName": policy,
        "requestId": correlation_id,
    }


def _json_body() -> Any:
    raw = request.get_data()
    if not raw:
        return None
    if not request.is_json:
        raise ApiError(415, "VALIDATION_ERROR", "Content-Type must be application/json.")
    try:
        return json.loads(raw)
    except ValueError:
        raise bad_request("Invalid input JSON on line 1, column 1: the body could not be read.") from None
