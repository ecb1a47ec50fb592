"""One AMQP connection with one channel, run by a thread of its own.

The thread does nothing but pika's I/O loop, so heartbeats are answered whatever the rest of the process
does. Callers never touch pika objects: they hand over functions (`ask`) and wait on futures, so that any
wait of theirs ends when they want it to. (pika's BlockingConnection cannot promise that: it ignores a
deadline as long as its write buffer is not empty.)
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any, TypeVar

import pika
import structlog

from contract.errors import BrokerUnavailable

T = TypeVar("T")

HEARTBEAT_SECONDS = 6
"""A frozen process keeps what was delivered to it until the broker misses it: once or twice this long."""
BLOCKED_SECONDS = 2
CONNECT_SECONDS = 3
CLOSE_SECONDS = 1.0

_log = structlog.get_logger(__name__)


def parameters(url: str) -> pika.URLParameters:
    """Connection parameters of an AMQP URL, with Diptych's time limits. ValueError if it is no AMQP URL."""
    if not url.startswith(("amqp://", "amqps://")):
        raise ValueError("the broker's URL must begin with amqp:// or amqps://")
    limits = pika.URLParameters(url)
    limits.heartbeat = HEARTBEAT_SECONDS
    limits.blocked_connection_timeout = BLOCKED_SECONDS
    limits.socket_timeout = limits.stack_timeout = CONNECT_SECONDS
    limits.connection_attempts = 1
    limits.client_properties = {"product": "diptych"}
    return limits


class Link:
    """A connection from its opening to its loss. A lost link stays lost: open another.

    `opened` is set once `on_channel(channel, done)` called its `done`, and fails with BrokerUnavailable
    when the link is lost before. `on_lost` is called once, in the link's thread.
    """

    def __init__(
        self,
        url: str,
        *,
        on_channel: Callable[[Any, Callable[[], None]], None],
        on_lost: Callable[[], None],
        on_blocked: Callable[[bool], None] = lambda _blocked: None,
    ) -> None:
        self.opened: Future[None] = Future()
        self._on_channel = on_channel
        self._on_lost = on_lost
        self._on_blocked = on_blocked
        self._lock = threading.Lock()
        self._lost = False
        self._dropped = False
        self._why = "the connection is lost"
        self._asked: set[Future[Any]] = set()
        self._channel: Any = None
        self._connection = pika.SelectConnection(
            parameters(url),
            on_open_callback=self._connected,
            on_open_error_callback=self._closed,
            on_close_callback=self._closed,
        )
        self._thread = threading.Thread(target=self._run, name="diptych-amqp", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> bool:
        """Whether the link is over."""
        return self._lost

    @property
    def why(self) -> str:
        """Why it is over."""
        return self._why

    def ask(self, question: Callable[[Any, Future[T]], None]) -> Future[T]:
        """Run `question(channel, answer)` in the link's thread; `answer` fails if the link is lost first."""
        answer: Future[T] = Future()
        self._asked.add(answer)
        answer.add_done_callback(self._asked.discard)
        if not self._soon(lambda: self._put(question, answer)):
            fail(answer, self._why)
        return answer

    def close(self) -> None:
        """Close in good order, at most about a second, and wait for the thread's end."""
        self._soon(self._begin_close)
        self._thread.join(CLOSE_SECONDS * 3)

    def abort(self) -> None:
        """Drop the socket at once; returns without waiting."""
        self._soon(self._drop)

    def _soon(self, work: Callable[[], None]) -> bool:
        with self._lock:
            if self._lost:
                return False
            self._connection.ioloop.add_callback_threadsafe(work)
            return True

    def _put(self, question: Callable[[Any, Future[T]], None], answer: Future[T]) -> None:
        try:
            question(self._channel, answer)
        except (pika.exceptions.AMQPError, AttributeError) as error:  # AttributeError: no channel yet
            fail(answer, str(error) or type(error).__name__)

    def _run(self) -> None:
        try:
            self._connection.ioloop.start()
        finally:
            with self._lock:
                self._lost = True
                self._connection.ioloop.close()
            for waiting in (self.opened, *list(self._asked)):
                fail(waiting, self._why)
            self._on_lost()

    def _connected(self, connection: Any) -> None:
        connection.add_on_connection_blocked_callback(lambda *_: self._on_blocked(True))  # noqa: FBT003
        connection.add_on_connection_unblocked_callback(lambda *_: self._on_blocked(False))  # noqa: FBT003
        connection.channel(on_open_callback=self._channel_open)

    def _channel_open(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._channel_closed)
        self._on_channel(channel, lambda: succeed(self.opened))

    def _channel_closed(self, _channel: Any, reason: Exception) -> None:
        if not isinstance(reason, pika.exceptions.ChannelClosedByClient):
            _log.warning("broker.channel_closed", reason=str(reason))
        self._why = f"the broker closed the channel: {reason}"
        self._drop()

    def _closed(self, connection: Any, reason: Exception) -> None:
        _log.debug("broker.connection_closed", reason=type(reason).__name__)
        if self._channel is None:
            self._why = f"no connection to the broker: {_in_words(reason)}"
        connection.ioloop.stop()

    def _begin_close(self) -> None:
        if self._connection.is_open:
            self._connection.ioloop.call_later(CLOSE_SECONDS, self._drop)
            self._connection.close()
        else:
            self._drop()

    def _drop(self) -> None:
        if self._dropped or self._connection.is_closed:
            return
        self._dropped = True
        # pika offers no public way to drop the socket without the broker's answer.
        self._connection._terminate_stream(pika.exceptions.ConnectionClosed(0, "dropped"))  # noqa: SLF001


def _in_words(error: BaseException) -> str:
    """What the innermost error says: pika wraps a refused socket in three of its own."""
    inner = [*getattr(error, "exceptions", ()), *error.args, getattr(error, "exception", None)]
    causes = [each for each in inner if isinstance(each, BaseException)]
    return _in_words(causes[-1]) if causes else str(error) or type(error).__name__


def succeed(answer: Future[T], value: T | None = None) -> None:
    """Set the result, unless the answer came already."""
    with suppress(InvalidStateError):
        answer.set_result(value)  # type: ignore[arg-type]


def fail(answer: Future[Any], why: str) -> None:
    """Fail with BrokerUnavailable, unless the answer came already."""
    with suppress(InvalidStateError):
        answer.set_exception(BrokerUnavailable(why))
