"""The ledger on Redis. Redis being away costs its callers calls to the CRMs, and never an exception."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import redis
import structlog

from adapters.ledger.local import CLOCK_GRAIN, LocalBuckets
from contract.ports import RecordKey

T = TypeVar("T")

MARK_SECONDS = 86_400
LOCAL_SHARE = 0.25
AWAY_SECONDS = 5.0
"""After a failure Redis is left alone for so long: a frozen one would cost every call its time-out."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_log = structlog.get_logger(__name__)


class RedisLedger:
    """contract.ports.Ledger. `failures` counts the calls that had to do without Redis.

    `client` is a redis.Redis (or a fakeredis one) that returns bytes and has short time-outs. `clock`
    tells aware times; the clocks of hosts that share rate buckets should agree to well within a window.
    `local_share` is the part of each limit that this process keeps to while Redis is away.
    """

    def __init__(
        self,
        client: Any,
        *,
        clock: Callable[[], datetime],
        local_share: float = LOCAL_SHARE,
        prefix: str = "diptych",
    ) -> None:
        self.failures = 0
        self._client = client
        self._clock = clock
        self._local_share = local_share
        self._prefix = prefix
        self._local = LocalBuckets()
        self._lock = threading.Lock()
        self._away_until: datetime | None = None

    def mark_seen(self, stamps: Mapping[RecordKey, datetime]) -> None:
        """Remember the newest stamp per record, for a day after its last mark."""
        if stamps:
            self._try(lambda: self._mark(stamps), without=lambda: None)

    def seen(self, keys: Collection[RecordKey]) -> dict[RecordKey, datetime]:
        """The stamps remembered, to the microsecond. Empty while Redis is away."""
        if not keys:
            return {}
        return self._try(lambda: self._seen(list(keys)), without=dict)

    def wait_for(self, bucket: str, *, limit: int, per_seconds: float) -> float:
        """Take one call of at most `limit` in any `per_seconds`: 0 when granted.

        Else the seconds after which to ask again; nothing was taken.
        """
        now = self._clock().timestamp()
        return self._try(
            lambda: self._take(self._key("rate", bucket), limit, per_seconds, now),
            without=lambda: self._local.wait_for(
                bucket, limit=max(1, int(limit * self._local_share)), per_seconds=per_seconds, now=now
            ),
        )

    def get(self, key: str) -> bytes | None:
        """The cached value; None when there is none, it is too old, or Redis is away."""
        found: bytes | None = self._try(
            lambda: self._client.get(self._key("cache", key)), without=lambda: None
        )
        return found

    def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Cache a value for so long."""
        lifetime = max(1, int(seconds * 1000))
        self._try(lambda: self._client.set(self._key("cache", key), value, px=lifetime), without=lambda: None)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _mark(self, stamps: Mapping[RecordKey, datetime]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for key, stamp in stamps.items():
            name = self._mark_key(key)
            # A sorted set of one member, because its GT keeps the newer of two stamps atomically.
            pipeline.zadd(name, {"at": (stamp - EPOCH) // MICROSECOND}, gt=True)
            pipeline.expire(name, MARK_SECONDS)
        pipeline.execute()

    def _seen(self, keys: list[RecordKey]) -> dict[RecordKey, datetime]:
        pipeline = self._client.pipeline(transaction=False)
        for key in keys:
            pipeline.zscore(self._mark_key(key), "at")
        return {
            key: EPOCH + int(score) * MICROSECOND
            for key, score in zip(keys, pipeline.execute(), strict=True)
            if score is not None
        }

    def _take(self, name: str, limit: int, per_seconds: float, now: float) -> float:
        # A sliding window of the calls granted. Adding ours before looking makes the look atomic without
        # a script; a call that must wait is taken out again and may at worst make another one ask twice.
        member = uuid4().hex
        pipeline = self._client.pipeline(transaction=True)
        pipeline.zremrangebyscore(name, "-inf", now - per_seconds + CLOCK_GRAIN)
        pipeline.zadd(name, {member: now})
        pipeline.zrange(name, -limit - 1, -limit - 1, withscores=True)
        pipeline.pexpire(name, int(per_seconds * 2_000))
        in_the_way = pipeline.execute()[2]
        if not in_the_way:
            return 0.0
        self._client.zrem(name, member)
        oldest: float = in_the_way[0][1]
        return max(CLOCK_GRAIN, oldest + per_seconds - now)

    def _try(self, ask: Callable[[], T], *, without: Callable[[], T]) -> T:
        if self._is_away():
            return without()
        try:
            answer = ask()
        except (redis.RedisError, OSError) as error:
            self._went_away(error)
            return without()
        self._is_back()
        return answer

    def _is_away(self) -> bool:
        with self._lock:
            away = self._away_until is not None and self._clock() < self._away_until
            self.failures += away
            return away

    def _went_away(self, error: Exception) -> None:
        with self._lock:
            self.failures += 1
            if self._away_until is None:
                _log.warning("ledger.away", reason=type(error).__name__)
            self._away_until = self._clock() + timedelta(seconds=AWAY_SECONDS)

    def _is_back(self) -> None:
        if self._away_until is None:
            return
        with self._lock:
            if self._away_until is not None:
                self._away_until = None
                _log.warning("ledger.back", failures=self.failures)

    def _mark_key(self, key: RecordKey) -> str:
        portal, ref = key
        return self._key("seen", f"{portal}:{ref.side}:{ref.object_type}:{ref.id}")

    def _key(self, kind: str, name: str) -> str:
        return f"{self._prefix}:{kind}:{name}"
