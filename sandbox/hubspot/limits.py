"""Rate limits of one account: bursts per ten seconds, searches per second, calls per local day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from sandbox.hubspot.times import from_ms, to_ms
from sandbox.hubspot.world import PortalAccount, World

TEN_SECONDLY = "TEN_SECONDLY_ROLLING"
SECONDLY = "SECONDLY"
ASSOCIATION_BURST = 150
"""Association calls per ten seconds have an allowance of their own (100, 150 or 200 by plan)."""


@dataclass(slots=True, kw_only=True)
class Bucket:
    """A token bucket: `capacity` calls at once, refilled over `per_ms`."""

    capacity: int
    per_ms: int
    policy: str
    left: float = field(init=False)
    filled_at: int = 0

    def __post_init__(self) -> None:
        self.left = float(self.capacity)

    def take(self, now: int) -> bool:
        """Take one token at a moment (ms); False when none is left."""
        refill = (now - self.filled_at) * self.capacity / self.per_ms
        self.left = min(float(self.capacity), self.left + max(0.0, refill))
        self.filled_at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Limits:
    """What one account may still do, and the headers that tell it."""

    def __init__(self, account: PortalAccount, world: World) -> None:
        self._account = account
        self._world = world
        self._zone = ZoneInfo(account.time_zone)
        self._buckets: dict[str, Bucket] = {}
        self.used_today = 0
        self.resets_at = 0
        self.refused_until = 0
        self.refused_by = TEN_SECONDLY
        if account.burst_per_ten_seconds is not None:
            self._add("general", account.burst_per_ten_seconds, 10_000, TEN_SECONDLY)
            self._add("associations", ASSOCIATION_BURST, 10_000, TEN_SECONDLY)
        if account.searches_per_second is not None:
            self._add("search", account.searches_per_second, 1_000, SECONDLY)

    def _add(self, name: str, capacity: int, per_ms: int, policy: str) -> None:
        self._buckets[name] = Bucket(capacity=capacity, per_ms=per_ms, policy=policy)

    def refusal(self, bucket_name: str) -> str | None:
        """Count one call; the name of the policy that refuses it, or None."""
        now = self._world.now()
        self._roll(now)
        if now < self.refused_until:
            return self.refused_by
        if self._account.daily_limit is not None and self.used_today >= self._account.daily_limit:
            return "DAILY"
        bucket = self._buckets.get(bucket_name)
        if bucket is not None and not bucket.take(now):
            return bucket.policy
        self.used_today += 1
        return None

    def _roll(self, now: int) -> None:
        """The day ends at midnight where the account lives."""
        if now < self.resets_at:
            return
        self.used_today = 0
        local = from_ms(now).astimezone(self._zone)
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        self.resets_at = to_ms(midnight)

    def headers(self, bucket_name: str) -> dict[str, str]:
        """The rate-limit headers of an answer; searches have none."""
        bucket = self._buckets.get(bucket_name)
        if bucket is None or bucket_name == "search":
            return {}
        headers = {
            "X-HubSpot-RateLimit-Max": str(bucket.capacity),
            "X-HubSpot-RateLimit-Remaining": str(int(bucket.left)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(bucket.per_ms),
        }
        if self._account.daily_limit is not None:
            headers["X-HubSpot-RateLimit-Daily"] = str(self._account.daily_limit)
            left = max(0, self._account.daily_limit - self.used_today)
            headers["X-HubSpot-RateLimit-Daily-Remaining"] = str(left)
        return headers
