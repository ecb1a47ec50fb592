"""What the integration user may see and do: field-level security, sharing, object permissions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from sandbox.salesforce.errors import no_such_column, row_error
from sandbox.salesforce.fields import FieldSpec, ObjectSpec

Permission = Literal["read", "create", "edit", "delete"]

NEVER_HIDDEN = frozenset({"Id", "IsDeleted", "SystemModstamp"})
"""Fields that field-level security cannot hide."""


def _sets() -> defaultdict[str, set[str]]:
    return defaultdict(set)


@dataclass(slots=True, kw_only=True)
class Access:
    """The permissions taken away from the integration user; everything else is allowed."""

    hidden_fields: defaultdict[str, set[str]] = field(default_factory=_sets)
    fixed_fields: defaultdict[str, set[str]] = field(default_factory=_sets)
    """Fields it may read but not write."""
    denied_objects: defaultdict[str, set[str]] = field(default_factory=_sets)
    hidden_records: set[str] = field(default_factory=set)
    """Records that sharing does not show it."""
    fixed_records: set[str] = field(default_factory=set)
    """Records it may read but not write."""

    def may(self, permission: Permission, spec: ObjectSpec) -> bool:
        """Whether the object permission is there."""
        return permission not in self.denied_objects[spec.name]

    def sees(self, spec: ObjectSpec, name: str) -> bool:
        """Whether field-level security shows the field."""
        return name in NEVER_HIDDEN or name not in self.hidden_fields[spec.name]

    def fields(self, spec: ObjectSpec) -> list[FieldSpec]:
        """The fields it may see, in describe's order."""
        hidden = self.hidden_fields[spec.name]
        return [
            known for known in spec.fields.values() if known.name not in hidden or known.name in NEVER_HIDDEN
        ]

    def readable(self, spec: ObjectSpec, name: str) -> FieldSpec:
        """The field by its name in any case. Raises INVALID_FIELD when missing or hidden."""
        known = spec.field(name)
        if known is None or not self.sees(spec, known.name):
            raise no_such_column(name, spec.name)
        return known

    def writes(self, spec: ObjectSpec, name: str) -> bool:
        """Whether it may write a field that it sees."""
        return name not in self.fixed_fields[spec.name]

    def demand(self, permission: Permission, spec: ObjectSpec, record_id: str | None = None) -> None:
        """Raises INSUFFICIENT_ACCESS_OR_READONLY without the object permission or the record's."""
        if self.may(permission, spec) and record_id not in self.fixed_records:
            return
        raise row_error(
            "INSUFFICIENT_ACCESS_OR_READONLY",
            "insufficient access rights on object id",
            status=403,
        )
