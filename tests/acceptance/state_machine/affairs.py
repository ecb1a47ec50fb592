"""What people do besides editing fields: owners, opt-outs, places, stages and deals."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from typing import Any

from contract.lifecycle import STAGE
from contract.records import SALESFORCE_CONTACT, SALESFORCE_LEAD, RecordRef, Side
from sandbox.salesforce import SalesforceError
from tests.acceptance.state_machine.crms import salesforce_contact
from tests.acceptance.state_machine.geography import COUNTRIES, NOWHERE, SPOTS, STATES
from tests.acceptance.state_machine.people import People
from tests.acceptance.state_machine.world import World

_ROLE, _DEAL = "OpportunityContactRole", "Opportunity"
_OPEN, _WON, _LOST = "Prospecting", "Closed Won", "Closed Lost"
_DEALS = (_OPEN, _WON, _LOST)


class Affairs:
    """Acts on given records; a `choice` picks by number, so that every number does something."""

    def __init__(self, world: World, people: People) -> None:
        self._world = world
        self._crms = world.crms
        self._people = people
        self._numbers = count(1)

    def give(self, ref: RecordRef, choice: int) -> None:
        """Another owner; in HubSpot perhaps nobody, for a lead perhaps a queue."""
        known = self._crms.staff.choices(ref)
        name = "hubspot_owner_id" if ref.side is Side.HUBSPOT else "OwnerId"
        self._people.write(ref, {name: known[choice % len(known)]})

    def opt(self, ref: RecordRef, *, out: bool) -> None:
        """Out of all e-mail, or in again."""
        if ref.side is Side.HUBSPOT:
            self._people.write(ref, {"hs_email_optout": "true" if out else "false"})
        else:
            self._people.write(ref, {"HasOptedOutOfEmail": out})

    def move(self, ref: RecordRef, choice: int, spelling: int) -> None:
        """To another place: free text, in Salesforce codes where its picklists are on."""
        country, state = SPOTS[choice % len(SPOTS)]
        if ref.side is Side.SALESFORCE and self._world.setup.settings.picklists:
            prefix = "" if ref.object_type == SALESFORCE_LEAD else "Mailing"
            self._people.write(ref, {f"{prefix}CountryCode": country, f"{prefix}StateCode": state})
            return
        values = {"country": country and _spelled(COUNTRIES[country], spelling)}
        values |= {"state": state and _spelled(STATES[country][state], spelling)}
        if ref.side is Side.HUBSPOT and spelling in {0, 1}:
            values[("state", "country")[spelling]] = NOWHERE[choice % len(NOWHERE)]
        if ref.side is Side.HUBSPOT and spelling == 2:
            del values["country"]
        prefix = "Mailing" if ref.object_type == SALESFORCE_CONTACT else ""
        names = {name: name if ref.side is Side.HUBSPOT else f"{prefix}{name.title()}" for name in values}
        self._people.write(ref, {names[name]: value for name, value in values.items()})

    def advance(self, ref: RecordRef, choice: int) -> None:
        """Set the lifecycle stage by hand, forward or backward."""
        if ref.side is Side.HUBSPOT:
            stages = ("", *self._world.setup.stages)
            self._people.write(ref, {STAGE: stages[choice % len(stages)]})

    def take_part(self, contact: RecordRef, choice: int) -> None:
        """A contact role on a new opportunity, or on one there is: open, won or lost."""
        deals = self._ids(_DEAL)
        old = deals[choice % len(deals)] if deals and choice % 2 else None
        values = {"Name": f"d{next(self._numbers)}", "StageName": _DEALS[choice // 2 % 3]}
        deal = old or self._create(_DEAL, {**values, "CloseDate": "2026-12-24"})
        with suppress(SalesforceError):  # who is deleted takes part in nothing
            self._create(_ROLE, {"ContactId": contact.id, "OpportunityId": deal})
            self._dealt({contact})

    def close(self, choice: int) -> None:
        """An opportunity is won, lost, or open again."""
        deals = self._ids(_DEAL)
        if deals:
            deal = deals[choice % len(deals)]
            self._crms.salesforce.ui_update(_DEAL, deal, {"StageName": _DEALS[choice // 4 % 3]})
            self._dealt({self._contact(row) for row in self._rows(_ROLE) if row["OpportunityId"] == deal})

    def leave(self, choice: int) -> None:
        """A contact role is taken away."""
        roles = self._rows(_ROLE)
        if roles:
            role = roles[choice % len(roles)]
            self._crms.salesforce.ui_delete(_ROLE, role["Id"])
            self._dealt({self._contact(role)})

    def _create(self, object_type: str, values: Mapping[str, Any]) -> str:
        return self._crms.salesforce.ui_create(object_type, values)

    def _rows(self, object_type: str) -> list[Mapping[str, Any]]:
        rows = self._crms.salesforce.org.store.tables[object_type].values()
        return [entry.row for entry in rows if not entry.row["IsDeleted"]]

    def _ids(self, object_type: str) -> list[str]:
        return [str(row["Id"]) for row in self._rows(object_type)]

    @staticmethod
    def _contact(role: Mapping[str, Any]) -> RecordRef:
        return salesforce_contact(str(role["ContactId"]))

    def _dealt(self, contacts: set[RecordRef]) -> None:
        self._world.journal.dealt(frozenset(contacts))


def _spelled(names: tuple[str, ...], spelling: int) -> str:
    return names[spelling % len(names)]
