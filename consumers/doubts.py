"""Refusals that say a schema is another than when it was last asked for."""

from __future__ import annotations

from collections.abc import Iterable

from consumers.people import Person

_CODES = frozenset(
    {
        *("PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"),
        *("INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"),
    }
)
"""HubSpot's and Salesforce's words for a field that is gone, hidden or read-only, whatever its value."""


def schema_doubted(people: Iterable[Person]) -> bool:
    """Whether a field of one of these was refused as such."""
    faults = (
        outcome.fault
        for person in people
        for result in person.results
        for outcome in (result.outcome, *result.dropped.values())
    )
    return any(fault is not None and fault.code in _CODES for fault in faults)
