"""Salesforce's outbound messages: is it from the org, which records does it name, and the answer.

Messages are unsigned: the address holds a secret, and the body names the org. One answer covers all
notifications of a message; after anything but `<Ack>true</Ack>` with HTTP 200 they all come again, for
24 hours.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import structlog
from flask import Request, Response
from werkzeug.exceptions import RequestEntityTooLarge

from contract.changes import Change, Kind
from contract.errors import BrokerUnavailable, DatabaseUnavailable, InvalidInput
from contract.kinds import SALESFORCE_OBJECTS
from contract.records import RecordRef, Side
from contract.salesforce_ids import is_id, long_id
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
from webhooks.directory import SalesforceSender, Senders
from webhooks.soap import ENVELOPE, XSI_NIL, XSI_TYPE, parse
from webhooks.wire import RETRY_AFTER, json_answer, read_body

_log = structlog.get_logger()

OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
SOBJECTS = ("urn:sobject.enterprise.soap.sforce.com", "urn:sobject.partner.soap.sforce.com")
MAX_NOTIFICATIONS = 100

OBJECT_TYPES = frozenset(SALESFORCE_OBJECTS)
"""Object types we sync."""
PREFIXES: Mapping[str, str] = {one.prefix: one.name for one in SALESFORCE_OBJECTS.values()}
"""The first three characters of a standard object's ids are the same in every org."""
STAMPS = ("SystemModstamp", "LastModifiedDate", "CreatedDate")
"""When the record last changed, best first. None of them is ever blank on a record that exists."""
OLDEST = timedelta(hours=24)
"""Salesforce drops a message it could not deliver for 24 hours: no notification is older."""


def answer(request: Request, webhook_secret: str, desk: Desk) -> Response:
    """Answer one outbound message: `<Ack>true</Ack>` only once everything in it is durable."""
    try:
        return _receive(request, webhook_secret, desk)
    except RequestEntityTooLarge:
        return _fault(413, "the message is too large")
    except (BrokerUnavailable, DatabaseUnavailable) as error:
        _log.warning("webhook.postponed", sender="salesforce", error=type(error).__name__)
        return _ack(503, "false")


def _receive(request: Request, webhook_secret: str, desk: Desk) -> Response:
    received_at = desk.clock()
    senders = _with_secret(desk.directory.senders(), webhook_secret)
    if not senders:
        return json_answer(404, {"error": "there is nothing at this address"})
    try:
        message = _message(parse(read_body(request)))
    except InvalidInput as error:
        return _fault(400, str(error))
    portals = [sender.portal for sender in senders if _same_org(sender.org_id, message.org_id)]
    if not portals:
        _log.warning("webhook.wrong_org", sender="salesforce", portals=[one.portal for one in senders])
        return _fault(403, "the message comes from another org than this address is for")
    delivery = desk.new_id()
    parsed = _parse(message.notifications, portals, now=received_at, trace_id=delivery)
    if len(parsed.malformed) == len(message.notifications):
        desk.counters.add("webhook_events", len(parsed.malformed), sender="salesforce", outcome="malformed")
        return _fault(400, f"no notification is well-formed: {parsed.malformed[0].why}")
    publish(desk, "salesforce", delivery, received_at, parsed)
    return _ack(200, "true")


# --- the sender -----------------------------------------------------------------------------------


def _with_secret(senders: Senders, secret: str) -> list[SalesforceSender]:
    """The senders whose address this is. Every one is compared, so that time tells nothing."""
    given = secret.encode()
    return [
        sender
        for sender in senders.salesforce
        if hmac.compare_digest(sender.webhook_secret.reveal().encode(), given)
    ]


def _same_org(known: str, given: str) -> bool:
    """Compare 15- or 18-character org ids by the 15 that count, in constant time."""
    return is_id(given) and hmac.compare_digest(known[:15].encode(), given[:15].encode())


# --- the message ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    org_id: str
    notifications: Sequence[Element]


def _message(root: Element) -> _Message:
    """The parts of the envelope that we need; raises InvalidInput where it is no outbound message."""
    if root.tag != f"{{{ENVELOPE}}}Envelope":
        raise InvalidInput("this is no SOAP 1.1 envelope")
    found = root.findall(f"{{{ENVELOPE}}}Body/{{{OUTBOUND}}}notifications")
    if len(found) != 1:
        raise InvalidInput("the envelope holds no outbound message")
    org_id = _content(found[0].find(f"{{{OUTBOUND}}}OrganizationId"))
    if not org_id:
        raise InvalidInput("the message names no OrganizationId")
    notifications = found[0].findall(f"{{{OUTBOUND}}}Notification")
    if not 1 <= len(notifications) <= MAX_NOTIFICATIONS:
        raise InvalidInput(
            f"a message holds 1 to {MAX_NOTIFICATIONS} notifications, not {len(notifications)}"
        )
    return _Message(org_id=org_id, notifications=notifications)


