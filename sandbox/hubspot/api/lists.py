"""Lists and memberships. Two orders: `/memberships` by record id, `/memberships/join-order` by joining."""

from __future__ import annotations

import base64
from typing import Any

from sandbox.hubspot.api.batches import batch_reply
from sandbox.hubspot.api.calls import Call, Reply, Route, text_list
from sandbox.hubspot.errors import ApiError, bad_request
from sandbox.hubspot.lists import RecordList
from sandbox.hubspot.times import iso

PAGE, MAX_PAGE = 100, 250
CREATABLE = frozenset({"MANUAL", "SNAPSHOT"})
"""Dynamic lists are made in the stand-in's control API: their filter language is not spoken here."""


def _create(call: Call) -> Reply:
    processing = call.field("processingType")
    if processing not in CREATABLE:
        raise bad_request(f"processingType {processing} cannot be created without a filterBranch.")
    kind = call.portal.shelf(call.field("objectTypeId")).type
    made = call.portal.lists.create(call.field("name"), kind, processing)
    return Reply(body={"list": made.to_wire()})


def _the_list(call: Call) -> RecordList:
    return call.portal.lists.get(call.path["list_id"])


def _get(call: Call) -> Reply:
    return Reply(body={"list": _the_list(call).to_wire()})


def _by_ids(call: Call) -> Reply:
    wanted = call.names("listIds")
    return Reply(body={"lists": [found.to_wire() for found in call.portal.lists if found.id in wanted]})


def _delete(call: Call) -> Reply:
    call.portal.lists.delete(call.path["list_id"])
    return Reply(status=204)


def _search(call: Call) -> Reply:
    fields = call.fields()
    words, types = (
        str(fields.get("query") or "").casefold(),
        text_list(fields.get("processingTypes"), "processingTypes"),
    )
    found = [
        one
        for one in call.portal.lists
        if words in one.name.casefold() and (not types or one.processing in types)
    ]
    offset, count = _number(fields, "offset", 0), _number(fields, "count", 20)
    page = [_search_result(one) for one in found[offset : offset + count]]
    return Reply(
        body={
            "lists": page,
            "total": len(found),
            "offset": offset + len(page),
            "hasMore": offset + len(page) < len(found),
        }
    )


def _number(fields: dict[str, Any], name: str, default: int) -> int:
    value = fields.get(name, default)
    if not isinstance(value, int) or value < 0:
        raise bad_request(f"Invalid input JSON: {name} must be a number that is not negative.")
    return value


def _search_result(one: RecordList) -> dict[str, Any]:
    wire = one.to_wire()
    size = wire.pop("size")
    return {**wire, "additionalProperties": {"hs_list_size": str(size)}}


def _page(call: Call, members: list[tuple[str, int]]) -> Reply:
    limit = call.limit(default=PAGE, most=MAX_PAGE)
    start = _position(call.argument("after"))
    page = members[start : start + limit]
    body: dict[str, Any] = {
        "total": len(members),
        "results": [{"recordId": ident, "membershipTimestamp": iso(joined)} for ident, joined in page],
    }
    if start + limit < len(members):
        body["paging"] = {"next": {"after": _cursor(start + limit)}}
    return Reply(body=body)


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"p{position}".encode()).decode()


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()).decode()[1:])
    except ValueError:
        raise bad_request(f"after is not a valid cursor: {cursor}") from None


def _memberships(call: Call) -> Reply:
    return _page(call, sorted(_the_list(call).members.items(), key=lambda member: int(member[0])))


def _in_join_order(call: Call) -> Reply:
    return _page(call, list(_the_list(call).members.items()))


def _manual(call: Call) -> RecordList:
    target = _the_list(call)
    if target.processing == "DYNAMIC":
        raise ApiError(
            400,
            "VALIDATION_ERROR",
            "Memberships of a list with processing type DYNAMIC cannot be changed.",
            context={"listId": [target.id]},
        )
    return target


def _change(call: Call, adding: list[str], removing: list[str]) -> Reply:
    target, now = _manual(call), call.world.now()
    shelf = call.portal.shelf(target.type.name)
    added, removed, missing = [], [], []
    for ident in adding:
        record = shelf.find(ident, now=now)
        if record is None or not record.live:
            missing.append(ident)
        elif call.portal.lists.add(target, record.id):
            added.append(record.id)
    for ident in removing:
        if target.members.pop(ident, None) is not None:
            removed.append(ident)
        elif shelf.find(ident, now=now) is None:
            missing.append(ident)
    return Reply(body={"recordsIdsAdded": added, "recordIdsRemoved": removed, "recordIdsMissing": missing})


def _bare_ids(call: Call) -> list[str]:
    if not isinstance(call.body, list):
        raise bad_request("Invalid input JSON: an array of record ids is expected.")
    return text_list(call.body, "record ids")


def _add(call: Call) -> Reply:
    return _change(call, _bare_ids(call), [])


def _remove(call: Call) -> Reply:
    return _change(call, [], _bare_ids(call))


def _add_and_remove(call: Call) -> Reply:
    fields = call.fields()
    return _change(
        call,
        text_list(fields.get("recordIdsToAdd"), "recordIdsToAdd"),
        text_list(fields.get("recordIdsToRemove"), "recordIdsToRemove"),
    )


def _of_record(call: Call) -> Reply:
    call.portal.shelf(call.path["type_id"])
    ident = call.path["ident"]
    found = [one.membership(ident) for one in call.portal.lists.of(ident)]
    return Reply(body={"results": found, "total": len(found)})


def _batch_of_records(call: Call) -> Reply:
    results = []
    for item in call.inputs():
        type_id, ident = str(item.get("objectTypeId", "")), str(item.get("recordId", ""))
        call.portal.shelf(type_id)
        found = [one.membership(ident) for one in call.portal.lists.of(ident)]
        results.append({"objectTypeId": type_id, "recordId": ident, "recordListMemberships": found})
    return batch_reply(call, results, ())


_LISTS = "/crm/v3/lists"
_MEMBERS = f"{_LISTS}/<list_id>/memberships"

ROUTES = (
    Route(method="POST", rule=_LISTS, handler=_create, writes=True),
    Route(method="GET", rule=_LISTS, handler=_by_ids),
    Route(method="POST", rule=f"{_LISTS}/search", handler=_search),
    Route(method="GET", rule=f"{_LISTS}/<list_id>", handler=_get),
    Route(method="DELETE", rule=f"{_LISTS}/<list_id>", handler=_delete, writes=True),
    Route(method="GET", rule=_MEMBERS, handler=_memberships),
    Route(method="GET", rule=f"{_MEMBERS}/join-order", handler=_in_join_order),
    Route(method="PUT", rule=f"{_MEMBERS}/add", handler=_add, writes=True),
    Route(method="PUT", rule=f"{_MEMBERS}/remove", handler=_remove, writes=True),
    Route(method="PUT", rule=f"{_MEMBERS}/add-and-remove", handler=_add_and_remove, writes=True),
    Route(method="GET", rule=f"{_LISTS}/records/<type_id>/<ident>/memberships", handler=_of_record),
    Route(method="POST", rule=f"{_LISTS}/records/memberships/batch/read", handler=_batch_of_records),
)
