"""From the value a caller sends to the text HubSpot keeps, property type by property type.

`parse` answers the text to keep ("" clears the property) or raises Refused with HubSpot's code and words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from sandbox.hubspot.schema import PropertyDefinition
from sandbox.hubspot.times import DAY_MS, from_ms, iso, parse_iso

MAX_LENGTH = 65_536
_EMAIL = re.compile(r"[^@\s,;<>\"()]+@([A-Za-z0-9\u00a1-\uffff-]+\.)+[A-Za-z\u00a1-\uffff]{2,}\Z")
_INVISIBLE = "\u00a0\u200b\u200c\u200d\u2060\ufeff"


class Refused(Exception):  # noqa: N818 - what HubSpot does with the value
    """The value cannot be kept; `code` is HubSpot's name for the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def fold_email(value: str) -> str:
    """The form in which two e-mail addresses are the same."""
    return value.strip().casefold()


def as_text(raw: Any) -> str:
    """A JSON scalar as the text HubSpot takes it for; null clears. Raises Refused for lists and objects."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, str):
        return raw.encode("utf-8", "replace").decode()
    if isinstance(raw, int | float):
        return repr(raw)
    raise Refused("INVALID_JSON", "A property value must be a string, number, boolean or null.")


def parse(definition: PropertyDefinition, raw: Any, *, normalise: bool, before: str = "") -> str:
    """The text to keep; `before` is what the property holds now (a leading `;` appends to it)."""
    value = as_text(raw)
    if value == "":
        return ""
    if definition.type != "string" and value != value.strip().strip(_INVISIBLE):
        raise Refused("LEADING_TRAILING_WHITESPACE", f'"{value}" includes leading or trailing whitespace.')
    if len(value) > MAX_LENGTH:
        raise Refused("VALUE_TOO_LONG", f"{definition.name} cannot be longer than {MAX_LENGTH} characters.")
    if definition.name == "email":
        return _email(value, normalise=normalise)
    if definition.multiple:
        return _choices(definition, value, before)
    return _PARSERS[definition.type](definition, value, normalise)


def _email(value: str, *, normalise: bool) -> str:
    if not _EMAIL.fullmatch(value.strip()):
        raise Refused("INVALID_EMAIL", f"Email address {value} is invalid")
    return value.strip().lower() if normalise else value


def _string(_: PropertyDefinition, value: str, normalise: bool) -> str:  # noqa: FBT001 - one shape for all parsers
    return value.strip() if normalise else value


def _number(_: PropertyDefinition, value: str, normalise: bool) -> str:  # noqa: FBT001
    try:
        parsed = float(value)
    except ValueError:
        parsed = math.nan
    if not math.isfinite(parsed) or "_" in value:
        raise Refused("INVALID_NUMBER", f"{value} was not a valid number.")
    if not normalise:
        return value
    rounded = round(parsed, 2)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def _choice(definition: PropertyDefinition, value: str, _: bool) -> str:  # noqa: FBT001
    if not definition.external_options and value not in definition.values:
        raise Refused(
            "INVALID_OPTION",
            f"{value} was not one of the allowed options: [{', '.join(definition.values)}]",
        )
    return value


def _choices(definition: PropertyDefinition, value: str, before: str) -> str:
    parts = [part for part in value.split(";") if part]
    for part in parts:
        _choice(definition, part, False)  # noqa: FBT003
    kept = before.split(";") if value.startswith(";") and before else []
    return ";".join(dict.fromkeys([*kept, *parts]))


def _epoch(value: str) -> int | None:
    if value.lstrip("-").isdigit():
        return int(value)
    return parse_iso(value)


def _moment(_: PropertyDefinition, value: str, __: bool) -> str:  # noqa: FBT001
    parsed = _epoch(value)
    if parsed is None:
        raise Refused("INVALID_LONG", f"{value} was not a valid long.")
    try:
        return iso(parsed)
    except OverflowError:
        raise Refused("INVALID_LONG", f"{value} was not a valid long.") from None


def _date(_: PropertyDefinition, value: str, __: bool) -> str:  # noqa: FBT001
    parsed = _epoch(value)
    if parsed is None:
        raise Refused("INVALID_DATE", f"{value} is not a valid date.")
    try:
        day = from_ms(parsed)
    except OverflowError:
        raise Refused("INVALID_DATE", f"{value} is not a valid date.") from None
    if parsed % DAY_MS:
        raise Refused("INVALID_DATE", f"{value} is at {day:%H:%M:%S} UTC, not midnight!")
    return day.date().isoformat()


_PARSERS: dict[str, Callable[[PropertyDefinition, str, bool], str]] = {
    "string": _string,
    "number": _number,
    "enumeration": _choice,
    "bool": _choice,
    "datetime": _moment,
    "date": _date,
}


def in_notice(definition: PropertyDefinition, value: str) -> str:
    """A kept value as a webhook tells it: dates and moments as milliseconds since 1970."""
    if value and definition.type in {"date", "datetime"}:
        return str(parse_iso(value))
    return value
