"""The countries and states of one org, with what ISO knows of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from adapters import iso
from adapters.crm.salesforce_schema import Schemas
from contract.errors import CrmError, ErrorClass
from contract.places import Atlas, Named, OrgPlaces
from contract.records import SALESFORCE_CONTACT, SALESFORCE_LEAD


@dataclass(slots=True, kw_only=True)
class SalesforcePlaces:
    """See contract.ports.Geography. Lists are an org's, so any object with an address tells them."""

    schemas: Schemas
    _known: Atlas | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def places(self) -> Atlas | None:
        """The atlas, made anew only when the org lists other places; raises CrmError."""
        org = self._org()
        if org is None:
            return None
        with self._lock:
            if self._known is None or self._known.org != org:
                self._known = _atlas(org)
            return self._known

    def _org(self) -> OrgPlaces | None:
        for object_type in (SALESFORCE_LEAD, SALESFORCE_CONTACT):
            try:
                found = self.schemas.of(object_type).places
            except CrmError as error:
                if error.fault.error is not ErrorClass.PERMISSION:
                    raise
                continue
            if found is not None:
                return found
        return None


def _atlas(org: OrgPlaces) -> Atlas:
    countries = iso.countries()
    return Atlas(
        org=org,
        countries=countries,
        states={one.code: iso.subdivisions(one.code) for one in countries if _has_states(org, one)},
    )


def _has_states(org: OrgPlaces, country: Named) -> bool:
    """An org may list a country under a code of its own."""
    labels = {org.countries.get(code) for code in org.states}
    return country.code in org.states or not labels.isdisjoint(country.names)
