"""Where a broker of either kind keeps its messages, and how to open it there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from adapters.broker.embedded import EmbeddedBroker
from adapters.broker.rabbitmq import RabbitBroker
from contract.ports import Broker


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`kind` is rabbitmq or embedded; `where` a URL or a file; `prefix` separates tests on one RabbitMQ."""

    kind: str
    where: str
    prefix: str = ""

    def open(self) -> Broker:
        """A new broker object on the same messages, as a new process would make it."""
        if self.kind == "rabbitmq":
            return RabbitBroker(self.where, prefix=self.prefix)
        return EmbeddedBroker(Path(self.where))

    def arguments(self) -> list[str]:
        """For the command line of a process that opens the same place."""
        return [self.kind, self.where, self.prefix]
