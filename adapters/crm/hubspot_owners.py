"""HubSpot's owners: the users to whom records are given, by owner id and never by user id."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.crm.hubspot_api import HubSpotApi, Json
from adapters.crm.hubspot_objects import parse_time
from contract.ports import Owner
from contract.records import email_key

KEPT = timedelta(minutes=5)
DOUBTED = timedelta(seconds=30)
"""From this age on, the list is read anew for somebody who is not on it: there may be a new owner."""
_PAGE = "500"


@dataclass(slots=True, kw_only=True)
class HubSpotOwners:
    """The active owners of one account, which HubSpot lists whole, five hundred a call."""

    api: HubSpotApi
    _known: tuple[Owner, ...] = ()
    _read_at: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def owners(self, ids: Collection[str], emails: Collection[str]) -> list[Owner]:
        """See contract.ports.Owners; raises CrmError."""
        with self._lock:
            found = self._among(ids, emails) if self._younger_than(KEPT) else []
            missing = len({one.id for one in found} & set(ids)) < len(set(ids))
            missing = missing or not set(emails) <= {one.email for one in found}
            if missing and not self._younger_than(DOUBTED):
                self._known = tuple(self._listed())
                self._read_at = self.api.http.clock()
            return self._among(ids, emails)

    def _among(self, ids: Collection[str], emails: Collection[str]) -> list[Owner]:
        return [one for one in self._known if one.id in ids or one.email in emails]

    def _younger_than(self, age: timedelta) -> bool:
        return self._read_at is not None and self.api.http.clock() - self._read_at < age

    def _listed(self) -> Iterator[Owner]:
        results: list[Json] = []
        after = ""
        while True:
            params = {"limit": _PAGE, "archived": "false"} | ({"after": after} if after else {})
            answer = self.api.call("GET", "/crm/v3/owners", params=params)
            results += answer.get("results") or ()
            after = str(((answer.get("paging") or {}).get("next") or {}).get("after") or "")
            if not after:
                break
        people = (each for each in results if each.get("type", "PERSON") == "PERSON")
        for each in sorted(people, key=lambda each: parse_time(each["createdAt"])):
            yield Owner(
                id=str(each["id"]), email=email_key(each.get("email")), active=not each.get("archived")
            )
