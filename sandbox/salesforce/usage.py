"""Counts API calls against the org's rolling daily allowance, and refuses them for a while when told to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.salesforce.errors import SalesforceError

HOURS = 24


@dataclass(slots=True, kw_only=True)
class Usage:
    """Calls by hour; those of the last 24 hours count."""

    allowance: int = 1_000_000
    refused_until: datetime | None = None
    by_hour: Counter[int] = field(default_factory=Counter)

    def used(self, now: datetime) -> int:
        """Calls that count at this moment."""
        current = _hour(now)
        for hour in [hour for hour in self.by_hour if hour <= current - HOURS]:
            del self.by_hour[hour]
        return self.by_hour.total()

    def count(self, now: datetime) -> None:
        """One more call. Raises 403 REQUEST_LIMIT_EXCEEDED when refused or when the allowance is spent."""
        if (self.refused_until is not None and now < self.refused_until) or self.used(now) >= self.allowance:
            message = "TotalRequests Limit exceeded."
            raise SalesforceError("REQUEST_LIMIT_EXCEEDED", message, status=403)
        self.by_hour[_hour(now)] += 1

    def refuse_until(self, now: datetime, seconds: float) -> None:
        """Refuse every call from now on, for so long."""
        self.refused_until = now + timedelta(seconds=seconds)

    def header(self, now: datetime) -> str:
        """The Sforce-Limit-Info header of every answer."""
        used = self.allowance if self.refused_until and now < self.refused_until else self.used(now)
        return f"api-usage={used}/{self.allowance}"


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600
