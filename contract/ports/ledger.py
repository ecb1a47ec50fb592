"""The ledger: what may be lost without harm."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from contract.records import RecordRef

RecordKey = tuple[int, RecordRef]
"""(portal, record)."""


class Marks(Protocol):
    """Which state of a record was already seen. They save reads and nothing else."""

    def mark_seen(self, stamps: Mapping[RecordKey, datetime]) -> None:
        """Remember, for about a day, the newest modification stamp settled for each record."""

    def seen(self, keys: Collection[RecordKey]) -> dict[RecordKey, datetime]:
        """What is remembered; a missing key means nothing."""


class RateLimit(Protocol):
    """Short-time buckets shared by all processes."""

    def wait_for(self, bucket: str, *, limit: int, per_seconds: float) -> float:
        """Take one call from the bucket; returns seconds to wait before making it (0: go ahead).

        Falls back to a fixed local share when the ledger is away.
        """


class Cache(Protocol):
    """Facts that may be a little old."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes, *, seconds: float) -> None: ...


class Ledger(Marks, RateLimit, Cache, Protocol):
    """All three, as the processes hold it. Its loss costs calls, never data, and is counted."""

    def close(self) -> None: ...
