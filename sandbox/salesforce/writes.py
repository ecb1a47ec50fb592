"""Creates, updates, upserts and deletes, as the API and people do them. Each is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.salesforce import places
from sandbox.salesforce.access import Permission
from sandbox.salesforce.checks import check, entered
from sandbox.salesforce.errors import SalesforceError, not_found, row_error
from sandbox.salesforce.fields import FieldSpec, ObjectSpec, Row
from sandbox.salesforce.ids import long_id
from sandbox.salesforce.org import Actor, Org, only_fields
from sandbox.salesforce.store import ChangeKind, Entry, Saved
from sandbox.salesforce.values import stored


class AmbiguousError(SalesforceError):
    """Several records hold an upsert's external id: 300 in a single call, an item error in a collection."""

    def __init__(self, field: str, ids: list[str]) -> None:
        super().__init__(
            "DUPLICATE_EXTERNAL_ID", f"{field}: more than one record found for external id field: {ids}"
        )
        self.ids = ids


def create(org: Org, actor: Actor, spec: ObjectSpec, fields: Mapping[str, Any]) -> str:
    """Save a new record and return its id. Raises SalesforceError."""
    with org.store.transaction():
        _demand(org, actor, spec, "create")
        values = entered(org, actor, spec, fields, creating=True)
        row = only_fields(spec, {**values, **places.filled(org, spec, values, None)})
        row["Id"] = org.ids.new(spec.prefix)
        if row.get("OwnerId") is None and "OwnerId" in spec.fields:
            row["OwnerId"] = actor.user_id
        _lock_fault(org, actor, row["Id"])
        row |= {"CreatedDate": org.stamp(), "CreatedById": actor.user_id}
        save(org, actor, spec, row, None)
        return str(row["Id"])


