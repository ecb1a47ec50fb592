"""What every part of the stand-in shares, and what one account of it is configured with."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sandbox.hubspot.records import Source
from sandbox.hubspot.times import to_ms
from sandbox.kit import Clock, Faults


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalAccount:
    """One HubSpot account. Limits of None are off; `subscribed` None tells every property's change."""

    portal_id: int
    access_token: str
    time_zone: str = "UTC"
    currency: str = "EUR"
    family: Literal["contact", "object"] = "contact"
    """Which form of webhook events it gets: `contact.*`, or the generic `object.*`."""
    subscribed: frozenset[str] | None = None
    burst_per_ten_seconds: int | None = 190
    daily_limit: int | None = 650_000
    searches_per_second: int | None = 5
    native_connector: bool = False
    """Whether HubSpot's own Salesforce integration left its properties here."""
    scopes: frozenset[str] | None = None
    """What the token may do; None for everything."""


@dataclass(slots=True, kw_only=True)
class World:
    """Time, chance and how badly the CRM behaves; `faults` may be replaced at any moment."""

    clock: Clock
    rng: random.Random
    faults: Faults
    app_id: int
    search_lag_ms: int = 0
    merge_new_id: bool = True
    sleep: Callable[[float], None]

    def now(self) -> int:
        """The clock, in ms since 1970."""
        return to_ms(self.clock())

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens; draws nothing for 0, so seeds stay comparable."""
        return probability > 0 and self.rng.random() < probability

    @property
    def api_source(self) -> Source:
        """What changes made with the app's token are marked with."""
        return Source(kind="INTEGRATION", id=str(self.app_id))
