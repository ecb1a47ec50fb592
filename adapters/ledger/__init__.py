"""The ledger: what may be lost without harm. Redis, or fakeredis inside the process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import fakeredis
from redis import ConnectionError as RedisConnectionError
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from adapters.ledger.redis import RedisLedger

ANSWER_SECONDS = 0.5
"""A ledger that answers later than this saves nothing."""


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


def open_ledger(url: str | None, *, clock: Callable[[], datetime] = utc_now) -> RedisLedger:
    """The ledger on the Redis at `url` (connecting when first used), or with None inside this process.

    ValueError if `url` is no Redis URL.
    """
    if url is None:
        return RedisLedger(fakeredis.FakeRedis(server=fakeredis.FakeServer()), clock=clock, local_share=1.0)
    client = Redis.from_url(
        url,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        # A pooled connection that a restart of Redis closed is found out only by using it.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )
    return RedisLedger(client, clock=clock)
