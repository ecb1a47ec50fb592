"""Salesforce's records and field descriptions in the project's own form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from contract.records import (
    CONVERTED_TO,
    MERGED_INTO,
    SALESFORCE_LEAD,
    FieldSchema,
    Record,
    RecordRef,
    Side,
    Value,
)
from contract.salesforce_ids import is_id, long_id

SYSTEM_FIELDS = (
    "Id",
    "CreatedDate",
    "CreatedById",
    "LastModifiedById",
    "SystemModstamp",
    "IsDeleted",
    MERGED_INTO,
    "IsConverted",
    CONVERTED_TO,
    "IsPersonAccount",
)
"""Read every time, where the object has them: Lead has the conversion fields, Contact IsPersonAccount."""


def parse_time(text: str) -> datetime:
    """Salesforce's time (2026-11-24T10:00:00.000+0000), aware UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _id(raw: Any) -> str | None:
    return long_id(raw) if isinstance(raw, str) and is_id(raw) else None


def record_of(
    object_type: str, row: Mapping[str, Any], fields: Collection[str], our_user: str | None
) -> Record:
    """One row of a query or retrieve, with those of the fields that it shows.

    `our_user` is the id of the user we are logged in as, None when unknown.

    Compound fields (addresses, names) are left out: their parts are fields of their own.
    """
    maker, author = _id(row.get("CreatedById")), _id(row.get("LastModifiedById"))
    converted = object_type == SALESFORCE_LEAD and bool(row.get("IsConverted"))
    deleted = bool(row.get("IsDeleted"))
    return Record(
        ref=RecordRef(side=Side.SALESFORCE, object_type=object_type, id=long_id(row["Id"])),
        fields={
            name: _value(row[name]) for name in fields if name in row and not isinstance(row[name], dict)
        },
        modified_at=parse_time(row["SystemModstamp"]),
        created_at=parse_time(row["CreatedDate"]),
        modified_by_us=None if None in {author, our_user} else author == our_user,
        created_by_us=None if None in {maker, our_user} else maker == our_user,
        deleted=deleted,
        merged_into=_id(row.get(MERGED_INTO)) if deleted else None,
        converted=converted,
        converted_to=_id(row.get(CONVERTED_TO)) if converted else None,
        person_account=bool(row.get("IsPersonAccount")),
    )


def _value(raw: Any) -> Value:
    return raw if raw is None or isinstance(raw, str | int | float | bool) else str(raw)


def field_schema(found: Mapping[str, Any]) -> FieldSchema:
    """One field of a describe, which lists only what the integration user may read."""
    required = found.get("createable") and not found.get("nillable") and not found.get("defaultedOnCreate")
    return FieldSchema(
        name=found["name"],
        label=found.get("label") or found["name"],
        kind=found["type"],
        createable=bool(found.get("createable")),
        updateable=bool(found.get("updateable")),
        required=bool(required),
        length=found.get("length") or None,
        options=tuple(
            str(each["value"]) for each in found.get("picklistValues") or () if each.get("active", True)
        ),
        restricted=bool(found.get("restrictedPicklist")),
        multiple=found["type"] == "multipicklist",
        calculated=bool(found.get("calculated")),
    )
