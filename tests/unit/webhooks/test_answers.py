"""A sender is told "received" only after the broker's confirm; otherwise it comes again."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from contract.errors import BrokerUnavailable
from tests.unit.webhooks.kit import NOW, Desk, FixedDirectory, event, message, notification
from webhooks import create_app
from webhooks.breaker import REST
from webhooks.directory import Senders

ACK_FALSE = b"<Ack>false</Ack>"


def from_hubspot(desk: Desk) -> TestResponse:
    return desk.hubspot([event()])


def from_salesforce(desk: Desk) -> TestResponse:
    return desk.salesforce(message([notification()]))


@pytest.mark.parametrize("send", [from_hubspot, from_salesforce])
def test_trap_03_without_the_brokers_confirm_the_sender_must_come_again(
    send: Callable[[Desk], TestResponse],
) -> None:
    desk = Desk()
    desk.publisher.away = True
    answer = send(desk)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert (ACK_FALSE in answer.data) == (send is from_salesforce)
    desk.publisher.away = False
    desk.now += REST
    assert send(desk).status_code == 200


@pytest.mark.parametrize("send", [from_hubspot, from_salesforce])
def test_after_a_try_in_vain_others_are_told_at_once_and_the_next_try_is_soon(
    send: Callable[[Desk], TestResponse],
) -> None:
    desk = Desk()
    tries: list[int] = []
    desk.publisher.before = lambda: tries.append(1)
    desk.publisher.away = True
    assert [send(desk).status_code for _ in range(5)] == [503] * 5
    assert len(tries) == 1
    desk.now += REST
    assert send(desk).status_code == 503
    assert len(tries) == 2


def test_a_clock_that_was_set_back_keeps_nobody_out() -> None:
    desk = Desk()
    desk.publisher.away = True
    assert desk.hubspot([event()]).status_code == 503
    desk.publisher.away = False
    desk.now -= timedelta(hours=1)
    assert desk.hubspot([event()]).status_code == 200


@pytest.mark.parametrize("send", [from_hubspot, from_salesforce])
def test_trap_03_the_answer_waits_for_the_confirm(send: Callable[[Desk], TestResponse]) -> None:
    desk = Desk()
    confirmed: list[str] = []
    desk.publisher.before = lambda: confirmed.append("confirmed")
    assert send(desk).status_code == 200
    assert confirmed == ["confirmed"]


@pytest.mark.parametrize("send", [from_hubspot, from_salesforce])
def test_a_fault_of_our_own_is_no_confirm_either(send: Callable[[Desk], TestResponse]) -> None:
    desk = Desk()

    def fail() -> None:
        raise RuntimeError("a fault of our own")

    desk.publisher.before = fail
    answer = send(desk)
    assert answer.status_code == 500
    assert b"<Ack>true" not in answer.data


@pytest.mark.parametrize("send", [from_hubspot, from_salesforce])
def test_while_no_portals_can_be_read_the_sender_must_come_again(
    send: Callable[[Desk], TestResponse],
) -> None:
    desk = Desk(None)
    assert send(desk).status_code == 503
    assert desk.publisher.sent == []


def test_a_malformed_neighbour_that_cannot_be_kept_means_nothing_is_acknowledged() -> None:
    desk = Desk()
    desk.publisher.before = lambda: setattr(desk.publisher, "away", len(desk.publisher.sent) == 1)
    assert desk.hubspot([event(), {}]).status_code == 503
    assert [message_id for message_id, _ in desk.publisher.sent] == ["delivery-1"]


def test_trap_03_a_second_message_is_not_begun_when_the_first_took_too_long_to_answer_in_time() -> None:
    desk = Desk()

    def slowly() -> None:
        desk.now += timedelta(seconds=2.9)

    desk.publisher.before = slowly
    assert desk.hubspot([event(), {}]).status_code == 503
    assert len(desk.publisher.sent) == 1
    assert desk.now - NOW < timedelta(seconds=4)


@pytest.mark.parametrize(
    "path", ["/webhooks/hubspot", "/webhooks/salesforce/s3cret-of-the-address"], ids=["hubspot", "salesforce"]
)
def test_a_body_that_is_too_large_is_refused(path: str) -> None:
    desk = Desk()
    answer = desk.client.post(path, data=b"x" * 1_000_001)
    assert answer.status_code == 413
    assert (b"soapenv:Fault" in answer.data) == ("salesforce" in path)
    assert desk.counters.value("webhook_deliveries", outcome="413") == 1


def test_a_body_without_a_length_is_cut_off_at_the_limit() -> None:
    desk = Desk()
    answer = desk.client.post(
        "/webhooks/hubspot",
        input_stream=io.BytesIO(b"x" * 1_000_001),
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code == 413


def test_only_posts_are_taken() -> None:
    client = Desk().client
    answer = client.get("/webhooks/hubspot")
    assert (answer.status_code, sorted(answer.allow)) == (405, ["OPTIONS", "POST"])
    assert client.put("/webhooks/salesforce/s3cret-of-the-address").status_code == 405
    assert client.get("/").status_code == 404


def test_the_process_lives_whatever_is_away() -> None:
    desk = Desk(None)
    desk.broker_ready = False
    assert desk.client.get("/live").status_code == 200


def test_ready_says_in_words_what_is_missing() -> None:
    desk = Desk()
    answer = desk.client.get("/ready")
    assert (answer.status_code, answer.get_json()) == (
        200,
        {"ready": True, "portals": "3 known", "broker": "the broker can be reached"},
    )
    desk.broker_ready = False
    answer = desk.client.get("/ready")
    assert (answer.status_code, answer.get_json()["broker"]) == (503, "the broker cannot be reached")
    answer = Desk(None).client.get("/ready")
    assert (answer.status_code, answer.get_json()["portals"]) == (
        503,
        "the portals could not be read from the database",
    )


def test_a_fresh_installation_without_portals_is_ready() -> None:
    desk = Desk(Senders(hubspot={}, salesforce=()))
    assert desk.client.get("/ready").get_json()["portals"] == "none is configured yet"
    assert desk.client.get("/ready").status_code == 200


def test_a_probe_that_fails_means_not_ready() -> None:
    desk = Desk()

    def probe() -> bool:
        raise BrokerUnavailable("away")

    app = create_app(
        directory=FixedDirectory(),
        publisher=desk.publisher,
        clock=lambda: NOW,
        public_base_url=None,
        new_id=lambda: "x",
        broker_ready=probe,
        counters=desk.counters,
    )
    assert app.test_client().get("/ready").status_code == 503


@pytest.mark.parametrize("url", ["hooks.example.com", "ftp://x", "https://", "https://x?y", "https://x#y"])
def test_an_unusable_public_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="must look like https://hooks"):
        Desk(base_url=url)


def test_answers_hold_no_value_of_what_was_sent() -> None:
    desk = Desk()
    answers = [
        desk.hubspot([event(propertyValue="ada@example.org")]),
        desk.hubspot([event(objectId="ada@example.org")]),
        desk.salesforce(message([notification("ada@example.org")])),
    ]
    assert [answer.status_code for answer in answers] == [200, 400, 400]
    assert not [answer for answer in answers if b"ada@" in answer.data]
    assert json.loads(answers[0].data) == {"accepted": 1, "malformed": 0}
