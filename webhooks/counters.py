"""What the webhook process counts."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Literal, Protocol

CounterName = Literal["webhook_deliveries", "webhook_events"]
"""`webhook_deliveries` (labels sender, outcome): requests by how they were answered.

`webhook_events` (labels sender, outcome): events and notifications by what became of them, where
outcome is one of published, repeated, not_synced, unknown_portal, foreign_portal, malformed.
"""


class Counters(Protocol):
    """Counts that only grow. Usable from many threads; never raises, never blocks for long."""

    def add(self, name: CounterName, n: int = 1, **labels: str) -> None:
        """Add `n` to the counter with these labels."""


class MemoryCounters:
    """Counters kept in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()

    def add(self, name: CounterName, n: int = 1, **labels: str) -> None:
        with self._lock:
            self._counts[name, tuple(sorted(labels.items()))] += n

    def value(self, name: CounterName, **labels: str) -> int:
        """The sum over all counters of this name that carry at least these labels."""
        wanted = labels.items()
        return sum(
            count
            for (known, pairs), count in self.snapshot().items()
            if known == name and wanted <= dict(pairs).items()
        )

    def snapshot(self) -> Mapping[tuple[str, tuple[tuple[str, str], ...]], int]:
        """A copy: (name, sorted label pairs) -> count."""
        with self._lock:
            return dict(self._counts)
