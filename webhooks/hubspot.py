"""HubSpot's webhooks: is it from HubSpot, which records does it name, and the answer.

HubSpot comes again after anything but a 2xx within 5 s, up to ten times over a day, so a sound event
that nobody wants is answered like any other. A body holds events of any portals in any order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Request, Response

from contract import kinds
from contract.changes import Change, Kind
from contract.errors import BrokerUnavailable, DatabaseUnavailable
from contract.records import RecordRef, Side
from contract.secret import Secret
from webhooks.delivery import (
    Desk,
    EventOutcome,
    Malformed,
    MalformedEvent,
    Parsed,
    plain,
    plausible,
    publish,
)
from webhooks.directory import HubSpotSender, Senders
from webhooks.hubspot_signature import Signed, candidates, verifying
from webhooks.wire import json_answer, number_or_none, read_body

_log = structlog.get_logger()

OBJECT_TYPES: Mapping[str, str] = {
    name: kind.hubspot for kind in kinds.KINDS for name in (kind.hubspot, kind.number)
}
"""Object types we sync, by the name that `contact.*` events and the number that `object.*` events carry."""
KINDS: Mapping[str, Kind] = {
    "creation": Kind.CREATED,
    "propertyChange": Kind.UPDATED,
    "deletion": Kind.DELETED,
    "restore": Kind.RESTORED,
    "merge": Kind.MERGED,
    "privacyDeletion": Kind.ERASED,
    "associationChange": Kind.ASSOCIATED,
}

_NAMES = ("subscriptionType", "eventType", "propertyName", "associationType")
_NUMBERS = (
    "portalId", "eventId", "subscriptionId", "appId", "occurredAt", "objectId", "objectTypeId",
    "primaryObjectId", "newObjectId", "fromObjectId", "toObjectId", "fromObjectTypeId", "toObjectTypeId",
)  # fmt: skip
"""What is kept of a malformed event: never `propertyValue`, nor anything HubSpot does not send."""


def answer(request: Request, desk: Desk) -> Response:
    """Answer one delivery: 2xx only once everything in it is durable."""
    try:
        status, words = _receive(request, desk)
    except (BrokerUnavailable, DatabaseUnavailable) as error:
        _log.warning("webhook.postponed", sender="hubspot", error=type(error).__name__)
        status, words = 503, {"error": "not taken: please send it again"}
    return json_answer(status, words)


def _receive(request: Request, desk: Desk) -> tuple[int, Mapping[str, Any]]:
    received_at = desk.clock()
    body = read_body(request)
    events = _events(body)
    senders = desk.directory.senders()
    signed = Signed.of(request, body, desk.public_base_url)
    secret = verifying(signed, candidates(events, senders), received_at)
    if secret is None:
        return 401, {"error": "the signature does not hold"}
    if not events:
        return 400, {"error": "the body is not a JSON array of events"}
    delivery = desk.new_id()
    parsed = _parse(events, senders, secret, now=received_at, trace_id=delivery)
    if len(parsed.malformed) == len(events):
        desk.counters.add("webhook_events", len(events), sender="hubspot", outcome="malformed")
        _log.warning("webhook.malformed", sender="hubspot", why=sorted({bad.why for bad in parsed.malformed}))
        return 400, {"error": "no event of the body is well-formed", "why": parsed.malformed[0].why}
    publish(desk, "hubspot", delivery, received_at, parsed)
    return 200, {"accepted": len(events), "malformed": len(parsed.malformed)}


# --- the events -----------------------------------------------------------------------------------


def _events(body: bytes) -> Sequence[Any]:
    """The body's events; none when it is not JSON. A single event may come without its array."""
    try:
        loaded = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    if isinstance(loaded, dict):
        return (loaded,)
    return loaded if isinstance(loaded, list) else ()


def _parse(
    events: Sequence[Any], senders: Senders, secret: Secret, *, now: datetime, trace_id: str
) -> Parsed:
    changes: list[Change] = []
    malformed: list[Malformed] = []
    others: Counter[EventOutcome] = Counter()
    for event in events:
        try:
            portal = _number(_object(event), "portalId")
            refused = _refused(senders.hubspot.get(portal), secret)
            found = [] if refused else list(_changes(event, portal, senders.hubspot[portal], now, trace_id))
        except MalformedEvent as error:
            malformed.append(Malformed(why=str(error), seen=_seen(event)))
            continue
        changes += found
        if not found:
            others[refused or "not_synced"] += 1
    return Parsed(changes=changes, malformed=malformed, others=others)


def _refused(sender: HubSpotSender | None, secret: Secret) -> EventOutcome | None:
    """Why nothing of this portal is taken: an event counts only under a secret of its own portal."""
    if sender is None:
        return "unknown_portal"
    return None if secret in sender.client_secrets else "foreign_portal"


