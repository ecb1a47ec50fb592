"""Surprises to Sentry, where a DSN is configured: which records, which code, which line, and no value.

An event is built anew from what may leave the process; whatever else the client gathered is dropped.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import sentry_sdk
import structlog
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration
from sentry_sdk.types import Event, Hint

if TYPE_CHECKING:
    from sentry_sdk._types import DataCollectionUserOptions

from contract.changes import decode
from contract.errors import BrokerUnavailable, CrmError, DiptychError, InvalidInput
from contract.ports import Publisher
from contract.records import RecordRef
from diptych.config import Config
from diptych.redact import redact

MOST_RECORDS = 20
"""Record ids told of one event; a batch may concern a thousand."""
LEFT_OUT = "(left out: it may hold a personal value)"

_TAGS = {
    "process": re.compile(r"[a-z]{1,20}"),
    "portal": re.compile(r"[0-9]{1,20}"),
    "side": re.compile(r"hubspot|salesforce"),
    "object_type": re.compile(r"[A-Za-z0-9_-]{1,80}"),
    "record_id": re.compile(r"[A-Za-z0-9]{1,40}"),
    "trace_id": re.compile(r"[A-Za-z0-9-]{1,64}"),
    "code": re.compile(r"[A-Z0-9_ ]{1,80}"),
    "event": re.compile(r"[a-z_.]{1,80}"),
}
_RECORD = re.compile(r"(?:[0-9]{1,20}: )?(HubSpot|Salesforce) ([a-z0-9_-]{1,80}) ([A-Za-z0-9]{1,40})")
"""A record as RecordRef prints it, after its portal where an event concerns several."""
_KEPT = ("event_id", "timestamp", "level", "platform", "environment", "release", "server_name", "sdk")
_FRAME = (
    "abs_path",
    "context_line",
    "filename",
    "function",
    "in_app",
    "lineno",
    "module",
    "post_context",
    "pre_context",
)

_NOTHING_BY_ITSELF: DataCollectionUserOptions = {
    "user_info": False,
    "cookies": {"mode": "off"},
    "http_headers": {"request": {"mode": "off"}},
    "http_bodies": [],
    "url_query_params": {"mode": "off"},
    "database_query_data": False,
    "queues": False,
    "stack_frame_variables": False,
}
"""What the client may gather (it replaces send_default_pii): nothing. `scrub` drops the rest."""


def init_sentry(config: Config, process: str) -> None:
    """Send unforeseen errors of this process to the configured DSN; without one, do nothing."""
    if config.sentry_dsn is None:
        return
    sentry_sdk.init(
        dsn=config.sentry_dsn.reveal(),
        environment=config.sentry_environment,
        release=f"diptych@{version('diptych')}",
        data_collection=_NOTHING_BY_ITSELF,
        max_request_body_size="never",
        include_local_variables=False,
        max_breadcrumbs=0,
        before_breadcrumb=lambda _crumb, _hint: None,
        before_send=scrub,
        auto_session_tracking=False,
        send_client_reports=False,
        propagate_traces=False,
        spotlight=False,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            AtexitIntegration(callback=lambda _pending, _timeout: None),
            DedupeIntegration(),
            ExcepthookIntegration(),
            ThreadingIntegration(propagate_scope=False),
            FlaskIntegration(transaction_style="url"),
        ],
    )
    sentry_sdk.get_global_scope().set_tag("process", process)


def report(error: BaseException) -> None:
    """Tell of an error that was caught, with the ids that the log context of this thread names."""
    capture(error, structlog.contextvars.get_contextvars())


def log_processor(_logger: object, _method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """For structlog's chain: what we log as an error while handling one is told with the ids of the line.

    Reported again by `report`, the same error is sent once. What libraries log (they are the lines with
    a `logger`) is left alone: whether it is a surprise is for their callers to say.
    """
    error = sys.exc_info()[1]
    if line.get("level") in {"error", "critical"} and "logger" not in line and error is not None:
        capture(error, line)
    return line


def capture(error: BaseException, ids: Mapping[str, Any]) -> None:
    """Send the error with those of these ids that may be told; see `ids_of` for their names."""
    with sentry_sdk.new_scope() as scope:
        _name(scope, {**_of_fault(error), **ids})
        sentry_sdk.capture_exception(error)


class NamingPublisher:
    """A publisher that names the records of a delivery in the error event when publishing breaks.

    The webhook process knows them nowhere else; BrokerUnavailable is no surprise and passes untouched.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def publish(self, body: bytes, *, message_id: str) -> None:
        """See contract.ports.Publisher."""
        try:
            self._publisher.publish(body, message_id=message_id)
        except BrokerUnavailable:
            raise
        except Exception:
            _name(sentry_sdk.get_isolation_scope(), _of_envelope(body))
            raise

    def close(self) -> None:
        """Close the publisher inside."""
        self._publisher.close()


