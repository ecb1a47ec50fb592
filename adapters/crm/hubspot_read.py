"""Reading HubSpot: records by id, by e-mail, by other properties, by time, and list memberships."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from adapters.crm.courier import chunks
from adapters.crm.hubspot_api import HubSpotApi
from adapters.crm.hubspot_errors import fault_of_row
from adapters.crm.hubspot_objects import (
    ObjectType,
    milliseconds,
    object_type,
    parse_time,
    record_of,
)
from contract.errors import CrmError, ErrorClass
from contract.records import Record, RecordRef, Side, email_key

BATCH = 100
PAGE = 200
WINDOW = 10_000
"""A search answers 400 beyond so many results, whatever the paging."""

Filter = Mapping[str, Any]
_OWN_FAULTS = frozenset({ErrorClass.AUTH, ErrorClass.QUOTA, ErrorClass.TRANSIENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotReader:
    """The reading half of the gateway; see contract.ports.Records and Account.members."""

    api: HubSpotApi

    def read(self, object_name: str, ids: Collection[str], fields: Collection[str]) -> dict[str, Record]:
        """Live records first; ids that stay open are looked for among merge losers, then archived ones.

        A merged id answers with its survivor, which names the losers: that alone tells a merge from a
        deletion.
        """
        kind = object_type(object_name)
        ids = {id_ for id_ in ids if id_.isdecimal()}  # HubSpot refuses a whole call for one that is not
        live = {record.ref.id: record for record in self._batch(kind, sorted(ids), fields)}
        found = {id_: record for id_, record in live.items() if id_ in ids}
        for survivor in live.values():
            for loser in survivor.merged_ids:
                if loser in ids and loser not in found:
                    found[loser] = _merged(survivor, loser)
        missing = sorted(id_ for id_ in ids if id_ not in found)
        archived = self._batch(kind, missing, fields, archived=True)
        found.update({record.ref.id: record for record in archived if record.ref.id in missing})
        return found

    def find(
        self, object_name: str, field: str, values: Collection[str], fields: Collection[str]
    ) -> list[Record]:
        """By e-mail through batch/read, which knows secondary addresses too and never lags as search does."""
        kind = object_type(object_name)
        wanted = sorted({value.strip() for value in values if value.strip()})
        if field == kind.natural_key:
            keys = sorted({email_key(value) for value in wanted})
            records: Iterable[Record] = self._batch(kind, keys, fields, id_property=field)
        else:
            records = self._searched(kind, field, wanted, fields)
        return list({record.ref.id: record for record in records}.values())

    def changed(self, object_name: str, since: datetime, fields: Collection[str]) -> Iterator[list[Record]]:
        """By search, window after window: each begins at the newest time of the one before.

        Records of exactly that time come again and are left out here; where more than a window shares
        one time, they are walked by id.
        """
        kind = object_type(object_name)
        low, known = milliseconds(since), set[str]()
        while True:
            newest, at_newest, count = low, set[str](), 0
            for page in self._window(kind, [_at(kind.modified, "GTE", low)], kind.modified, fields):
                count += len(page)
                for record in page:
                    stamp = _stamp(kind, record)
                    at_newest = at_newest if stamp == newest else set()
                    at_newest.add(record.ref.id)
                    newest = stamp
                fresh = [record for record in page if record.ref.id not in known]
                if fresh:
                    yield fresh
            if count < WINDOW:
                return
            if newest == low:
                yield from self._all_at(kind, low, fields)
                newest, at_newest = low + 1, set()
            low, known = newest, at_newest

    def members(self, list_id: str, ids: Collection[str]) -> set[str]:
        """Which contacts are on the list; an id that HubSpot does not know is on none."""
        type_id = object_type("contact").type_id
        found: set[str] = set()
        for part in chunks(sorted(ids), BATCH):
            answer = self.api.call(
                "POST",
                "/crm/v3/lists/records/memberships/batch/read",
                body={"inputs": [{"objectTypeId": type_id, "recordId": id_} for id_ in part]},
            )
            found |= {
                str(result["recordId"])
                for result in answer.get("results", ())
                if any(str(each["listId"]) == list_id for each in result.get("recordListMemberships") or ())
            }
        return found & set(ids)

    def _batch(
        self,
        kind: ObjectType,
        keys: Sequence[str],
        fields: Collection[str],
        *,
        id_property: str = "",
        archived: bool = False,
    ) -> list[Record]:
        """batch/read in hundreds; what is not found is left out."""
        asked = _asked(kind, fields)
        records: list[Record] = []
        for part in chunks(keys, BATCH):
            body: dict[str, Any] = {
                "properties": asked,
                "propertiesWithHistory": [],
                "inputs": [{"id": key} for key in part],
            }
            if id_property:
                body["idProperty"] = id_property
            answer = self._answer(kind, body, archived=archived)
            records += [record_of(kind, result, asked) for result in answer.get("results", ())]
        return records

    def _answer(self, kind: ObjectType, body: Mapping[str, Any], *, archived: bool) -> Mapping[str, Any]:
        """One batch/read. Rows that are not found are no error; a fault of HubSpot's own is one."""
        try:
            answer: Mapping[str, Any] = self.api.call(
                "POST",
                f"/crm/v3/objects/{kind.path}/batch/read",
                body=body,
                params={"archived": "true" if archived else "false"},
                sent=body["properties"],
            )
        except CrmError as error:
            # Where none of the ids is known HubSpot answers 404 at times, 207 at others.
            if error.fault.error is ErrorClass.STALE:
                return {}
            raise
        for row in answer.get("errors") or ():
            fault = fault_of_row(row, body["properties"])
            if fault.error in _OWN_FAULTS:
                raise CrmError(fault)
        return answer

    def _searched(
        self, kind: ObjectType, field: str, values: Sequence[str], fields: Collection[str]
    ) -> Iterator[Record]:
        """IN compares with lower-case values only, and takes up to a hundred."""
        for part in chunks(values, BATCH):
            condition = {"propertyName": field, "operator": "IN", "values": [v.lower() for v in part]}
            for page in self._window(kind, [condition], "hs_object_id", fields):
                yield from page

    def _all_at(self, kind: ObjectType, moment: int, fields: Collection[str]) -> Iterator[list[Record]]:
        """All records of one modification time, by rising id."""
        last, count = 0, WINDOW
        while count >= WINDOW:
            count = 0
            filters = [_at(kind.modified, "EQ", moment), _at("hs_object_id", "GT", last)]
            for page in self._window(kind, filters, "hs_object_id", fields):
                count += len(page)
                last = max([last, *(int(record.ref.id) for record in page)])
                yield page

    def _window(
        self, kind: ObjectType, filters: Sequence[Filter], sort: str, fields: Collection[str]
    ) -> Iterator[list[Record]]:
        """Pages of one search, in rising order, up to the cap of WINDOW records."""
        asked, after, count = _asked(kind, fields), "0", 0
        while True:
            body = {
                "filterGroups": [{"filters": list(filters)}],
                "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
                "properties": asked,
                "limit": PAGE,
                "after": after,
            }
            answer = self.api.search(f"/crm/v3/objects/{kind.path}/search", body, sent=asked)
            records = [record_of(kind, result, asked) for result in answer.get("results", ())]
            count += len(records)
            yield records
            following = ((answer.get("paging") or {}).get("next") or {}).get("after")
            if following is None or count >= WINDOW:
                return
            after = str(following)


def _merged(survivor: Record, loser: str) -> Record:
    """The loser of a merge, of which HubSpot shows nothing any more but its survivor."""
    ref = RecordRef(side=Side.HUBSPOT, object_type=survivor.ref.object_type, id=loser)
    return replace(survivor, ref=ref, fields={}, merged_into=survivor.ref.id, merged_ids=())


def _asked(kind: ObjectType, fields: Collection[str]) -> list[str]:
    return sorted({*fields, *kind.always})


def _at(name: str, operator: str, value: int) -> Filter:
    return {"propertyName": name, "operator": operator, "value": str(value)}


def _stamp(kind: ObjectType, record: Record) -> int:
    """The modification time as the search orders by it."""
    told = record.fields.get(kind.modified)
    return milliseconds(parse_time(str(told)) if told else record.modified_at)
