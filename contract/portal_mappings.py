"""A portal's changes to the default table of field mappings: from its file, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields as attributes
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from contract.mappings import (
    DEFAULT_MAPPINGS,
    EMAIL,
    EMAIL_RULES,
    OWN_ROWS,
    Converter,
    FieldMapping,
    MappingRule,
)
from contract.portal_fields import Choice, NameText, Number, Section, Value, one_of, quoted
from contract.records import SALESFORCE_CONTACT, SALESFORCE_LEAD

_HUBSPOT_NAME = re.compile(r"[A-Za-z0-9_]{1,200}", re.ASCII)
_SALESFORCE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}", re.ASCII)
_CHANGEABLE = tuple(one.name for one in attributes(FieldMapping) if one.name not in {"key", "hubspot"})
_OWN = frozenset(row.hubspot for row in OWN_ROWS)


class FieldName(NameText):
    """A field by its internal name, not its label."""

    def __init__(self, form: re.Pattern[str], example: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._form, self._example = form, example

    def read(self, value: Any) -> str:
        text = super().read(value)
        if not self._form.fullmatch(text):
            raise ValidationError(f"must be an internal name such as {self._example}, not {quoted(text)}")
        return text


class MappingChange(Section):
    """One entry of `mappings`: what differs from the default mapping of this property, or a new mapping."""

    hubspot = FieldName(_HUBSPOT_NAME, "jobtitle", required=True)
    lead = FieldName(_SALESFORCE_NAME, "Title", allow_none=True)
    contact = FieldName(_SALESFORCE_NAME, "Title", allow_none=True)
    rule = Choice(MappingRule)
    converter = Choice(Converter)
    length = Number(allow_none=True)


class Mappings(Value):
    """The whole table that the entries of `mappings` lead to."""

    def read(self, value: Any) -> tuple[FieldMapping, ...]:
        if not isinstance(value, list):
            raise ValidationError(
                "must be a list: each entry starts with a dash, as in `- hubspot: jobtitle`"
            )
        changes: list[Mapping[str, Any]] = MappingChange(many=True).load(value)
        table = {mapping.hubspot: mapping for mapping in DEFAULT_MAPPINGS}
        faults: dict[int, dict[str, list[str]]] = {}
        for index, change in enumerate(changes):
            name = change["hubspot"]
            fault = _fault(change, table.get(name), [earlier["hubspot"] for earlier in changes[:index]])
            if fault:
                faults[index] = fault
                continue
            base = table.get(name, FieldMapping(key=name, hubspot=name, lead=None, contact=None))
            table[name] = replace(base, **change)
        faults = faults or _clashes(changes, table)
        if faults:
            raise ValidationError(dict(faults))
        return tuple(table.values())


def _fault(
    change: Mapping[str, Any], known: FieldMapping | None, earlier: Sequence[str]
) -> dict[str, list[str]]:
    name = change["hubspot"]
    if name in earlier:
        return {"hubspot": [f"{quoted(name)} has an entry above already"]}
    if name in _OWN:
        return {"hubspot": [f"{quoted(name)} is synced by a rule of its own and cannot be mapped"]}
    if known is None and not (change.get("lead") or change.get("contact")):
        return {"lead": [f"a new mapping of {quoted(name)} needs a field: `lead`, `contact` or both"]}
    if name != EMAIL.hubspot:
        return {}
    fixed = {
        key: ["of the e-mail mapping cannot be changed"] for key in change if key not in {"hubspot", "rule"}
    }
    if change.get("rule", EMAIL.rule) not in EMAIL_RULES:
        allowed = one_of(rule.value for rule in MappingRule if rule in EMAIL_RULES)
        fixed["rule"] = [f"of the e-mail mapping must be {allowed}"]
    return fixed


def _clashes(
    changes: Sequence[Mapping[str, Any]], table: Mapping[str, FieldMapping]
) -> dict[int, dict[str, list[str]]]:
    """Two mappings onto one Salesforce field would write over each other."""
    faults: dict[int, dict[str, list[str]]] = {}
    index_of = {change["hubspot"]: index for index, change in enumerate(changes)}
    for object_type, key in ((SALESFORCE_LEAD, "lead"), (SALESFORCE_CONTACT, "contact")):
        taken = {str(row.salesforce(object_type)).lower(): row.hubspot for row in OWN_ROWS}
        unchanged_first = sorted(table.values(), key=lambda one: one.hubspot in index_of)
        for mapping in unchanged_first:
            field = mapping.salesforce(object_type)
            if field is None or mapping.rule is MappingRule.DONT_SYNC:
                continue
            holder = taken.setdefault(field.lower(), mapping.hubspot)
            if holder != mapping.hubspot:
                says = f"{object_type}.{field} is {_already(holder)}"
                faults.setdefault(index_of[mapping.hubspot], {})[key] = [says]
    return faults


def _already(holder: str) -> str:
    if holder in _OWN:
        return f"kept in step with {quoted(holder)} by a rule of its own"
    return f"mapped to {quoted(holder)} already: set that one to dont_sync"


def changes_of(mappings: Iterable[FieldMapping]) -> list[dict[str, Any]]:
    """The entries of `mappings` that lead from the default table to this one."""
    defaults = {mapping.hubspot: mapping for mapping in DEFAULT_MAPPINGS}
    entries = []
    for mapping in mappings:
        base = defaults.get(mapping.hubspot)
        changed = {
            name: getattr(mapping, name)
            for name in _CHANGEABLE
            if getattr(mapping, name) != (getattr(base, name) if base else None)
        }
        if changed:
            entries.append(
                {"hubspot": mapping.hubspot} | {key: _plain(value) for key, value in changed.items()}
            )
    return entries


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value
