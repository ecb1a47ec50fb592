"""Names and arguments of Diptych's exchanges and queues on RabbitMQ.

```
exchange <prefix>, key "inbox" ------------------------> queue <prefix>.inbox
    unroutable (alternate exchange) -|                    | rejected, or redelivered too often
exchange <prefix>.dead <-------------|--------------------|
    every key -----------------------------------------> queue <prefix>.dead
```

Measured on RabbitMQ 3.10.8: a node killed within about a second of a quorum queue's *first* declaration
comes back with the queue empty, confirmed messages or not; afterwards kills lose nothing. So processes
declare when they start (`RabbitBroker.depth`), not at their first delivery.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.broker.batch import DELIVERY_LIMIT

NEVER = 1_000_000_000
"""Delivery limit of the dead-letter queue: its messages have nowhere else to go and would be dropped."""

INBOX_KEY = "inbox"

Step = Callable[[Any, Callable[[Any], None]], None]
"""One declaration: (pika channel, what to call with the broker's answer)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """What is declared on every new connection. Declaring again what exists changes nothing."""

    prefix: str

    @property
    def exchange(self) -> str:
        """Where deliveries are published."""
        return self.prefix

    @property
    def dead_exchange(self) -> str:
        """Where the unroutable and the dead go."""
        return f"{self.prefix}.dead"

    @property
    def inbox(self) -> str:
        """The queue of change sets."""
        return f"{self.prefix}.inbox"

    @property
    def dead(self) -> str:
        """The queue of dead letters."""
        return f"{self.prefix}.dead"

    def steps(self) -> list[Step]:
        """The declarations, in order."""
        exchange, dead_exchange = self.exchange, self.dead_exchange
        alternate = {"alternate-exchange": dead_exchange}
        return [
            lambda ch, done: ch.exchange_declare(dead_exchange, "fanout", durable=True, callback=done),
            lambda ch, done: ch.exchange_declare(
                exchange, "direct", durable=True, arguments=alternate, callback=done
            ),
            lambda ch, done: ch.queue_declare(
                self.dead, durable=True, arguments=_quorum(NEVER), callback=done
            ),
            lambda ch, done: ch.queue_declare(
                self.inbox, durable=True, arguments=self._inbox_arguments(), callback=done
            ),
            lambda ch, done: ch.queue_bind(self.dead, dead_exchange, callback=done),
            lambda ch, done: ch.queue_bind(self.inbox, exchange, INBOX_KEY, callback=done),
        ]

    def _inbox_arguments(self) -> dict[str, Any]:
        # At-least-once dead-lettering is refused by RabbitMQ without overflow=reject-publish.
        return _quorum(DELIVERY_LIMIT) | {
            "x-dead-letter-exchange": self.dead_exchange,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }


def _quorum(delivery_limit: int) -> dict[str, Any]:
    return {"x-queue-type": "quorum", "x-delivery-limit": delivery_limit}
