"""The embedded broker on a full disk, without its folder, beside a second process."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.broker.embedded import EmbeddedBroker
from contract.errors import BrokerUnavailable
from tests.contract.broker.conftest import Open, Taker, publish, take_all
from tests.contract.broker.places import Place

FILL_THE_DISK = """
import resource, signal, sys
from pathlib import Path
from adapters.broker.embedded import EmbeddedBroker
from contract.errors import BrokerUnavailable

publisher = EmbeddedBroker(Path(sys.argv[1])).publisher()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
confirmed = []
try:
    for number in range(1000):
        publisher.publish(b"x" * 10_000, message_id=f"m-{number}")
        confirmed.append(f"m-{number}")
except BrokerUnavailable:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    publisher.publish(b"x", message_id="after")
    print(*confirmed, "after", sep=",")
"""


@pytest.fixture
def place(embedded_place: Place) -> Place:
    return embedded_place


def test_a_full_disk_is_unavailable_loses_nothing_confirmed_and_is_got_over(
    open_broker: Open, place: Place
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILL_THE_DISK, place.where],
        capture_output=True,
        check=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    confirmed = done.stdout.splitlines()[-1].split(",")
    assert len(confirmed) > 5
    taken = take_all(open_broker().subscriber(), len(confirmed))
    assert [delivery.message_id for delivery in taken] == confirmed


def test_a_missing_folder_is_unavailable_for_publishers_and_empty_for_subscribers(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path / "missing" / "broker.sqlite3")
    with pytest.raises(BrokerUnavailable, match="No such file"):
        broker.publisher().publish(b"x", message_id="a")
    with pytest.raises(BrokerUnavailable):
        broker.depth()
    assert broker.subscriber().take(1, 0) == []
    (tmp_path / "missing").mkdir()
    publish(broker, "b")
    assert [delivery.message_id for delivery in broker.subscriber().take(1, 5)] == ["b"]
    broker.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "broker.sqlite3"
    path.write_bytes(b"something else entirely" * 100)
    broker = EmbeddedBroker(path)
    with pytest.raises(BrokerUnavailable, match="not a database"):
        broker.publisher().publish(b"x", message_id="a")
    broker.close()


def test_only_one_process_takes_and_the_next_takes_over_when_it_dies(open_broker: Open, taker: Taker) -> None:
    process, taken = taker(0.1)
    assert taken == []
    broker = open_broker()
    publish(broker, "a")
    subscriber = broker.subscriber()
    assert subscriber.take(1, 0.5) == []
    process.kill()
    process.wait()
    assert [delivery.message_id for delivery in subscriber.take(1, 5)] == ["a"]


def test_the_file_is_readable_by_its_owner_alone(open_broker: Open, place: Place) -> None:
    publish(open_broker(), "a")
    assert stat.S_IMODE(Path(place.where).stat().st_mode) == 0o600


def test_an_id_never_names_two_messages(open_broker: Open) -> None:
    broker = open_broker()
    subscriber = broker.subscriber()
    tags = []
    for name in "abc":
        publish(broker, name)
        [delivery] = subscriber.take(1, 5)
        subscriber.ack([delivery])
        tags.append(delivery.tag)
    assert len(set(tags)) == 3
