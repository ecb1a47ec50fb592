"""Salesforce's contact roles: who takes part in which opportunity, and which of these were changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from simple_salesforce.format import format_soql

from adapters.crm.salesforce_api import Json, SalesforceApi
from adapters.crm.salesforce_objects import parse_time
from adapters.crm.salesforce_read import conditions
from contract.lifecycle import RoleChange, Standing
from contract.salesforce_ids import is_id, long_id

_OBJECT = "OpportunityContactRole"
_PREFIX = "003"
_STANDING = "SELECT ContactId, Opportunity.IsClosed, Opportunity.IsWon FROM OpportunityContactRole"
_CHANGED = (
    "SELECT Id, ContactId, SystemModstamp, Opportunity.SystemModstamp FROM OpportunityContactRole "
    "WHERE (Opportunity.IsClosed = false OR Opportunity.IsWon = true) AND "
)
_STAMPS = ("SystemModstamp", "Opportunity.SystemModstamp")
"""One query each: with both in one condition no index helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceRoles:
    """See contract.ports.Lifecycle. A role goes with its opportunity: of a deleted one none is left."""

    api: SalesforceApi

    def roles(self, contacts: Collection[str]) -> dict[str, frozenset[Standing]]:
        """Some five hundred contacts a query; raises CrmError."""
        asked = {long_id(one): one for one in contacts if is_id(one) and one.startswith(_PREFIX)}
        found: dict[str, set[Standing]] = {}
        for condition in conditions(_STANDING, "ContactId", sorted(asked)):
            for rows in self.api.query(condition, subject=_OBJECT):
                for row in filter(_whole, rows):
                    found.setdefault(asked[long_id(row["ContactId"])], set()).add(_standing(row))
        return {one: frozenset(standings) for one, standings in found.items()}

    def roles_changed(self, since: datetime) -> Iterator[list[RoleChange]]:
        """Not by queryAll: a deleted role moves nobody. Raises CrmError."""
        for stamp in _STAMPS:
            condition = format_soql(f"{_CHANGED}{stamp} >= {{}}", since)
            for rows in self.api.query(condition, subject=_OBJECT):
                yield [_change(row) for row in filter(_whole, rows)]


def _whole(row: Json) -> bool:
    """Whether we see who has the role, and on what."""
    return bool(row["ContactId"] and row["Opportunity"])


def _standing(row: Json) -> Standing:
    deal = row["Opportunity"]
    if deal["IsWon"]:
        return Standing.WON
    return Standing.LOST if deal["IsClosed"] else Standing.OPEN


def _change(row: Json) -> RoleChange:
    stamps = row["SystemModstamp"], row["Opportunity"]["SystemModstamp"]
    return RoleChange(
        role=long_id(row["Id"]), contact=long_id(row["ContactId"]), at=max(map(parse_time, stamps))
    )
