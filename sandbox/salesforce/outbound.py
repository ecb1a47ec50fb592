"""The queue of outbound messages: raised by saves, read at send time, retried until acknowledged."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import requests

from sandbox.kit import Notices
from sandbox.salesforce.envelope import Notification, Sender, acknowledged, envelope
from sandbox.salesforce.org import Org
from sandbox.salesforce.store import Saved

Post = Callable[[str, dict[str, str], bytes], tuple[int, bytes]]
"""(url, headers, body) -> (status, body). Raises OSError when no answer comes."""

DEFAULT_FIELDS = ("Id", "SystemModstamp", "LastModifiedById", "CreatedDate", "Email")
EXPIRY = timedelta(hours=24)
"""Salesforce gives up on a message after this time."""
HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAction:
    """One configured outbound message: the object, its action id, the fields it carries."""

    object_name: str
    action_id: str
    fields: tuple[str, ...] = DEFAULT_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt to deliver an envelope. `status` 0 means no answer came."""

    at: datetime
    object_name: str
    record_ids: tuple[str, ...]
    attempt: int
    status: int
    accepted: bool
    body: bytes


def requests_post(timeout_seconds: float = 60.0) -> Post:
    """The real sender; Salesforce waits 60 s for an answer."""
    session = requests.Session()
    session.trust_env = False

    def post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        answer = session.post(url, data=body, headers=headers, timeout=timeout_seconds)
        return answer.status_code, answer.content

    return post


class Outbound:
    """All outbound messages of one org. Only `pump` sends, and it holds no lock while it does."""

    def __init__(self, org: Org, post: Post | None, *, seed: int) -> None:
        self._org = org
        self.post = post or requests_post()
        self.actions = {
            name: MessageAction(object_name=name, action_id=org.ids.new("04k"))
            for name in ("Lead", "Contact")
        }
        self.target_url: str | None = None
        self.send_for_integration_user = True
        self.sent: deque[Delivery] = deque(maxlen=100)
        self.notices = Notices(send=self._send, clock=org.clock, rng=random.Random(seed))

    def configure(self, object_name: str, fields: Sequence[str] | None) -> None:
        """Send these fields on saves of an object; None stops its messages. Raises INVALID_TYPE."""
        spec = self._org.spec(object_name)
        if fields is None:
            self.actions.pop(spec.name, None)
            return
        known = self.actions.get(spec.name) or MessageAction(
            object_name=spec.name, action_id=self._org.ids.new("04k")
        )
        self.actions[spec.name] = replace(known, fields=tuple(fields))

    def raise_notices(self, saved: list[Saved]) -> None:
        """Queue a notification for every committed save of an object that has an outbound message."""
        for save in saved:
            own = save.user_id == self._org.users.integration
            if save.object_name not in self.actions or (own and not self.send_for_integration_user):
                continue
            payload = {
                "object": save.object_name,
                "record_id": save.record_id,
                "notification_id": self._org.ids.new("04l"),
                "queued_at": self._org.clock(),
            }
            self.notices.add(save.object_name, payload, self._org.faults)

    def pump(self, *, everything: bool) -> int:
        """Send what is due, all of it if `everything`; how many notifications wait afterwards."""
        if self.target_url is None:
            return len(self.notices.waiting) + self.notices.sending
        return self.notices.pump(everything=everything)

    def _send(self, object_name: str, payloads: Sequence[dict[str, Any]], attempt: int) -> bool:
        org, url = self._org, self.target_url
        with org.lock:
            fresh = [payload for payload in payloads if org.clock() - payload["queued_at"] < EXPIRY]
            body = self._envelope(object_name, fresh)
        if not fresh or url is None:
            return url is not None
        try:
            status, answer = self.post(url, dict(HEADERS), body)
        except OSError:
            status, answer = 0, b""
        accepted = acknowledged(status, answer)
        delivery = Delivery(
            at=org.clock(),
            object_name=object_name,
            record_ids=tuple(payload["record_id"] for payload in fresh),
            attempt=attempt,
            status=status,
            accepted=accepted,
            body=body,
        )
        self.sent.append(delivery)
        return accepted

    def _envelope(self, object_name: str, payloads: Sequence[dict[str, Any]]) -> bytes:
        org = self._org
        spec, action = org.objects[object_name], self.actions.get(object_name)
        told = [self._notification(object_name, payload) for payload in payloads]
        if org.faults.late_notice:
            org.rng.shuffle(told)
        sender = Sender(
            org_id=org.org_id,
            action_id=action.action_id if action else org.ids.new("04k"),
            base_url=org.base_url,
            xsi_first=org.rng.random() < 0.5,
        )
        shown = [name for name in (action.fields if action else ()) if org.access.sees(spec, name)]
        return envelope(sender, spec, shown, told)

    def _notification(self, object_name: str, payload: dict[str, Any]) -> Notification:
        entry = self._org.store.entry(object_name, payload["record_id"])
        row = None if entry is None or entry.row["IsDeleted"] else entry.row
        return Notification(
            notification_id=payload["notification_id"], record_id=payload["record_id"], row=row
        )
