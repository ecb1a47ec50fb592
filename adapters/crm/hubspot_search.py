"""HubSpot's search, with all its limits: five a second, 3,000 characters, 200 a page, 10,000 in all.

It lags a little behind writes and shows no archived records, so nothing that must be certain rests on it.
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
WINDOW = 10_000
"""A search answers 400 beyond so many results, whatever the paging."""
BODY = 2_900
"""HubSpot refuses a search whose JSON is longer than 3,000 characters."""

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
        room = BODY - len(json.dumps(self._body([_condition(name, "IN", values=[])], name, "0")))
        lowered = [value.lower() for value in values]
        for part in packed(lowered, lambda value: len(json.dumps(value)) + 2, room):
            yield from self._window([_condition(name, "IN", values=part)], "hs_object_id")

    def since(self, moment: datetime) -> Iterator[list[Result]]:
        """Records modified at or after a moment, oldest first.

        Window after window, each beginning at the newest time of the one before: records of exactly
        that time come again and are left out. Where more than a window has one time, they are walked
        by id.
        """
        low, known = milliseconds(moment), set[str]()
        while True:
            newest, at_newest, count = low, set[str](), 0
            for page in self._window([self._at("GTE", low)], self.kind.modified):
                count += len(page)
                for result in page:
                    stamp = self._stamp(result)
                    at_newest = at_newest if stamp == newest else set()
                    at_newest.add(str(result["id"]))
                    newest = stamp
                yield [result for result in page if str(result["id"]) not in known]
            if count < WINDOW:
                return
            if newest == low:
                yield from self._all_at(low)
                newest, at_newest = low + 1, set()
            low, known = newest, at_newest

    def _all_at(self, stamp: int) -> Iterator[list[Result]]:
        """All records of one modification time, by rising id."""
        last, count = 0, WINDOW
        while count >= WINDOW:
            count = 0
            beyond = _condition("hs_object_id", "GT", value=str(last))
            for page in self._window([self._at("EQ", stamp), beyond], "hs_object_id"):
                count += len(page)
                last = max([last, *(int(result["id"]) for result in page)])
                yield page

    def _window(self, filters: Sequence[Filter], sort: str) -> Iterator[list[Result]]:
        """Pages of one search, in rising order, up to the cap of WINDOW records."""
        after, count = "0", 0
        while True:
            body = self._body(filters, sort, after)
            answer = self.api.search(self.kind, body)
            results = list(answer.get("results", ()))
            count += len(results)
            yield results
            following = ((answer.get("paging") or {}).get("next") or {}).get("after")
            if following is None or count >= WINDOW:
                return
            after = str(following)

    def _body(self, filters: Sequence[Filter], sort: str, after: str) -> dict[str, Any]:
        """The full form: the published description of the API requires all five members."""
        return {
            "filterGroups": [{"filters": list(filters)}],
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "properties": list(self.properties) if self.complete else [self.kind.modified],
            "limit": PAGE,
            "after": after,
        }

    def _at(self, operator: str, stamp: int) -> Filter:
        return _condition(self.kind.modified, operator, value=str(stamp))

    def _stamp(self, result: Result) -> int:
        """The modification time as the search orders by it."""
        told = (result.get("properties") or {}).get(self.kind.modified)
        return milliseconds(parse_time(str(told or result["updatedAt"])))


def _condition(name: str, operator: str, **operand: Any) -> Filter:
    return {"propertyName": name, "operator": operator, **operand}
