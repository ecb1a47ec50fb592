"""HubSpot's search, with all its limits: five a second, 3,000 characters, 200 a page, 10,000 in all.

Later pages are never asked for, so the last of these limits is never reached. A search lags a little behind
writes and shows no archived records, so nothing that must be certain rests on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.crm.hubspot_api import HubSpotApi
from adapters.crm.hubspot_objects import ObjectType, milliseconds, parse_time
from adapters.crm.parts import packed

PAGE = 200
BODY = 2_900
"""HubSpot refuses a search whose JSON is longer than 3,000 characters."""

_LONGEST_ID = 10**18

Result = Mapping[str, Any]
Filter = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Searches for records of one type, yielding pages of results.

    Where the properties asked for do not fit into a search, results carry only the id and the times;
    `complete` says so, and the caller reads the rest by id.
    """

    api: HubSpotApi
    kind: ObjectType
    properties: Sequence[str]

    @property
    def complete(self) -> bool:
        """Whether results carry the properties asked for."""
        return len(json.dumps(list(self.properties))) <= BODY // 2

    def equal(self, name: str, values: Sequence[str]) -> Iterator[list[Result]]:
        """Records whose property is one of the values; IN compares with lower-case values only."""
        bare = [_condition(name, "IN", values=[]), _beyond(_LONGEST_ID)]
        room = BODY - len(json.dumps(self._body(bare, name)))
        lowered = [value.lower() for value in values]
        for part in packed(lowered, lambda value: len(json.dumps(value)) + 2, room):
            yield from self._by_id([_condition(name, "IN", values=part)])

    def since(self, moment: datetime) -> Iterator[list[Result]]:
        """Records modified at or after a moment, oldest first.

        Each page is a search of its own that begins at the newest time of the page before: records of
        exactly that time come again and are left out. Where a whole page has one time, all records of
        that time are walked by id.
        """
        low, known = milliseconds(moment), set[str]()
        while True:
            page = self._page([self._at("GTE", low)], self.kind.modified)
            yield [result for result in page if str(result["id"]) not in known]
            if len(page) < PAGE:
                return
            newest = max(map(self._stamp, page))
            if newest == low:
                yield from self._by_id([self._at("EQ", low)])
                low, known = low + 1, set()
            else:
                low = newest
                known = {str(result["id"]) for result in page if self._stamp(result) == newest}

    def _by_id(self, filters: Sequence[Filter]) -> Iterator[list[Result]]:
        """All records that the filters let through, by rising id."""
        last, full = 0, True
        while full:
            page = self._page([*filters, _beyond(last)], "hs_object_id")
            last = max([last, *(int(result["id"]) for result in page)])
            full = len(page) == PAGE
            yield page

    def _page(self, filters: Sequence[Filter], sort: str) -> list[Result]:
        """The first page of a search, in rising order.

        HubSpot counts later pages off from the beginning, so a record that leaves its place meanwhile
        would move another one over the edge of a page, unseen.
        """
        return list(self.api.search(self.kind, self._body(filters, sort)).get("results", ()))

    def _body(self, filters: Sequence[Filter], sort: str) -> dict[str, Any]:
        """The full form: the published description of the API requires all five members."""
        return {
            "filterGroups": [{"filters": list(filters)}],
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "properties": list(self.properties) if self.complete else [self.kind.modified],
            "limit": PAGE,
            "after": "0",
        }

    def _at(self, operator: str, stamp: int) -> Filter:
        return _condition(self.kind.modified, operator, value=str(stamp))

    def _stamp(self, result: Result) -> int:
        """The modification time as the search orders by it."""
        told = (result.get("properties") or {}).get(self.kind.modified)
        return milliseconds(parse_time(str(told or result["updatedAt"])))


def _condition(name: str, operator: str, **operand: Any) -> Filter:
    return {"propertyName": name, "operator": operator, **operand}


def _beyond(record_id: int) -> Filter:
    return _condition("hs_object_id", "GT", value=str(record_id))
