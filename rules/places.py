"""State and country picklists: texts of HubSpot, codes of Salesforce.

With `places.picklists` on, the mappings of state and country go to Salesforce's codes (StateCode,
MailingCountryCode, ...). HubSpot's free text ("USA", "États-Unis", "Bayern", "Calif.") is looked up by
`place_names.py`; HubSpot gets the name that the org shows for a code. What cannot be looked up is left out,
told as a fault of that field alone, and the rest is written. With it off, both are texts like any other.

Salesforce takes a state only in a country that has it, so a country goes along with every state
(`complete`), and a state that the country does not have goes when the country changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from contract.decisions import Verdict, Write
from contract.errors import ErrorClass, Fault
from contract.links import Pair
from contract.mappings import CODES, FieldMapping
from contract.records import SALESFORCE_CONTACT, SALESFORCE_LEAD, Record, Side, Value, is_blank
from rules.converters import Forms, UnconvertibleError
from rules.person import Person
from rules.place_names import Gazetteer, gazetteer

RULE = "places"
_COUNTRY, _STATE = "CountryCode", "StateCode"
_NO_PICKLISTS = "Salesforce shows no state and country picklists: places.picklists should say no"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """The country and the state of one address; either may be mapped alone. Names are Salesforce's."""

    prefix: str
    country: FieldMapping | None
    state: FieldMapping | None

    @property
    def country_name(self) -> str:
        return f"{self.prefix}{_COUNTRY}"

    @property
    def state_name(self) -> str:
        return f"{self.prefix}{_STATE}"


def decide(person: Person) -> Person:
    """Tell the mapping table what each state and country is called on the other side."""
    addresses = _addresses(person) if person.settings.picklists else ()
    if not any(_holds_one(record, address) for record in person.records for address in addresses):
        return person
    atlas = person.facts.places()
    names = gazetteer(atlas) if atlas is not None else None
    forms = dict(person.forms)
    for record in person.records:
        for address in addresses:
            if record.ref.side is Side.HUBSPOT:
                forms |= _codes(person, record, address, names)
            else:
                forms |= _labels(record, address, names)
    return person.changed(forms=forms)


def _holds_one(record: Record, address: _Address) -> bool:
    """Whether the record has a state or country there."""
    return any(not is_blank(_value(record, mapping, name)) for mapping, name in _fields(address))


def _fields(address: _Address) -> Iterator[tuple[FieldMapping, str]]:
    if address.country is not None:
        yield address.country, address.country_name
    if address.state is not None:
        yield address.state, address.state_name


def _value(record: Record | None, mapping: FieldMapping | None, name: str) -> Value:
    """A record's value, None where it is blank, unmapped or not shown."""
    if record is None:
        return None
    if record.ref.side is Side.SALESFORCE:
        return record.fields.get(name)
    return record.fields.get(mapping.hubspot) if mapping is not None else None


def _addresses(person: Person, object_type: str = "") -> tuple[_Address, ...]:
    """The mapped addresses of the person's Salesforce object; of both, while it is not known which."""
    known = object_type or person.salesforce_type
    objects = [known] if known else [SALESFORCE_LEAD, SALESFORCE_CONTACT]
    found: dict[str, dict[str, FieldMapping]] = {}
    for row, name in chain.from_iterable(map(person.settings.synced, objects)):
        for part in (_COUNTRY, _STATE):
            if name in _CODED and name.endswith(part):
                found.setdefault(name.removesuffix(part), {})[part] = row
    return tuple(
        _Address(prefix=prefix, country=rows.get(_COUNTRY), state=rows.get(_STATE))
        for prefix, rows in found.items()
    )


_CODED = frozenset(CODES.values())


def _codes(person: Person, contact: Record, address: _Address, names: Gazetteer | None) -> Forms:
    """Salesforce's codes for HubSpot's texts."""
    found: dict[tuple[str, Side], Value | UnconvertibleError] = {}
    for mapping, _ in _fields(address):
        text = _value(contact, mapping, "")
        if is_blank(text):
            continue
        if names is None:
            code: Value | UnconvertibleError = UnconvertibleError(_NO_PICKLISTS)
        elif mapping is address.country:
            code = names.country(str(text)) or UnconvertibleError("it names no country that the org lists")
        else:
            code = _state(names, _country(person, contact, address, names), str(text))
        found[mapping.key, Side.SALESFORCE] = code
    return found


def _country(person: Person, contact: Record, address: _Address, names: Gazetteer) -> str | None:
    """The code of the country in which HubSpot's state is looked up: HubSpot's, else Salesforce's."""
    text = _value(contact, address.country, "")
    if not is_blank(text):
        return names.country(str(text))
    known = _value(person.salesforce, address.country, address.country_name)
    return None if is_blank(known) else str(known)


