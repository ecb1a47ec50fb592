"""Merging two HubSpot records of a type: the primary's values win, and the survivor may have a new id.

A merge cannot be undone, and both old ids answer as the survivor from then on. So both records are read
right before it: a merge whose answer was lost shows as one record under two ids, and is not tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.crm.courier import Row, Rows
from adapters.crm.hubspot_api import HubSpotApi
from adapters.crm.hubspot_objects import MERGED_IDS, ObjectType, merged_ids
from contract.decisions import Outcome
from contract.errors import CrmError, ErrorClass, Fault
from contract.records import Side

SIZE = 1
"""Rows of one call."""
_PASSING = frozenset({ErrorClass.TRANSIENT, ErrorClass.QUOTA, ErrorClass.AUTH})
_OF_ALL = frozenset({ErrorClass.PERMISSION, ErrorClass.STALE})
"""Refusals that mean the same for a merge as for any call."""

_CHANGED = Fault(
    error=ErrorClass.STALE,
    code="MERGE_CHANGED",
    says="one of the two contacts was merged or deleted just now: they are read again",
    side=Side.HUBSPOT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCall:
    """Merges the one row's record into another; a courier.Send. Two calls, three where HubSpot refuses."""

    api: HubSpotApi
    kind: ObjectType

    def __call__(self, rows: Rows) -> Mapping[int, Outcome]:
        (row,) = rows
        return {row.index: self._merged(row)}

    def _merged(self, row: Row) -> Outcome:
        lost, kept = row.write.record_id or "", row.write.into or ""
        before = self._answering(lost, kept)
        if before[0] and before[0] == before[1]:
            return Outcome(record_id=before[0])
        if before != (lost, kept):
            return Outcome(fault=_CHANGED)
        try:
            return Outcome(record_id=self._merge(lost, kept))
        except CrmError as error:
            if error.fault.error in _PASSING:
                raise
            after = self._answering(lost, kept)
            if after[0] and after[0] == after[1]:
                return Outcome(record_id=after[0])
            return Outcome(fault=_refused(error.fault))

    def _merge(self, lost: str, kept: str) -> str:
        answer = self.api.call(
            "POST",
            f"/crm/v3/objects/{self.kind.path}/merge",
            body={"primaryObjectId": kept, "objectIdToMerge": lost},
            write=True,
        )
        return str(answer.get("id") or kept)

    def _answering(self, *ids: str) -> tuple[str, ...]:
        """Under which id the live record of each of these ids answers; "" where none does."""
        body: dict[str, Any] = {
            "properties": [MERGED_IDS],
            "propertiesWithHistory": [],
            "inputs": [{"id": id_} for id_ in ids],
        }
        try:
            answer = self.api.call("POST", f"/crm/v3/objects/{self.kind.path}/batch/read", body=body)
        except CrmError as error:
            if error.fault.error is not ErrorClass.STALE:
                raise
            answer = {}  # where none of the ids is known HubSpot may answer 404 instead of 207
        found: dict[str, str] = {}
        for result in answer.get("results") or ():
            own = str(result["id"])
            found |= dict.fromkeys(merged_ids(result.get("properties") or {}), own) | {own: own}
        return tuple(found.get(id_, "") for id_ in ids)


def _refused(fault: Fault) -> Fault:
    """A refusal of this very merge, whatever HubSpot calls it; one too many of a contact is a 414."""
    if fault.error in _OF_ALL:
        return fault
    says = f"HubSpot refused to merge the two contacts ({fault.code})"
    return replace(fault, error=ErrorClass.DATA, code="MERGE_REFUSED", says=says, fields=())
