"""Opting addresses out of all e-mail by HubSpot's subscriptions API.

`hs_email_optout` cannot be written as a property. The call takes up to 100 addresses, marks the contacts
that hold them, and has no counterpart: who was opted out by an app is opted in only by a person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.crm.courier import Row, Rows
from adapters.crm.hubspot_api import HubSpotApi
from adapters.crm.hubspot_errors import fault_of_row
from contract.decisions import Outcome
from contract.errors import CrmError, ErrorClass, Fault
from contract.records import email_key

PATH = "/communication-preferences/v4/statuses/batch/unsubscribe-all"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutCall:
    """Makes one call; a courier.Send. Needs the scope communication_preferences.read_write."""

    api: HubSpotApi

    def __call__(self, rows: Rows) -> Mapping[int, Outcome]:
        try:
            answer = self.api.call(
                "POST",
                PATH,
                body={"inputs": [row.write.email for row in rows]},
                params={"channel": "EMAIL"},
                write=True,
            )
        except CrmError as error:
            alone = len(rows) == 1 and error.fault.error is ErrorClass.DATA
            if not alone and error.fault.error is not ErrorClass.PERMISSION:
                raise
            return {row.index: _refused(row, error.fault) for row in rows}
        return _outcomes(rows, answer)


def _outcomes(rows: Rows, answer: Mapping[str, Any]) -> dict[int, Outcome]:
    """By address, for results come in any order; one that is neither refused nor named is done."""
    errors = list(answer.get("errors") or ())
    done = {email_key(result.get("subscriberIdString")) for result in answer.get("results") or ()}
    refused = [row for row in rows if errors and email_key(row.write.email) not in done]
    outcomes = {row.index: Outcome(record_id=row.write.record_id, fields=row.write.values) for row in rows}
    for row in refused:
        outcomes[row.index] = _refused(row, fault_of_row(_error_of(row, errors), ()))
    return outcomes


def _error_of(row: Row, errors: Collection[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The entry that names the row's address, else the first one."""
    first, *_ = errors
    return next((each for each in errors if row.write.email in str(each.get("context"))), first)


def _refused(row: Row, fault: Fault) -> Outcome:
    """The refusal of the one field that is written, so that it sinks nothing else."""
    return Outcome(fault=replace(fault, fields=tuple(row.write.values)))
