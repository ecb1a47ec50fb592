"""Associations v4: tie, untie and read pairs, one by one and in batches."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.api.batches import batch_reply
from sandbox.hubspot.api.calls import Call, Reply, Route
from sandbox.hubspot.associations import CATEGORY, kinds_between
from sandbox.hubspot.errors import ApiError, bad_request
from sandbox.hubspot.linking import link, read_types, unlink
from sandbox.hubspot.records import Record
from sandbox.hubspot.shelf import Shelf

READ_LIMIT, WRITE_LIMIT = 1_000, 2_000
PAGE = 500


def _shelves(call: Call) -> tuple[Shelf, Shelf]:
    return call.portal.shelf(call.path["from_kind"]), call.portal.shelf(call.path["to_kind"])


def _live(call: Call, shelf: Shelf, ident: str) -> Record:
    return shelf.live(ident, now=call.world.now())


def _pair(call: Call) -> tuple[Record, Record]:
    one, other = _shelves(call)
    return _live(call, one, call.path["from_id"]), _live(call, other, call.path["to_id"])


def _ends(call: Call, item: dict[str, Any]) -> tuple[Record, Record]:
    one, other = _shelves(call)
    return _live(call, one, _end(item, "from")), _live(call, other, _end(item, "to"))


def _end(item: dict[str, Any], side: str) -> str:
    end = item.get(side)
    if not isinstance(end, dict) or not isinstance(end.get("id"), str | int):
        raise bad_request(f"Invalid input JSON: {side} needs an id.")
    return str(end["id"])


def _tied(call: Call, record: Record, to_type: str) -> list[dict[str, Any]]:
    kinds = kinds_between(record.type.name, to_type)
    return [
        {
            "toObjectId": int(other.id),
            "associationTypes": [kind.to_wire() for kind in kinds if kind.number in numbers],
        }
        for other, numbers in call.portal.associations.of(record, to_type)
    ]


def _read_one(call: Call) -> Reply:
    one, other = _shelves(call)
    record = _live(call, one, call.path["from_id"])
    limit, after = call.limit(default=PAGE, most=PAGE), call.argument("after", "0")
    start = int(after) if after.isdigit() else 0
    tied = _tied(call, record, other.type.name)
    body: dict[str, Any] = {"results": tied[start : start + limit]}
    if start + limit < len(tied):
        body["paging"] = {"next": {"after": str(start + limit)}}
    return Reply(body=body)


def _defaults(a: Record, b: Record) -> list[dict[str, Any]]:
    """What tying by default answers: the unlabelled type in both directions."""
    return [
        {
            "from": {"id": one.id},
            "to": {"id": other.id},
            "associationSpec": {
                "associationCategory": CATEGORY,
                "associationTypeId": kinds_between(one.type.name, other.type.name)[0].number,
            },
        }
        for one, other in ((a, b), (b, a))
    ]


def _put_default(call: Call) -> Reply:
    a, b = _pair(call)
    link(call.portal, a, b, set(), call.source)
    return batch_reply(call, _defaults(a, b), ())


def _labels(a: Record, b: Record, numbers: frozenset[int]) -> dict[str, Any]:
    kinds = kinds_between(a.type.name, b.type.name)
    return {
        "fromObjectTypeId": a.type.type_id,
        "fromObjectId": int(a.id),
        "toObjectTypeId": b.type.type_id,
        "toObjectId": int(b.id),
        "labels": [kind.label for kind in kinds if kind.label and kind.number in numbers],
    }


def _put(call: Call) -> Reply:
    a, b = _pair(call)
    numbers = read_types(call.body)
    link(call.portal, a, b, set(numbers), call.source, replace=True)
    return Reply(status=201, body=_labels(a, b, numbers))


def _delete(call: Call) -> Reply:
    a, b = _pair(call)
    unlink(call.portal, a, b, call.source)
    return Reply(status=204)


def _batch_read(call: Call) -> Reply:
    one, other = _shelves(call)
    results, errors = [], []
    for item in call.inputs(READ_LIMIT):
        ident = str(item.get("id", ""))
        record = one.find(ident, now=call.world.now())
        tied = _tied(call, record, other.type.name) if record is not None else []
        if tied and record is not None:
            results.append({"from": {"id": record.id}, "to": tied})
        else:
            errors.append(_nothing_tied(one, other, ident))
    return batch_reply(call, results, errors)


def _nothing_tied(one: Shelf, other: Shelf, ident: str) -> dict[str, Any]:
    error = ApiError(
        404,
        "OBJECT_NOT_FOUND",
        f"No {other.type.singular} is associated with {one.type.singular} {ident}.",
        context={
            "fromObjectId": [ident],
            "fromObjectType": [one.type.type_id],
            "toObjectType": [other.type.type_id],
        },
    )
    return {**error.row(), "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}


def _batch_default(call: Call) -> Reply:
    pairs = [_ends(call, item) for item in call.inputs(WRITE_LIMIT)]
    for a, b in pairs:
        link(call.portal, a, b, set(), call.source)
    return batch_reply(call, [row for a, b in pairs for row in _defaults(a, b)], ())


def _batch_create(call: Call) -> Reply:
    wanted = [(*_ends(call, item), read_types(item.get("types"))) for item in call.inputs(WRITE_LIMIT)]
    for a, b, numbers in wanted:
        link(call.portal, a, b, set(numbers), call.source)
    return batch_reply(call, [_labels(a, b, numbers) for a, b, numbers in wanted], (), status=201)


def _batch_archive(call: Call) -> Reply:
    one, other = _shelves(call)
    for item in call.inputs(WRITE_LIMIT):
        a = one.find(_end(item, "from"), now=call.world.now())
        for to in item.get("to") or ():
            b = other.find(str(to.get("id", "")), now=call.world.now()) if isinstance(to, dict) else None
            if a is not None and b is not None:
                unlink(call.portal, a, b, call.source)
    return Reply(status=204)


def _batch_unlabel(call: Call) -> Reply:
    wanted = [(*_ends(call, item), read_types(item.get("types"))) for item in call.inputs(WRITE_LIMIT)]
    for a, b, numbers in wanted:
        unlink(call.portal, a, b, call.source, set(numbers))
    return Reply(status=204)


def _all_labels(call: Call) -> Reply:
    one, other = _shelves(call)
    return Reply(body={"results": [k.to_wire() for k in kinds_between(one.type.name, other.type.name)]})


_OF = "/crm/v4/objects/<from_kind>/<from_id>/associations"
_BATCH = "/crm/v4/associations/<from_kind>/<to_kind>/batch"


def _route(method: str, rule: str, handler: Any, *, writes: bool = False) -> Route:
    return Route(method=method, rule=rule, handler=handler, writes=writes, bucket="associations")


ROUTES = (
    _route("GET", f"{_OF}/<to_kind>", _read_one),
    _route("PUT", f"{_OF}/default/<to_kind>/<to_id>", _put_default, writes=True),
    _route("PUT", f"{_OF}/<to_kind>/<to_id>", _put, writes=True),
    _route("DELETE", f"{_OF}/<to_kind>/<to_id>", _delete, writes=True),
    _route("POST", f"{_BATCH}/read", _batch_read),
    _route("POST", f"{_BATCH}/associate/default", _batch_default, writes=True),
    _route("POST", f"{_BATCH}/create", _batch_create, writes=True),
    _route("POST", f"{_BATCH}/archive", _batch_archive, writes=True),
    _route("POST", f"{_BATCH}/labels/archive", _batch_unlabel, writes=True),
    _route("GET", "/crm/v4/associations/<from_kind>/<to_kind>/labels", _all_labels),
)
