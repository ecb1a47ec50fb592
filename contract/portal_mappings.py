"""A portal's changes to the default table of field mappings: from its file, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from contract.kinds import ObjectKind
from contract.mappings import (
    EMAIL,
    EMAIL_RULES,
    OWN_ROWS,
    Converter,
    FieldMapping,
    MappingRule,
)
from contract.portal_fields import Choice, NameText, Number, Section, Value, one_of, quoted

_HUBSPOT_NAME = re.compile(r"[A-Za-z0-9_]{1,200}", re.ASCII)
_SALESFORCE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}", re.ASCII)
_RULES = ("rule", "converter", "length")
"""What a mapping has besides its fields."""
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
    """One entry of a kind's mappings: what differs from its default mapping, or a new mapping.

    Besides these keys it has one for each Salesforce object of the kind, in small letters: its field there.
    """

    hubspot = FieldName(_HUBSPOT_NAME, "jobtitle", required=True)
    rule = Choice(MappingRule)
    converter = Choice(Converter)
    length = Number(allow_none=True)


class Mappings(Value):
    """The whole table that the entries of a kind's mappings lead to."""

    def __init__(self, kind: ObjectKind, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._kind = kind
        fields = {key: FieldName(_SALESFORCE_NAME, "Title", allow_none=True) for key in _keys(kind)}
        self._entries = type("MappingChange", (MappingChange,), fields)(many=True)

    def read(self, value: Any) -> tuple[FieldMapping, ...]:
        if not isinstance(value, list):
            raise ValidationError(
                "must be a list: each entry starts with a dash, as in `- hubspot: jobtitle`"
            )
        changes: list[Mapping[str, Any]] = self._entries.load(value)
        table = {mapping.hubspot: mapping for mapping in self._kind.mappings}
        faults: dict[int, dict[str, list[str]]] = {}
        for index, change in enumerate(changes):
            name = change["hubspot"]
            fault = self._fault(change, table.get(name), [earlier["hubspot"] for earlier in changes[:index]])
            if fault:
                faults[index] = fault
                continue
            table[name] = _changed(table.get(name), change, self._kind)
        faults = faults or self._clashes(changes, table)
        if faults:
            raise ValidationError(dict(faults))
        return tuple(table.values())

    def _fault(
        self, change: Mapping[str, Any], known: FieldMapping | None, earlier: Sequence[str]
    ) -> dict[str, list[str]]:
        name = change["hubspot"]
        if name in earlier:
            return {"hubspot": [f"{quoted(name)} has an entry above already"]}
        if name in _OWN:
            return {"hubspot": [f"{quoted(name)} is synced by a rule of its own and cannot be mapped"]}
        if known is None and not any(change.get(key) for key in _keys(self._kind)):
            first, *others = _keys(self._kind)
            which = f"`{first}`, `{others[0]}` or both" if others else f"`{first}`"
            return {first: [f"a new mapping of {quoted(name)} needs a field: {which}"]}
        if name != EMAIL.hubspot:
            return {}
        others = [key for key in change if key not in {"hubspot", "rule"}]
        fixed = {key: ["of the e-mail mapping cannot be changed"] for key in others}
        if change.get("rule", EMAIL.rule) not in EMAIL_RULES:
            allowed = one_of(rule.value for rule in MappingRule if rule in EMAIL_RULES)
            fixed["rule"] = [f"of the e-mail mapping must be {allowed}"]
        return fixed

    def _clashes(
        self, changes: Sequence[Mapping[str, Any]], table: Mapping[str, FieldMapping]
    ) -> dict[int, dict[str, list[str]]]:
        """Two mappings onto one Salesforce field would write over each other."""
        faults: dict[int, dict[str, list[str]]] = {}
        index_of = {change["hubspot"]: index for index, change in enumerate(changes)}
        for key, object_type in _keys(self._kind).items():
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


def _keys(kind: ObjectKind) -> dict[str, str]:
    """The keys under which an entry names its Salesforce fields, each with its object."""
    return {one.name.lower(): one.name for one in kind.objects}


def _changed(known: FieldMapping | None, change: Mapping[str, Any], kind: ObjectKind) -> FieldMapping:
    name, keys = change["hubspot"], _keys(kind)
    mapping = known or FieldMapping(key=name, hubspot=name, fields={})
    mapping = replace(mapping, **{key: change[key] for key in _RULES if key in change})
    for key in keys.keys() & change.keys():
        mapping = mapping.onto(keys[key], change[key])
    return mapping


def _already(holder: str) -> str:
    if holder in _OWN:
        return f"kept in step with {quoted(holder)} by a rule of its own"
    return f"mapped to {quoted(holder)} already: set that one to dont_sync"


def changes_of(mappings: Iterable[FieldMapping], kind: ObjectKind) -> list[dict[str, Any]]:
    """The entries that lead from the kind's default table to this one."""
    defaults = {mapping.hubspot: mapping for mapping in kind.mappings}
    entries = []
    for mapping in mappings:
        now, before = _plain(mapping, kind), _plain(defaults.get(mapping.hubspot), kind)
        changed = {key: value for key, value in now.items() if value != before[key]}
        if changed:
            entries.append({"hubspot": mapping.hubspot} | changed)
    return entries


def _plain(mapping: FieldMapping | None, kind: ObjectKind) -> dict[str, Any]:
    """What an entry may say of this mapping; nothing where there is none."""
    names = {key: mapping and mapping.salesforce(object_type) for key, object_type in _keys(kind).items()}
    others = {key: getattr(mapping, key, None) for key in _RULES}
    return names | {key: str(value) if isinstance(value, str) else value for key, value in others.items()}
