"""The two brokers, each on messages of its own per test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pika
import pytest

from adapters.broker.rabbitmq_topology import Topology
from contract.ports import Broker, Delivery, Subscriber
from tests.contract.broker.places import Place

Open = Callable[[], Broker]
Taker = Callable[[float], tuple[subprocess.Popen[str], list[str]]]


@pytest.fixture
def rabbitmq_place(rabbitmq_url: str) -> Iterator[Place]:
    prefix = f"test-{uuid4().hex[:12]}"
    yield Place(kind="rabbitmq", where=rabbitmq_url, prefix=prefix)
    topology = Topology(prefix=prefix)
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    channel = connection.channel()
    for queue in (topology.inbox, topology.dead):
        channel.queue_delete(queue)
    for exchange in (topology.exchange, topology.dead_exchange):
        channel.exchange_delete(exchange)
    connection.close()


@pytest.fixture
def embedded_place(tmp_path: Path) -> Place:
    return Place(kind="embedded", where=str(tmp_path / "broker.sqlite3"))


@pytest.fixture(params=["rabbitmq", "embedded"])
def place(request: pytest.FixtureRequest) -> Place:
    place: Place = request.getfixturevalue(f"{request.param}_place")
    return place


def _opener(place: Place) -> Iterator[Open]:
    opened: list[Broker] = []

    def open_again() -> Broker:
        opened.append(place.open())
        return opened[-1]

    yield open_again
    for broker in opened:
        broker.close()


@pytest.fixture
def open_broker(place: Place) -> Iterator[Open]:
    """Opens the test's broker, again at each call; all are closed at the end."""
    yield from _opener(place)


@pytest.fixture
def open_rabbitmq(rabbitmq_place: Place) -> Iterator[Open]:
    """The same for tests that only RabbitMQ can pass."""
    yield from _opener(rabbitmq_place)


@pytest.fixture
def open_embedded(embedded_place: Place) -> Iterator[Open]:
    """The same for tests that only the embedded broker can pass."""
    yield from _opener(embedded_place)


@pytest.fixture
def taker(place: Place) -> Iterator[Taker]:
    """Starts another process that takes from the place, waiting so many seconds; (process, ids taken)."""
    started: list[subprocess.Popen[str]] = []

    def start(wait: float) -> tuple[subprocess.Popen[str], list[str]]:
        command = [sys.executable, "-m", "tests.contract.broker.taker", *place.arguments(), str(wait)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        return process, line.split(",") if line else []

    yield start
    for process in started:
        process.kill()
        process.communicate()


def take_all(subscriber: Subscriber, count: int) -> list[Delivery]:
    """Take `count` messages, in as many batches as it needs; fewer if they do not come within seconds."""
    taken: list[Delivery] = []
    while len(taken) < count and (batch := subscriber.take(count - len(taken), 5)):
        taken += batch
    return taken


def publish(broker: Broker, *message_ids: str) -> None:
    """Publish a message per id."""
    publisher = broker.publisher()
    for message_id in message_ids:
        publisher.publish(f"body of {message_id}".encode(), message_id=message_id)
    publisher.close()
