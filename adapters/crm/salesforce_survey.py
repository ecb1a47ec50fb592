"""Listing Salesforce's leads and contacts: the last modified and the last deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.crm.salesforce_api import Json, SalesforceApi
from contract.records import SALESFORCE_LEAD, RecordRef, Side
from contract.salesforce_ids import long_id

_REACH = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceSurvey:
    """Implements contract.ports.Survey for one org."""

    api: SalesforceApi

    def newest(self, object_type: str) -> Iterator[Sequence[RecordRef]]:
        live = " WHERE IsConverted = false" if object_type == SALESFORCE_LEAD else ""
        order = f"ORDER BY SystemModstamp DESC, Id LIMIT {_REACH}"
        soql = f"SELECT Id FROM {object_type}{live} {order}"  # noqa: S608  # names of our own
        for rows in self.api.query(soql, subject=object_type):
            yield [_ref(object_type, row) for row in rows]

    def deleted(self, object_type: str, limit: int) -> Sequence[RecordRef]:
        """From the recycle bin, which holds them for 15 days."""
        where = "WHERE IsDeleted = true AND MasterRecordId = null"
        order = f"ORDER BY SystemModstamp DESC, Id LIMIT {limit}"
        soql = f"SELECT Id FROM {object_type} {where} {order}"  # noqa: S608  # names of our own
        pages = self.api.query(soql, subject=object_type, deleted_too=True)
        return [_ref(object_type, row) for rows in pages for row in rows]


def _ref(object_type: str, row: Json) -> RecordRef:
    return RecordRef(side=Side.SALESFORCE, object_type=object_type, id=long_id(row["Id"]))
