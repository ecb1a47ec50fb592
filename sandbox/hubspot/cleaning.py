"""Checks the properties a caller sends, and says what HubSpot would keep of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.hubspot.errors import ApiError, Conflict, InvalidValues, PropertyFault, bad_request
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Record, Source
from sandbox.hubspot.schema import PropertyDefinition
from sandbox.hubspot.shelf import Shelf, additional_emails
from sandbox.hubspot.standard import SYSTEM_MANAGED
from sandbox.hubspot.values import Refused, fold_email, parse


def clean(
    portal: Portal, shelf: Shelf, properties: Any, source: Source, *, before: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The values to keep, "" where one is cleared. Raises InvalidValues naming every offending property."""
    if not isinstance(properties, dict):
        raise bad_request("properties must be an object.")
    held = before or {}
    cleaned: dict[str, str] = {}
    faults: list[PropertyFault] = []
    for name, raw in properties.items():
        try:
            definition = _writable(shelf, name, source)
            value = parse(definition, raw, normalise=portal.world.faults.normalise, before=held.get(name, ""))
            _check_meaning(portal, name, value)
        except Refused as refusal:
            faults.append(PropertyFault(name=name, code=refusal.code, message=refusal.message))
            continue
        if (
            name == "lifecyclestage"
            and not source.by_person
            and _backward(definition, held.get(name, ""), value)
        ):
            continue
        cleaned[name] = value
    if faults:
        raise InvalidValues(faults, portal.id)
    return cleaned


def _writable(shelf: Shelf, name: str, source: Source) -> PropertyDefinition:
    definition = shelf.definitions.get(name)
    if definition is None:
        raise Refused("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    if name in SYSTEM_MANAGED or (definition.read_only and not source.by_person):
        raise Refused("READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.')
    return definition


def _check_meaning(portal: Portal, name: str, value: str) -> None:
    """What the type of a property does not tell: owners exist, further addresses are addresses."""
    if name == "hubspot_owner_id" and value and value not in portal.owners.active_ids():
        raise Refused("INVALID_OWNER_ID", f"Owner with id {value} does not exist.")
    if name == "hs_additional_emails":
        email = portal.shelves["contacts"].definitions["email"]
        for address in additional_emails({name: value}):
            parse(email, address, normalise=False)


def _backward(definition: PropertyDefinition, held: str, wanted: str) -> bool:
    """Whether a stage would move back; HubSpot ignores that, unless the stage is cleared first."""
    stages = definition.values
    if held not in stages or not wanted:
        return False
    return stages.index(wanted) < stages.index(held)


def check_new(portal: Portal, shelf: Shelf, cleaned: Mapping[str, str]) -> None:
    """Raise ApiError unless a record of these values may be created: complete, unique, not erased before."""
    kind = shelf.type
    missing = [name for name in kind.all_of if not cleaned.get(name)]
    if kind.any_of and not any(cleaned.get(name) for name in kind.any_of):
        missing = list(kind.any_of)
    if missing:
        message = f"Error creating {kind.singular.upper()}. Some required properties were not set."
        raise ApiError(
            400,
            "VALIDATION_ERROR",
            message,
            context={"properties": missing},
            errors=[
                {
                    "message": message,
                    "code": "REQUIRED_PROPERTIES_MISSING",
                    "context": {"properties": missing},
                }
            ],
        )
    check_unique(portal, shelf, cleaned)


def check_unique(
    portal: Portal, shelf: Shelf, values: Mapping[str, str], record: Record | None = None
) -> None:
    """Raise Conflict when another live record holds one of these values, ApiError for an erased e-mail."""
    clash = shelf.clash(values, record.id if record else "")
    if clash is not None:
        raise Conflict(shelf.type.singular.capitalize(), clash[1])
    email = values.get("email", "")
    is_new = record is None or record.now.values.get("email", "") != email
    if shelf.type.name == "contacts" and is_new and fold_email(email) in portal.erased:
        fault = PropertyFault(
            name="email", code="BLOCKLISTED_EMAIL", message="This email address was permanently deleted."
        )
        raise InvalidValues([fault], portal.id)
