"""Checks one value against its field and gives the form in which it is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Any, Literal

from sandbox.salesforce.errors import MalformedJsonError, row_error
from sandbox.salesforce.fields import FieldSpec
from sandbox.salesforce.ids import long_id

Form = Literal["as sent", "normalised"]
"""Whether e-mails are lower-cased, texts trimmed and numbers rounded to two places on saving."""

Keeper = Callable[[FieldSpec, Any, Form], Any]

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+"
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:T|$)", re.ASCII)
_LARGEST = 10**18
"""Numbers have at most 18 digits."""


def rest_time(moment: datetime) -> str:
    """How REST writes a point in time; stamps are cut to whole seconds, as Salesforce stores them."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def parsed_time(value: str) -> datetime | None:
    """A point in time in any ISO form, UTC where it names no zone; None when it is none."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def stored(spec: FieldSpec, value: Any, form: Form) -> Any:
    """The value as it is kept, None for blank.

    Raises MalformedJsonError for a wrong JSON type, and the row errors INVALID_TYPE_ON_FIELD_IN_RECORD,
    STRING_TOO_LONG, INVALID_EMAIL_ADDRESS, INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST, MALFORMED_ID and
    NUMBER_OUTSIDE_VALID_RANGE.
    """
    if spec.type == "boolean":
        return _flag(spec, value)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    keep: Keeper = _KINDS.get(spec.type, _text)
    return keep(spec, value, form)


def _deserialised(spec: FieldSpec, value: Any) -> MalformedJsonError:
    kind = {bool: "VALUE_TRUE", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT", str: "VALUE_STRING"}
    token = kind.get(type(value), "START_OBJECT")
    shown = f" value {value}" if token == "VALUE_STRING" else ""
    return MalformedJsonError(
        f"Cannot deserialize instance of {spec.type} from {token}{shown} or request may be missing a "
        "required field at [line:1, column:1]"
    )


def _flag(spec: FieldSpec, value: Any) -> bool:
    if value is None:
        message = f"{spec.label}: value not of required type: "
        raise row_error("INVALID_TYPE_ON_FIELD_IN_RECORD", message, spec.name)
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _deserialised(spec, value)


def _text(spec: FieldSpec, value: Any, form: Form) -> str:
    if isinstance(value, (dict, list)):
        raise _deserialised(spec, value)
    plain = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    plain = plain.encode(errors="replace").decode()  # half a surrogate pair is no text
    plain = plain.strip() if form == "normalised" else plain
    if spec.length and len(plain) > spec.length:
        message = f"{spec.label}: data value too large: {plain} (max length={spec.length})"
        raise row_error("STRING_TOO_LONG", message, spec.name)
    return plain


def _email(spec: FieldSpec, value: Any, form: Form) -> str:
    plain = _text(spec, value, form).strip()
    if not _EMAIL.fullmatch(plain):
        raise row_error("INVALID_EMAIL_ADDRESS", f"{spec.label}: invalid email address: {plain}", spec.name)
    return plain.lower() if form == "normalised" else plain


def _picklist(spec: FieldSpec, value: Any, form: Form) -> str:
    plain = _text(spec, value, form)
    if not spec.restricted or plain in spec.picklist:
        return plain
    message = f"{spec.label}: bad value for restricted picklist field: {plain}"
    raise row_error("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, spec.name)


def _number(spec: FieldSpec, value: Any, form: Form) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _deserialised(spec, value)
    try:
        exact = Decimal(str(value))
    except ArithmeticError:
        raise _deserialised(spec, value) from None
    if not exact.is_finite() or (spec.type == "int" and exact != exact.to_integral_value()):
        raise _deserialised(spec, value)
    if abs(exact) >= _LARGEST:
        message = f"{spec.label}: value outside of valid range on numeric field: {value}"
        raise row_error("NUMBER_OUTSIDE_VALID_RANGE", message, spec.name)
    if spec.type == "int":
        return int(exact)
    return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP) if form == "normalised" else exact)


def _day(spec: FieldSpec, value: Any, _: Form) -> str:
    if not isinstance(value, str):
        raise _deserialised(spec, value)
    moment = parsed_time(value) if _DAY.match(value) else None
    if moment is None:
        raise _deserialised(spec, value)
    return moment.astimezone(UTC).date().isoformat()


def _moment(spec: FieldSpec, value: Any, _: Form) -> str:
    moment = parsed_time(value) if isinstance(value, str) else None
    if moment is None:
        raise _deserialised(spec, value)
    return rest_time(moment)


def _reference(spec: FieldSpec, value: Any, _: Form) -> str:
    found = long_id(value)
    if found is None:
        message = f"{spec.label}: id value of incorrect type: {value}"
        raise row_error("MALFORMED_ID", message, spec.name)
    return found


_KINDS: Mapping[str, Keeper] = MappingProxyType(
    {
        "email": _email,
        "picklist": _picklist,
        "int": _number,
        "double": _number,
        "currency": _number,
        "percent": _number,
        "date": _day,
        "datetime": _moment,
        "reference": _reference,
    }
)
"""By describe's field type; every other type is text."""