def _of_envelope(body: bytes) -> Mapping[str, Any]:
    try:
        changes = decode(body).changes
    except InvalidInput:
        return {}
    first = {"portal": changes[0].portal, "trace_id": changes[0].trace_id} if changes else {}
    return {**first, "records": [f"{change.portal}: {change.ref}" for change in changes]}


def _of_fault(error: BaseException) -> Mapping[str, Any]:
    if not isinstance(error, CrmError):
        return {}
    return {"code": error.fault.code, "side": error.fault.side.value if error.fault.side else ""}


def _name(scope: sentry_sdk.Scope, ids: Mapping[str, Any]) -> None:
    """Put ids on the scope: tags by their names, and the records under `records` or `refs` as a list."""
    for name in _TAGS.keys() & ids.keys():
        scope.set_tag(name, str(ids[name]))
    records = [str(ref) for ref in _many(ids.get("records") or ids.get("refs"))][:MOST_RECORDS]
    if records:
        scope.set_extra("records", records)
        if parts := _RECORD.fullmatch(records[0]):
            side, object_type, record_id = parts.groups()
            for name, text in (
                ("side", side.lower()),
                ("object_type", object_type),
                ("record_id", record_id),
            ):
                scope.set_tag(name, text)


def _many(given: Any) -> Iterable[RecordRef | str]:
    return given if isinstance(given, (list, tuple, set, frozenset)) else ()


# --- what may leave the process ------------------------------------------------------------------------


def scrub(event: Event, hint: Hint) -> Event:
    """The event as it may be sent: sentry_sdk's `before_send`."""
    gathered: dict[str, Any] = dict(event)
    clean: dict[str, Any] = {name: gathered[name] for name in _KEPT if name in gathered}
    clean["tags"] = _tags(gathered.get("tags") or {})
    records = (gathered.get("extra") or {}).get("records") or []
    clean["extra"] = {"records": [text for text in records if _RECORD.fullmatch(str(text))]}
    route = gathered.get("transaction")
    if route and (request := gathered.get("request")):
        clean["transaction"] = route
        clean["request"] = {"method": request.get("method", ""), "url": route}
    clean["exception"] = {"values": [_exception(one, known) for one, known in _pairs(gathered, hint)]}
    return clean  # type: ignore[return-value]  # a dict of the client's own parts


def _tags(tags: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: str(value)
        for name, value in tags.items()
        if name in _TAGS and _TAGS[name].fullmatch(str(value))
    }


def _pairs(event: Mapping[str, Any], hint: Hint) -> Iterable[tuple[Mapping[str, Any], bool]]:
    """Each exception of the chain, and whether its message is one of ours, which holds no value."""
    info = hint.get("exc_info")
    ours = {
        type(error).__name__ for error in _chain(info[1] if info else None) if isinstance(error, DiptychError)
    }
    for one in (event.get("exception") or {}).get("values") or []:
        yield one, one.get("type") in ours


def _chain(error: BaseException | None) -> Iterable[BaseException]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or error.__context__
    return seen


def _exception(one: Mapping[str, Any], ours: bool) -> dict[str, Any]:  # noqa: FBT001  # one switch, one caller
    frames = (one.get("stacktrace") or {}).get("frames") or []
    mechanism = one.get("mechanism") or {}
    return {
        "type": one.get("type"),
        "module": one.get("module"),
        "value": redact(str(one.get("value") or "")) if ours else LEFT_OUT,
        "mechanism": {name: mechanism[name] for name in ("type", "handled") if name in mechanism},
        "stacktrace": {
            "frames": [{name: frame[name] for name in _FRAME if name in frame} for frame in frames]
        },
    }
