"""What an object type is: its id, its properties, what must be set. The tables are in `standard.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

TYPES = ("string", "number", "date", "datetime", "enumeration", "bool")


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyDefinition:
    """One property: `type` is one of TYPES, `options` maps an enumeration's values to their labels."""

    name: str
    label: str
    type: str = "string"
    field_type: str = "text"
    group: str = "contactinformation"
    options: tuple[tuple[str, str], ...] = ()
    read_only: bool = False
    unique: bool = False
    external_options: bool = False
    custom: bool = False
    description: str = ""

    @property
    def multiple(self) -> bool:
        """Whether several options may be chosen, written `a;b`."""
        return self.type == "enumeration" and self.field_type == "checkbox"

    @property
    def values(self) -> tuple[str, ...]:
        """The allowed values of an enumeration, in their order."""
        return tuple(value for value, _ in self.options)

    def to_wire(self) -> dict[str, Any]:
        """The definition as the properties API tells it."""
        return {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [
                {"label": label, "value": value, "displayOrder": order, "hidden": False}
                for order, (value, label) in enumerate(self.options)
            ],
            "displayOrder": -1,
            "calculated": False,
            "externalOptions": self.external_options,
            "hasUniqueValue": self.unique,
            "hidden": False,
            "hubspotDefined": not self.custom,
            "formField": not self.read_only,
            "archived": False,
            "modificationMetadata": {
                "archivable": self.custom,
                "readOnlyDefinition": not self.custom,
                "readOnlyOptions": not self.custom,
                "readOnlyValue": self.read_only,
            },
        }


def text(name: str, label: str, **more: Any) -> PropertyDefinition:
    """A free text."""
    return PropertyDefinition(name=name, label=label, **more)


def number(name: str, label: str, **more: Any) -> PropertyDefinition:
    """A number, whole or not."""
    return PropertyDefinition(name=name, label=label, type="number", field_type="number", **more)


def date(name: str, label: str, **more: Any) -> PropertyDefinition:
    """A calendar day, kept as midnight UTC."""
    return PropertyDefinition(name=name, label=label, type="date", field_type="date", **more)


def moment(name: str, label: str, **more: Any) -> PropertyDefinition:
    """A moment to the millisecond."""
    return PropertyDefinition(name=name, label=label, type="datetime", field_type="date", **more)


def choice(
    name: str, label: str, options: Iterable[str | tuple[str, str]], **more: Any
) -> PropertyDefinition:
    """An enumeration; an option is a value, or a value and its label."""
    pairs = tuple((o, o) if isinstance(o, str) else o for o in options)
    more.setdefault("field_type", "select")
    return PropertyDefinition(name=name, label=label, type="enumeration", options=pairs, **more)


def flag(name: str, label: str, **more: Any) -> PropertyDefinition:
    """Yes or no."""
    return PropertyDefinition(
        name=name,
        label=label,
        type="bool",
        field_type="booleancheckbox",
        options=(("true", "Yes"), ("false", "No")),
        **more,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """One type of record. `any_of` must have one property set at creation, `all_of` every one."""

    name: str
    singular: str
    type_id: str
    created: str
    modified: str
    default: tuple[str, ...]
    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    properties: tuple[PropertyDefinition, ...]

    @property
    def always(self) -> tuple[str, ...]:
        """The properties HubSpot returns whatever was asked for."""
        return (self.created, "hs_object_id", self.modified)
