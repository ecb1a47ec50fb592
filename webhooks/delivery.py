"""What both senders' files share: what a delivery came to, and making it durable before saying so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog

from contract.changes import Change, ChangeSet, encode
from contract.errors import BrokerUnavailable
from contract.ports import Publisher
from contract.salesforce_ids import is_id
from webhooks.counters import Counters
from webhooks.directory import PortalDirectory

_log = structlog.get_logger()

Sender = Literal["hubspot", "salesforce"]
EventOutcome = Literal["repeated", "not_synced", "unknown_portal", "foreign_portal"]
"""What becomes of a sound event that is not published; see webhooks.counters."""

SECOND_PUBLISH_WITHIN = timedelta(seconds=0.8)
"""A second message is begun only while there is time: publishing takes up to 3 s, answering may take 4."""
AHEAD = timedelta(days=1)
"""How far a CRM's clock may run before ours. A later stamp would make every read look stale."""

_NUMBER_OR_TIME = re.compile(r"[0-9TZ:.+-]{0,40}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_.-]{0,80}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a sender's file needs to answer. `clock` gives aware UTC, `new_id` a fresh unique text."""

    directory: PortalDirectory
    publisher: Publisher
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    counters: Counters
    public_base_url: str | None


class MalformedEvent(Exception):  # noqa: N818  # names what was found; its neighbours go on
    """One event that cannot become a change; the message says why and holds no value of the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """What is kept of a malformed event: why, and those of its parts that name things (see `plain`)."""

    why: str
    seen: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What one body came to. `others` counts the sound events that are not published."""

    changes: Sequence[Change] = ()
    malformed: Sequence[Malformed] = ()
    others: Mapping[EventOutcome, int] = field(default_factory=dict)


def plain(value: Any, *, name: bool = False) -> Any:
    """The value if it can only be an id or a time, or with `name` a name of a type; else what it was.

    What is kept of a malformed event goes over the broker, where no personal value may stand.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else "(a number too big)"
    form = _NAME if name else _NUMBER_OR_TIME
    if isinstance(value, str) and (form.fullmatch(value) or is_id(value)):
        return value
    return f"({type(value).__name__})"


def plausible(stamp: datetime, now: datetime) -> datetime:
    """The stamp, unless it lies so far ahead that it would make every later read look stale."""
    if stamp > now + AHEAD:
        raise MalformedEvent("its time lies in the future")
    return stamp


def publish(desk: Desk, sender: Sender, delivery: str, received_at: datetime, parsed: Parsed) -> None:
    """Make the delivery durable and count it; raises BrokerUnavailable unless all of it was confirmed.

    The changes are one message. Malformed events are a second one that is no change set on purpose: the
    consumer cannot decode it and moves it to the dead letters, where an operator sees it. It is an
    envelope of ours around what was sent, so that nothing sent can pass for a change set.
    """
    unique = tuple(dict.fromkeys(parsed.changes))
    if unique:
        change_set = ChangeSet(id=delivery, received_at=received_at, changes=unique)
        desk.publisher.publish(encode(change_set), message_id=delivery)
    if parsed.malformed:
        if desk.clock() - received_at > SECOND_PUBLISH_WITHIN:
            raise BrokerUnavailable("the broker is too slow for the second message of this delivery")
        desk.publisher.publish(_kept(sender, delivery, parsed.malformed), message_id=f"malformed-{delivery}")
    _count(desk.counters, sender, parsed, published=len(unique))
    _log.info(
        "webhook.accepted",
        sender=sender,
        trace_id=delivery,
        portals=sorted({change.portal for change in unique}),
        published=len(unique),
        malformed=len(parsed.malformed),
        others=dict(parsed.others),
    )


def _kept(sender: Sender, delivery: str, malformed: Sequence[Malformed]) -> bytes:
    return json.dumps(
        {
            "malformed_events_from": sender,
            "delivery": delivery,
            "events": [{"why": event.why, "seen": event.seen} for event in malformed],
        },
        separators=(",", ":"),
    ).encode()


def _count(counters: Counters, sender: Sender, parsed: Parsed, *, published: int) -> None:
    counters.add("webhook_events", published, sender=sender, outcome="published")
    repeated = len(parsed.changes) - published
    counters.add("webhook_events", repeated, sender=sender, outcome="repeated")
    counters.add("webhook_events", len(parsed.malformed), sender=sender, outcome="malformed")
    for outcome, count in parsed.others.items():
        counters.add("webhook_events", count, sender=sender, outcome=outcome)
