"""What Salesforce checks before it saves a record, in its order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.salesforce.derive import CONVERTED_STATUS
from sandbox.salesforce.errors import SalesforceError, no_such_column, row_error
from sandbox.salesforce.fields import FieldSpec, ObjectSpec, Row
from sandbox.salesforce.org import Actor, DuplicateRule, Org, ValidationRule
from sandbox.salesforce.values import stored


def entered(
    org: Org, actor: Actor, spec: ObjectSpec, fields: Mapping[str, Any], *, creating: bool
) -> dict[str, Any]:
    """The given values by exact field name in stored form. Raises for what may not be written or kept."""
    known = {name: _known(org, actor, spec, name) for name in fields if name != "attributes"}
    _demand_writable(org, actor, spec, list(known.values()), creating=creating)
    return {field.name: stored(field, fields[name], org.form) for name, field in known.items()}


def _known(org: Org, actor: Actor, spec: ObjectSpec, name: str) -> FieldSpec:
    if actor.api:
        return org.access.readable(spec, name)
    field = spec.field(name)
    if field is None:
        raise no_such_column(name, spec.name)
    return field


def _demand_writable(
    org: Org, actor: Actor, spec: ObjectSpec, fields: list[FieldSpec], *, creating: bool
) -> None:
    barred = [
        field.name
        for field in fields
        if not (field.createable if creating else field.updateable)
        or (actor.api and not org.access.writes(spec, field.name))
    ]
    if barred:
        message = (
            f"Unable to create/update fields: {', '.join(barred)}. Please check the security settings of "
            "this field and verify that it is read/write for your profile or permission set."
        )
        raise row_error("INVALID_FIELD_FOR_INSERT_UPDATE", message, *barred)


def check(org: Org, actor: Actor, spec: ObjectSpec, row: Row, before: Row | None) -> None:
    """All checks of the whole row about to be saved; `before` is None for a create."""
    _required(spec, row)
    _lead_status(spec, row, before)
    for field in spec.fields.values():
        if (
            field.reference_to
            and row[field.name]
            and (before is None or before[field.name] != row[field.name])
        ):
            _reference(org, spec, field, row[field.name])
    _validation(org, spec, row)
    _unique(org, spec, row)
    if not actor.allow_duplicates or any(rule.block for rule in org.duplicate_rules):
        _duplicates(org, actor, spec, row, before)


def _required(spec: ObjectSpec, row: Row) -> None:
    missing = [field.name for field in spec.fields.values() if _must_hold(field) and row[field.name] is None]
    if missing:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise row_error("REQUIRED_FIELD_MISSING", message, *missing)


def _must_hold(field: FieldSpec) -> bool:
    return field.createable and not field.nillable


def _lead_status(spec: ObjectSpec, row: Row, before: Row | None) -> None:
    if spec.name != "Lead" or row["IsConverted"] or row["Status"] != CONVERTED_STATUS:
        return
    if before is None or before["Status"] != CONVERTED_STATUS:
        message = f"invalid status for an unconverted lead: {CONVERTED_STATUS}"
        raise row_error("INVALID_STATUS", message, "Status")


def _reference(org: Org, spec: ObjectSpec, field: FieldSpec, target_id: str) -> None:
    target = org.spec_of_id(target_id)
    if target is None or target.name not in field.reference_to:
        message = f"{field.label}: id value of incorrect type: {target_id}"
        raise row_error("FIELD_INTEGRITY_EXCEPTION", message, field.name)
    entry = org.store.entry(target.name, target_id)
    if entry is None:
        raise row_error("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if entry.row["IsDeleted"]:
        raise row_error("ENTITY_IS_DELETED", "entity is deleted")
    if target.name == "Lead" and entry.row["IsConverted"]:
        raise row_error("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    if target.name == "User" and not entry.row["IsActive"]:
        message = f"operation performed with inactive user [{target_id}] as owner of {spec.name.lower()}"
        raise row_error("INACTIVE_OWNER_OR_USER", message, field.name)


def _validation(org: Org, spec: ObjectSpec, row: Row) -> None:
    for rule in org.validation_rules:
        verdict = rule(spec.name, row)
        if verdict is None:
            continue
        message, *fields = (verdict,) if isinstance(verdict, str) else verdict
        raise row_error("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, *fields)


def _unique(org: Org, spec: ObjectSpec, row: Row) -> None:
    for name in spec.indexed:
        if not spec.fields[name].unique or row[name] is None:
            continue
        for other in org.store.matches(spec.name, name, row[name]):
            if other["Id"] != row["Id"]:
                message = (
                    f"duplicate value found: {name} duplicates value on record with id: {other['Id'][:15]}"
                )
                raise row_error("DUPLICATE_VALUE", message)


def _duplicates(org: Org, actor: Actor, spec: ObjectSpec, row: Row, before: Row | None) -> None:
    for rule in org.duplicate_rules:
        if rule.object_name != spec.name or (actor.allow_duplicates and not rule.block):
            continue
        if before is not None and before[rule.field] == row[rule.field]:
            continue
        found = [other["Id"] for other in _alike(org, rule, row) if other["Id"] != row["Id"]]
        if found:
            raise _detected(rule, found)


def _alike(org: Org, rule: DuplicateRule, row: Row) -> Iterator[Row]:
    value = row[rule.field]
    if value is not None:
        yield from org.store.matches(rule.object_name, rule.field, value)


def _detected(rule: DuplicateRule, found: list[str]) -> SalesforceError:
    """The refusal with the match, under Salesforce's own misspelt key."""
    name = rule.object_name
    matches = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": {
                "attributes": {"type": name, "url": f"/services/data/v68.0/sobjects/{name}/{found_id}"},
                "Id": found_id,
            },
        }
        for found_id in found
    ]
    result = {
        "allowSave": not rule.block,
        "duplicateRule": f"Standard_{name}_Duplicate_Rule",
        "duplicateRuleEntityType": name,
        "errorMessage": "Use one of these records?",
        "matchResults": [
            {
                "entityType": name,
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "matchRecords": matches,
                "rule": f"Standard_{name}_Match_Rule",
                "size": len(matches),
                "success": True,
            }
        ],
    }
    message = "Use one of these records?"
    return SalesforceError("DUPLICATES_DETECTED", message, extra={"duplicateResut": result})


def pattern_rule(
    object_name: str, field_name: str, matches: Callable[[str], object], message: str
) -> ValidationRule:
    """A validation rule: the field is blank, or its text satisfies `matches`."""

    def rule(saved_object: str, row: Row) -> tuple[str, str] | None:
        value = row.get(field_name)
        if saved_object != object_name or value is None or matches(str(value)):
            return None
        return message, field_name

    return rule
