"""The ledger over Redis and fakeredis, with a clock the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import fakeredis
import pytest
import redis

from adapters.ledger.redis import RedisLedger

PORTAL = 7


class ManualClock:
    """Stands still until it is moved. Starts at the real time, for keys expire by the server's clock."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def _redis_client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=0.3, socket_connect_timeout=0.3)


@pytest.fixture(params=["redis", "fakeredis"])
def client(request: pytest.FixtureRequest) -> Iterator[redis.Redis]:
    """An empty Redis of either kind."""
    if request.param == "redis":
        client = _redis_client(request.getfixturevalue("redis_url"))
    else:
        client = fakeredis.FakeRedis()
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def ledger(client: redis.Redis, clock: ManualClock) -> RedisLedger:
    return RedisLedger(client, clock=clock)
