"""Records of either CRM and the values they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

Value = str | int | float | bool | None
"""A field's native value: HubSpot speaks in strings, Salesforce in JSON values; None is a blank."""


class Side(StrEnum):
    """One of the two CRMs."""

    HUBSPOT = "hubspot"
    SALESFORCE = "salesforce"

    @property
    def other(self) -> Side:
        """The CRM across the hinge."""
        return Side.SALESFORCE if self is Side.HUBSPOT else Side.HUBSPOT

    @property
    def label(self) -> str:
        """The CRM as its makers write it, for sentences."""
        return "HubSpot" if self is Side.HUBSPOT else "Salesforce"


STAMP_RESOLUTION: Mapping[Side, timedelta] = {
    Side.HUBSPOT: timedelta(milliseconds=1),
    Side.SALESFORCE: timedelta(seconds=1),
}
"""One tick of each CRM's modification stamps: two edits within it cannot be told apart."""

HUBSPOT_CONTACT = "contact"
SALESFORCE_LEAD = "Lead"
SALESFORCE_CONTACT = "Contact"
"""Object types: HubSpot's singular name, Salesforce's API name."""

MERGED_INTO = "MasterRecordId"
CONVERTED_TO = "ConvertedContactId"
"""Where a Salesforce record names what it lives on as; the second is on leads only."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RecordRef:
    """Names one CRM record inside a portal. Salesforce ids always have 18 characters."""

    side: Side
    object_type: str
    id: str

    def __hash__(self) -> int:
        return hash(self.id)  # facts are looked up by record all the time, and no two ids are alike

    def __str__(self) -> str:
        return f"{self.side.label} {self.object_type.lower()} {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One CRM record as read.

    `fields` holds only what could be read: a field that is absent was not shown to us and is never
    taken for blank. `deleted` is positive evidence (HubSpot archived, Salesforce IsDeleted).
    `merged_into` names the survivor when this id lost a merge; `converted_to` the contact that a
    converted lead became. `modified_by_us` and `created_by_us` are None where the CRM does not say who
    wrote last or first.
    Stamps are aware UTC; Salesforce's have a resolution of one second.
    """

    ref: RecordRef
    fields: Mapping[str, Value]
    modified_at: datetime
    created_at: datetime
    modified_by_us: bool | None = None
    created_by_us: bool | None = None
    deleted: bool = False
    merged_into: str | None = None
    merged_ids: tuple[str, ...] = ()
    converted: bool = False
    converted_to: str | None = None
    person_account: bool = False

    @property
    def live(self) -> bool:
        """Whether the record can still be written."""
        return not (self.deleted or self.merged_into or self.converted)

    def text(self, name: str) -> str:
        """The field as trimmed text; "" when blank or absent."""
        value = self.fields.get(name)
        return "" if value is None else str(value).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSchema:
    """What a CRM says about one field.

    `kind` is the CRM's own type name, `options` the values a picklist takes, `restricted` whether it
    refuses others, `multiple` whether it takes several at once. `calculated` says that the CRM itself works
    the value out, such as by a formula.
    """

    name: str
    label: str
    kind: str
    readable: bool = True
    createable: bool = True
    updateable: bool = True
    required: bool = False
    length: int | None = None
    options: tuple[str, ...] = ()
    restricted: bool = False
    multiple: bool = False
    calculated: bool = False


def is_blank(value: Value) -> bool:
    """Null, "" or white space; never false or 0."""
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def email_key(address: Value) -> str:
    """The form in which e-mail addresses are compared: trimmed and case-folded; "" when blank."""
    return "" if address is None else str(address).strip().casefold()