def _changes(
    event: Mapping[str, Any], portal: int, sender: HubSpotSender, now: datetime, trace_id: str
) -> Iterator[Change]:
    """The changes one event announces; none for what we do not sync."""
    family, _, what = _type(event).partition(".")
    kind = KINDS.get(what)
    if kind is None:
        return
    for object_type, record_id, merged in _RECORDS.get(kind, _one_record)(event, family):
        yield Change(
            portal=portal,
            ref=RecordRef(side=Side.HUBSPOT, object_type=object_type, id=record_id),
            kind=kind,
            occurred_at=_occurred_at(event, now),
            properties=_properties(event) if kind is Kind.UPDATED else (),
            merged_ids=merged,
            echo=event.get("changeSource") == "INTEGRATION"
            and number_or_none(event.get("sourceId")) == sender.app_id,
            trace_id=trace_id,
        )


_Named = Iterator[tuple[str, str, tuple[str, ...]]]
"""(our object type, record id, merged ids) of each record an event is about."""


def _one_record(event: Mapping[str, Any], family: str) -> _Named:
    object_type = OBJECT_TYPES.get(_own_type(event, family))
    if object_type:
        yield object_type, str(_number(event, "objectId")), ()


_SURVIVOR = ("newObjectId", "primaryObjectId", "objectId")
"""Where a merge names its survivor, in this order; zero and null say nothing."""


def _merged_records(event: Mapping[str, Any], family: str) -> _Named:
    """The survivor. It may be a new id; then the record that was merged into is a loser, too."""
    object_type = OBJECT_TYPES.get(_own_type(event, family))
    if not object_type:
        return
    losers = event.get("mergedObjectIds") or []
    if not isinstance(losers, list):
        raise MalformedEvent("mergedObjectIds is not a list")
    named = [_number_of(value, "mergedObjectIds") for value in losers]
    named += [_number(event, name) for name in _SURVIVOR[1:] if event.get(name)]
    survivor = _number(event, next((name for name in _SURVIVOR if event.get(name)), "primaryObjectId"))
    yield object_type, str(survivor), tuple(sorted({str(one) for one in named if one != survivor}))


def _associated_records(event: Mapping[str, Any], family: str) -> _Named:
    """Both ends of an association, as far as we sync them. Such an event has no `objectId`."""
    if family == "object":
        types = [_text(event, "fromObjectTypeId"), _text(event, "toObjectTypeId")]
    else:
        name = event.get("associationType")
        first, _, second = (name if isinstance(name, str) else "").lower().partition("_to_")
        types = [first or family, second]
    for object_type, end in zip(types, ("fromObjectId", "toObjectId"), strict=True):
        if object_type in OBJECT_TYPES:
            yield OBJECT_TYPES[object_type], str(_number(event, end)), ()


_RECORDS: Mapping[Kind, Callable[[Mapping[str, Any], str], _Named]] = {
    Kind.MERGED: _merged_records,
    Kind.ASSOCIATED: _associated_records,
}


# --- the parts of an event ------------------------------------------------------------------------


def _object(event: Any) -> Mapping[str, Any]:
    if not isinstance(event, dict):
        raise MalformedEvent("it is not a JSON object")
    return event


def _type(event: Mapping[str, Any]) -> str:
    """`subscriptionType` in every delivery seen, `eventType` in HubSpot's own description."""
    for name in ("subscriptionType", "eventType"):
        if isinstance(event.get(name), str):
            return str(event[name])
    raise MalformedEvent("it has neither subscriptionType nor eventType")


def _own_type(event: Mapping[str, Any], family: str) -> str:
    return _text(event, "objectTypeId") if family == "object" else family


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 255:  # noqa: PLR2004
        raise MalformedEvent(f"{name} is missing or not a name")
    return value


def _properties(event: Mapping[str, Any]) -> tuple[str, ...]:
    return (_text(event, "propertyName"),)


def _number(event: Mapping[str, Any], name: str) -> int:
    return _number_of(event.get(name), name)


def _number_of(value: Any, name: str) -> int:
    number = number_or_none(value)
    if number is None:
        raise MalformedEvent(f"{name} is missing or not a positive number")
    return number


def _occurred_at(event: Mapping[str, Any], now: datetime) -> datetime:
    """Milliseconds since 1970."""
    value = event.get("occurredAt")
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MalformedEvent("occurredAt is missing or not a number of milliseconds")
    try:
        stamp = datetime.fromtimestamp(value / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise MalformedEvent("occurredAt lies beyond all time") from error
    return plausible(stamp, now)


def _seen(event: Any) -> Mapping[str, Any]:
    if not isinstance(event, dict):
        return {"event": f"({type(event).__name__})"}
    return {name: plain(event[name], name=name in _NAMES) for name in (*_NAMES, *_NUMBERS) if name in event}
