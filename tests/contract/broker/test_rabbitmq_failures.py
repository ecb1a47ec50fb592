"""RabbitMQ killed, frozen, stopped, short of memory: publishers hear of it in time and nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pika
import pytest

from adapters.broker import rabbitmq_link
from adapters.broker.rabbitmq import RabbitBroker
from adapters.broker.rabbitmq_topology import Topology
from contract.errors import BrokerUnavailable
from contract.ports import Publisher
from tests.contract.broker.conftest import Open, publish, take_all
from tests.contract.broker.places import Place
from tests.services.docker import DockerServer
from tests.services.process import wait_until
from tests.services.rabbitmq import RabbitServer

Rabbit = RabbitServer | DockerServer


@pytest.fixture
def rabbit(breakable_rabbitmq: Rabbit) -> Rabbit:
    return breakable_rabbitmq


@pytest.fixture
def rabbitmq_place(rabbit: Rabbit, request: pytest.FixtureRequest) -> Place:
    """On the private node, which the test may break; its queues stay, for the node is thrown away."""
    return Place(kind="rabbitmq", where=rabbit.url, prefix=f"broken-{request.node.name}"[:60])


@contextmanager
def unavailable(*, within: float) -> Iterator[None]:
    started = time.monotonic()
    with pytest.raises(BrokerUnavailable):
        yield
    assert time.monotonic() - started < within


def _publishes(publisher: Publisher, message_id: str) -> bool:
    try:
        publisher.publish(b"x", message_id=message_id)
    except BrokerUnavailable:
        return False
    return True


def test_trap_03_confirmed_messages_outlive_a_kill_of_the_broker(open_rabbitmq: Open, rabbit: Rabbit) -> None:
    broker = open_rabbitmq()
    publisher = broker.publisher()
    confirmed: list[str] = []
    killed = threading.Event()

    def publish_until_killed() -> None:
        while not killed.is_set():
            name = f"m-{len(confirmed)}"
            if not _publishes(publisher, name):
                return
            confirmed.append(name)

    assert _publishes(publisher, "first")
    time.sleep(
        2
    )  # RabbitMQ 3.10 forgets a quorum queue killed within about a second of its first declaration
    thread = threading.Thread(target=publish_until_killed)
    thread.start()
    time.sleep(0.5)
    rabbit.kill9()
    killed.set()
    thread.join()
    rabbit.start()
    subscriber = broker.subscriber()
    taken: set[str] = set()
    while batch := subscriber.take(500, 5 if len(taken) <= len(confirmed) else 0.5):
        taken |= {delivery.message_id for delivery in batch}
        subscriber.ack(batch)
    assert len(confirmed) > 10
    assert {"first", *confirmed} - taken == set()
    assert len(taken) <= len(confirmed) + 2  # "first", and one whose confirm the kill cut off


def test_publisher_and_subscriber_go_on_after_a_restart_of_the_broker(
    open_rabbitmq: Open, rabbit: Rabbit
) -> None:
    broker = open_rabbitmq()
    publisher, subscriber = broker.publisher(), broker.subscriber()
    publisher.publish(b"x", message_id="before")
    [before] = subscriber.take(1, 5)
    rabbit.restart()
    publisher.publish(b"x", message_id="after")
    subscriber.ack([before])  # its connection is gone: it comes again
    assert {delivery.message_id for delivery in take_all(subscriber, 2)} == {"before", "after"}


@pytest.mark.parametrize("connected", [True, False], ids=["connected before", "never connected"])
def test_a_frozen_broker_is_unavailable_in_time_and_usable_once_thawed(
    open_rabbitmq: Open, rabbit: Rabbit, *, connected: bool
) -> None:
    publisher = open_rabbitmq().publisher()
    if connected:
        publisher.publish(b"x", message_id="before")
    rabbit.freeze()
    with unavailable(within=4):
        publisher.publish(b"x", message_id="frozen")
    rabbit.thaw()
    wait_until(lambda: _publishes(publisher, "after"), seconds=10, what="publishing after the thaw")


def test_a_frozen_broker_cannot_hold_a_caller_whose_message_fills_the_socket(
    open_rabbitmq: Open, rabbit: Rabbit
) -> None:
    publisher = open_rabbitmq().publisher()
    publisher.publish(b"x", message_id="before")
    rabbit.freeze()
    with unavailable(within=4):
        publisher.publish(b"x" * 20_000_000, message_id="large")


def test_every_thread_hears_of_a_frozen_broker_in_time(open_rabbitmq: Open, rabbit: Rabbit) -> None:
    publisher = open_rabbitmq().publisher()
    publisher.publish(b"x", message_id="before")
    rabbit.freeze()
    seconds: list[float] = []

    def try_to_publish(pause: float) -> None:
        time.sleep(pause)
        started = time.monotonic()
        if not _publishes(publisher, "frozen"):
            seconds.append(time.monotonic() - started)

    threads = [threading.Thread(target=try_to_publish, args=(number / 5,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seconds) == 12
    assert max(seconds) < 4


def test_a_stopped_broker_is_unavailable_at_once(open_rabbitmq: Open, rabbit: Rabbit) -> None:
    broker = open_rabbitmq()
    publisher = broker.publisher()
    publisher.publish(b"x", message_id="before")
    rabbit.stop()
    with unavailable(within=1):
        publisher.publish(b"x", message_id="stopped")
    with unavailable(within=1):
        broker.depth()
    assert broker.subscriber().take(1, 0.2) == []


def test_a_broker_short_of_memory_is_unavailable_in_time_and_then_at_once(
    open_rabbitmq: Open, rabbit: Rabbit
) -> None:
    publisher = open_rabbitmq().publisher()
    publisher.publish(b"x", message_id="before")
    rabbit.block()
    with unavailable(within=4.5):
        publisher.publish(b"x", message_id="last before the alarm is felt")
        publisher.publish(b"x", message_id="blocked")
    rabbit.unblock()
    wait_until(lambda: _publishes(publisher, "after"), seconds=10, what="publishing after the alarm")


def test_a_subscriber_still_drains_a_broker_short_of_memory(open_rabbitmq: Open, rabbit: Rabbit) -> None:
    broker = open_rabbitmq()
    publish(broker, "a", "b")
    rabbit.block()
    subscriber = broker.subscriber()
    taken = take_all(subscriber, 2)
    subscriber.ack(taken)
    subscriber.close()
    assert len(taken) == 2
    assert broker.subscriber().take(1, 0.5) == []


def test_a_broker_that_refuses_a_message_is_unavailable_after_a_second_try(
    open_rabbitmq: Open, rabbit: Rabbit, rabbitmq_place: Place
) -> None:
    broker = open_rabbitmq()
    publish(broker, "a", "b", "c")
    inbox = Topology(prefix=rabbitmq_place.prefix).inbox
    rabbit.ctl("set_policy", "full", f"^{inbox}$".replace("[", r"\[").replace("]", r"\]"), '{"max-length":1}')
    try:
        with unavailable(within=4):
            for number in range(10):
                broker.publisher().publish(b"x", message_id=f"over-{number}")
    finally:
        rabbit.ctl("clear_policy", "full")
    wait_until(lambda: _publishes(broker.publisher(), "fits"), seconds=10, what="publishing again")


def test_a_closed_connection_is_reopened_without_the_callers_notice(
    open_rabbitmq: Open, rabbit: Rabbit
) -> None:
    broker = open_rabbitmq()
    publisher, subscriber = broker.publisher(), broker.subscriber()
    publisher.publish(b"x", message_id="before")
    subscriber.ack(subscriber.take(1, 5))
    rabbit.ctl("close_all_connections", "maintenance")
    publisher.publish(b"x", message_id="after")
    assert [delivery.message_id for delivery in subscriber.take(1, 5)] == ["after"]


def test_a_message_that_no_queue_takes_is_a_dead_letter(
    open_rabbitmq: Open, rabbitmq_place: Place, rabbit: Rabbit
) -> None:
    broker = open_rabbitmq()
    publisher = broker.publisher()
    publisher.publish(b"x", message_id="before")
    _on_channel(rabbit, lambda channel: channel.queue_delete(Topology(prefix=rabbitmq_place.prefix).inbox))
    publisher.publish(b"x", message_id="lost its queue")
    [dead] = broker.dead_letters().take(1, 5)
    assert (dead.message_id, dead.reason) == ("lost its queue", "unroutable")


def test_without_any_queue_the_topology_is_declared_again(
    open_rabbitmq: Open, rabbitmq_place: Place, rabbit: Rabbit
) -> None:
    topology = Topology(prefix=rabbitmq_place.prefix)
    broker = open_rabbitmq()
    publisher = broker.publisher()
    publisher.publish(b"x", message_id="before")
    _on_channel(rabbit, lambda channel: channel.queue_delete(topology.inbox))
    _on_channel(rabbit, lambda channel: channel.queue_delete(topology.dead))
    publisher.publish(b"x", message_id="declared again")
    assert [delivery.message_id for delivery in broker.subscriber().take(1, 5)] == ["declared again"]


def test_a_killed_reader_does_not_raise_the_count_of_messages_it_never_took(open_rabbitmq: Open) -> None:
    broker = open_rabbitmq()
    publish(broker, "poison", *(f"n-{number}" for number in range(20)))
    for _ in range(6):
        subscriber = broker.subscriber()
        assert subscriber.take(1, 5)[0].message_id == "poison"
        subscriber.close()
    subscriber = broker.subscriber()
    [poison] = subscriber.take(1, 5)
    subscriber.ack([poison])
    counts = [delivery.redelivered for delivery in take_all(subscriber, 20)]
    assert (poison.message_id, poison.redelivered) == ("poison", 6)
    assert len(counts) == 20
    assert max(counts) <= 2


def test_connections_outlive_a_process_that_is_busy_elsewhere(
    open_rabbitmq: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbitmq_link, "HEARTBEAT_SECONDS", 1)  # RabbitMQ gives up after about two
    broker = open_rabbitmq()
    publisher, subscriber = broker.publisher(), broker.subscriber()
    publisher.publish(b"x", message_id="a")
    taken = subscriber.take(1, 5)
    time.sleep(5)
    subscriber.ack(taken)
    publisher.publish(b"x", message_id="b")
    again = take_all(subscriber, 1)
    assert [(delivery.message_id, delivery.redelivered) for delivery in taken + again] == [("a", 0), ("b", 0)]


def test_a_queue_declared_otherwise_is_unavailable_and_says_why(
    open_rabbitmq: Open, rabbitmq_place: Place, rabbit: Rabbit
) -> None:
    inbox = Topology(prefix=rabbitmq_place.prefix).inbox
    _on_channel(rabbit, lambda channel: channel.queue_declare(inbox, durable=True))
    with pytest.raises(BrokerUnavailable, match=r"PRECONDITION_FAILED.*inbox"):
        open_rabbitmq().publisher().publish(b"x", message_id="a")
    _on_channel(rabbit, lambda channel: channel.queue_delete(inbox))


def test_a_wrong_password_is_unavailable_and_says_so_without_it(rabbit: Rabbit) -> None:
    broker = RabbitBroker(rabbit.url.replace("guest:guest", "guest:Pass-word-1"))
    with pytest.raises(BrokerUnavailable, match="ACCESS_REFUSED") as caught:
        broker.depth()
    assert "Pass-word-1" not in str(caught.value)
    broker.close()


def test_a_malformed_url_is_refused_when_the_broker_is_made() -> None:
    with pytest.raises(ValueError, match="amqp://"):
        RabbitBroker("http://127.0.0.1/")


def _on_channel(rabbit: Rabbit, do: Callable[[pika.channel.Channel], object]) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(rabbit.url))
    do(connection.channel())
    connection.close()
