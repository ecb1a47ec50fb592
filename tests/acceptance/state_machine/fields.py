"""The fields of the run, in the oracle's own words, and when two values mean the same."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from contract.records import SALESFORCE_LEAD, RecordRef, Side, Value
from contract.settings import Settings
from tests.acceptance.state_machine import geography


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One mapped field: its property in HubSpot and its field on each Salesforce object."""

    key: str
    hubspot: str
    lead: str
    contact: str | None
    coded: bool = False
    """Whether Salesforce holds the code of a place whose name HubSpot holds."""

    def name(self, ref: RecordRef) -> str | None:
        """The CRM's own name of it on this record."""
        if ref.side is Side.HUBSPOT:
            return self.hubspot
        return self.lead if ref.object_type == SALESFORCE_LEAD else self.contact

    def meaning(self, value: Value) -> object:
        """What a value means, whatever its form; None when blank."""
        text = "" if value is None else str(value).strip()
        if not text:
            return None
        if self.key == "email":
            return text.casefold()
        if self.coded:
            place = geography.country(text) if self.key == "country" else geography.any_state(text)
            return place or f"nowhere: {text.casefold()}"
        if self.key == "jobtitle":
            return SPELLINGS.get(text.casefold(), text)
        return _rounded(text) if self.key == "annualrevenue" else text


def _rounded(text: str) -> object:
    """As Salesforce keeps it, to two places."""
    try:
        return Decimal(text).quantize(Decimal("0.01"), ROUND_HALF_UP)
    except InvalidOperation:
        return text


FIELDS = (
    Mapped(key="email", hubspot="email", lead="Email", contact="Email"),
    Mapped(key="firstname", hubspot="firstname", lead="FirstName", contact="FirstName"),
    Mapped(key="lastname", hubspot="lastname", lead="LastName", contact="LastName"),
    Mapped(key="phone", hubspot="phone", lead="Phone", contact="Phone"),
    Mapped(key="jobtitle", hubspot="jobtitle", lead="Title", contact="Title"),
    Mapped(key="city", hubspot="city", lead="City", contact="MailingCity"),
    Mapped(key="company", hubspot="company", lead="Company", contact=None),
    Mapped(key="annualrevenue", hubspot="annualrevenue", lead="AnnualRevenue", contact=None),
)
STATE, COUNTRY = (
    Mapped(key=key, hubspot=key, lead=key.title(), contact=f"Mailing{key.title()}")
    for key in ("state", "country")
)
STATE_CODE, COUNTRY_CODE = (
    Mapped(key=key, hubspot=key, lead=f"{name}Code", contact=f"Mailing{name}Code", coded=True)
    for key, name in (("state", "State"), ("country", "Country"))
)
PLACES = (STATE, COUNTRY)
SPELLINGS = {"vp": "Vice President", "ceo": "Chief Executive Officer"}
"""Titles that one of the rules of users' own spells out on their way to Salesforce."""
MEMBERSHIP, MEMBER = "hs_lead_status", "NEW"
"""A contact is on the inclusion list as long as this property has this value."""
BY_KEY = {field.key: field for field in FIELDS}
REQUIRED = frozenset({"lastname", "company"})
"""What Salesforce demands; a value made up for it never flows back, and it cannot be cleared."""


def fields_of(settings: Settings) -> tuple[Mapped, ...]:
    """The fields of a run that are followed one by one; a state with a code depends on its country."""
    mapped = {mapping.key for mapping in settings.mappings}
    places = (COUNTRY_CODE,) if settings.picklists else PLACES
    return (*FIELDS, *(field for field in places if field.key in mapped))
