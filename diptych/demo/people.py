"""Who is who: names for records, so that a table can speak of Omar's lead and not of 00QDp0000hp2cEiMAI."""

from __future__ import annotations

import re
from collections.abc import Collection

from contract.activity import ActivityEntry
from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, SALESFORCE_LEAD, RecordRef, Side
from diptych.demo.hands import HubSpotHands, SalesforceHands

_REF = re.compile(r"(?:the )?((HubSpot|Salesforce) (contact|lead) ([0-9]+|[0-9A-Za-z]{18}))\b")


class People:
    """Remembers whose records there ever were. A person goes by the e-mail of the record's first sight."""

    def __init__(self) -> None:
        self._emails: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def look(self, hubspot: HubSpotHands, salesforce: SalesforceHands) -> None:
        """Learn the records that are there now."""
        for row in hubspot.all():
            values = row["properties"]
            ref = RecordRef(side=Side.HUBSPOT, object_type=HUBSPOT_CONTACT, id=str(row["id"]))
            self._learn(ref, values.get("email"), values.get("firstname"))
        for kind in (SALESFORCE_LEAD, SALESFORCE_CONTACT):
            for row in salesforce.all(kind):
                ref = RecordRef(side=Side.SALESFORCE, object_type=kind, id=str(row["Id"]))
                self._learn(ref, row.get("Email"), row.get("FirstName"))

    def concerns(self, entry: ActivityEntry, emails: Collection[str]) -> bool:
        """Whether the entry is about one of these persons; "" stands for those without an e-mail."""
        owners = {self._emails.get(str(ref)) for ref in entry.refs[:1]}
        return not owners.isdisjoint(emails)

    def named(self, text: str) -> str:
        """The text with persons' names in place of record ids; of two alike the second is the other one."""
        first: dict[str, str] = {}

        def label(found: re.Match[str]) -> str:
            ref, side, kind, number = found.groups()
            name = self._names.get(ref)
            if name is None:
                return f"the {side} {kind} {number}"
            other = "" if first.setdefault(f"{name} {side} {kind}", ref) == ref else "other "
            return f"{name}'s {other}{side} {kind}"

        return _REF.sub(label, text)

    def _learn(self, ref: RecordRef, email: str | None, first_name: str | None) -> None:
        address = (email or "").strip().casefold()
        self._emails.setdefault(str(ref), address)
        self._names.setdefault(str(ref), first_name or address.partition("@")[0].capitalize())
