"""The broker: change sets are made durable here and taken at least once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Publisher(Protocol):
    """Makes change sets durable. Usable from many threads."""

    def publish(self, body: bytes, *, message_id: str) -> None:
        """Return only after the broker's confirm; raise BrokerUnavailable within 3 s otherwise.

        Nacked, returned, blocked and timed-out all count as unavailable after one reopen-and-retry.
        """

    def close(self) -> None:
        """Give the connections back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message. `redelivered` says how often it was delivered before, as far as the broker knows."""

    tag: int
    body: bytes
    message_id: str
    redelivered: int
    reason: str = ""


class Subscriber(Protocol):
    """Takes messages at least once. One thread uses it."""

    def take(self, limit: int, wait: float) -> list[Delivery]:
        """Up to `limit` messages, waiting at most `wait` seconds for the first.

        A message that was redelivered twice or more comes alone, so that a poison message cannot take
        its neighbours along.
        """

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Done for good. Deliveries of a lost connection are ignored: they come again."""

    def reject(self, delivery: Delivery, reason: str) -> None:
        """Move to the dead-letter queue, durably."""

    def close(self) -> None:
        """Stop taking; what is not acked comes again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepth:
    """Messages waiting in the inbox and in the dead-letter queue."""

    inbox: int
    dead: int


class Broker(Protocol):
    """One broker, whichever it is. `dead_letters` reads the dead-letter queue (Delivery.reason is set)."""

    def publisher(self) -> Publisher: ...

    def subscriber(self) -> Subscriber: ...

    def dead_letters(self) -> Subscriber: ...

    def depth(self) -> QueueDepth: ...

    def close(self) -> None: ...
