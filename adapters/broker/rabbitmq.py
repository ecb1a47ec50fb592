"""The broker on RabbitMQ, by pika. The suite runs on RabbitMQ 3.10; quorum queues need 3.10 or newer."""

from __future__ import annotations

import threading
from typing import TypeVar

from adapters.broker.rabbitmq_link import parameters
from adapters.broker.rabbitmq_publisher import RabbitPublisher
from adapters.broker.rabbitmq_subscriber import RabbitSubscriber
from adapters.broker.rabbitmq_topology import Topology
from contract.ports import QueueDepth

T = TypeVar("T", RabbitPublisher, RabbitSubscriber)


class RabbitBroker:
    """contract.ports.Broker. Connects when first used; `prefix` begins the name of all it declares."""

    def __init__(self, url: str, *, prefix: str = "diptych") -> None:
        parameters(url)  # a malformed URL is the operator's to hear of now, not at the first delivery
        self._url = url
        self._topology = Topology(prefix=prefix)
        self._lock = threading.Lock()
        self._opened: list[RabbitPublisher | RabbitSubscriber] = []
        self._own = self.publisher()

    def publisher(self) -> RabbitPublisher:
        """A publisher with a connection of its own, for all threads of the process."""
        return self._keep(RabbitPublisher(self._url, self._topology))

    def subscriber(self) -> RabbitSubscriber:
        """A subscriber of the inbox with a connection of its own, for one thread."""
        return self._subscribe(self._topology.inbox)

    def dead_letters(self) -> RabbitSubscriber:
        """A subscriber of the dead-letter queue, for one thread."""
        return self._subscribe(self._topology.dead)

    def depth(self) -> QueueDepth:
        """Messages waiting; those that subscribers hold unacked are not counted. BrokerUnavailable."""
        return self._own.depth()

    def close(self) -> None:
        """Close every connection this broker handed out."""
        with self._lock:
            opened, self._opened = self._opened, []
        for each in opened:
            each.close()

    def _subscribe(self, queue: str) -> RabbitSubscriber:
        return self._keep(RabbitSubscriber(self._url, self._topology, queue, self._own))

    def _keep(self, each: T) -> T:
        with self._lock:
            self._opened.append(each)
        return each
