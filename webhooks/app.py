"""The web application of the webhook process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from contract.errors import DiptychError
from contract.ports import Publisher
from webhooks import hubspot, salesforce
from webhooks.breaker import Breaker
from webhooks.counters import Counters
from webhooks.delivery import Desk
from webhooks.directory import PortalDirectory
from webhooks.wire import MAX_BODY, base_url, json_answer


def create_app(
    *,
    directory: PortalDirectory,
    publisher: Publisher,
    clock: Callable[[], datetime],
    public_base_url: str | None,
    new_id: Callable[[], str],
    broker_ready: Callable[[], bool],
    counters: Counters,
    max_body: int = MAX_BODY,
) -> Flask:
    """The WSGI application: both senders' addresses, `/live` and `/ready`.

    `public_base_url` is how HubSpot addresses us ("https://hooks.example.com", with a path where a proxy
    strips one); None trusts the Host header, which is right only without a proxy. `clock` gives aware
    UTC, `new_id` a fresh unique text; `broker_ready` says whether the broker can be reached, `max_body`
    is in bytes. Raises ValueError for an unusable base URL.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = max_body
    desk = Desk(
        directory=directory,
        publisher=Breaker(publisher, clock),
        clock=clock,
        new_id=new_id,
        counters=counters,
        public_base_url=base_url(public_base_url) if public_base_url else None,
    )
    _take_deliveries(app, desk)
    app.add_url_rule("/live", "live", lambda: json_answer(200, {"live": True}))
    app.add_url_rule("/ready", "ready", lambda: _ready(directory, broker_ready))
    app.register_error_handler(HTTPException, _refused)
    return app


def _take_deliveries(app: Flask, desk: Desk) -> None:
    """Both senders' addresses, their answers counted."""
    app.add_url_rule("/webhooks/hubspot", "hubspot", lambda: hubspot.answer(request, desk), methods=["POST"])
    app.add_url_rule(
        "/webhooks/salesforce/<webhook_secret>",
        "salesforce",
        lambda webhook_secret: salesforce.answer(request, webhook_secret, desk),
        methods=["POST"],
    )

    @app.after_request
    def _count(answer: Response) -> Response:
        if request.endpoint in {"hubspot", "salesforce"}:
            outcome = str(answer.status_code)
            desk.counters.add("webhook_deliveries", sender=request.endpoint, outcome=outcome)
        return answer


def _ready(directory: PortalDirectory, broker_ready: Callable[[], bool]) -> Response:
    """Whether a delivery would be taken now, in words."""
    portals, portals_known = _portals(directory)
    broker = _reachable(broker_ready)
    ready = portals_known and broker
    words = {
        "ready": ready,
        "portals": portals,
        "broker": "the broker can be reached" if broker else "the broker cannot be reached",
    }
    return json_answer(200 if ready else 503, words)


def _portals(directory: PortalDirectory) -> tuple[str, bool]:
    try:
        count = len(directory.senders().hubspot)
    except DiptychError:
        return "the portals could not be read from the database", False
    return (f"{count} known" if count else "none is configured yet"), True


def _reachable(broker_ready: Callable[[], bool]) -> bool:
    try:
        return broker_ready()
    except DiptychError:
        return False


def _refused(error: HTTPException) -> Response:
    answer = json_answer(error.code or 500, {"error": error.description})
    if isinstance(error, MethodNotAllowed):
        answer.allow.update(error.valid_methods or ())
    return answer
