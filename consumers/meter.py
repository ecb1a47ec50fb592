"""The meter of one portal's API calls: waits for the shared rate buckets and counts every call."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

from contract.activity import ApiCalls
from contract.errors import CrmError, ErrorClass, Fault
from contract.pending import WorkClass
from contract.ports import RateLimit
from contract.records import Side

PER_SECONDS = 10.0
LIMITS: Mapping[Side, int] = {Side.HUBSPOT: 100, Side.SALESFORCE: 200}
"""Calls per 10 s and portal. HubSpot: the lowest tier's limit. Salesforce has none; this spares it."""
_LONGEST_WAIT = 20.0


class PortalMeter:
    """Implements contract.ports.CallMeter for one portal. Usable from many threads."""

    def __init__(
        self,
        *,
        portal: int,
        buckets: RateLimit,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        limits: Mapping[Side, int] = LIMITS,
    ) -> None:
        self._portal = portal
        self._buckets = buckets
        self._clock = clock
        self._sleep = sleep
        self._limits = limits
        self._calls: Counter[tuple[Side, datetime]] = Counter()
        self._lock = threading.Lock()

    def before(self, side: Side) -> None:
        """Wait until the bucket grants a call; raises CrmError(quota) when that would take too long."""
        waited = 0.0
        while True:
            bucket = f"{self._portal}:{side}"
            wait = self._buckets.wait_for(bucket, limit=self._limits[side], per_seconds=PER_SECONDS)
            if wait <= 0:
                return
            if waited + wait > _LONGEST_WAIT:
                raise CrmError(_spent(side, wait))
            self._sleep(wait)
            waited += wait

    def after(self, side: Side, status: int) -> None:  # noqa: ARG002  # the port tells the status too
        """Count the call in its hour."""
        hour = self._clock().replace(minute=0, second=0, microsecond=0)
        with self._lock:
            self._calls[side, hour] += 1

    def drain(self) -> list[ApiCalls]:
        """What was counted since the last drain, to be stored."""
        with self._lock:
            calls, self._calls = self._calls, Counter()
        return [
            ApiCalls(portal=self._portal, side=side, hour=hour, work_class=WorkClass.LIVE, calls=count)
            for (side, hour), count in calls.items()
        ]


def _spent(side: Side, wait: float) -> Fault:
    return Fault(
        error=ErrorClass.QUOTA,
        code="LOCAL_RATE_LIMIT",
        says="this portal's share of calls per ten seconds is used up",
        side=side,
        retry_after=wait,
    )
