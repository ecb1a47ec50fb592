"""Judges a day by looking at both CRMs only. Knows nothing of rules or consumers, on purpose.

lost: scripted changes whose hand-written expectation does not hold. duplicates: live records of one
e-mail beyond the number the script allows. diverged: fields of a pair that differ although nothing in
the script says they should.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]

_FIELDS = (
    ("email", "Email", "Email"),
    ("firstname", "FirstName", "FirstName"),
    ("lastname", "LastName", "LastName"),
    ("jobtitle", "Title", "Title"),
    ("phone", "Phone", "Phone"),
    ("mobilephone", "MobilePhone", "MobilePhone"),
    ("company", "Company", None),
    ("website", "Website", None),
    ("annualrevenue", "AnnualRevenue", None),
    ("city", "City", "MailingCity"),
    ("country", "Country", "MailingCountry"),
)
"""Written by hand beside the product's own table: HubSpot property, lead field, contact field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What must be true of one e-mail on one side. `count` 0 means nobody lives there under it."""

    side: str
    email: str
    values: Mapping[str, Any] = field(default_factory=dict)
    count: int = 1
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Both CRMs at one moment: live records only."""

    contacts: Sequence[Row]
    persons: Sequence[tuple[str, Row]]

    def hubspot(self, email: str) -> list[Row]:
        """Live contacts with this e-mail."""
        return [row["properties"] for row in self.contacts if same(row["properties"].get("email"), email)]

    def salesforce(self, email: str, kind: str | None = None) -> list[tuple[str, Row]]:
        """Live leads and contacts with this e-mail."""
        return [(k, row) for k, row in self.persons if same(row.get("Email"), email) and kind in {None, k}]


def picture(contacts: Sequence[Row], leads: Sequence[Row], sf_contacts: Sequence[Row]) -> Picture:
    """Both CRMs from what their control APIs show, without the dead."""
    return Picture(
        contacts=[row for row in contacts if not row["archived"] and not row.get("merged_into")],
        persons=[
            *(("Lead", row) for row in leads if not row["IsDeleted"] and not row["IsConverted"]),
            *(("Contact", row) for row in sf_contacts if not row["IsDeleted"]),
        ],
    )


def misses(expected: Sequence[Expect], seen: Picture) -> list[str]:
    """One sentence for each expectation that does not hold."""
    return [sentence for expect in expected if (sentence := _miss(expect, seen))]


def _miss(expect: Expect, seen: Picture) -> str | None:
    if expect.side == "hubspot":
        found = seen.hubspot(expect.email)
    else:
        found = [row for _, row in seen.salesforce(expect.email, expect.kind)]
    name = f"{expect.side} {expect.kind or 'record'} {expect.email}"
    if len(found) != expect.count:
        return f"{name}: {len(found)} live instead of {expect.count}"
    for key, value in expect.values.items():
        if found and not same(found[0].get(key), value):
            return f"{name}: {key} is {found[0].get(key)!r} instead of {value!r}"
    return None


def duplicates(seen: Picture, allowed: Mapping[str, int]) -> list[str]:
    """One sentence per e-mail with more live records on a side than allowed.

    One, unless people themselves entered more in Salesforce (`allowed`: e-mail -> number).
    """
    contacts = Counter(_key(row["properties"].get("email")) for row in seen.contacts)
    persons = Counter(_key(row.get("Email")) for _, row in seen.persons)
    return [
        f"{side}: {count} live records of {email}"
        for side, counted, most in (("hubspot", contacts, {}), ("salesforce", persons, allowed))
        for email, count in counted.items()
        if email and count > most.get(email, 1)
    ]


def diverged(seen: Picture, differs: Mapping[str, set[str]]) -> list[str]:
    """One sentence for each field of a pair that differs; `differs` maps e-mails to properties that may."""
    sentences = []
    for row in seen.contacts:
        email = _key(row["properties"].get("email"))
        partners = seen.salesforce(email) if email else []
        if len(partners) != 1:
            continue
        kind, partner = partners[0]
        for name, lead, contact in _FIELDS:
            there = lead if kind == "Lead" else contact
            if there is None or name in differs.get(email, set()):
                continue
            here, across = row["properties"].get(name), partner.get(there)
            if not same(here, across):
                sentences.append(f"{email}: {name} is {here!r} in HubSpot, {across!r} in Salesforce")
    return sentences


def same(one: Any, other: Any) -> bool:
    """Equal apart from what CRMs do to values: white space, letter case, and how a number is written."""
    if _key(one) == _key(other):
        return True
    try:
        return abs(float(one) - float(other)) < 0.01  # noqa: PLR2004  # both CRMs round to cents here
    except (TypeError, ValueError):
        return False


def _key(value: Any) -> str:
    return "" if value is None else str(value).strip().casefold()
