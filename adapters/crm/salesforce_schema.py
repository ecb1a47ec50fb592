"""What the integration user sees of an object, read by describe and kept for a few minutes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.crm.salesforce_api import SalesforceApi
from adapters.crm.salesforce_objects import SYSTEM_FIELDS, field_schema
from adapters.crm.salesforce_picklists import org_places
from contract.places import OrgPlaces
from contract.records import FieldSchema

KEPT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectSchema:
    """One object's fields as described, by name; `prefix` begins the ids of its records ("" unknown).

    `createable` and `updateable` say whether we may do so at all, whatever the field. `places` are the
    states and countries that its addresses list, None where the org has no such picklists.
    """

    fields: Mapping[str, FieldSchema]
    prefix: str
    read_at: datetime
    createable: bool = True
    updateable: bool = True
    places: OrgPlaces | None = None

    def readable(self, names: Iterable[str]) -> list[str]:
        """Those of the names that we may read, and the system fields, sorted."""
        return sorted({name for name in (*names, *SYSTEM_FIELDS) if name in self.fields})

    def may(self, *, creating: bool) -> bool:
        """Whether we have the object permission."""
        return self.createable if creating else self.updateable

    def refused(self, names: Iterable[str], *, creating: bool) -> list[str]:
        """Those of the names that we may not write."""
        return [name for name in names if not self._writeable(name, creating=creating)]

    def _writeable(self, name: str, *, creating: bool) -> bool:
        found = self.fields.get(name)
        return found is not None and (found.createable if creating else found.updateable)


@dataclass(slots=True, kw_only=True)
class Schemas:
    """The descriptions of one org, each at most five minutes old."""

    api: SalesforceApi
    _known: dict[str, ObjectSchema] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, object_type: str) -> ObjectSchema:
        """The object as described; raises CrmError (permission) when we may not see it."""
        with self._lock:
            known = self._known.get(object_type)
            if known is None or self.api.http.clock() - known.read_at >= KEPT:
                known = self._read(object_type)
                self._known[object_type] = known
            return known

    def forget(self) -> None:
        """Describe objects anew when next asked for: Salesforce contradicted what is kept."""
        with self._lock:
            self._known.clear()

    def _read(self, object_type: str) -> ObjectSchema:
        found = self.api.call(
            "GET",
            f"sobjects/{object_type}/describe",
            template="sobjects/<type>/describe",
            subject=object_type,
        )
        fields = [field_schema(each) for each in found["fields"]]
        return ObjectSchema(
            fields={each.name: each for each in fields},
            prefix=found.get("keyPrefix") or "",
            read_at=self.api.http.clock(),
            createable=bool(found.get("createable", True)),
            updateable=bool(found.get("updateable", True)),
            places=org_places(found["fields"]),
        )
