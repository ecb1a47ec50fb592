"""Salesforce's users, to whom records are given. A queue, which can own a lead, is no user."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from adapters.crm.salesforce_api import SalesforceApi
from adapters.crm.salesforce_read import conditions
from contract.ports import Owner
from contract.records import email_key
from contract.salesforce_ids import is_id, long_id

_PREFIX = "005"
_SELECT = "SELECT Id, Email, IsActive, UserType, CreatedDate FROM User"
_NO_OWNERS = frozenset({"AutomatedProcess", "CloudIntegrationUser", "CsnOnly", "Guest", "SelfService"})
"""Kinds of users that cannot own a lead or contact: processes, Chatter-only users, visitors."""
_SANDBOX_SUFFIX = ".invalid"
"""Salesforce appends it to every user's e-mail when it copies an org into a sandbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceUsers:
    """The users of one org, asked for by as many ids or e-mails as a query takes."""

    api: SalesforceApi
    sandbox: bool

    def owners(self, ids: Collection[str], emails: Collection[str]) -> list[Owner]:
        """See contract.ports.Owners; raises CrmError."""
        users = {long_id(one): one for one in ids if is_id(one) and one.startswith(_PREFIX)}
        spelt = sorted({*emails, *(f"{each}{_SANDBOX_SUFFIX}" for each in emails if self.sandbox)})
        rows = [*self._rows("Id", sorted(users)), *self._rows("Email", [each for each in spelt if each])]
        found = {row["Id"]: row for row in sorted(rows, key=lambda row: (row["CreatedDate"], row["Id"]))}
        return [self._owner(row) for row in found.values()]

    def _rows(self, field: str, values: list[str]) -> Iterator[Any]:
        for condition in conditions(_SELECT, field, values):
            for rows in self.api.query(condition, subject="User"):
                yield from rows

    def _owner(self, row: Any) -> Owner:
        address = email_key(row["Email"])
        return Owner(
            id=long_id(row["Id"]),
            email=address.removesuffix(_SANDBOX_SUFFIX) if self.sandbox else address,
            active=bool(row["IsActive"]) and row.get("UserType") not in _NO_OWNERS,
        )
