"""Reading HubSpot: records by id, by e-mail, by other properties, by time, and list memberships."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from adapters.crm.hubspot_api import HubSpotApi
from adapters.crm.hubspot_errors import fault_of_row
from adapters.crm.hubspot_objects import ObjectType, kind_of, parse_time, record_of
from adapters.crm.hubspot_search import Result, Search
from adapters.crm.parts import chunks
from contract.errors import CrmError, ErrorClass
from contract.ports import ListPage
from contract.records import HUBSPOT_CONTACT, Record, RecordRef, Side

BATCH = 100
HISTORY_BATCH = 50
"""HubSpot reads histories of at most so many records at once."""
LIST_PAGE = 250
"""HubSpot gives at most so many memberships at once."""
_OWN_FAULTS = frozenset({ErrorClass.AUTH, ErrorClass.QUOTA, ErrorClass.TRANSIENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotReader:
    """The reading half of the gateway; see contract.ports.Records and Account.members. `app` is our own."""

    api: HubSpotApi
    app: int

    def read(self, object_name: str, ids: Collection[str], fields: Collection[str]) -> dict[str, Record]:
        """Live records first, then archived ones for the ids that stay open."""
        kind = kind_of(object_name)
        ids = {id_ for id_ in ids if id_.isdecimal()}  # HubSpot refuses a whole call for one that is not
        found = _by_id(self._batch(kind, sorted(ids), fields), ids)
        missing = ids - set(found)
        return found | _by_id(self._batch(kind, sorted(missing), fields, archived=True), missing)

    def find(
        self, object_name: str, field: str, values: Collection[str], fields: Collection[str]
    ) -> list[Record]:
        """By e-mail through batch/read, which knows secondary addresses too and never lags as search does."""
        kind = kind_of(object_name)
        wanted = sorted({value.strip() for value in values if value.strip()})
        if field == kind.natural_key:
            keys = sorted({value.lower() for value in wanted})
            records: Iterable[Record] = self._batch(kind, keys, fields, id_property=field)
        else:
            search = self._search(kind, fields)
            records = (
                record for page in search.equal(field, wanted) for record in self._page(search, page, fields)
            )
        return list({record.ref.id: record for record in records}.values())

    def edited(
        self, object_name: str, fields: Mapping[str, Collection[str]]
    ) -> dict[tuple[str, str], datetime]:
        """By the newest entry of each property's history."""
        kind, found = kind_of(object_name), dict[tuple[str, str], datetime]()
        for part in chunks(sorted(fields), HISTORY_BATCH):
            names = sorted({name for id_ in part for name in fields[id_]})
            body = {"properties": [], "propertiesWithHistory": names, "inputs": [{"id": id_} for id_ in part]}
            answer = self._answer(f"/crm/v3/objects/{kind.path}/batch/read", body)
            for result in answer.get("results", ()):
                for name, entries in (result.get("propertiesWithHistory") or {}).items():
                    if entries:
                        newest = max(parse_time(entry["timestamp"]) for entry in entries)
                        found[str(result["id"]), name] = newest
        return found

    def changed(self, object_name: str, since: datetime, fields: Collection[str]) -> Iterator[list[Record]]:
        """By search, which shows no archived records and lags a little."""
        search = self._search(kind_of(object_name), fields)
        for page in search.since(since):
            if page:
                yield self._page(search, page, fields)

    def members(self, list_id: str, ids: Collection[str]) -> set[str]:
        """Which contacts are on the list; an id that HubSpot does not know is on none."""
        type_id = kind_of(HUBSPOT_CONTACT).type_id
        found: set[str] = set()
        for part in chunks(sorted(ids), BATCH):
            body = {"inputs": [{"objectTypeId": type_id, "recordId": id_} for id_ in part]}
            answer = self._answer("/crm/v3/lists/records/memberships/batch/read", body)
            found |= {
                str(result["recordId"])
                for result in answer.get("results", ())
                if any(str(each["listId"]) == list_id for each in result.get("recordListMemberships") or ())
            }
        return found & set(ids)

    def joined(self, list_id: str, after: str | None) -> ListPage:
        params = {"limit": str(LIST_PAGE), **({"after": after} if after else {})}
        answer = self.api.call("GET", f"/crm/v3/lists/{list_id}/memberships/join-order", params=params)
        members = tuple(
            (str(each["recordId"]), parse_time(each["membershipTimestamp"])) for each in answer["results"]
        )
        following = (answer.get("paging") or {}).get("next") or {}
        return ListPage(members=members, after=following.get("after"))

    def _search(self, kind: ObjectType, fields: Collection[str]) -> Search:
        return Search(api=self.api, kind=kind, properties=_asked(kind, fields))

    def _page(self, search: Search, page: Sequence[Result], fields: Collection[str]) -> list[Record]:
        if search.complete:
            return [record_of(search.kind, result, fields, self.app) for result in page]
        return self._batch(search.kind, [str(result["id"]) for result in page], fields)

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
        path = f"/crm/v3/objects/{kind.path}/batch/read"
        records: list[Record] = []
        for part in chunks(keys, BATCH):
            body: dict[str, Any] = {
                "properties": _asked(kind, fields),
                "propertiesWithHistory": [],
                "inputs": [{"id": key} for key in part],
            }
            if id_property:
                body["idProperty"] = id_property
            answer = self._answer(path, body, archived=archived)
            records += [record_of(kind, result, fields, self.app) for result in answer.get("results", ())]
        return records

    def _answer(self, path: str, body: Mapping[str, Any], *, archived: bool = False) -> Mapping[str, Any]:
        """One batch read. Rows that are not found are no error; a fault of HubSpot's own is one."""
        sent = body.get("properties", ())
        params = {"archived": "true"} if archived else None
        try:
            answer = self.api.call("POST", path, body=body, params=params, sent=sent)
        except CrmError as error:
            # Where none of the ids is known HubSpot is said to answer 404 at times, 207 at others.
            if error.fault.error is ErrorClass.STALE:
                return {}
            raise
        for row in answer.get("errors") or ():
            fault = fault_of_row(row, sent)
            if fault.error in _OWN_FAULTS:
                raise CrmError(fault)
        return answer


def _by_id(records: Iterable[Record], ids: Collection[str]) -> dict[str, Record]:
    """The records by the ids asked for.

    A merged id answers with its survivor, which names the losers: that alone tells a merge from a
    deletion.
    """
    records = list(records)
    losers = {loser: _merged(record, loser) for record in records for loser in record.merged_ids}
    found = losers | {record.ref.id: record for record in records}
    return {id_: record for id_, record in found.items() if id_ in ids}


def _merged(survivor: Record, loser: str) -> Record:
    """The loser of a merge, of which HubSpot shows nothing any more but its survivor."""
    ref = RecordRef(side=Side.HUBSPOT, object_type=survivor.ref.object_type, id=loser)
    return replace(survivor, ref=ref, fields={}, deleted=False, merged_into=survivor.ref.id, merged_ids=())


def _asked(kind: ObjectType, fields: Collection[str]) -> list[str]:
    return sorted({*fields, *kind.always})
