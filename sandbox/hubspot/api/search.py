"""Search: filters, sorting and paging over records as they stood a moment ago."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sandbox.hubspot.api.calls import Call, Reply, Route, text_list
from sandbox.hubspot.errors import bad_request
from sandbox.hubspot.filters import Filter, read_filter, sort_key
from sandbox.hubspot.records import Record, Version
from sandbox.hubspot.wire import record_wire

MAX_GROUPS, MAX_IN_GROUP, MAX_FILTERS = 5, 6, 18
MAX_BODY = 3_000
MAX_PAGE, DEFAULT_PAGE = 200, 10
MAX_RESULTS = 10_000

Found = tuple[Record, Version]


def _groups(call: Call) -> list[list[Filter]]:
    raw = call.fields().get("filterGroups") or []
    if not isinstance(raw, list) or not all(isinstance(group, dict) for group in raw):
        raise bad_request("Invalid input JSON: filterGroups must be a list of objects.")
    groups = [group.get("filters") or [] for group in raw]
    if len(groups) > MAX_GROUPS or any(len(group) > MAX_IN_GROUP for group in groups):
        raise bad_request(f"There may be at most {MAX_GROUPS} filter groups of {MAX_IN_GROUP} filters each.")
    if sum(len(group) for group in groups) > MAX_FILTERS:
        raise bad_request(f"There may be at most {MAX_FILTERS} filters in all.")
    return [[read_filter(call.shelf.definitions, item) for item in group] for group in groups]


def _window(call: Call) -> tuple[int, int]:
    """First result and page size. Raises ApiError 400 beyond what a search can reach."""
    fields = call.fields()
    limit, after = fields.get("limit", DEFAULT_PAGE), str(fields.get("after") or "0")
    if not isinstance(limit, int) or not 0 <= limit <= MAX_PAGE:
        raise bad_request(f"limit must be between 0 and {MAX_PAGE}.")
    if not after.isdigit():
        raise bad_request(f"after is not a valid cursor: {after}")
    if int(after) + limit > MAX_RESULTS:
        raise bad_request(f"A search can return at most {MAX_RESULTS} results in all.")
    return int(after), limit


def _candidates(call: Call) -> list[Found]:
    """Live records as the index knows them; the index lags behind writes."""
    moment = call.world.now() - call.world.search_lag_ms
    found = []
    for record in call.shelf.records.values():
        version = record.as_of(moment)
        if version is not None and version.archived_at is None and version.merged_into is None:
            found.append((record, version))
    return found


def _query(call: Call, found: list[Found]) -> list[Found]:
    words = str(call.fields().get("query") or "").casefold().split()
    if not words:
        return found
    names = call.shelf.type.searched

    def hit(version: Version) -> bool:
        text = " ".join(version.values.get(name, "") for name in names).casefold()
        return all(word in text for word in words)

    return [(record, version) for record, version in found if hit(version)]


def _sorted(call: Call, found: list[Found]) -> list[Found]:
    """One sort at most; without one, in order of creation. Records lacking the value come last."""
    sorts = call.fields().get("sorts") or []
    found = sorted(found, key=lambda item: int(item[0].id))
    if not sorts:
        return found
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise bad_request("Only one sort is allowed.")
    name, descending = _sort(sorts[0])
    definition = call.shelf.definitions.get(name)
    if definition is None:
        raise bad_request(f"There was a problem with the request: property {name} does not exist.")
    having = [item for item in found if item[1].values.get(name)]
    lacking = [item for item in found if not item[1].values.get(name)]
    having.sort(key=lambda item: sort_key(definition, item[1].values[name]), reverse=descending)
    return having + lacking


def _sort(raw: Any) -> tuple[str, bool]:
    if isinstance(raw, str):
        return raw.lstrip("-"), raw.startswith("-")
    if isinstance(raw, dict):
        return str(raw.get("propertyName", "")), raw.get("direction") == "DESCENDING"
    raise bad_request("Invalid input JSON: a sort must be an object.")


def _passes(groups: Sequence[Sequence[Filter]], version: Version) -> bool:
    return not groups or any(all(f.matches(version.values) for f in group) for group in groups)


def _search(call: Call) -> Reply:
    if len(json.dumps(call.fields(), ensure_ascii=False)) > MAX_BODY:
        raise bad_request(f"The search request is longer than {MAX_BODY} characters.")
    groups, (start, limit) = _groups(call), _window(call)
    names = text_list(call.fields().get("properties"), "properties")
    passing = [item for item in _query(call, _candidates(call)) if _passes(groups, item[1])]
    found = _sorted(call, passing)
    page = found[start : start + limit]
    body: dict[str, Any] = {
        "total": len(found),
        "results": [record_wire(call.portal, record, version, names=names) for record, version in page],
    }
    if start + limit < len(found):
        body["paging"] = {"next": {"after": str(start + limit)}}
    return Reply(body=body)


ROUTES = (Route(method="POST", rule="/crm/v3/objects/<kind>/search", handler=_search, bucket="search"),)
