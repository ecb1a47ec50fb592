"""The control API under /_sandbox: what a person does in HubSpot's pages, faults, and inspection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.hubspot.errors import ApiError
from sandbox.hubspot.limits import SECONDLY
from sandbox.hubspot.sandbox import HubSpotSandbox

Answer = dict[str, Any] | list[Any]


def control_api(sandbox: HubSpotSandbox) -> Blueprint:
    """The control calls of one sandbox; JSON in and out, no authentication, not counted as API calls."""
    blueprint = Blueprint("control", __name__, url_prefix="/_sandbox")
    for actions in (_people(sandbox), _inspection(sandbox), _webhooks(sandbox), _behaviour(sandbox)):
        for method, rule, action in actions:
            blueprint.add_url_rule(rule, f"{method} {rule}", _view(action), methods=[method])
    blueprint.register_error_handler(ApiError, _refused)
    blueprint.register_error_handler(KeyError, _incomplete)
    return blueprint


Action = tuple[str, str, Callable[..., Answer]]


def _view(action: Callable[..., Answer]) -> Callable[..., Response]:
    def view(**path: Any) -> Response:
        return jsonify(action(**path))

    return view


def _refused(error: ApiError) -> tuple[Response, int]:
    return jsonify(error.body("sandbox")), error.status


def _incomplete(error: KeyError) -> tuple[Response, int]:
    return jsonify({"status": "error", "message": f"{error.args[0]} is required"}), 400


def _body() -> dict[str, Any]:
    return request.get_json(silent=True) or {}


def _user() -> int:
    return int(_body().get("user") or 1)


def _people(hs: HubSpotSandbox) -> list[Action]:
    """What a person does to records of any type."""

    def create(pid: int, kind: str) -> Answer:
        return {"id": hs.ui_create(pid, kind, _body().get("properties", {}), user=_user())}

    def update(pid: int, kind: str, ident: str) -> Answer:
        hs.ui_update(pid, kind, ident, _body().get("properties", {}), user=_user())
        return {"id": ident}

    def delete(pid: int, kind: str, ident: str) -> Answer:
        hs.ui_delete(pid, kind, ident, user=_user())
        return {"id": ident}

    def restore(pid: int, kind: str, ident: str) -> Answer:
        hs.ui_restore(pid, kind, ident, user=_user())
        return {"id": ident}

    def merge(pid: int, kind: str) -> Answer:
        body = _body()
        return {"id": hs.ui_merge(pid, kind, str(body["primary"]), str(body["other"]), user=_user())}

    def erase(pid: int, ident: str) -> Answer:
        hs.ui_gdpr_delete(pid, ident, user=_user())
        return {"id": ident}

    def owner(pid: int) -> Answer:
        body = _body()
        return {"id": hs.add_owner(pid, body["email"], body.get("first_name", ""), body.get("last_name", ""))}

    one = "/portals/<int:pid>/<kind>/<ident>"
    return [
        ("POST", "/portals/<int:pid>/<kind>", create),
        ("PATCH", one, update),
        ("DELETE", one, delete),
        ("POST", f"{one}/restore", restore),
        ("POST", "/portals/<int:pid>/<kind>/merge", merge),
        ("POST", "/portals/<int:pid>/contacts/<ident>/gdpr-delete", erase),
        ("POST", "/portals/<int:pid>/owners", owner),
    ]


def _inspection(hs: HubSpotSandbox) -> list[Action]:
    """How things truly stand."""

    def records(pid: int, kind: str) -> Answer:
        return hs.state(pid, kind)

    def calls() -> Answer:
        return {"total": hs.calls.total(), "counts": dict(hs.calls.counts)}

    def forget_calls() -> Answer:
        hs.calls.reset()
        return calls()

    def notices() -> Answer:
        return {"counts": dict(hs.notices.counts), "waiting": len(hs.notices.waiting)}

    return [
        ("GET", "/portals/<int:pid>/<kind>", records),
        ("GET", "/calls", calls),
        ("DELETE", "/calls", forget_calls),
        ("GET", "/notices", notices),
    ]


def _webhooks(hs: HubSpotSandbox) -> list[Action]:
    """Where webhooks go, and when."""

    def target() -> Answer:
        hs.target_url = _body().get("url")
        return {"url": hs.target_url}

    def pump() -> Answer:
        return {"waiting": hs.pump(everything=bool(_body().get("everything")))}

    return [("PUT", "/target", target), ("POST", "/pump", pump)]


def _behaviour(hs: HubSpotSandbox) -> list[Action]:
    """How the CRM behaves from now on."""

    def faults() -> Answer:
        try:
            hs.faults = hs.faults.changed(**_body())
        except TypeError as error:
            raise ApiError(400, "VALIDATION_ERROR", str(error)) from None
        return {name: getattr(hs.faults, name) for name in type(hs.faults).__dataclass_fields__}

    def refuse() -> Answer:
        body = _body()
        hs.refuse_for(int(body["portal"]), float(body["seconds"]), policy=SECONDLY)
        return {}

    def lists() -> Answer:
        body = _body()
        made = hs.add_dynamic_list(
            int(body["portal"]),
            str(body["name"]),
            str(body["property"]),
            str(body.get("operator", "EQ")),
            str(body.get("value", "")),
        )
        return {"id": made}

    def errors() -> Answer:
        body = _body()
        hs.next_errors.append((int(body["status"]), body.get("body", {}), body.get("headers", {})))
        return {"waiting": len(hs.next_errors)}

    return [
        ("PUT", "/faults", faults),
        ("POST", "/refuse", refuse),
        ("POST", "/lists", lists),
        ("POST", "/errors", errors),
    ]
