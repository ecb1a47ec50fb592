"""What Diptych keeps in a HubSpot account besides records: a group of contact properties, and those in it.

The label of the group carries the version of these parts: HubSpot keeps no other text with a group, and
people see it where they choose properties. All calls are the properties API's (CRM v3), which wants the
scopes below; a refusal for want of one is an ordinary fault with the code MISSING_SCOPES.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.crm.hubspot_api import HubSpotApi
from contract.mappings import Converter

READ_SCOPE, WRITE_SCOPE = "crm.schemas.contacts.read", "crm.schemas.contacts.write"

GROUP = "diptych"
"""Internal name of the property group."""

_PROPERTIES = "/crm/v3/properties/contacts"
_LABEL = "Diptych (version {version})"
_VERSION = re.compile(r"\(version ([^()\s]+)\)")

_FORMS: Mapping[Converter, tuple[str, str]] = {
    Converter.TEXT: ("string", "text"),
    Converter.EMAIL: ("string", "text"),
    Converter.NUMBER: ("number", "number"),
    Converter.INTEGER: ("number", "number"),
    Converter.DATE: ("date", "date"),
    Converter.DATETIME: ("datetime", "date"),
    Converter.BOOLEAN: ("bool", "booleancheckbox"),
}
"""Type and field type of a property that holds what the converter makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProperty:
    """A contact property to be made. `converter` is that of its mapping."""

    name: str
    converter: Converter

    @property
    def makeable(self) -> bool:
        """Whether we know all that HubSpot asks for: a choice needs options that only people know."""
        return self.converter in _FORMS


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyGroup:
    """Our group as it stands in the account. `version` is None where its label tells none."""

    label: str
    version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotSetup:
    """Reads and makes the group and its properties. Every method may raise CrmError."""

    api: HubSpotApi

    def group(self) -> PropertyGroup | None:
        """Our group, None where the account has none."""
        found = self.api.call("GET", f"{_PROPERTIES}/groups")
        labels = [str(each.get("label") or "") for each in found["results"] if each["name"] == GROUP]
        if not labels:
            return None
        [label] = labels
        told = _VERSION.search(label)
        return PropertyGroup(label=label, version=told.group(1) if told else None)

    def make_group(self, version: str) -> None:
        """Make our group, with its version."""
        body = {"name": GROUP, "label": _LABEL.format(version=version), "displayOrder": -1}
        self.api.call("POST", f"{_PROPERTIES}/groups", body=body, write=True)

    def label_group(self, version: str) -> None:
        """Write another version into the label of our group."""
        body = {"label": _LABEL.format(version=version)}
        self.api.call("PATCH", f"{_PROPERTIES}/groups/{GROUP}", body=body, write=True)

    def properties(self) -> frozenset[str]:
        """The names of all contact properties that the token sees."""
        found = self.api.call("GET", _PROPERTIES)
        return frozenset(str(each["name"]) for each in found["results"])

    def make_property(self, new: NewProperty) -> None:
        """Make a property in our group. It must be makeable."""
        body = {"name": new.name, "label": _label(new.name), "groupName": GROUP, **_form(new.converter)}
        self.api.call("POST", _PROPERTIES, body=body, sent=(new.name,), write=True)


def _label(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _form(converter: Converter) -> dict[str, Any]:
    kind, field = _FORMS[converter]
    yes_no = [{"label": "Yes", "value": "true", "displayOrder": 0, "hidden": False}]
    yes_no += [{"label": "No", "value": "false", "displayOrder": 1, "hidden": False}]
    return {"type": kind, "fieldType": field, **({"options": yes_no} if kind == "bool" else {})}
