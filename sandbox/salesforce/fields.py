"""What an sObject and its fields are, and short words to write the table of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

Row = dict[str, Any]
"""One record's values by field name, as REST writes them: date-times `2026-11-24T10:00:00.000+0000`."""

Derive = Callable[[Row], Row]
"""Values that follow from others, such as a person's Name, computed at every save."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value of a picklist whose label differs, or that goes only with some values of its controller.

    `valid_for` holds places in the controlling field's list, counted from 0.
    """

    value: str
    label: str
    valid_for: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One field, with the properties that describe tells of it. `length` counts characters."""

    name: str
    type: str
    length: int = 0
    scale: int = 0
    createable: bool = True
    updateable: bool = True
    nillable: bool = True
    default: Any = None
    external_id: bool = False
    unique: bool = False
    picklist: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    controller: str | None = None
    restricted: bool = False
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    cascade: bool = False
    """Deleting the referenced record deletes this one too."""

    @property
    def required(self) -> bool:
        """Whether a create without a value fails; whoever saves is the owner by default."""
        return self.createable and not self.nillable and self.default is None and self.name != "OwnerId"

    @property
    def filterable(self) -> bool:
        """Whether SOQL may filter and sort by it; long text areas it may not."""
        return not (self.type == "textarea" and self.length > 255)

    @property
    def indexed(self) -> bool:
        """Whether the store keeps an index of its values."""
        return self.external_id or self.type == "email"

    @property
    def label(self) -> str:
        """The label in the user interface and in error messages: LastName -> Last Name."""
        bare = self.name.removesuffix("__c").replace("_", " ")
        if self.type == "reference":
            bare = bare.removesuffix("Id") + " ID"
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectSpec:
    """One sObject type; `indexed` names the fields the store keeps an index of."""

    name: str
    prefix: str
    fields: Mapping[str, FieldSpec]
    lower: Mapping[str, FieldSpec]
    indexed: tuple[str, ...]
    derive: Derive
    writable: bool = True
    mergeable: bool = False

    def field(self, name: str) -> FieldSpec | None:
        """The field by its API name in any case, as Salesforce takes it; None when there is none."""
        return self.fields.get(name) or self.lower.get(name.lower())

    def with_fields(self, *specs: FieldSpec) -> ObjectSpec:
        """The same object with more fields, for instance custom ones."""
        return replace(self, **_field_tables([*self.fields.values(), *specs]))


def _field_tables(specs: Iterable[FieldSpec]) -> dict[str, Any]:
    by_name = {spec.name: spec for spec in specs}
    return {
        "fields": MappingProxyType(by_name),
        "lower": MappingProxyType({name.lower(): spec for name, spec in by_name.items()}),
        "indexed": tuple(name for name, spec in by_name.items() if spec.indexed),
    }


def nothing_derived(row: Row) -> Row:
    """Of a type whose fields are all entered."""
    del row
    return {}


def sobject(
    name: str, prefix: str, *specs: FieldSpec, derive: Derive = nothing_derived, **more: Any
) -> ObjectSpec:
    """An object of the given fields, in the order describe lists them."""
    return ObjectSpec(name=name, prefix=prefix, derive=derive, **_field_tables(specs), **more)


def text(name: str, length: int, **more: Any) -> FieldSpec:
    """One line of text."""
    return FieldSpec(name=name, type="string", length=length, **more)


def area(name: str, length: int = 32000, **more: Any) -> FieldSpec:
    """Text of several lines."""
    return FieldSpec(name=name, type="textarea", length=length, **more)


def email(name: str = "Email") -> FieldSpec:
    """An e-mail address, at most 80 characters."""
    return FieldSpec(name=name, type="email", length=80)


def phone(name: str) -> FieldSpec:
    """A telephone number, any text of at most 40 characters."""
    return FieldSpec(name=name, type="phone", length=40)


def picklist(name: str, *values: str, **more: Any) -> FieldSpec:
    """One of the values; others are taken too unless `restricted`."""
    return FieldSpec(name=name, type="picklist", length=255, picklist=values, **more)


def flag(name: str, **more: Any) -> FieldSpec:
    """True or false, never null."""
    return FieldSpec(name=name, type="boolean", nillable=False, default=False, **more)


def number(name: str, kind: str = "double", *, scale: int = 0, **more: Any) -> FieldSpec:
    """A number; kind is `int`, `double`, `currency` or `percent`."""
    return FieldSpec(name=name, type=kind, scale=scale, **more)


def day(name: str, **more: Any) -> FieldSpec:
    """A date without a time."""
    return FieldSpec(name=name, type="date", **more)


def moment(name: str, **more: Any) -> FieldSpec:
    """A point in time."""
    return FieldSpec(name=name, type="datetime", **more)


def ref(name: str, *targets: str, **more: Any) -> FieldSpec:
    """The id of a record of one of the target objects; `AccountId` is reached in SOQL as `Account`."""
    relationship = name.removesuffix("Id") if name.endswith("Id") else None
    return FieldSpec(
        name=name, type="reference", length=18, reference_to=targets, relationship=relationship, **more
    )


def read_only(spec: FieldSpec) -> FieldSpec:
    """The same field, set by Salesforce alone."""
    return replace(spec, createable=False, updateable=False)
