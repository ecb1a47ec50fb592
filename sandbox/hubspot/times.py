"""Milliseconds since 1970, the resolution HubSpot keeps, and their ISO form on the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
DAY_MS = 86_400_000


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970 of an aware datetime."""
    return (moment - EPOCH) // _MS


def from_ms(value: int) -> datetime:
    """The aware UTC datetime of milliseconds since 1970. Raises OverflowError when out of range."""
    return EPOCH + timedelta(milliseconds=value)


def iso(value: int) -> str:
    """`2026-11-24T05:56:00.120Z`, as HubSpot writes a moment."""
    return from_ms(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> int | None:
    """Milliseconds of an ISO date or date-time (UTC unless it says otherwise); None if it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
