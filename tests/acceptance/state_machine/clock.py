"""The one clock of a run: it stands still until somebody sleeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 11, 24, 10, tzinfo=UTC)


class Clock:
    """Aware UTC; `sleep` moves it for everybody at once."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
