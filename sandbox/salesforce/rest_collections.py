"""Collections: up to 200 records saved or 2,000 read in one call, a result per record, in request order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from sandbox.salesforce.errors import MalformedJsonError, SalesforceError, row_error
from sandbox.salesforce.fields import ObjectSpec
from sandbox.salesforce.ids import long_id
from sandbox.salesforce.org import Org
from sandbox.salesforce.reads import rendered, shown
from sandbox.salesforce.rest_rows import asked_fields, external_field
from sandbox.salesforce.wire import Answer, Call
from sandbox.salesforce.writes import create, delete, update, upsert

MOST_SAVED = 200
MOST_READ = 2000
MOST_CHUNKS = 10
"""Runs of records of one type in a call."""

Result = dict[str, Any]


class _RolledBackError(Exception):
    """Undoes an allOrNone call."""


def create_rows(org: Org, call: Call) -> Answer:
    """POST composite/sobjects {allOrNone, records}."""
    actor = call.actor(org)

    def one(record: dict[str, Any]) -> Result:
        return _saved(create(org, actor, _typed(org, record), record))

    return _each(org, _records(call), one, all_or_none=_all_or_none(call))


def update_rows(org: Org, call: Call) -> Answer:
    """PATCH composite/sobjects {allOrNone, records with id}; a record named twice fails the second time."""
    actor, seen = call.actor(org), set[str]()

    def one(record: dict[str, Any]) -> Result:
        spec, record_id = _typed(org, record), _own_id(record)
        fields = {name: value for name, value in record.items() if name.lower() != "id"}
        _demand_first(seen, record_id)
        update(org, actor, spec, record_id, fields)
        return _saved(long_id(record_id) or record_id)

    return _each(org, _records(call), one, all_or_none=_all_or_none(call))


def upsert_rows(org: Org, call: Call) -> Answer:
    """PATCH composite/sobjects/X/<field>: each record carries the external id."""
    spec = org.resource(call.names["object"])
    field = external_field(org, spec, call.names["field"])
    actor, seen = call.actor(org), set[str]()

    def one(record: dict[str, Any]) -> Result:
        _demand_type(org, record, spec)
        value = next((value for name, value in record.items() if name.lower() == field.name.lower()), None)
        if value in (None, ""):
            raise row_error("MISSING_ARGUMENT", f"{field.name} not specified", field.name)
        fields = {name: value for name, value in record.items() if name.lower() != field.name.lower()}
        _demand_first(seen, str(value).lower())
        record_id, created = upsert(org, actor, spec, (field, value), fields)
        return {**_saved(record_id), "created": created}

    return _each(org, _records(call), one, all_or_none=_all_or_none(call))


def delete_rows(org: Org, call: Call) -> Answer:
    """DELETE composite/sobjects?ids=&allOrNone=."""
    actor = call.actor(org)
    ids = [given.strip() for given in call.args.get("ids", "").split(",") if given.strip()]
    _demand_count(ids, MOST_SAVED)

    def one(record_id: str) -> Result:
        spec = org.spec_of_id(record_id)
        if spec is None:
            raise row_error("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        delete(org, actor, spec, record_id)
        return _saved(long_id(record_id) or record_id)

    all_or_none = call.args.get("allOrNone", "").lower() == "true"
    return _each(org, ids, one, all_or_none=all_or_none)


def read_rows(org: Org, call: Call) -> Answer:
    """GET composite/sobjects/X?ids=&fields=, or POST {ids, fields}: null in place of what is not there."""
    spec = org.resource(call.names["object"])
    ids, names = _asked(call)
    _demand_count(ids, MOST_READ)
    fields = asked_fields(org, spec, ",".join(names))
    whole = [_readable_id(given) for given in ids]
    rows = [shown(org, spec, record_id) for record_id in whole]
    return Answer(body=[row and rendered(spec, row, fields, call.version) for row in rows])


def _asked(call: Call) -> tuple[list[str], list[str]]:
    if call.method == "GET":
        lists = [[part.strip() for part in call.args.get(name, "").split(",")] for name in ("ids", "fields")]
    else:
        members = call.members()
        lists = [_texts(members, name) for name in ("ids", "fields")]
    ids, fields = ([part for part in parts if part] for parts in lists)
    for name, parts in (("ids", ids), ("fields", fields)):
        if not parts:
            raise SalesforceError("MISSING_ARGUMENT", f"The {name} parameter is required")
    return ids, fields


def _texts(members: dict[str, Any], name: str) -> list[str]:
    texts = members.get(name) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise MalformedJsonError(f"{name} must be a list of strings at [line:1, column:1]")
    return texts


def _readable_id(given: str) -> str:
    record_id = long_id(given)
    if record_id is None:
        raise SalesforceError("MALFORMED_ID", f"malformed id {given}")
    return record_id


def _each(org: Org, items: Iterable[Any], one: Callable[[Any], Result], *, all_or_none: bool) -> Answer:
    """Do every item in its own transaction; a value of the wrong JSON type fails the whole call."""
    results: list[Result] = []
    try:
        with org.store.transaction():
            results.extend(_outcome(org, one, item) for item in items)
            if all_or_none:
                _demand_all(results)
    except _RolledBackError:
        results = [_undone() if result["success"] else result for result in results]
    return Answer(body=results)


def _demand_all(results: list[Result]) -> None:
    if not all(result["success"] for result in results):
        raise _RolledBackError


def _outcome(org: Org, one: Callable[[Any], Result], item: Any) -> Result:
    try:
        with org.store.transaction():
            return one(item)
    except MalformedJsonError:
        raise
    except SalesforceError as error:
        return {"success": False, "errors": [error.item()]}


def _saved(record_id: str) -> Result:
    return {"id": record_id, "success": True, "errors": []}


def _undone() -> Result:
    message = (
        "Record rolled back because not all records were valid and the request was using AllOrNone header"
    )
    return {"success": False, "errors": [row_error("ALL_OR_NONE_OPERATION_ROLLED_BACK", message).item()]}


def _all_or_none(call: Call) -> bool:
    return call.members().get("allOrNone") is True


def _records(call: Call) -> list[dict[str, Any]]:
    """The records of the body. Raises for too many of them, too mixed ones, or what are none."""
    records = call.members().get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise MalformedJsonError("The records member must be a list of objects at [line:1, column:1]")
    _demand_count(records, MOST_SAVED)
    types = [_type_named(record) for record in records]
    if None in types:
        raise SalesforceError("INVALID_TYPE", "Each record needs an attributes member with its type")
    if sum(before != after for before, after in pairwise(types)) >= MOST_CHUNKS:
        message = (
            f"Cannot have more than {MOST_CHUNKS} chunks in a single operation. "
            "Please rearrange the data to reduce chunking."
        )
        raise SalesforceError("LIMIT_EXCEEDED", message)
    return records


def _type_named(record: dict[str, Any]) -> str | None:
    attributes = record.get("attributes")
    named = attributes.get("type") if isinstance(attributes, dict) else None
    return named if isinstance(named, str) else None


def _demand_count(items: Sequence[Any], most: int) -> None:
    if len(items) > most:
        message = f"record limit reached. cannot submit more than {most} records into this call"
        raise SalesforceError("EXCEEDED_ID_LIMIT", message)


def _demand_first(seen: set[str], key: str) -> None:
    key = long_id(key) or key
    if key in seen:
        message = f"Duplicate value found: {key} is specified more than once in this call"
        raise row_error("DUPLICATE_VALUE", message)
    seen.add(key)


def _typed(org: Org, record: dict[str, Any]) -> ObjectSpec:
    try:
        return org.spec(str(record["attributes"]["type"]))
    except SalesforceError as error:
        raise row_error(error.code, error.message) from None


def _demand_type(org: Org, record: dict[str, Any], spec: ObjectSpec) -> None:
    if _typed(org, record).name != spec.name:
        raise row_error("INVALID_TYPE", f"The record's type is not {spec.name}")


def _own_id(record: dict[str, Any]) -> str:
    found = next((value for name, value in record.items() if name.lower() == "id"), None)
    if not found:
        raise row_error("MISSING_ARGUMENT", "Id not specified in an update call", "Id")
    return str(found)
