"""Runs a parsed statement over the org's rows as the API's user sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.fields import ObjectSpec, Row
from sandbox.salesforce.org import Org
from sandbox.salesforce.reads import attributes, shown
from sandbox.salesforce.soql.filters import Test, comparison, is_text, membership, operand
from sandbox.salesforce.soql.paths import Path, getter, parent, resolve
from sandbox.salesforce.soql.tree import (
    Comparison,
    Condition,
    Junction,
    Membership,
    Negation,
    Ordering,
    Select,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer: how many rows match, and their rendering (none for COUNT())."""

    total: int
    records: list[dict[str, Any]]


def run(org: Org, select: Select, *, deleted_too: bool, version: str) -> Found:
    """All rows of the statement. Raises INVALID_TYPE, INVALID_FIELD, INVALID_QUERY_FILTER_OPERATOR."""
    spec = org.spec(select.object_name)
    paths = [resolve(org, spec, column) for column in select.columns]
    rows = _sorted(org, spec, _matching(org, spec, select, deleted_too=deleted_too), select.order)
    end = None if select.limit is None else select.offset + select.limit
    rows = rows[select.offset : end]
    records = [_record(org, spec, row, paths, version) for row in rows] if paths else []
    return Found(total=len(rows), records=records)


def _matching(org: Org, spec: ObjectSpec, select: Select, *, deleted_too: bool) -> list[Row]:
    test = None if select.where is None else _compiled(org, spec, select.where)
    ids = _candidates(org, spec, select.where)
    seen = (shown(org, spec, record_id, deleted_too=deleted_too) for record_id in ids)
    return [row for row in seen if row is not None and (test is None or test(row))]


def _candidates(org: Org, spec: ObjectSpec, where: Condition | None) -> list[str]:
    """Ids worth looking at: those an indexed column allows, else all."""
    parts = where.conditions if isinstance(where, Junction) and where.word == "AND" else (where,)
    for part in parts:
        values = _constants(part)
        if values is None or not isinstance(part, Comparison | Membership):
            continue
        field = spec.field(part.column.path)
        if field is not None and (field.type == "id" or field.indexed):
            wanted = [operand(field, constant) for constant in values]
            if None not in wanted:
                return (
                    list(dict.fromkeys(wanted))
                    if field.type == "id"
                    else org.store.candidates(spec.name, field.name, wanted)
                )
    return list(org.store.tables[spec.name])


def _constants(part: Condition | None) -> Iterable[Any] | None:
    """The constants a column must equal one of; None when the condition does not say that."""
    if isinstance(part, Comparison) and part.operator == "=":
        return (part.constant,)
    if isinstance(part, Membership) and not part.negated and part.subquery is None:
        return part.constants
    return None


def _compiled(org: Org, spec: ObjectSpec, condition: Condition) -> Test:
    if isinstance(condition, Negation):
        inner = _compiled(org, spec, condition.condition)
        return lambda row: not inner(row)
    if isinstance(condition, Junction):
        tests = [_compiled(org, spec, part) for part in condition.conditions]
        joined = all if condition.word == "AND" else any
        return lambda row: joined(test(row) for test in tests)
    path = resolve(org, spec, condition.column)
    get = getter(org, path)
    if isinstance(condition, Comparison):
        return comparison(path, get, condition.operator, condition.constant)
    return membership(path, get, _members(org, path, condition), negated=condition.negated)


def _members(org: Org, path: Path, condition: Membership) -> list[Any]:
    if condition.subquery is None:
        return [operand(path.field, constant) for constant in condition.constants]
    select = condition.subquery
    spec = org.spec(select.object_name)
    if len(select.columns) != 1:
        message = "The inner and outer selects should not be on the same object type, and select one field"
        raise SalesforceError("MALFORMED_QUERY", message)
    get = getter(org, resolve(org, spec, select.columns[0]))
    return [get(row) for row in _matching(org, spec, select, deleted_too=False)]


def _sorted(org: Org, spec: ObjectSpec, rows: list[Row], order: tuple[Ordering, ...]) -> list[Row]:
    for term in reversed(order):
        path = resolve(org, spec, term.column)
        if not path.field.filterable:
            message = f"field '{path.field.name}' can not be sorted in a query call"
            raise SalesforceError("INVALID_FIELD", message)
        get = _sort_value(path, getter(org, path))
        blank = [row for row in rows if get(row) is None]
        filled = [row for row in rows if get(row) is not None]
        filled.sort(key=get, reverse=term.descending)
        rows = filled + blank if term.nulls_last else blank + filled
    return rows


def _sort_value(path: Path, get: Callable[[Row], Any]) -> Callable[[Row], Any]:
    if not is_text(path.field):
        return get
    return lambda row: None if (value := get(row)) is None else str(value).lower()


def _record(org: Org, spec: ObjectSpec, row: Row, paths: list[Path], version: str) -> dict[str, Any]:
    record: dict[str, Any] = {"attributes": attributes(spec, row, version)}
    for path in paths:
        if path.references:
            _nest(org, row, record, path, version)
        else:
            record[path.field.name] = row[path.field.name]
    return record


def _nest(org: Org, row: Row, record: dict[str, Any], path: Path, version: str) -> None:
    """Put a parent's field into nested objects, or null where the relationship is blank."""
    top = row
    for depth, name in enumerate(path.names[:-1], start=1):
        above = parent(org, row, path.references[:depth])
        spec = None if above is None else org.spec_of_id(above["Id"])
        if above is None or spec is None:
            record[name] = None
            return
        record = record.setdefault(name, {"attributes": attributes(spec, above, version)})
        top = above
    record[path.field.name] = top.get(path.field.name)
