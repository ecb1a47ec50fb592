"""The state and country picklists of an org, read from the description of an object with an address.

Where an org has them on, each address has a code beside the text of its country and of its state. The
states depend on the country: `validFor` is a bit map, in base64, over the country's values in their order.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from contract.places import OrgPlaces

_ADDRESSES = ("", "Mailing", "Other", "Billing", "Shipping")

Json = Mapping[str, Any]


def org_places(fields: Sequence[Json]) -> OrgPlaces | None:
    """The countries and states that a new value may have; None where no address has codes that we may see."""
    by_name = {field["name"]: field for field in fields}
    for prefix in _ADDRESSES:
        country = by_name.get(f"{prefix}CountryCode")
        if country is not None:
            return _places(country, by_name.get(f"{prefix}StateCode") or {})
    return None


def _places(country: Json, state: Json) -> OrgPlaces:
    countries = country.get("picklistValues") or ()
    states: dict[str, dict[str, str]] = {}
    for one in filter(_active, state.get("picklistValues") or ()):
        valid = _bits(one.get("validFor"))
        for place, under in enumerate(countries):
            if place in valid and _active(under):
                states.setdefault(str(under["value"]), {})[str(one["value"])] = _label(one)
    return OrgPlaces(
        countries={str(one["value"]): _label(one) for one in countries if _active(one)}, states=states
    )


def _active(value: Json) -> bool:
    return bool(value.get("active", True))


def _label(value: Json) -> str:
    return str(value.get("label") or value["value"])


def _bits(encoded: Any) -> frozenset[int]:
    """The places of the bits that are set, the first bit of the first byte being 0."""
    try:
        raw = b64decode(encoded or "", validate=True)
    except (TypeError, binascii.Error):
        return frozenset()
    return frozenset(
        index * 8 + bit for index, byte in enumerate(raw) for bit in range(8) if byte & (0x80 >> bit)
    )
