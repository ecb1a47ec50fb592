"""What every broker promises (contract.ports.Broker)."""

from __future__ import annotations

import threading
import time

import pytest

from adapters.broker.batch import DELIVERY_LIMIT
from contract.ports import Broker, QueueDepth
from tests.contract.broker.conftest import Open, Taker, publish, take_all
from tests.services.process import wait_until


def _ids(broker: Broker, limit: int = 10, wait: float = 5) -> list[str]:
    """Take one batch with a subscriber that then leaves without an ack."""
    subscriber = broker.subscriber()
    taken = [delivery.message_id for delivery in subscriber.take(limit, wait)]
    subscriber.close()
    return taken


@pytest.mark.parametrize("body", [b"", b"{}", bytes(range(256)) * 8192], ids=["empty", "small", "2 MB"])
def test_a_message_is_taken_as_it_was_published(open_broker: Open, body: bytes) -> None:
    broker = open_broker()
    broker.publisher().publish(body, message_id="m-1")
    [delivery] = broker.subscriber().take(10, 5)
    assert (delivery.body, delivery.message_id) == (body, "m-1")
    assert (delivery.redelivered, delivery.reason) == (0, "")


def test_messages_keep_their_order_and_the_limit_holds(open_broker: Open) -> None:
    broker = open_broker()
    publish(broker, "a", "b", "c", "d", "e")
    subscriber = broker.subscriber()
    taken = take_all(subscriber, 2)
    assert [delivery.message_id for delivery in taken] == ["a", "b"]
    assert len(subscriber.take(2, 5)) <= 2


def test_trap_03_a_published_message_outlives_the_process_that_published_it(open_broker: Open) -> None:
    first = open_broker()
    publish(first, "a", "b")
    first.close()
    assert len(take_all(open_broker().subscriber(), 2)) == 2


def test_what_was_acked_never_comes_again(open_broker: Open) -> None:
    first = open_broker()
    publish(first, "a", "b", "c")
    subscriber = first.subscriber()
    a, _, c = take_all(subscriber, 3)
    subscriber.ack([a, c])
    subscriber.close()
    first.close()
    again = open_broker()
    later = again.subscriber()
    assert [delivery.message_id for delivery in later.take(3, 5) + later.take(3, 0.3)] == ["b"]


def test_what_a_subscriber_leaves_unacked_comes_again_and_says_how_often(open_broker: Open) -> None:
    broker = open_broker()
    publish(broker, "a")
    seen = []
    for _ in range(3):
        subscriber = broker.subscriber()
        seen += [delivery.redelivered for delivery in subscriber.take(10, 5)]
        subscriber.close()
    assert seen == [0, 1, 2]


def test_what_a_killed_process_had_taken_comes_again(open_broker: Open, taker: Taker) -> None:
    publishing = open_broker()
    publish(publishing, "a", "b")
    publishing.close()
    process, taken = taker(10)
    assert "a" in taken
    process.kill()
    process.wait()
    again = take_all(open_broker().subscriber(), 2)
    assert [delivery.message_id for delivery in again] == ["a", "b"]
    assert again[0].redelivered == 1


def test_a_message_redelivered_twice_is_taken_alone(open_broker: Open) -> None:
    broker = open_broker()
    publish(broker, "poison")
    assert [_ids(broker), _ids(broker)] == [["poison"], ["poison"]]
    publish(broker, "b", "c")
    subscriber = broker.subscriber()
    [poison] = subscriber.take(10, 5)
    assert (poison.message_id, poison.redelivered) == ("poison", 2)
    subscriber.ack([poison])
    assert [delivery.message_id for delivery in take_all(subscriber, 2)] == ["b", "c"]


def test_a_message_that_kills_every_reader_is_buried_alone_in_the_end(open_broker: Open) -> None:
    broker = open_broker()
    publish(broker, "poison", "innocent")
    spared = []
    for _ in range(DELIVERY_LIMIT + 3):
        subscriber = broker.subscriber()
        taken = subscriber.take(10, 2)
        if [delivery.message_id for delivery in taken] == ["innocent"]:
            subscriber.ack(taken)
            spared += taken
        subscriber.close()  # the poison kills whoever took it, and its company with it
    assert [delivery.message_id for delivery in spared] == ["innocent"]
    [dead] = broker.dead_letters().take(10, 5)
    assert (dead.message_id, dead.reason) == ("poison", "delivery_limit")


def test_a_rejected_message_lies_in_the_dead_letters_with_its_reason(open_broker: Open) -> None:
    first = open_broker()
    publish(first, "a", "b")
    subscriber = first.subscriber()
    taken = take_all(subscriber, 2)
    subscriber.reject(taken[0], "not JSON: line 1, column 1 — é")
    subscriber.ack(taken[1:])
    subscriber.close()
    first.close()
    again = open_broker()
    assert again.subscriber().take(10, 0.3) == []
    [dead] = again.dead_letters().take(10, 5)
    assert (dead.message_id, dead.body) == ("a", b"body of a")
    assert dead.reason == "not JSON: line 1, column 1 — é"


def test_a_dead_letter_is_gone_once_acked(open_broker: Open) -> None:
    broker = open_broker()
    publish(broker, "a")
    subscriber = broker.subscriber()
    subscriber.reject(subscriber.take(1, 5)[0], "unreadable")
    reader = broker.dead_letters()
    reader.ack(reader.take(1, 5))
    reader.close()
    assert broker.dead_letters().take(1, 0.3) == []
    assert broker.depth() == QueueDepth(inbox=0, dead=0)


def test_depth_counts_what_waits(open_broker: Open) -> None:
    broker = open_broker()
    assert broker.depth() == QueueDepth(inbox=0, dead=0)
    publish(broker, "a", "b", "c")
    wait_until(lambda: broker.depth() == QueueDepth(inbox=3, dead=0), seconds=5, what="all counted")
    subscriber = broker.subscriber()
    for delivery in take_all(subscriber, 3)[:2]:
        subscriber.reject(delivery, "unreadable")
    subscriber.close()
    wait_until(lambda: broker.depth() == QueueDepth(inbox=1, dead=2), seconds=5, what="all counted")


def test_a_delivery_of_a_subscriber_that_left_can_no_longer_be_acked(open_broker: Open) -> None:
    broker = open_broker()
    publish(broker, "a")
    subscriber = broker.subscriber()
    old = subscriber.take(1, 5)
    subscriber.close()
    [new] = (other := broker.subscriber()).take(1, 5)
    subscriber.ack(old)
    other.close()
    assert [delivery.message_id for delivery in broker.subscriber().take(1, 5)] == [new.message_id]


def test_take_waits_no_longer_than_asked_and_wakes_at_a_message(open_broker: Open) -> None:
    broker = open_broker()
    subscriber = broker.subscriber()
    started = time.monotonic()
    assert subscriber.take(1, 0.3) == []
    assert 0.3 <= time.monotonic() - started < 1.5
    threading.Timer(0.2, publish, args=(broker, "a")).start()
    started = time.monotonic()
    assert len(subscriber.take(1, 10)) == 1
    assert time.monotonic() - started < 2


def test_many_threads_publish_through_one_publisher(open_broker: Open) -> None:
    broker = open_broker()
    publisher = broker.publisher()

    def publish_fifty(name: str) -> None:
        for number in range(50):
            publisher.publish(b"x" * 1000, message_id=f"{name}-{number}")

    threads = [threading.Thread(target=publish_fifty, args=(str(name),)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = take_all(broker.subscriber(), 400)
    assert len({delivery.message_id for delivery in taken}) == len(taken) == 400
