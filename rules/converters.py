"""How a value is carried across: native forms of both CRMs, and when two forms mean the same.

HubSpot speaks in strings (dates as YYYY-MM-DD or as milliseconds since 1970, multi-select as "a;b",
sometimes with a leading ";"); Salesforce in JSON values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from contract.mappings import Converter, FieldMapping
from contract.records import Side, Value, email_key, is_blank

_MILLISECONDS = re.compile(r"-?\d{9,14}", re.ASCII)
_MOST_DIGITS = 40
"""Neither CRM holds more; an exponent like 1e999999999 written out would fill the memory."""
_SHORTEST_CUT = 40
"""A stored text counts as our cut text only from this many characters on."""


class UnconvertibleError(ValueError):
    """The value has no form on the other side; the message says why, without the value."""


Forms = Mapping[tuple[str, Side], Value | UnconvertibleError]
"""Values that facts tell and no converter, by mapping key and side; or why there is none."""


def carried(mapping: FieldMapping, value: Value, to: Side, *, zone: str, forms: Forms) -> Value:
    """The value in the form of this side: as `forms` tells, else converted. Raises UnconvertibleError."""
    if is_blank(value) and (mapping.key, to) not in forms:
        return blank(mapping, to)
    return filled(mapping, value, to, zone, forms)


def filled(mapping: FieldMapping, value: Value, to: Side, zone: str, forms: Forms) -> Value:
    """The same of a value that is not blank. Raises UnconvertibleError."""
    known = forms.get((mapping.key, to)) if forms else None
    if known is None:
        return _FORMS[to][mapping.converter](mapping, value, zone)
    if isinstance(known, UnconvertibleError):
        raise known
    return known


def blank(mapping: FieldMapping, on: Side) -> Value:
    """What clears a field of this side: a checkbox cannot be null."""
    if on is Side.HUBSPOT:
        return ""
    return False if mapping.converter is Converter.BOOLEAN else None


def meaning(mapping: FieldMapping, value: Value, zone: str) -> object:
    """What a native value of either side means: equal meanings are no difference. Blank is None."""
    if is_blank(value):
        return None
    try:
        return _MEANING[mapping.converter](value, zone)
    except UnconvertibleError:
        return _text(value, zone)


def is_stored_form(mapping: FieldMapping, sent: Value, stored: Value, zone: str) -> bool:
    """Whether the CRM may have stored `sent` as `stored`: same meaning, rounded, or cut."""
    ours, theirs = meaning(mapping, sent, zone), meaning(mapping, stored, zone)
    if ours == theirs:
        return True
    if isinstance(ours, Decimal) and isinstance(theirs, Decimal):
        return _rounded(ours, theirs)
    return isinstance(ours, str) and isinstance(theirs, str) and _cut(ours, theirs)


def _rounded(sent: Decimal, stored: Decimal) -> bool:
    """Whether `stored` is `sent` with fewer decimals, whichever way the last one was rounded."""
    unit = stored.as_tuple().exponent
    if not isinstance(unit, int) or unit <= int(sent.as_tuple().exponent):
        return False
    return abs(sent - stored) * 2 <= Decimal(1).scaleb(min(unit, 0))


def _cut(sent: str, stored: str) -> bool:
    return len(stored) >= _SHORTEST_CUT and sent.startswith(stored)


def _text(value: Value, _: str) -> str:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return _plain(Decimal(str(value)))


def _number(value: Value, _: str) -> Decimal:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise UnconvertibleError("it is not a number") from error
    if isinstance(value, bool) or not number.is_finite():
        raise UnconvertibleError("it is not a number")
    if number and abs(number.adjusted()) > _MOST_DIGITS:
        raise UnconvertibleError("it is too large or too small a number")
    return number.normalize()


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f") if number else "0"


def _boolean(value: Value, _: str) -> bool:
    text = str(value).strip().lower()
    if text not in {"true", "false"}:
        raise UnconvertibleError("it is neither true nor false")
    return text == "true"


def _moment(value: Value, _: str) -> datetime:
    text = str(value).strip()
    try:
        if _MILLISECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text) // 1000, UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise UnconvertibleError("it is not a date and time") from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0)


def _day(value: Value, zone: str) -> date:
    """A day; a Salesforce date and time falls on a day of the portal's time zone."""
    text = str(value).strip()
    if "T" in text:
        return _moment(value, zone).astimezone(ZoneInfo(zone)).date()
    return _moment(value, zone).date()


def _choices(value: Value, _: str) -> frozenset[str]:
    return frozenset(_parts(value))


def _parts(value: Value) -> tuple[str, ...]:
    parts = (part.strip() for part in str(value).split(";"))
    return tuple(dict.fromkeys(part for part in parts if part))


def _fitting(mapping: FieldMapping, value: Value, zone: str) -> str:
    text = _text(value, zone)
    if mapping.length is not None and len(text) > mapping.length:
        return text[: mapping.length].rstrip()
    return text


def _address(mapping: FieldMapping, value: Value, _: str) -> str:
    address = str(value).strip()
    if mapping.length is not None and len(address) > mapping.length:
        raise UnconvertibleError(f"it is longer than {mapping.length} characters")
    return address


def _json_number(_: FieldMapping, value: Value, zone: str) -> Value:
    number = _number(value, zone)
    return int(number) if number == number.to_integral_value() else float(number)


def _whole(_: FieldMapping, value: Value, zone: str) -> Value:
    return int(_number(value, zone).quantize(Decimal(1), ROUND_HALF_UP))


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


_MEANING: Mapping[Converter, Callable[[Value, str], object]] = {
    Converter.TEXT: _text,
    Converter.EMAIL: lambda value, _: email_key(value),
    Converter.NUMBER: _number,
    Converter.INTEGER: _number,
    Converter.BOOLEAN: _boolean,
    Converter.DATE: _day,
    Converter.DATETIME: _moment,
    Converter.MULTI_SELECT: _choices,
}

_TO_SALESFORCE: Mapping[Converter, Callable[[FieldMapping, Value, str], Value]] = {
    Converter.TEXT: _fitting,
    Converter.EMAIL: _address,
    Converter.NUMBER: _json_number,
    Converter.INTEGER: _whole,
    Converter.BOOLEAN: lambda _, value, zone: _boolean(value, zone),
    Converter.DATE: lambda _, value, zone: _day(value, zone).isoformat(),
    Converter.DATETIME: lambda _, value, zone: _utc(_moment(value, zone)),
    Converter.MULTI_SELECT: lambda _, value, __: ";".join(_parts(value)),
}

_TO_HUBSPOT: Mapping[Converter, Callable[[FieldMapping, Value, str], Value]] = {
    Converter.TEXT: lambda _, value, zone: _text(value, zone),
    Converter.EMAIL: lambda _, value, __: str(value).strip(),
    Converter.NUMBER: lambda _, value, zone: _plain(_number(value, zone)),
    Converter.INTEGER: lambda _, value, zone: _plain(_number(value, zone)),
    Converter.BOOLEAN: lambda _, value, zone: "true" if _boolean(value, zone) else "false",
    Converter.DATE: lambda _, value, zone: _day(value, zone).isoformat(),
    Converter.DATETIME: lambda _, value, zone: _utc(_moment(value, zone)),
    Converter.MULTI_SELECT: lambda _, value, __: ";".join(_parts(value)),
}
_FORMS = {Side.SALESFORCE: _TO_SALESFORCE, Side.HUBSPOT: _TO_HUBSPOT}
