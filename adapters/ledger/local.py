"""Rate buckets of one process: the fixed share it keeps to while the shared ones are away."""

from __future__ import annotations

import threading
from collections import defaultdict, deque

CLOCK_GRAIN = 0.000_01
"""Seconds. Times since 1970 as floats are exact only to a fraction of this."""


class LocalBuckets:
    """Sliding windows in memory. Usable from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._granted: defaultdict[str, deque[float]] = defaultdict(deque)

    def wait_for(self, bucket: str, *, limit: int, per_seconds: float, now: float) -> float:
        """Take one call of at most `limit` in any `per_seconds`: 0 when granted.

        Else the seconds from `now` (itself in seconds) after which to ask again; nothing was taken.
        """
        with self._lock:
            granted = self._granted[bucket]
            while granted and granted[0] <= now - per_seconds + CLOCK_GRAIN:
                granted.popleft()
            if len(granted) < limit:
                granted.append(now)
                return 0.0
            return max(CLOCK_GRAIN, granted[-limit] + per_seconds - now)
