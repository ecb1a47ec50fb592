"""Listing HubSpot's contacts by search: the last modified, those of the native connector, and its traces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.crm.hubspot_api import HubSpotApi
from adapters.crm.hubspot_objects import kind_of, milliseconds, parse_time
from adapters.crm.hubspot_search import PAGE
from contract.errors import CrmError, ErrorClass
from contract.ports import NativeTraces
from contract.records import HUBSPOT_CONTACT, RecordRef, Side

_REACH = 10_000
"""No search shows more results than these."""
_LAST_SYNC = "salesforcelastsynctime"
_PARTNERS = ("salesforcecontactid", "salesforceleadid")
"""Properties of the native connector: the Salesforce record that it linked a contact with."""

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotSurvey:
    """Implements contract.ports.Survey and NativeConnector for one account."""

    api: HubSpotApi

    def newest(self, object_type: str) -> Iterator[Sequence[RecordRef]]:
        """A record that is modified meanwhile moves to the front, where it was shown already or is missed."""
        kind = kind_of(object_type)
        for after in range(0, _REACH, PAGE):
            answer = self._search(object_type, [[]], kind.modified, descending=True, after=after)
            yield _refs(object_type, answer)
            if "paging" not in answer:
                return

    def deleted(self, object_type: str, limit: int) -> Sequence[RecordRef]:
        """None: HubSpot does not list its archive by time, and a deletion there writes nothing anywhere."""
        del object_type, limit
        return ()

    def count(self) -> int:
        found = self._known(HUBSPOT_CONTACT, _named_beyond(0), "hs_object_id", limit=1)
        return int(found["total"]) if found else 0

    def linked(self) -> Iterator[Sequence[RecordRef]]:
        last = 0
        while True:
            found = self._known(HUBSPOT_CONTACT, _named_beyond(last), "hs_object_id")
            refs = _refs(HUBSPOT_CONTACT, found) if found else []
            yield refs
            if len(refs) < PAGE:
                return
            last = max(int(ref.id) for ref in refs)

    def traces(self, since: datetime) -> NativeTraces:
        """By the time of last sync, which the native connector notes on each contact that it syncs."""
        recent = {"propertyName": _LAST_SYNC, "operator": "GTE", "value": str(milliseconds(since))}
        found = self._known(HUBSPOT_CONTACT, [[recent]], _LAST_SYNC, descending=True, limit=1)
        if found is None or not found["results"]:
            return NativeTraces(contacts=0)
        told = (found["results"][0].get("properties") or {}).get(_LAST_SYNC)
        return NativeTraces(contacts=int(found["total"]), last=parse_time(told) if told else None)

    def _known(self, object_type: str, groups: Sequence[Any], sort: str, **options: Any) -> Answer | None:
        """The search; None where a property does not exist, for the connector was never installed then."""
        try:
            return self._search(object_type, groups, sort, **options)
        except CrmError as error:
            if error.fault.error not in {ErrorClass.DATA, ErrorClass.MAPPING}:
                raise
            return None

    def _search(
        self,
        object_type: str,
        groups: Sequence[Any],
        sort: str,
        *,
        descending: bool = False,
        after: int = 0,
        limit: int = PAGE,
    ) -> Answer:
        body = {
            "filterGroups": [{"filters": filters} for filters in groups if filters],
            "sorts": [{"propertyName": sort, "direction": "DESCENDING" if descending else "ASCENDING"}],
            "properties": [sort],
            "limit": limit,
            "after": str(after),
        }
        return self.api.search(kind_of(object_type), body)


def _named_beyond(record_id: int) -> list[list[Mapping[str, str]]]:
    """Contacts with a higher id that name a Salesforce record of either object: one group for each."""
    beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": str(record_id)}
    return [[{"propertyName": name, "operator": "HAS_PROPERTY"}, beyond] for name in _PARTNERS]


def _refs(object_type: str, answer: Answer) -> list[RecordRef]:
    return [
        RecordRef(side=Side.HUBSPOT, object_type=object_type, id=str(result["id"]))
        for result in answer.get("results", ())
    ]