def _parse(
    notifications: Sequence[Element], portals: Sequence[int], *, now: datetime, trace_id: str
) -> Parsed:
    changes: list[Change] = []
    malformed: list[Malformed] = []
    others: Counter[EventOutcome] = Counter()
    for notification in notifications:
        record = _fields(notification)
        try:
            found = list(_changes(record, portals, now, trace_id))
        except MalformedEvent as error:
            malformed.append(Malformed(why=str(error), seen=_seen(notification, record)))
            continue
        changes += found
        others["not_synced"] += not found
    return Parsed(changes=changes, malformed=malformed, others=+others)


def _changes(
    record: Mapping[str, str], portals: Sequence[int], now: datetime, trace_id: str
) -> Iterator[Change]:
    """One change per portal that shares the org; none for an object type we do not sync."""
    record_id = record.get("Id", "")
    if not is_id(record_id):
        raise MalformedEvent("its Id is missing or not a Salesforce id")
    object_type = _object_type(record, record_id)
    if object_type not in OBJECT_TYPES:
        return
    kind, occurred_at = _happened(record, now)
    for portal in portals:
        yield Change(
            portal=portal,
            ref=RecordRef(side=Side.SALESFORCE, object_type=object_type, id=long_id(record_id)),
            kind=kind,
            occurred_at=occurred_at,
            trace_id=trace_id,
        )


def _object_type(record: Mapping[str, str], record_id: str) -> str:
    """What xsi:type says, or the id where it says nothing; "" for a type we do not know by its id."""
    by_id = PREFIXES.get(record_id[:3], "")
    told = record.get(XSI_TYPE, "")
    if not told:
        return by_id
    namespace, _, name = told[1:].partition("}")
    if namespace not in SOBJECTS:
        raise MalformedEvent("its xsi:type is not a type of Salesforce records")
    if name != by_id and (by_id or name in OBJECT_TYPES):
        raise MalformedEvent("its xsi:type and its Id name different types")
    return name


def _happened(record: Mapping[str, str], now: datetime) -> tuple[Kind, datetime]:
    """What the stamps say happened, and when.

    A notification of a record that was deleted before delivery carries no field at all. Then the time
    is not known either; the earliest possible one is told, since a read must not seem older than the
    notice when it is not.
    """
    stamps = [_stamp(record[name], name, now) if name in record else None for name in STAMPS]
    known = [stamp for stamp in stamps if stamp is not None]
    if not known:
        return Kind.DELETED, now - OLDEST
    *modified, created = stamps
    return (Kind.CREATED if created is not None and created in modified else Kind.UPDATED), known[0]


def _stamp(text: str, name: str, now: datetime) -> datetime:
    try:
        stamp = datetime.fromisoformat(text)
        if stamp.tzinfo is None:
            raise MalformedEvent(f"its {name} has no time zone")
        stamp = stamp.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedEvent(f"its {name} is not a time") from error
    return plausible(stamp, now)


def _fields(notification: Element) -> Mapping[str, str]:
    """The record's fields that hold something, by name, and its type under XSI_TYPE where it is told.

    Fields we have no use for are left where they are: their values go no further than this process.
    """
    record = notification.find(f"{{{OUTBOUND}}}sObject")
    if record is None:
        return {}
    told = {XSI_TYPE: record.get(XSI_TYPE, "")}
    found = (
        (name, _content(record.find(f"{{{namespace}}}{name}")))
        for namespace in SOBJECTS
        for name in ("Id", *STAMPS)
    )
    return told | {name: content for name, content in found if content}


def _content(element: Element | None) -> str:
    """The element's trimmed text; "" when it is absent, empty or nil."""
    if element is None or element.get(XSI_NIL, "").strip() in {"true", "1"}:
        return ""
    return (element.text or "").strip()


def _seen(notification: Element, record: Mapping[str, str]) -> Mapping[str, object]:
    shown = {"Notification": plain(_content(notification.find(f"{{{OUTBOUND}}}Id")))}
    shown["type"] = plain(record.get(XSI_TYPE, "").rpartition("}")[2], name=True)
    return shown | {name: plain(record[name]) for name in ("Id", *STAMPS) if name in record}


# --- the answer -----------------------------------------------------------------------------------


def _ack(status: int, word: str) -> Response:
    return _soap(
        status, f'<notificationsResponse xmlns="{OUTBOUND}"><Ack>{word}</Ack></notificationsResponse>'
    )


def _fault(status: int, says: str) -> Response:
    _log.warning("webhook.refused", sender="salesforce", status=status, why=says)
    return _soap(
        status,
        f"<soapenv:Fault><faultcode>soapenv:Client</faultcode><faultstring>{escape(says)}</faultstring>"
        "</soapenv:Fault>",
    )


def _soap(status: int, content: str) -> Response:
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE}">'
        f"<soapenv:Body>{content}</soapenv:Body></soapenv:Envelope>"
    )
    response = Response(body, status=status, content_type="text/xml; charset=utf-8")
    if status == 503:  # noqa: PLR2004  # the status that asks the sender to come again
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
