"""Turns a condition into a test of one row. Text compares without regard to case, null equals only null."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.fields import FieldSpec, Row
from sandbox.salesforce.ids import long_id
from sandbox.salesforce.soql.lexer import malformed
from sandbox.salesforce.soql.paths import Path
from sandbox.salesforce.soql.tree import Constant
from sandbox.salesforce.values import parsed_time

Test = Callable[[Row], bool]

_ESCAPES: Mapping[str, str] = MappingProxyType({"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"})
_LITERALS = frozenset("\\'\"_%")
_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
)
_NUMBERS = frozenset({"int", "double", "currency", "percent"})
_IDS = frozenset({"id", "reference"})
_PLAIN = frozenset({"boolean", "date", "datetime"}) | _NUMBERS


def is_text(field: FieldSpec) -> bool:
    """Whether values compare as text, without regard to case."""
    return field.type not in _PLAIN and field.type not in _IDS


def comparison(path: Path, get: Callable[[Row], Any], sign: str, constant: Constant) -> Test:
    """The test of `field sign constant`. Raises INVALID_FIELD or INVALID_QUERY_FILTER_OPERATOR."""
    field = path.field
    if sign == "LIKE":
        return _like(field, get, constant)
    value = operand(field, constant)
    fold = _folder(field)
    if sign == "=":
        return lambda row: fold(get(row)) == value
    if sign == "!=":
        return lambda row: fold(get(row)) != value
    if field.type == "boolean" or value is None:
        raise _wrong_operator(field)
    compare = _ORDERED[sign]
    return lambda row: (found := fold(get(row))) is not None and compare(found, value)


def membership(path: Path, get: Callable[[Row], Any], values: Iterable[Any], *, negated: bool) -> Test:
    """The test of `field [NOT] IN values`, the values folded as `operand` gives them."""
    fold, wanted = _folder(path.field), frozenset(values)
    return lambda row: (fold(get(row)) in wanted) != negated


def operand(field: FieldSpec, constant: Constant) -> Any:
    """The constant as comparable with the field's folded values. Raises INVALID_FIELD on a wrong kind."""
    if not field.filterable:
        message = f"field '{field.name}' can not be filtered in a query call"
        raise SalesforceError("INVALID_FIELD", message)
    if constant.kind == "null":
        return None
    if field.type in _IDS:
        return _id(constant)
    _demand_kind(field, constant)
    if constant.kind == "string":
        return unescaped(constant.text).lower() or None
    if constant.kind == "number":
        return float(constant.text)
    if constant.kind == "boolean":
        return constant.text == "TRUE"
    return constant.text if constant.kind == "date" else _comparable_time(constant.text)


def _demand_kind(field: FieldSpec, constant: Constant) -> None:
    wanted = "number" if field.type in _NUMBERS else field.type if field.type in _PLAIN else "string"
    if constant.kind == wanted:
        return
    quotes = "should be" if wanted == "string" else "should not be"
    kind = "dateTime" if wanted == "datetime" else "string" if wanted == "string" else field.type
    expected = f"must be of type {kind} and {quotes} enclosed in quotes"
    message = f"value of filter criterion for field '{field.name}' {expected}"
    raise SalesforceError("INVALID_FIELD", message)


def _id(constant: Constant) -> str:
    found = long_id(constant.text) if constant.kind == "string" else None
    if found is None:
        message = f"invalid ID field: {constant.text}"
        raise SalesforceError("INVALID_QUERY_FILTER_OPERATOR", message)
    return found


def _comparable_time(text: str) -> str:
    moment = parsed_time(text)
    if moment is None:
        raise malformed(f"invalid dateTime: {text}")
    utc = moment - (moment.utcoffset() or moment - moment)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}+0000"


def _folder(field: FieldSpec) -> Callable[[Any], Any]:
    """Text is compared in lower case, other values as they are."""
    return _lowered if is_text(field) else lambda value: value


def _lowered(value: Any) -> Any:
    return None if value is None else str(value).lower()


def _like(field: FieldSpec, get: Callable[[Row], Any], constant: Constant) -> Test:
    if not is_text(field):
        raise _wrong_operator(field)
    operand(field, constant)
    pattern = re.compile(_pattern(constant.text), re.IGNORECASE | re.DOTALL)
    return lambda row: (found := get(row)) is not None and pattern.fullmatch(str(found)) is not None


def _wrong_operator(field: FieldSpec) -> SalesforceError:
    message = f"invalid operator on {field.type} field: {field.name}"
    return SalesforceError("INVALID_QUERY_FILTER_OPERATOR", message)


def _pattern(text: str) -> str:
    """LIKE's text as a regular expression: % is any text, _ one character, unless escaped."""
    pieces = re.findall(r"\\.|.", text, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return "".join(wild.get(piece) or re.escape(unescaped(piece)) for piece in pieces)


def unescaped(text: str) -> str:
    """A string literal's text without its escapes. Raises MALFORMED_QUERY for an unknown escape."""
    if "\\" not in text:
        return text

    def plain(match: re.Match[str]) -> str:
        char = match[1]
        if char in _LITERALS:
            return char
        if char.lower() in _ESCAPES:
            return _ESCAPES[char.lower()]
        raise malformed(
            f"Invalid string literal '{text}'. Illegal character sequence '\\{char}' in string literal"
        )

    return re.sub(r"\\(.)", plain, text, flags=re.DOTALL)
