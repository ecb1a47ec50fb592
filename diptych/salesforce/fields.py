"""Which field permissions a permission set must hold so that mapped fields can be read and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from contract.mappings import CREATION_KEY, OWN_ROWS, WRITES, FieldMapping, MappingRule
from contract.records import SALESFORCE_CONTACT, SALESFORCE_LEAD, Side

ROLE_STAMP = "Diptych_Role_Added_At__c"
"""Set by our flow on contact roles; we only read it."""

_ALWAYS_OPEN = frozenset(
    {
        *("Id", "OwnerId", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById"),
        *("SystemModstamp", "IsDeleted", "RecordTypeId"),
        *("Name", "FirstName", "LastName", "MiddleName", "Salutation", "Suffix"),
    }
)
"""Fields that Salesforce puts under no field permission: naming one makes a deployment fail."""
_REQUIRED: Mapping[str, frozenset[str]] = {
    SALESFORCE_LEAD: frozenset({"Company", "Status", "IsConverted"}),
    SALESFORCE_CONTACT: frozenset(),
}
"""Required or system fields of one object, likewise."""

_PARTS = (
    *("Street", "City", "State", "StateCode", "PostalCode", "Country", "CountryCode"),
    *("Latitude", "Longitude", "GeocodeAccuracy"),
)
_WHOLE: Mapping[str, Mapping[str, str]] = {
    SALESFORCE_LEAD: dict.fromkeys(_PARTS, "Address"),
    SALESFORCE_CONTACT: {
        f"{kind}{part}": f"{kind}Address" for kind in ("Mailing", "Other") for part in _PARTS
    },
}
"""The compound field under whose permission a part of an address stands."""


def permitted_field(object_type: str, field: str) -> str | None:
    """The field whose permission opens this one, None where none is needed."""
    if field in _ALWAYS_OPEN or field in _REQUIRED[object_type]:
        return None
    return _WHOLE[object_type].get(field, field)


def granted(mappings: Iterable[FieldMapping]) -> Mapping[str, bool]:
    """Whether each field ("Lead.Email") may be written besides read, sorted by name."""
    synced = [row for row in (*mappings, *OWN_ROWS) if row.rule is not MappingRule.DONT_SYNC]
    fields = {f"{SALESFORCE_CONTACT}.{ROLE_STAMP}": False}
    for object_type in (SALESFORCE_LEAD, SALESFORCE_CONTACT):
        fields[f"{object_type}.{CREATION_KEY}"] = True
        for row in synced:
            opened = permitted_field(object_type, row.salesforce(object_type) or "")
            if opened:
                # A formula is only read: a permission to write it cannot be deployed.
                name, writes = f"{object_type}.{opened}", Side.SALESFORCE in WRITES[row.rule]
                fields[name] = writes or fields.get(name, False)
    return dict(sorted(fields.items()))
