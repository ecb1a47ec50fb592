"""Judges by the two CRMs alone, and by what people last wrote there. Imports nothing of the product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.hubspot import HubSpotSandbox
from sandbox.salesforce import SalesforceSandbox

Row = Mapping[str, Any]

FIELDS = {
    "email": "Email",
    "firstname": "FirstName",
    "lastname": "LastName",
    "company": "Company",
    "jobtitle": "Title",
    "phone": "Phone",
    "mobilephone": "MobilePhone",
}
"""HubSpot property -> Salesforce field; a contact has no company."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What must come of one person: per HubSpot property, the values one of which must stand."""

    email: str
    allowed: Mapping[str, set[str]]


def differences(hubspot: HubSpotSandbox, salesforce: SalesforceSandbox, words: Sequence[Word]) -> list[str]:
    """One sentence for each person or field that is not as it must be; no personal pair is left out."""
    contacts, persons = live_contacts(hubspot), live_persons(salesforce)
    strangers = (contacts.keys() | persons.keys()) - {word.email.casefold() for word in words}
    found = [f"{email}: nobody made this person" for email in sorted(strangers)]
    for word in words:
        email = word.email.casefold()
        here, there = contacts[email], persons[email]
        if len(here) != 1 or len(there) != 1:
            found.append(f"{email}: {len(here)} live in HubSpot, {len(there)} in Salesforce")
            continue
        found += _differing(word, here[0]["properties"], *there[0])
    return found


def live_contacts(hubspot: HubSpotSandbox) -> dict[str, list[Row]]:
    """Live HubSpot contacts of all accounts by e-mail, folded."""
    by_email: defaultdict[str, list[Row]] = defaultdict(list)
    for portal in hubspot.portals:
        for row in hubspot.state(portal):
            if not row["archived"] and not row["merged_into"]:
                by_email[_folded(row["properties"].get("email"))].append(row)
    return by_email


def live_persons(salesforce: SalesforceSandbox) -> dict[str, list[tuple[str, Row]]]:
    """Live Salesforce leads and contacts by e-mail, folded."""
    by_email: defaultdict[str, list[tuple[str, Row]]] = defaultdict(list)
    for kind in ("Lead", "Contact"):
        for row in salesforce.state(kind):
            if not row["IsDeleted"] and not row.get("IsConverted"):
                by_email[_folded(row["Email"])].append((kind, row))
    return by_email


def _differing(word: Word, contact: Row, kind: str, person: Row) -> Iterable[str]:
    for name, there in FIELDS.items():
        if name == "company" and kind == "Contact":
            continue
        ours, theirs = plain(contact.get(name)), plain(person.get(there))
        if name == "email":
            ours, theirs = ours.casefold(), theirs.casefold()
        if ours != theirs:
            yield f"{word.email}: {name} is {ours!r} in HubSpot, {theirs!r} in Salesforce"
        elif name in word.allowed and ours not in word.allowed[name]:
            yield f"{word.email}: {name} is {ours!r} on both sides, not {sorted(word.allowed[name])}"


def plain(value: Any) -> str:
    """The value as text, without white space around it; "" for none."""
    return "" if value is None else str(value).strip()


def _folded(email: Any) -> str:
    return plain(email).casefold()
