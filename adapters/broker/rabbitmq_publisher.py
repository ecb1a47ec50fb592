"""Publishing to RabbitMQ: persistent, mandatory, confirmed, within a deadline.

One connection serves all threads of the process: its I/O thread answers heartbeats while no request comes,
confirms of concurrent requests share round trips, and a broker sees one connection per process instead of
one per web thread.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import pika

from adapters.broker.rabbitmq_link import Link, fail, succeed
from adapters.broker.rabbitmq_topology import INBOX_KEY, Step, Topology
from contract.errors import BrokerUnavailable
from contract.ports import QueueDepth

T = TypeVar("T")

DEADLINE_SECONDS = 3.0
FIRST_TRY_SECONDS = 2.0
NACK_PAUSE_SECONDS = 0.2
"""After a nack the queue may be electing a leader; measured to be over within this time."""

REASON_HEADER = "x-diptych-reason"


class RabbitPublisher:
    """contract.ports.Publisher on RabbitMQ. Connects at the first publish."""

    def __init__(self, url: str, topology: Topology, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._url = url
        self._topology = topology
        self._sleep = sleep
        self._lock = threading.Lock()
        self._line: _ConfirmedLine | None = None

    def publish(self, body: bytes, *, message_id: str) -> None:
        """Publish one change set; see contract.ports.Publisher."""
        message = _Message(exchange=self._topology.exchange, key=INBOX_KEY, body=body, id=message_id)
        self._twice(lambda line: line.send(message))

    def publish_dead(self, body: bytes, *, message_id: str, reason: str) -> None:
        """Put a message into the dead-letter queue, with the same promise as `publish`."""
        message = _Message(
            exchange=self._topology.dead_exchange, key="", body=body, id=message_id, reason=reason
        )
        self._twice(lambda line: line.send(message))

    def depth(self) -> QueueDepth:
        """Messages waiting; those that subscribers hold unacked are not counted. BrokerUnavailable."""
        inbox = self._twice(lambda line: line.count(self._topology.inbox))
        return QueueDepth(inbox=inbox, dead=self._twice(lambda line: line.count(self._topology.dead)))

    def close(self) -> None:
        """Close the connection; a later publish would open another."""
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            line.link.close()

    def _twice(self, ask: Callable[[_ConfirmedLine], Future[T]]) -> T:
        """The answer, if need be from a second, freshly opened connection; never again from the first."""
        started = time.monotonic()
        try:
            return self._once(ask, until=started + FIRST_TRY_SECONDS)
        except _Nacked:
            self._sleep(NACK_PAUSE_SECONDS)
        except _Blocked:
            raise  # the alarm holds for every connection of every node
        except BrokerUnavailable:
            pass
        return self._once(ask, until=started + DEADLINE_SECONDS)

    def _once(self, ask: Callable[[_ConfirmedLine], Future[T]], *, until: float) -> T:
        line = self._current()
        try:
            line.link.opened.result(until - time.monotonic())
            return ask(line).result(until - time.monotonic())
        except TimeoutError:
            self._discard(line)
            raise BrokerUnavailable("the broker did not confirm in time") from None
        except _Blocked:
            raise
        except BrokerUnavailable:
            self._discard(line)
            raise

    def _current(self) -> _ConfirmedLine:
        with self._lock:
            if self._line is None or self._line.link.lost:
                self._line = _ConfirmedLine(self._url, self._topology.steps())
            return self._line

    def _discard(self, line: _ConfirmedLine) -> None:
        with self._lock:
            if self._line is line:
                self._line = None
        line.link.abort()


class _Nacked(BrokerUnavailable):
    """The broker refused the message on this channel."""


class _Blocked(BrokerUnavailable):
    """The broker raised a memory or disk alarm."""


class _Message:
    """What goes onto the wire."""

    __slots__ = ("body", "exchange", "key", "properties")

    def __init__(self, *, exchange: str, key: str, body: bytes, id: str, reason: str = "") -> None:  # noqa: A002
        self.exchange = exchange
        self.key = key
        self.body = body
        self.properties = pika.BasicProperties(
            message_id=id,
            delivery_mode=pika.DeliveryMode.Persistent,
            content_type="application/octet-stream",
            headers={REASON_HEADER: reason} if reason else None,
        )


class _ConfirmedLine:
    """A link in confirm mode and the futures of its unconfirmed messages, in the order they were sent."""

    def __init__(self, url: str, steps: list[Step]) -> None:
        self._steps = steps
        self._unconfirmed: OrderedDict[int, tuple[str, Future[None]]] = OrderedDict()
        self._last_tag = 0
        self._blocked = False
        self.link = Link(url, on_channel=self._prepare, on_lost=lambda: None, on_blocked=self._set_blocked)

    def send(self, message: _Message) -> Future[None]:
        """Publish; the future succeeds at the broker's confirm."""
        return self.link.ask(lambda channel, answer: self._send(channel, message, answer))

    def count(self, queue: str) -> Future[int]:
        """How many messages wait in a queue."""
        return self.link.ask(
            lambda channel, answer: channel.queue_declare(
                queue, passive=True, callback=lambda frame: succeed(answer, frame.method.message_count)
            )
        )

    def _prepare(self, channel: Any, done: Callable[[], None]) -> None:
        channel.add_on_return_callback(self._returned)
        steps = [*self._steps, lambda ch, then: ch.confirm_delivery(self._confirmed, callback=then)]
        run_steps(channel, steps, done)

    def _send(self, channel: Any, message: _Message, answer: Future[None]) -> None:
        if self._blocked:
            answer.set_exception(_Blocked("the broker is short of memory or disk"))
            return
        channel.basic_publish(message.exchange, message.key, message.body, message.properties, mandatory=True)
        self._last_tag += 1
        self._unconfirmed[self._last_tag] = (message.properties.message_id, answer)

    def _confirmed(self, frame: Any) -> None:
        tag, acked = frame.method.delivery_tag, frame.method.NAME == "Basic.Ack"
        tags = [tag]
        if frame.method.multiple:
            tags = [unconfirmed for unconfirmed in self._unconfirmed if unconfirmed <= tag]
        for each in tags:
            _, answer = self._unconfirmed.pop(each)
            if acked:
                succeed(answer)
            elif not answer.done():
                answer.set_exception(_Nacked("the broker refused the message"))

    def _returned(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        # A return comes before its confirm, so the future is failed before the confirm can succeed it.
        for message_id, answer in self._unconfirmed.values():
            if message_id == properties.message_id:
                fail(answer, "no queue takes the message")

    def _set_blocked(self, blocked: bool) -> None:  # noqa: FBT001
        self._blocked = blocked


def run_steps(channel: Any, steps: list[Step], done: Callable[[], None]) -> None:
    """Run declarations one after the other; a refused one closes the channel and so loses the link."""
    if not steps:
        done()
    elif channel.is_open:
        steps[0](channel, lambda _answer: run_steps(channel, steps[1:], done))
