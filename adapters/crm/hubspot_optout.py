"""Opting an address out of all e-mail by HubSpot's subscriptions API.

`hs_email_optout` cannot be written as a property. The call takes one address, marks the contact that holds
it, and has no counterpart: who was opted out by an app is opted in only by a person. There is one for a
hundred addresses, too, but its scope is granted to Marketing Hub Enterprise alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from adapters.crm.courier import Row, Rows
from adapters.crm.hubspot_api import HubSpotApi
from adapters.crm.hubspot_errors import fault_of_row
from contract.decisions import Outcome
from contract.errors import CrmError, ErrorClass, Fault

PATH = "/communication-preferences/v4/statuses/{}/unsubscribe-all"
SIZE = 1
"""Rows of one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutCall:
    """Makes one call for one row; a courier.Send. Needs the scope communication_preferences.read_write."""

    api: HubSpotApi

    def __call__(self, rows: Rows) -> Mapping[int, Outcome]:
        (row,) = rows
        try:
            answer = self.api.call(
                "POST",
                PATH.format(quote(row.write.email, safe="")),
                template=PATH.format("<address>"),
                params={"channel": "EMAIL"},
                write=True,
            )
        except CrmError as error:
            if error.fault.error not in {ErrorClass.DATA, ErrorClass.PERMISSION}:
                raise
            return {row.index: _refused(row, error.fault)}
        errors = answer.get("errors")
        if errors:
            return {row.index: _refused(row, fault_of_row(errors[0], ()))}
        return {row.index: Outcome(record_id=row.write.record_id, fields=row.write.values)}


def _refused(row: Row, fault: Fault) -> Outcome:
    """The refusal of the one field that is written, so that it sinks nothing else."""
    return Outcome(fault=replace(fault, fields=tuple(row.write.values)))
