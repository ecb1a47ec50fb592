"""An org's countries and states for tests, beside the real ISO 3166."""

from __future__ import annotations

from collections.abc import Mapping

from adapters import iso
from contract.places import Atlas, OrgPlaces


def atlas(*, countries: Mapping[str, str], states: Mapping[str, Mapping[str, str]]) -> Atlas:
    """An atlas of an org that lists these."""
    return Atlas(
        org=OrgPlaces(countries=countries, states=states),
        countries=iso.countries(),
        states={code: iso.subdivisions(code) for code in ("US", "DE", "CN", "MX", "CA")},
    )


def _english(code: str) -> dict[str, str]:
    found = iso.subdivisions(code)
    return {one.code: one.names[1] for one in found if len(one.code) == len("XY")}


ATLAS = atlas(
    countries={one.code: one.names[1] for one in iso.countries()},
    states={
        "US": _english("US"),
        "CA": _english("CA"),
        "DE": {**_english("DE"), "BY": "Bavaria"},
        "CN": {"11": "Beijing", "31": "Shanghai"},
        "MX": {"BC": "Baja California", "XM": "Kingdom of the Moon"},
    },
)
"""All countries under ISO's codes; states of five, some under codes of the org's own."""
