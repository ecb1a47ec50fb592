"""How far back a sweep looks, and how far its watermarks move on."""

from __future__ import annotations

from datetime import timedelta

OVERLAP = timedelta(seconds=90)
"""How far behind its watermark a sweep looks again: indexes lag, clocks differ, transactions end late."""
LISTED_BY_NOW = timedelta(minutes=15)
"""What was modified longer ago, by our clock, has been listed: a quiet portal is not listed anew for ever."""