def update(org: Org, actor: Actor, spec: ObjectSpec, record_id: str, fields: Mapping[str, Any]) -> None:
    """Change fields of a record; the stamps move even when no value does. Raises SalesforceError."""
    with org.store.transaction():
        row = living(org, actor, spec, record_id).row
        _demand(org, actor, spec, "edit", row["Id"])
        if row.get("IsConverted"):
            raise row_error("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        values = entered(org, actor, spec, fields, creating=False)
        _lock_fault(org, actor, row["Id"])
        save(org, actor, spec, {**row, **values, **places.filled(org, spec, values, row)}, row)


def upsert(
    org: Org,
    actor: Actor,
    spec: ObjectSpec,
    key: tuple[FieldSpec, Any],
    fields: Mapping[str, Any],
    *,
    update_only: bool = False,
) -> tuple[str, bool]:
    """Update the one record whose external id has the value, else create it: (id, whether created).

    Raises AmbiguousError when several have it, NOT_FOUND when none has and `update_only`.
    """
    field, value = key
    found = external_matches(org, spec, field, value)
    if len(found) > 1:
        raise AmbiguousError(field.name, found)
    if found:
        update(org, actor, spec, found[0], fields)
        return found[0], False
    if update_only:
        raise not_found()
    return create(org, actor, spec, {**fields, field.name: value}), True


def external_matches(org: Org, spec: ObjectSpec, field: FieldSpec, value: Any) -> list[str]:
    """Ids of the living records whose external id field has this value, in any case."""
    sought = stored(field, value, org.form)
    return (
        [row["Id"] for row in org.store.matches(spec.name, field.name, sought)] if sought is not None else []
    )


def delete(org: Org, actor: Actor, spec: ObjectSpec, record_id: str) -> None:
    """Put a record, and those that hang on it, into the recycle bin. Raises SalesforceError."""
    with org.store.transaction():
        entry = living(org, actor, spec, record_id)
        _demand(org, actor, spec, "delete", entry.row["Id"])
        _lock_fault(org, actor, entry.row["Id"])
        bin_entry(org, actor, spec, entry.row, {})


def bin_entry(
    org: Org, actor: Actor, spec: ObjectSpec, row: Row, more: Mapping[str, Any], parent: str | None = None
) -> None:
    """Mark a row deleted with its dependants; `parent` is the record whose deletion took it along."""
    now = org.clock()
    org.store.put(spec.name, {**row, **more, **stamps(org, actor.user_id), "IsDeleted": True}, now)
    entry = org.store.tables[spec.name][row["Id"]]
    org.store.put_entry(spec.name, row["Id"], replace(entry, deleted_at=now, deleted_with=parent))
    for child_spec, child in dependants(org, spec, row["Id"]):
        bin_entry(org, actor, child_spec, child, {}, parent=row["Id"])


def dependants(org: Org, spec: ObjectSpec, record_id: str) -> list[tuple[ObjectSpec, Row]]:
    """Living records that a deletion of this one takes along."""
    return [
        (child, row)
        for child, field in references_to(org, spec)
        if field.cascade
        for row in org.store.rows(child.name)
        if row[field.name] == record_id and not row["IsDeleted"]
    ]


def references_to(org: Org, spec: ObjectSpec) -> list[tuple[ObjectSpec, FieldSpec]]:
    """Every field of every object that can point to a record of this object."""
    return [
        (child, field)
        for child in org.objects.values()
        for field in child.fields.values()
        if spec.name in field.reference_to
    ]


def living(org: Org, actor: Actor, spec: ObjectSpec, record_id: str) -> Entry:
    """The record, if it is there to be changed.

    Raises MALFORMED_ID, INVALID_CROSS_REFERENCE_KEY, INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY or
    ENTITY_IS_DELETED.
    """
    whole = long_id(record_id)
    if whole is None:
        raise row_error("MALFORMED_ID", f"bad id {record_id}", "Id")
    entry = org.store.entry(spec.name, whole)
    if entry is None:
        raise row_error("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if actor.api and whole in org.access.hidden_records:
        code = "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
        raise row_error(code, "insufficient access rights on cross-reference id")
    if entry.row["IsDeleted"]:
        raise row_error("ENTITY_IS_DELETED", "entity is deleted", status=404)
    return entry


def save(org: Org, actor: Actor, spec: ObjectSpec, row: Row, before: Row | None) -> None:
    """Check a whole row, stamp it and keep it; `before` is None for a create."""
    if actor.auto_assign and spec.name in org.assignment_rules:
        row["OwnerId"] = org.assignment_rules[spec.name]
    row |= spec.derive(row)
    check(org, actor, spec, row, before)
    keep(org, actor.user_id, spec, row, "created" if before is None else "updated")


def keep(org: Org, user_id: str, spec: ObjectSpec, row: Row, kind: ChangeKind) -> None:
    """Stamp a row, store it, and let outbound messages and automation know."""
    org.store.put(spec.name, {**row, **stamps(org, user_id)}, org.clock())
    saved = Saved(object_name=spec.name, record_id=row["Id"], kind=kind, user_id=user_id)
    org.store.note(saved)


def stamps(org: Org, user_id: str) -> Row:
    """The audit fields that every save moves."""
    now = org.stamp()
    return {"LastModifiedDate": now, "LastModifiedById": user_id, "SystemModstamp": now}


def _demand(
    org: Org, actor: Actor, spec: ObjectSpec, operation: Permission, record_id: str | None = None
) -> None:
    if not actor.api:
        return
    if not spec.writable:
        message = f"entity type {spec.name} does not support {operation}"
        raise row_error("INVALID_TYPE_FOR_OPERATION", message)
    org.access.demand(operation, spec, record_id)


def _lock_fault(org: Org, actor: Actor, record_id: str) -> None:
    if actor.api and org.chance(org.faults.row_lock):
        message = f"unable to obtain exclusive access to this record or 1 records: {record_id}"
        raise row_error("UNABLE_TO_LOCK_ROW", message)
