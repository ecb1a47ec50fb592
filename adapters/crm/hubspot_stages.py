"""The lifecycle stages of one HubSpot account, in the order in which it shows them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.crm.hubspot_api import HubSpotApi, Json
from contract.lifecycle import STAGE

KEPT = timedelta(minutes=5)


@dataclass(slots=True, kw_only=True)
class HubSpotStages:
    """See contract.ports.Lifecycle. Each account may add stages, take some out, and order them anew."""

    api: HubSpotApi
    _known: tuple[str, ...] = ()
    _read_at: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stages(self) -> tuple[str, ...]:
        """The values, first to last; raises CrmError (permission) without the scope to see properties."""
        with self._lock:
            now = self.api.http.clock()
            if self._read_at is None or now - self._read_at >= KEPT:
                found = self.api.call("GET", f"/crm/v3/properties/contacts/{STAGE}")
                options = sorted(found.get("options") or (), key=_place)
                self._known, self._read_at = tuple(str(one["value"]) for one in options), now
            return self._known


def _place(option: Json) -> tuple[bool, int]:
    """By displayOrder; what has none, which HubSpot says by -1, is shown last."""
    order = int(option.get("displayOrder", -1))
    return order < 0, order
