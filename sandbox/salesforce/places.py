"""The state and country picklists of an org that has them on: codes beside texts, kept in step.

Either the code or the label may be written, and the other one follows. A state needs its country, in the
same call or there already; a state that the country does not have is refused, and with the country goes
the state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.salesforce.errors import SalesforceError, row_error
from sandbox.salesforce.fields import Choice, FieldSpec, ObjectSpec, Row, picklist
from sandbox.salesforce.org import Org

OBJECTS = ("Lead", "Contact", "Account")
_PREFIXES = ("", "Mailing", "Other", "Billing", "Shipping")

COUNTRIES: Mapping[str, str] = {
    "AT": "Austria",
    "AU": "Australia",
    "CA": "Canada",
    "CH": "Switzerland",
    "DE": "Germany",
    "ES": "Spain",
    "FR": "France",
    "GB": "United Kingdom",
    "IT": "Italy",
    "JP": "Japan",
    "NL": "Netherlands",
    "US": "United States",
}
STATES: Mapping[str, Mapping[str, str]] = {
    "AU": {"NSW": "New South Wales", "QLD": "Queensland", "VIC": "Victoria", "WA": "Western Australia"},
    "CA": {"AB": "Alberta", "BC": "British Columbia", "ON": "Ontario", "QC": "Quebec"},
    "DE": {"BE": "Berlin", "BY": "Bavaria", "HE": "Hesse", "HH": "Hamburg", "NW": "North Rhine-Westphalia"},
    "US": {
        "CA": "California",
        "MA": "Massachusetts",
        "NY": "New York",
        "TX": "Texas",
        "WA": "Washington",
    },
}
"""Some of an org's lists; WA stands for two states, as in a real one."""


def code_fields(spec: ObjectSpec) -> Iterator[FieldSpec]:
    """The code fields for each address of the object."""
    for prefix in _addresses(spec):
        controller = f"{prefix}CountryCode"
        yield _coded(controller, [Choice(value=code, label=label) for code, label in COUNTRIES.items()])
        order = list(COUNTRIES)
        states = [
            Choice(value=code, label=label, valid_for=(order.index(country),))
            for country, listed in STATES.items()
            for code, label in listed.items()
        ]
        yield _coded(f"{prefix}StateCode", states, controller=controller)


def _coded(name: str, choices: list[Choice], **more: Any) -> FieldSpec:
    values = tuple(dict.fromkeys(choice.value for choice in choices))
    return picklist(name, *values, restricted=True, choices=tuple(choices), **more)


def _addresses(spec: ObjectSpec) -> list[str]:
    return [prefix for prefix in _PREFIXES if f"{prefix}Country" in spec.fields]


def filled(org: Org, spec: ObjectSpec, values: Mapping[str, Any], before: Row | None) -> Row:
    """What follows from the places among the values entered. Raises FIELD_INTEGRITY_EXCEPTION."""
    if not org.places or spec.name not in OBJECTS:
        return {}
    found: Row = {}
    for prefix in _addresses(spec):
        country, state = (_entered(values, f"{prefix}{part}") for part in ("Country", "State"))
        if country is not None or state is not None:
            found |= _address(prefix, country, state, before or {})
    return found


def _entered(values: Mapping[str, Any], name: str) -> str | None:
    """The code or text that was entered, "" for a blank one; None where nothing was. The code has its way."""
    names = [each for each in (f"{name}Code", name) if each in values]
    return str(values[names[0]] or "") if names else None


def _address(prefix: str, country: str | None, state: str | None, before: Row) -> Row:
    code = before.get(f"{prefix}CountryCode") or ""
    if country is not None:
        code = _code(country, COUNTRIES, _problem(prefix, "Country"))
    if state is None and not code:
        state = ""
    kept = before.get(f"{prefix}StateCode") or ""
    state_code = kept
    if state is not None:
        if state and not code:
            raise _no_country(prefix)
        state_code = _code(state, STATES.get(code, {}), _problem(prefix, "State"))
    elif kept and kept not in STATES.get(code, {}):
        raise _problem(prefix, "State")
    return {
        f"{prefix}CountryCode": code or None,
        f"{prefix}Country": COUNTRIES.get(code),
        f"{prefix}StateCode": state_code or None,
        f"{prefix}State": STATES.get(code, {}).get(state_code),
    }


def _code(entered: str, listed: Mapping[str, str], problem: SalesforceError) -> str:
    """The code that was entered, itself or by its label; "" for a blank one."""
    if not entered or entered in listed:
        return entered
    found = next((code for code, label in listed.items() if label.casefold() == entered.casefold()), None)
    if found is None:
        raise problem
    return found


def _problem(prefix: str, part: str) -> SalesforceError:
    name, label = part.lower(), f"{prefix} {part}".strip()
    plural = "countries" if part == "Country" else "states"
    message = (
        f"There's a problem with this {name}, even though it may appear correct. "
        f"Please choose one from the list of valid {plural}.: {label}"
    )
    return row_error("FIELD_INTEGRITY_EXCEPTION", message, f"{prefix}{part}")


def _no_country(prefix: str) -> SalesforceError:
    label = f"{prefix} State/Province".strip()
    message = f"A country must be specified before specifying a state value for field: {label}"
    return row_error("FIELD_INTEGRITY_EXCEPTION", message, f"{prefix}State")
