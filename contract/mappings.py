"""Field mappings of persons: which HubSpot property goes with which Salesforce field, under which rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from contract.records import SALESFORCE_CONTACT, SALESFORCE_LEAD, Side


class MappingRule(StrEnum):
    """Who wins; the cells of each rule stand in rules/mapping.py."""

    PREFER_SALESFORCE = "prefer_salesforce_unless_blank"
    ALWAYS_SALESFORCE = "always_use_salesforce"
    TWO_WAY = "two_way"
    PREFER_HUBSPOT = "prefer_hubspot_unless_blank"
    ALWAYS_HUBSPOT = "always_use_hubspot"
    DONT_SYNC = "dont_sync"


WRITES: Mapping[MappingRule, frozenset[Side]] = {
    MappingRule.PREFER_SALESFORCE: frozenset(Side),
    MappingRule.ALWAYS_SALESFORCE: frozenset({Side.HUBSPOT}),
    MappingRule.TWO_WAY: frozenset(Side),
    MappingRule.PREFER_HUBSPOT: frozenset(Side),
    MappingRule.ALWAYS_HUBSPOT: frozenset({Side.SALESFORCE}),
    MappingRule.DONT_SYNC: frozenset(),
}
"""The sides that a rule ever writes to."""

EMAIL_RULES = frozenset({MappingRule.PREFER_SALESFORCE, MappingRule.PREFER_HUBSPOT, MappingRule.TWO_WAY})


class Converter(StrEnum):
    """How a value is carried across."""

    TEXT = "text"
    EMAIL = "email"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    MULTI_SELECT = "multi_select"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMapping:
    """One row of a mapping table. `fields` names the Salesforce field by object, where that has one.

    `length` is the longest text the Salesforce field takes; longer HubSpot texts are cut and, since
    the base keeps both forms, the cut text never flows back.
    """

    key: str
    hubspot: str
    fields: Mapping[str, str] = field(hash=False)
    rule: MappingRule = MappingRule.PREFER_SALESFORCE
    converter: Converter = Converter.TEXT
    length: int | None = None

    def salesforce(self, object_type: str) -> str | None:
        """The field on this Salesforce object."""
        return self.fields.get(object_type)

    def onto(self, object_type: str, name: str | None) -> FieldMapping:
        """The same mapping with another field of this Salesforce object, or with none."""
        others = {known: own for known, own in self.fields.items() if known != object_type}
        return replace(self, fields=others if name is None else {**others, object_type: name})

    def keyed(self, object_type: str) -> FieldMapping:
        """The same, its key naming the field of this object where that is not the standard one.

        A link's base is kept by key: were the field changed under the same key, what the new one holds
        would look like an edit, and where it is blank, like a deletion.
        """
        standard, name = STANDARD.get(self.hubspot), self.salesforce(object_type)
        known = standard.salesforce(object_type) if standard is not None else None
        if name is None or name in {known, CODES.get(known or "")}:
            return self
        return replace(self, key=f"{self.key}:{name}")


def of_mapping(key: str) -> str:
    """The mapping's own key, whichever object's field this one names besides."""
    return key.partition(":")[0]


def _persons(lead: str, contact: str) -> dict[str, str]:
    return {SALESFORCE_LEAD: lead, SALESFORCE_CONTACT: contact}


def _same(hubspot: str, field: str, length: int | None = None) -> FieldMapping:
    return FieldMapping(key=hubspot, hubspot=hubspot, fields=_persons(field, field), length=length)


def _address(hubspot: str, part: str, length: int) -> FieldMapping:
    return FieldMapping(key=hubspot, hubspot=hubspot, fields=_persons(part, f"Mailing{part}"), length=length)


EMAIL = FieldMapping(
    key="email",
    hubspot="email",
    fields=_persons("Email", "Email"),
    converter=Converter.EMAIL,
    length=80,
)

DEFAULT_MAPPINGS: tuple[FieldMapping, ...] = (
    EMAIL,
    _same("firstname", "FirstName", 40),
    _same("lastname", "LastName", 80),
    _same("salutation", "Salutation"),
    _same("jobtitle", "Title", 128),
    _same("phone", "Phone", 40),
    _same("mobilephone", "MobilePhone", 40),
    _same("fax", "Fax", 40),
    FieldMapping(key="company", hubspot="company", fields={SALESFORCE_LEAD: "Company"}, length=255),
    FieldMapping(key="website", hubspot="website", fields={SALESFORCE_LEAD: "Website"}, length=255),
    FieldMapping(key="industry", hubspot="industry", fields={SALESFORCE_LEAD: "Industry"}, length=40),
    FieldMapping(
        key="annualrevenue",
        hubspot="annualrevenue",
        fields={SALESFORCE_LEAD: "AnnualRevenue"},
        converter=Converter.NUMBER,
    ),
    FieldMapping(
        key="numemployees",
        hubspot="numemployees",
        fields={SALESFORCE_LEAD: "NumberOfEmployees"},
        # HubSpot's standard property is a list of ranges, Salesforce's field a number: a portal that made
        # its own number property chooses a rule.
        rule=MappingRule.DONT_SYNC,
        converter=Converter.INTEGER,
    ),
    _address("address", "Street", 255),
    _address("city", "City", 40),
    _address("state", "State", 80),
    _address("zip", "PostalCode", 20),
    _address("country", "Country", 80),
)
"""HubSpot's standard mappings of persons, without those that have rows of their own (owner, opt-out,
lifecycle stage)."""

OWNER = FieldMapping(
    key="owner",
    hubspot="hubspot_owner_id",
    fields=_persons("OwnerId", "OwnerId"),
    rule=MappingRule.TWO_WAY,
)
"""Who looks after the person; the row of rules/owner.py."""
OPT_OUT = FieldMapping(
    key="opt_out",
    hubspot="hs_email_optout",
    fields=_persons("HasOptedOutOfEmail", "HasOptedOutOfEmail"),
    converter=Converter.BOOLEAN,
)
"""Whether the person wants no e-mail; the row of rules/optout.py, which alone reads and writes it."""
OWN_ROWS = (OWNER, OPT_OUT)
"""Rows that no portal can map otherwise."""

STANDARD: Mapping[str, FieldMapping] = {row.hubspot: row for row in (*DEFAULT_MAPPINGS, *OWN_ROWS)}
"""The rows that every portal begins with, by HubSpot property."""

CODES: Mapping[str, str] = {
    f"{part}{what}": f"{part}{what}Code" for part in ("", "Mailing", "Other") for what in ("State", "Country")
}
"""Text fields of Salesforce's addresses that have a code beside them where the org has its picklists on."""


def with_codes(mapping: FieldMapping) -> FieldMapping:
    """The same mapping onto the codes of state and country, where it is one onto their texts.

    Its key is another, as `keyed` has it: where the org left a text without a code, nobody cleared anything.
    """
    fields = {object_type: CODES.get(name, name) for object_type, name in mapping.fields.items()}
    if fields == mapping.fields:
        return mapping
    return replace(mapping, key=f"{mapping.key}:Code", fields=fields, length=None)


CREATION_KEY = "Diptych_Key__c"
"""Our unique external-id field on Lead and Contact: creations are upserts by it, hence repeatable."""
