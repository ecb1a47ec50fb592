"""The values of a record about to be created: as the mapping table says, plus what the CRM requires."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from contract.errors import ErrorClass, Fault
from contract.kinds import SALESFORCE_OBJECTS
from contract.links import Pair
from contract.mappings import OWNER, FieldMapping, MappingRule
from contract.records import Record, Side, Value, is_blank
from contract.settings import Settings
from rules.cells import CELLS, Move, Situation, cell
from rules.converters import Forms, UnconvertibleError, filled

NOT_PROVIDED = "[not provided]"
"""What Salesforce's own web forms put where a lead's company is missing."""
_FREE_MAIL = frozenset(
    {
        *("aol.com", "gmail.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com"),
        *("live.com", "mail.com", "mail.ru", "me.com", "msn.com", "outlook.com", "proton.me"),
        *("protonmail.com", "qq.com", "web.de", "yahoo.com", "yahoo.co.uk", "yandex.ru"),
    }
)
_GIVEN: Mapping[Side, frozenset[MappingRule]] = {
    side: frozenset(
        rule
        for rule in CELLS
        if cell(rule, Situation.NO_BASE, **{f"{side.value}_blank": True}) is Move[side.name]
    )
    for side in Side
}
"""The rules by which a new record on this side takes the other's value."""
_LENGTHS = {"LastName": 80, "Company": 255}
_SOURCES = {"LastName": "lastname", "Company": "company"}
"""The HubSpot properties that such a field takes its value from where no mapping says another."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """A record in the making; `base` holds the fields that are blank on both sides.

    `placeholders` are told by the name of their Salesforce field.
    """

    values: dict[str, Value] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    pairs: dict[str, Pair] = field(default_factory=dict)
    base: dict[str, Pair] = field(default_factory=dict)
    placeholders: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def put(self, name: str, key: str | None, value: Value, pair: Pair) -> None:
        """Give a field its value, and its mapping, if any, what the base becomes."""
        self.values[name] = value
        if key is not None:
            self.keys[name] = key
            self.pairs[key] = pair
            self.base.pop(key, None)

    def fail(self, side: Side, name: str, why: str) -> None:
        """Leave a field out because its value has no form on the other side."""
        says = f"the value has no form in the new record: {why}"
        fault = Fault(error=ErrorClass.DATA, code="UNCONVERTIBLE", says=says, side=side, fields=(name,))
        self.faults.append(fault)


def for_salesforce(settings: Settings, contact: Record, object_type: str, email: str, forms: Forms) -> Draft:
    """A new lead or contact; what Salesforce requires and HubSpot lacks gets a placeholder."""
    draft = Draft()
    for mapping, name in settings.synced(object_type):
        if mapping.hubspot in contact.fields and mapping is not OWNER:
            value = contact.fields[mapping.hubspot]
            _take(draft, Side.SALESFORCE, mapping, name, value, settings.time_zone, forms)
    draft.values.setdefault("Email", email)
    mapped = {name: mapping for mapping, name in settings.synced(object_type)}
    for name in sorted(SALESFORCE_OBJECTS[object_type].required - draft.values.keys()):
        _make_up(draft, contact, name, mapped, email)
    return draft


def for_hubspot(
    settings: Settings, record: Record, email: str, forms: Forms, made_up: Mapping[str, str | bool]
) -> Draft:
    """A new HubSpot contact; it starts at the lifecycle stage "lead".

    `made_up` are the record's placeholders: a field that still holds its own counts as blank.
    """
    draft = Draft()
    for mapping, name in settings.synced(record.ref.object_type):
        if name in record.fields and mapping is not OWNER:
            value = record.fields[name]
            if value is not None and value == made_up.get(name):
                draft.base[mapping.key] = Pair(None, value)
                continue
            _take(draft, Side.HUBSPOT, mapping, mapping.hubspot, value, settings.time_zone, forms)
    draft.values.setdefault("email", email)
    draft.values.setdefault("lifecyclestage", "lead")
    return draft


def _take(
    draft: Draft, to: Side, mapping: FieldMapping, name: str, value: Value, zone: str, forms: Forms
) -> None:
    """One mapped field, where the table's cell for a pair never in step gives it to the new record."""
    key = mapping.key
    if is_blank(value):
        draft.base[key] = Pair(value, None) if to is Side.SALESFORCE else Pair(None, value)
        return
    if mapping.rule not in _GIVEN[to]:
        return
    try:
        given = filled(mapping, value, to, zone, forms)
    except UnconvertibleError as error:
        draft.fail(to, name, str(error))
        return
    draft.values[name] = given
    draft.keys[name] = key
    draft.pairs[key] = Pair(value, given) if to is Side.SALESFORCE else Pair(given, value)


def _make_up(
    draft: Draft, contact: Record, name: str, mapped: Mapping[str, FieldMapping], email: str
) -> None:
    """A value for a required field that the mapping does not give.

    One that HubSpot does not hold is a placeholder. It is remembered also where no mapping of the field takes
    part: one may some day.
    """
    text = next(_PLACEHOLDERS[name](contact, email))[: _LENGTHS[name]]
    _put(draft, contact, name, mapped, text)
    if text != contact.text(mapped[name].hubspot if name in mapped else _SOURCES[name]):
        draft.placeholders[name] = text
    first = contact.text("firstname")
    if name == "LastName" and "FirstName" in draft.values and first.endswith(f" {text}"):
        _put(draft, contact, "FirstName", mapped, first.removesuffix(text).rstrip())


def _put(draft: Draft, contact: Record, name: str, mapped: Mapping[str, FieldMapping], text: str) -> None:
    mapping = mapped.get(name)
    key = mapping.key if mapping is not None else None
    held = contact.fields.get(mapping.hubspot) if mapping is not None else None
    draft.put(name, key, text, Pair(held, text))


def _last_names(contact: Record, email: str) -> Iterator[str]:
    if last := contact.text("lastname"):
        yield last
    words = contact.text("firstname").split()
    if len(words) > 1:
        yield words[-1]
    yield email.partition("@")[0]


def _companies(contact: Record, email: str) -> Iterator[str]:
    if company := contact.text("company"):
        yield company
    domain = email.rpartition("@")[2]
    if domain not in _FREE_MAIL:
        yield domain
    yield NOT_PROVIDED


_PLACEHOLDERS: Mapping[str, Callable[[Record, str], Iterator[str]]] = {
    "LastName": _last_names,
    "Company": _companies,
}
