"""All records of one type in one account, found by id, e-mail or unique property."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sandbox.hubspot.errors import NotFound, bad_request
from sandbox.hubspot.records import Record
from sandbox.hubspot.schema import ObjectType, PropertyDefinition
from sandbox.hubspot.times import DAY_MS
from sandbox.hubspot.values import fold_email

RECYCLE_MS = 90 * DAY_MS
"""How long an archived record can still be read and restored."""


def additional_emails(values: Mapping[str, str]) -> list[str]:
    """A contact's further addresses, in their order."""
    return [part.strip() for part in values.get("hs_additional_emails", "").split(";") if part.strip()]


@dataclass(slots=True, kw_only=True)
class Shelf:
    """`records` by id, archived and merged ones included; `holders` maps (property, value) of live ones."""

    type: ObjectType
    definitions: dict[str, PropertyDefinition]
    records: dict[str, Record] = field(default_factory=dict)
    holders: dict[tuple[str, str], str] = field(default_factory=dict)

    def keys(self, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """What no other live record may hold: e-mails of both kinds, values of unique properties."""
        if self.type.name == "contacts":
            if values.get("email"):
                yield "email", fold_email(values["email"])
            for address in additional_emails(values):
                yield "email", fold_email(address)
        for name, value in values.items():
            definition = self.definitions.get(name)
            if definition is not None and definition.unique:
                yield name, value

    def hold(self, record: Record) -> None:
        """Note the record as the holder of its unique values."""
        for key in self.keys(record.now.values):
            self.holders[key] = record.id

    def release(self, record: Record) -> None:
        """Give the record's unique values free."""
        for key in self.keys(record.now.values):
            if self.holders.get(key) == record.id:
                del self.holders[key]

    def clash(self, values: Mapping[str, str], own_id: str = "") -> tuple[str, str] | None:
        """The property and record that already hold one of these values; None if they are free."""
        for key in self.keys(values):
            holder = self.holders.get(key)
            if holder is not None and holder != own_id:
                return key[0], holder
        return None

    def find(self, ident: str, id_property: str = "", *, now: int) -> Record | None:
        """The record answering to an id or unique value, archived ones by id only.

        A merged id answers with the survivor. Raises ApiError for an `id_property` that is not unique.
        """
        if id_property not in {"", "hs_object_id"}:
            return self._by_value(id_property, ident)
        record = self.records.get(ident)
        while record is not None and record.now.merged_into is not None:
            record = self.records.get(record.now.merged_into)
        if record is not None and self.expired(record, now=now):
            del self.records[record.id]
            return None
        return record

    def expired(self, record: Record, *, now: int) -> bool:
        """Whether an archived record has left the recycle bin for good."""
        return (record.now.archived_at or now) + RECYCLE_MS < now

    def in_bin(self, address: str) -> Record | None:
        """An archived contact of this e-mail address."""
        wanted = ("email", fold_email(address))
        for record in self.records.values():
            if record.now.archived_at is not None and wanted in self.keys(record.now.values):
                return record
        return None

    def _by_value(self, name: str, value: str) -> Record | None:
        definition = self.definitions.get(name)
        is_email = self.type.name == "contacts" and name == "email"
        if not is_email and (definition is None or not definition.unique):
            raise bad_request(f"{name} is not a unique identifier property of {self.type.singular}.")
        holder = self.holders.get((name, fold_email(value) if is_email else value))
        return None if holder is None else self.records[holder]

    def live(self, ident: str, id_property: str = "", *, now: int) -> Record:
        """The live record answering to an id or unique value. Raises NotFound."""
        record = self.find(ident, id_property, now=now)
        if record is None or not record.live:
            raise NotFound([ident], label=id_property or "id")
        return record
