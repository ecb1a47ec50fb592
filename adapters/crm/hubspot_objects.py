"""HubSpot's object types, and its records and properties in the project's own form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contract.errors import InvalidInput
from contract.records import HUBSPOT_CONTACT, FieldSchema, Record, RecordRef, Side, Value

MERGED_IDS = "hs_merged_object_ids"
OTHER_EMAILS = "hs_additional_emails"
SOURCE, SOURCE_ID = "hs_object_source", "hs_object_source_id"
"""Who created the record: INTEGRATION and the app's id where an app did, by its token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """How one object type is addressed. `modified` is its modification time, `always` is read every time.

    `natural_key` is the property whose clash makes a creation fail, "" where there is none.
    """

    name: str
    path: str
    type_id: str
    modified: str
    always: tuple[str, ...]
    natural_key: str = ""


_TYPES = {
    HUBSPOT_CONTACT: ObjectType(
        name=HUBSPOT_CONTACT,
        path="contacts",
        type_id="0-1",
        modified="lastmodifieddate",
        always=("createdate", "lastmodifieddate", MERGED_IDS, OTHER_EMAILS, SOURCE, SOURCE_ID),
        natural_key="email",
    ),
}


def kind_of(name: str) -> ObjectType:
    """The type of this name; raises InvalidInput for one this build does not sync."""
    if name not in _TYPES:
        raise InvalidInput(f"HubSpot object type {name!r} is not synced")
    return _TYPES[name]


def parse_time(text: str) -> datetime:
    """HubSpot's ISO time, aware UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def milliseconds(moment: datetime) -> int:
    """The form in which a search compares times, rounded down."""
    return int(moment.timestamp() * 1000)


def to_wire(value: Value) -> str:
    """A value as HubSpot takes it: always text, "" clears."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def from_wire(value: Any) -> Value:
    """A property as read: HubSpot answers both null and "" for a blank one."""
    return None if value in {None, ""} else str(value)


def merged_ids(properties: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids that were merged into the record of these properties."""
    return tuple(part for part in str(properties.get(MERGED_IDS) or "").split(";") if part)


def record_of(kind: ObjectType, result: Mapping[str, Any], fields: Collection[str], app: int) -> Record:
    """One result of a read or search, with those of the fields that it shows; `app` is our app's id.

    HubSpot leaves a requested property out when it does not exist, and answers null when it is unset.
    An archived record was modified when it was archived: its `updatedAt` stays behind.
    """
    properties: Mapping[str, Any] = result.get("properties") or {}
    deleted = bool(result.get("archived"))
    stamps = [result["updatedAt"], result.get("archivedAt") if deleted else None]
    return Record(
        ref=RecordRef(side=Side.HUBSPOT, object_type=kind.name, id=str(result["id"])),
        fields={name: from_wire(value) for name, value in properties.items() if name in fields},
        modified_at=max(parse_time(stamp) for stamp in stamps if stamp),
        created_at=parse_time(result["createdAt"]),
        created_by_us=_created_by(properties, app),
        deleted=deleted,
        merged_ids=merged_ids(properties),
    )


def _created_by(properties: Mapping[str, Any], app: int) -> bool | None:
    source = properties.get(SOURCE)
    return (source, str(properties.get(SOURCE_ID))) == ("INTEGRATION", str(app)) if source else None


def field_schema(found: Mapping[str, Any]) -> FieldSchema:
    """One property definition. HubSpot requires none and limits no length."""
    writeable = not (found.get("modificationMetadata") or {}).get("readOnlyValue", False)
    options = tuple(str(option["value"]) for option in found.get("options") or ())
    external = bool(found.get("externalOptions"))
    return FieldSchema(
        name=found["name"],
        label=found.get("label") or found["name"],
        kind=found["type"],
        createable=writeable,
        updateable=writeable,
        options=options,
        restricted=found["type"] == "enumeration" and not external,
        multiple=found.get("fieldType") == "checkbox",
        calculated=bool(found.get("calculated")),
    )
