"""Finds what a column names: a field of the object, or of a parent through its relationship name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.fields import FieldSpec, ObjectSpec, Row
from sandbox.salesforce.org import Org
from sandbox.salesforce.soql.tree import Column

MOST_PARENTS = 5
"""A path climbs at most this many relationships."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The relationships to climb, nearest first, and the field at the top."""

    references: tuple[FieldSpec, ...]
    field: FieldSpec

    @property
    def names(self) -> tuple[str, ...]:
        """For instance ("Account", "Name")."""
        return (*(str(reference.relationship) for reference in self.references), self.field.name)


def resolve(org: Org, spec: ObjectSpec, column: Column) -> Path:
    """The path of a column. Raises INVALID_FIELD for what is unknown or hidden from the user."""
    *relationships, name = column.path.split(".")
    if relationships and relationships[0].lower() == spec.name.lower():
        relationships.pop(0)
    if len(relationships) > MOST_PARENTS:
        raise _unknown_relationship(relationships[-1], column)
    references: list[FieldSpec] = []
    targets: tuple[ObjectSpec, ...] = (spec,)
    for relationship in relationships:
        reference = _reference(org, targets, relationship, column)
        references.append(reference)
        known = (org.objects[target] for target in reference.reference_to if target in org.objects)
        targets = tuple(target for target in known if org.access.may("read", target))
        if not targets:
            raise _unknown_relationship(relationship, column)
    return Path(references=tuple(references), field=_field(org, targets, name, column))


def _reference(org: Org, targets: tuple[ObjectSpec, ...], relationship: str, column: Column) -> FieldSpec:
    for target in targets:
        for field in org.access.fields(target):
            if field.relationship and field.relationship.lower() == relationship.lower():
                return field
    raise _unknown_relationship(relationship, column)


def _unknown_relationship(relationship: str, column: Column) -> SalesforceError:
    message = (
        f"ERROR at Row:1:Column:{column.at}\nDidn't understand relationship '{relationship}' in field path. "
        "If you are attempting to use a custom relationship, be sure to append the '__r' after the custom "
        "relationship name."
    )
    return SalesforceError("INVALID_FIELD", message)


def _field(org: Org, targets: tuple[ObjectSpec, ...], name: str, column: Column) -> FieldSpec:
    for target in targets:
        field = target.field(name)
        if field is not None and org.access.sees(target, field.name):
            return field
    message = (
        f"ERROR at Row:1:Column:{column.at}\nNo such column '{name}' on entity '{targets[0].name}'. If you "
        "are attempting to use a custom field, be sure to append the '__c' after the custom field name. "
        "Please reference your WSDL or the describe call for the appropriate names."
    )
    raise SalesforceError("INVALID_FIELD", message)


def getter(org: Org, path: Path) -> Callable[[Row], Any]:
    """Reads the path's value off a row; None where a parent is missing."""
    name = path.field.name
    if not path.references:
        return lambda row: row[name]

    def climb(row: Row) -> Any:
        top = parent(org, row, path.references)
        return None if top is None else top.get(name)

    return climb


def parent(org: Org, row: Row, references: tuple[FieldSpec, ...]) -> Row | None:
    """The record at the end of the relationships; None when one of them is blank."""
    for reference in references:
        target_id = row.get(reference.name)
        spec = org.spec_of_id(target_id) if target_id else None
        entry = org.store.entry(spec.name, target_id) if spec and target_id else None
        if entry is None:
            return None
        row = entry.row
    return row