def _state(names: Gazetteer, country: str | None, text: str) -> Value | UnconvertibleError:
    if country is None:
        return UnconvertibleError("a state needs a country, and there is none that the org lists")
    return names.state(country, text) or UnconvertibleError("it names no state that the org lists there")


def _labels(record: Record, address: _Address, names: Gazetteer | None) -> Forms:
    """HubSpot's texts for Salesforce's codes: what the org calls them."""
    country, state = record.text(address.country_name), record.text(address.state_name)
    found: dict[tuple[str, Side], Value] = {}
    if names is not None and country and address.country is not None:
        found[address.country.key, Side.HUBSPOT] = names.country_name(country)
    if names is not None and state and address.state is not None:
        found[address.state.key, Side.HUBSPOT] = names.state_name(country, state)
    return found


# --- a state and its country ---


def complete(person: Person) -> Person:
    """Let no state go to Salesforce without its country, nor stay in a country that does not have it."""
    if not person.settings.picklists:
        return person
    for write in person.writes:
        if write.side is Side.SALESFORCE and any(name in _CODED for name in write.values):
            atlas = person.facts.places()
            if atlas is not None:
                person = _completed(person, write, gazetteer(atlas))
    return person


def _completed(person: Person, write: Write, names: Gazetteer) -> Person:
    completed = write
    for address in _addresses(person, write.object_type):
        person, completed = _together(person, completed, address, names)
    rest = (completed,) if completed.values else ()
    return person.changed(
        writes=tuple(one for each in person.writes for one in (rest if each is write else (each,)))
    )


def _together(person: Person, write: Write, address: _Address, names: Gazetteer) -> tuple[Person, Write]:
    """One address of one write."""
    country = str(_after(person, write, address.country_name) or "")
    state = str(_after(person, write, address.state_name) or "")
    given = address.state_name in write.values
    if not state or (not given and address.country_name not in write.values):
        return person, write
    if not names.has_state(country, state):
        text = _value(person.hubspot, address.state, "")
        fitting = None if is_blank(text) or not country else names.state(country, str(text))
        if fitting is None and given:
            return _left_out(person, write, address)
        person = _telling(person, address, fitting)
        write = _with_state(person, write, address, fitting)
    if write.values.get(address.state_name) and address.country_name not in write.values:
        write = replace(write, values={**write.values, address.country_name: country})
    return person, write


def _after(person: Person, write: Write, name: str) -> Value:
    """What Salesforce will hold after the write."""
    if name in write.values:
        return write.values[name]
    return person.salesforce.fields.get(name) if person.salesforce is not None else None


def _with_state(person: Person, write: Write, address: _Address, code: str | None) -> Write:
    """With another state; None clears it, as Salesforce does itself when the country goes."""
    values = {**write.values, address.state_name: code}
    if address.state is None:
        return replace(write, values=values)
    pair = Pair(_value(person.hubspot, address.state, ""), code)
    return replace(
        write,
        values=values,
        keys={**write.keys, address.state_name: address.state.key},
        pairs={**write.pairs, address.state.key: pair},
    )


def _telling(person: Person, address: _Address, code: str | None) -> Person:
    """Say what becomes of a state that was not to be written and that the new country does not have."""
    held = _value(person.salesforce, address.state, address.state_name)
    gone, other = "it is cleared", "it gets the code that it has there"
    return person.says(
        RULE,
        f"the new country does not list the state's code: {gone if code is None else other}",
        field=address.state.key if address.state is not None else address.state_name,
        hubspot=_value(person.hubspot, address.state, ""),
        salesforce=held,
        writes=Side.SALESFORCE,
        value=code,
        lost=held,
    )


def _left_out(person: Person, write: Write, address: _Address) -> tuple[Person, Write]:
    """Without the state, which the country does not have; its base stays, and an operator is told."""
    key = address.state.key if address.state is not None else ""
    says = "HubSpot's state is none of the country that Salesforce has: the field is left out"
    fault = Fault(
        error=ErrorClass.DATA,
        code="UNCONVERTIBLE",
        says=says,
        side=Side.SALESFORCE,
        fields=(address.state_name,),
    )
    told = (one for one in person.trace if (one.field, one.writes) != (key, Side.SALESFORCE))
    person = person.changed(
        field_faults=(*person.field_faults, fault),
        trace=(*told, Verdict(rule=RULE, says=says, field=key)),
    )
    write = replace(
        write,
        values={name: value for name, value in write.values.items() if name != address.state_name},
        keys={name: known for name, known in write.keys.items() if name != address.state_name},
        pairs={name: pair for name, pair in write.pairs.items() if name != key},
    )
    return person, write
