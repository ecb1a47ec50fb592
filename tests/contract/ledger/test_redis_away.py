"""Redis never started, killed, frozen, flushed: marks are gone, buckets keep a share, nothing raises."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from adapters.ledger import open_ledger
from adapters.ledger.redis import AWAY_SECONDS, RedisLedger
from tests.contract.ledger.conftest import ManualClock
from tests.contract.ledger.test_ledger import CONTACT, STAMP
from tests.services.docker import DockerServer
from tests.services.process import free_port
from tests.services.redis import RedisServer

Redis = RedisServer | DockerServer


@pytest.fixture
def server(breakable_redis: Redis) -> Redis:
    return breakable_redis


@pytest.fixture
def ledger(server: Redis, clock: ManualClock) -> Iterator[RedisLedger]:
    ledger = open_ledger(server.url, clock=clock)
    yield ledger
    ledger.close()


def _does_without(ledger: RedisLedger) -> None:
    """Every call falls back: no marks, no cache, a quarter of the limit, a count of each failure."""
    before = ledger.failures
    ledger.mark_seen({CONTACT: STAMP})
    assert ledger.seen([CONTACT]) == {}
    ledger.put("k", b"v", seconds=60)
    assert ledger.get("k") is None
    waits = [ledger.wait_for("b", limit=40, per_seconds=10) for _ in range(20)]
    assert waits.count(0.0) == 10
    assert ledger.failures == before + 24


def test_a_redis_that_was_never_there_is_done_without(clock: ManualClock) -> None:
    ledger = open_ledger(f"redis://127.0.0.1:{free_port()}/0", clock=clock)
    _does_without(ledger)


@pytest.mark.parametrize("hurt", [RedisServer.kill9, RedisServer.freeze, RedisServer.stop])
def test_a_redis_that_goes_away_is_done_without_and_used_again_when_it_is_back(
    ledger: RedisLedger, server: Redis, clock: ManualClock, hurt: Callable[[RedisServer], None]
) -> None:
    ledger.mark_seen({CONTACT: STAMP})
    assert ledger.seen([CONTACT]) == {CONTACT: STAMP}
    getattr(server, hurt.__name__)()
    _does_without(ledger)
    server.heal()
    clock.move(AWAY_SECONDS)
    failures = ledger.failures
    ledger.mark_seen({CONTACT: STAMP})
    assert ledger.seen([CONTACT]) == {CONTACT: STAMP}
    assert ledger.failures == failures


def test_a_frozen_redis_costs_its_time_out_once_and_not_per_call(ledger: RedisLedger, server: Redis) -> None:
    ledger.put("k", b"v", seconds=60)
    server.freeze()
    started = time.monotonic()
    for _ in range(50):
        ledger.get("k")
    assert time.monotonic() - started < 2
    assert ledger.failures == 50


def test_a_restarted_redis_is_used_at_once(ledger: RedisLedger, server: Redis) -> None:
    ledger.put("k", b"v", seconds=60)
    server.restart()
    ledger.put("k", b"again", seconds=60)
    assert ledger.get("k") == b"again"
    assert ledger.failures == 0


def test_a_flushed_redis_has_forgotten_and_nothing_more(ledger: RedisLedger, server: Redis) -> None:
    ledger.mark_seen({CONTACT: STAMP})
    server.kill9()
    server.start()  # without persistence: empty
    assert ledger.seen([CONTACT]) == {}
    assert ledger.wait_for("b", limit=1, per_seconds=10) == 0


def test_going_away_and_coming_back_are_logged_once_each(
    ledger: RedisLedger, server: Redis, clock: ManualClock
) -> None:
    with capture_logs() as logs:
        server.kill9()
        for _ in range(3):
            ledger.get("k")
            clock.move(AWAY_SECONDS)
        server.start()
        ledger.get("k")
        ledger.get("k")
    assert [entry["event"] for entry in logs] == ["ledger.away", "ledger.back"]
