"""The control API under /_sandbox/: acts of people in the CRM, faults, and what lies within. No password."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.kit import Faults
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.outbound import Delivery
from sandbox.salesforce.sandbox import SalesforceSandbox


def control_routes(sf: SalesforceSandbox) -> Blueprint:
    """All control routes of one org. Refused acts answer like REST; a body that makes no sense is 400."""
    routes = Blueprint("control", __name__, url_prefix="/_sandbox")

    @routes.errorhandler(SalesforceError)
    def refused(error: SalesforceError) -> tuple[Response, int]:
        return jsonify([error.body()]), error.status

    @routes.errorhandler(KeyError)
    @routes.errorhandler(TypeError)
    def senseless(error: Exception) -> tuple[Response, int]:
        return jsonify([{"errorCode": "BAD_CONTROL_CALL", "message": repr(error)}]), 400

    _record_routes(routes, sf)
    _act_routes(routes, sf)
    _inspection_routes(routes, sf)
    _behaviour_routes(routes, sf)
    _rule_routes(routes, sf)
    return routes


def _body() -> dict[str, Any]:
    """The JSON members sent, none when there is no body. Raises TypeError for another shape."""
    body = request.get_json(silent=True) if request.data else {}
    if not isinstance(body, dict):
        message = "a JSON object is wanted"
        raise TypeError(message)
    return body


def _done() -> Response:
    return jsonify({"ok": True})


def _record_routes(routes: Blueprint, sf: SalesforceSandbox) -> None:
    @routes.get("/sobjects/<name>")
    def rows(name: str) -> Response:
        return jsonify(sf.state(name))

    @routes.post("/sobjects/<name>")
    def create(name: str) -> tuple[Response, int]:
        body = _body()
        return jsonify({"id": sf.ui_create(name, body["fields"], body.get("user"))}), 201

    @routes.patch("/sobjects/<name>/<record_id>")
    def update(name: str, record_id: str) -> Response:
        body = _body()
        sf.ui_update(name, record_id, body["fields"], body.get("user"))
        return _done()

    @routes.delete("/sobjects/<name>/<record_id>")
    def delete(name: str, record_id: str) -> Response:
        sf.ui_delete(name, record_id, _body().get("user"))
        return _done()

    @routes.post("/sobjects/<name>/<record_id>/undelete")
    def undelete(name: str, record_id: str) -> Response:
        sf.ui_undelete(name, record_id, _body().get("user"))
        return _done()

    @routes.post("/sobjects/<name>/<record_id>/purge")
    def purge(name: str, record_id: str) -> Response:
        sf.ui_purge(name, record_id)
        return _done()


def _act_routes(routes: Blueprint, sf: SalesforceSandbox) -> None:
    @routes.post("/merge")
    def merge() -> Response:
        body = _body()
        sf.ui_merge(body["object"], body["master"], body["losers"], body.get("fields"), body.get("user"))
        return _done()

    @routes.post("/convert")
    def convert() -> Response:
        body = _body()
        made = sf.ui_convert(
            body["lead"], body.get("account"), body.get("contact"), body.get("opportunity"), body.get("user")
        )
        return jsonify(made)

    @routes.post("/pump")
    def pump() -> Response:
        return jsonify({"waiting": sf.pump(everything=_body().get("everything") is True)})


def _inspection_routes(routes: Blueprint, sf: SalesforceSandbox) -> None:
    @routes.get("/calls")
    def calls() -> Response:
        return jsonify({"total": sf.calls.total(), "counts": dict(sf.calls.counts)})

    @routes.delete("/calls")
    def forget_calls() -> Response:
        sf.calls.reset()
        return _done()

    @routes.get("/notices")
    def notices() -> Response:
        queue = sf.outbound.notices
        with queue.lock:
            waiting = [
                {**_plain(notice.payload), "due": notice.due.isoformat(), "attempt": notice.attempt}
                for notice in queue.waiting
            ]
            counts = dict(queue.counts)
        sent = [_told(delivery) for delivery in list(sf.outbound.sent)]
        return jsonify({"waiting": waiting, "counts": counts, "sent": sent})

    @routes.get("/faults")
    def faults() -> Response:
        return jsonify(asdict(sf.faults))


def _plain(payload: dict[str, Any]) -> dict[str, Any]:
    return {**payload, "queued_at": payload["queued_at"].isoformat()}


def _told(delivery: Delivery) -> dict[str, Any]:
    return {
        "at": delivery.at.isoformat(),
        "object": delivery.object_name,
        "record_ids": list(delivery.record_ids),
        "attempt": delivery.attempt,
        "status": delivery.status,
        "accepted": delivery.accepted,
    }


def _behaviour_routes(routes: Blueprint, sf: SalesforceSandbox) -> None:
    @routes.put("/faults")
    def set_faults() -> Response:
        sf.faults = Faults(**_body())
        return _done()

    @routes.put("/target")
    def set_target() -> Response:
        sf.target_url = _body()["url"]
        return _done()

    @routes.put("/outbound")
    def set_outbound() -> Response:
        sf.outbound.configure(_body()["object"], _body()["fields"])
        return _done()

    @routes.post("/refuse")
    def refuse() -> Response:
        sf.refuse_for(float(_body()["seconds"]))
        return _done()

    @routes.post("/expire-tokens")
    def expire_tokens() -> Response:
        sf.expire_tokens()
        return _done()


def _rule_routes(routes: Blueprint, sf: SalesforceSandbox) -> None:
    @routes.post("/deny-field")
    def deny_field() -> Response:
        body = _body()
        sf.deny_field(body["object"], body["field"], read_only=body.get("read_only") is True)
        return _done()

    @routes.post("/places")
    def enable_places() -> Response:
        sf.enable_places()
        return _done()

    @routes.post("/validation-rules")
    def add_validation_rule() -> Response:
        body = _body()
        sf.add_validation_rule({name: str(body[name]) for name in ("object", "field", "regex", "message")})
        return _done()

    @routes.post("/duplicate-rules")
    def add_duplicate_rule() -> Response:
        body = _body()
        block = body.get("block", True) is True
        sf.add_duplicate_rule(body["object"], body.get("field", "Email"), block=block)
        return _done()
