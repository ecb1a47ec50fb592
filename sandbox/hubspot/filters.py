"""One filter of a search or of a dynamic list, read strictly and applied to a record's values."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.hubspot.errors import bad_request
from sandbox.hubspot.schema import PropertyDefinition
from sandbox.hubspot.times import parse_iso

_COMPARISONS = frozenset({"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN"})
_SETS = frozenset({"IN", "NOT_IN"})
_PRESENCE = frozenset({"HAS_PROPERTY", "NOT_HAS_PROPERTY"})
_TOKENS = frozenset({"CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"})
OPERATORS = _COMPARISONS | _SETS | _PRESENCE | _TOKENS
_WORD = re.compile(r"[^\s@.,;/_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition; `value` and `high` are what the operator compares with."""

    definition: PropertyDefinition
    operator: str
    value: str = ""
    high: str = ""
    values: tuple[str, ...] = ()

    def matches(self, held: Mapping[str, str]) -> bool:
        """Whether a record of these values passes."""
        value = held.get(self.definition.name, "")
        if self.operator in _PRESENCE:
            return bool(value) == (self.operator == "HAS_PROPERTY")
        if self.operator in _SETS:
            return self._within(value) == (self.operator == "IN")
        if self.operator in _TOKENS:
            return _contains(value, self.value) == (self.operator == "CONTAINS_TOKEN")
        return self._compares(value)

    def _within(self, value: str) -> bool:
        """Texts are folded on HubSpot's side only: an upper-case value asked for matches nothing."""
        kept = value.lower() if self.definition.type == "string" else value
        return bool(value) and kept in self.values

    def _compares(self, value: str) -> bool:
        if not value:
            return self.operator == "NEQ"
        mine, low = self._key(value), self._key(self.value)
        if self.operator == "BETWEEN":
            return bool(low <= mine <= self._key(self.high))
        return bool(
            {
                "EQ": mine == low,
                "NEQ": mine != low,
                "LT": mine < low,
                "LTE": mine <= low,
                "GT": mine > low,
                "GTE": mine >= low,
            }[self.operator]
        )

    def _key(self, value: str) -> Any:
        return sort_key(self.definition, value)


def sort_key(definition: PropertyDefinition, value: str) -> Any:
    """What orders two values of a property: numbers and moments as such, texts without regard to case."""
    if definition.type == "number":
        return float(value)
    if definition.type in {"date", "datetime"}:
        return int(value) if value.lstrip("-").isdigit() else parse_iso(value)
    return value.casefold()


def _contains(value: str, pattern: str) -> bool:
    """Token match: `*` stands for any run of characters, and every token asked for must be there."""
    words = [word.casefold() for word in (*_WORD.findall(value), *value.split())]
    wanted = pattern.casefold().split()
    if not any("*" in part for part in wanted):
        wanted = _WORD.findall(pattern.casefold())
    return bool(wanted) and all(any(fnmatch.fnmatchcase(word, part) for word in words) for part in wanted)


def read_filter(definitions: Mapping[str, PropertyDefinition], raw: Any) -> Filter:
    """Read one filter of a call. Raises ApiError 400 for an unknown property, operator or value."""
    if not isinstance(raw, dict):
        raise bad_request("Invalid input JSON: a filter must be an object.")
    name, operator = str(raw.get("propertyName", "")), str(raw.get("operator", ""))
    definition = definitions.get(name)
    if definition is None:
        raise bad_request(f"There was a problem with the request: property {name} does not exist.")
    if operator not in OPERATORS:
        raise bad_request(f"Invalid input JSON: operator {operator} is not one of {sorted(OPERATORS)}")
    if operator in _SETS and not isinstance(raw.get("values"), list):
        raise bad_request(f"operator {operator} requires values")
    if operator not in _SETS | _PRESENCE and "value" not in raw:
        raise bad_request(f"operator {operator} requires a value")
    condition = Filter(
        definition=definition,
        operator=operator,
        value=str(raw.get("value", "")),
        high=str(raw.get("highValue", "")),
        values=tuple(str(value) for value in raw.get("values") or ()),
    )
    _check_comparable(condition)
    return condition


def _check_comparable(condition: Filter) -> None:
    if condition.operator not in _COMPARISONS:
        return
    values = [condition.value, *([condition.high] if condition.operator == "BETWEEN" else [])]
    for value in values:
        try:
            key = sort_key(condition.definition, value)
        except ValueError:
            key = None
        if key is None:
            raise bad_request(f"{value} is not a valid value for property {condition.definition.name}")
