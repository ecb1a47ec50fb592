"""Taking from a RabbitMQ queue: prefetched, acked in runs, reconnecting by itself.

While the message at the queue's head was redelivered often, only one message is prefetched: otherwise a
message that kills its reader would raise the delivery count of all its prefetched neighbours with every
crash, and the broker's delivery limit would in the end bury them together.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import count, islice, takewhile
from typing import Any

import structlog

from adapters.broker.batch import PREFETCH, SUSPICIOUS, batch_size
from adapters.broker.rabbitmq_link import Link, succeed
from adapters.broker.rabbitmq_publisher import REASON_HEADER, RabbitPublisher, run_steps
from adapters.broker.rabbitmq_topology import Topology
from contract.ports import Delivery

RECONNECT_SECONDS = 0.2
RECONNECT_LIMIT_SECONDS = 5.0

_log = structlog.get_logger(__name__)


class RabbitSubscriber:
    """contract.ports.Subscriber on one queue. One thread uses it; connects at the first take."""

    def __init__(self, url: str, topology: Topology, queue: str, publisher: RabbitPublisher) -> None:
        self._url = url
        self._topology = topology
        self._queue = queue
        self._publisher = publisher
        self._changed = threading.Condition()
        self._arrived: deque[Delivery] = deque()
        self._taken: dict[int, tuple[_Intake, int]] = {}
        self._tags = count(1)
        self._intake: _Intake | None = None
        self._pause = RECONNECT_SECONDS
        self._reconnect_at = 0.0

    def take(self, limit: int, wait: float) -> list[Delivery]:
        """Take messages; see contract.ports.Subscriber. With the broker away: none, after `wait`."""
        deadline = time.monotonic() + wait
        with self._changed:
            while not self._arrived:
                self._connect_if_due()
                patience = deadline - time.monotonic()
                if patience <= 0:
                    return []
                self._changed.wait(min(patience, RECONNECT_SECONDS))
            size = batch_size([delivery.redelivered for delivery in islice(self._arrived, limit)], limit)
            return [self._arrived.popleft() for _ in range(size)]

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Ack; see contract.ports.Subscriber. Returns before the broker knows."""
        with self._changed:
            found = [self._taken.pop(delivery.tag, None) for delivery in deliveries]
            intake = self._intake
        if intake is not None:
            intake.ack({tag for owner, tag in filter(None, found) if owner is intake})

    def reject(self, delivery: Delivery, reason: str) -> None:
        """Dead-letter; see contract.ports.Subscriber. BrokerUnavailable: it was not, and comes again."""
        self._publisher.publish_dead(delivery.body, message_id=delivery.message_id, reason=reason)
        self.ack([delivery])

    def close(self) -> None:
        """Send the acks that are on their way, and close."""
        with self._changed:
            intake, self._intake = self._intake, None
            self._forget()
        if intake is not None:
            intake.link.close()

    def _connect_if_due(self) -> None:
        now = time.monotonic()
        if self._intake is not None or now < self._reconnect_at:
            return
        self._reconnect_at = now + self._pause
        self._pause = min(self._pause * 2, RECONNECT_LIMIT_SECONDS)
        self._intake = _Intake(self._url, self._topology, self._queue, self)

    def arrived(self, intake: _Intake, tag: int, message: _Message) -> None:
        """A message came in (called by the link's thread)."""
        with self._changed:
            if intake is not self._intake:
                return
            self._pause = RECONNECT_SECONDS
            own_tag = next(self._tags)
            self._taken[own_tag] = (intake, tag)
            self._arrived.append(
                Delivery(
                    tag=own_tag,
                    body=message.body,
                    message_id=message.id,
                    redelivered=message.redelivered,
                    reason=message.reason,
                )
            )
            self._changed.notify()

    def lost(self, intake: _Intake) -> None:
        """The connection is gone (called by the link's thread): the broker delivers its messages again."""
        with self._changed:
            if intake is self._intake:
                _log.warning("broker.away", queue=self._queue, reason=intake.link.why)
                self._intake = None
                self._forget()
                self._changed.notify()

    def _forget(self) -> None:
        self._arrived.clear()
        self._taken.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """What a delivery says of itself."""

    id: str
    body: bytes
    redelivered: int
    reason: str


class _Intake:
    """One connection's consumer. All but `ack` runs in the link's thread."""

    def __init__(self, url: str, topology: Topology, queue: str, subscriber: RabbitSubscriber) -> None:
        self._steps = topology.steps()
        self._queue = queue
        self._unexplained = "unroutable" if queue == topology.dead else ""
        self._subscriber = subscriber
        self._unacked: dict[int, None] = {}
        self._careful = True
        self._consumer = ""
        self.link = Link(url, on_channel=self._prepare, on_lost=lambda: subscriber.lost(self))

    def ack(self, tags: set[int]) -> None:
        """Ack these in as few frames as there can be."""
        self.link.ask(lambda channel, answer: self._ack(channel, tags, answer))

    def _prepare(self, channel: Any, done: Callable[[], None]) -> None:
        channel.add_on_cancel_callback(lambda _frame: self.link.abort())
        run_steps(channel, self._steps, lambda: self._consume(channel, 1, done))

    def _consume(self, channel: Any, prefetch: int, done: Callable[[], None]) -> None:
        if not channel.is_open:  # closed while the broker's last answer was on its way
            return
        channel.basic_qos(prefetch_count=prefetch)
        self._consumer = channel.basic_consume(self._queue, self._on_message, callback=lambda _: done())

    def _on_message(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        headers = properties.headers or {}
        message = _Message(
            id=properties.message_id or "",
            body=body,
            redelivered=int(headers.get("x-delivery-count", 0)),
            reason=_reason(headers) or self._unexplained,
        )
        self._unacked[method.delivery_tag] = None
        self._subscriber.arrived(self, method.delivery_tag, message)
        if self._careful and message.redelivered < SUSPICIOUS:
            # The prefetch of a consumer is fixed at its birth (quorum queues know no other kind).
            self._careful = False
            channel.basic_cancel(
                self._consumer, callback=lambda _: self._consume(channel, PREFETCH, lambda: None)
            )

    def _ack(self, channel: Any, tags: set[int], answer: Future[None]) -> None:
        run = list(takewhile(tags.__contains__, self._unacked))
        if run:
            channel.basic_ack(run[-1], multiple=True)
        for tag in tags.difference(run):
            channel.basic_ack(tag)
        for tag in tags:
            self._unacked.pop(tag, None)
        succeed(answer)


def _reason(headers: dict[str, Any]) -> str:
    """Why a message is in the dead-letter queue: our reason, else the broker's own word."""
    if REASON_HEADER in headers:
        return str(headers[REASON_HEADER])
    return str(headers.get("x-first-death-reason", ""))
