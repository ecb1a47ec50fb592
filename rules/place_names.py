"""What a free text means as a country or state: the code under which the org lists it.

A text is compared without case, accents, blanks and punctuation. Codes and names of ISO 3166 come first,
then what other languages call the place, then the org's own values; a name that two places share in one of
these means neither there. Abbreviations such as "Calif." are read last.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from contract.places import Atlas, Named

Tier = Iterable[tuple[str, str]]
"""(name, code) pairs of one standing."""

_NICKNAMES = {
    **dict.fromkeys(("uk", "england", "scotland", "wales", "northernireland", "greatbritain"), "GB"),
    **dict.fromkeys(("america", "usofa", "unitedstatesofamerica"), "US"),
    "holland": "NL",
    "ivorycoast": "CI",
    "turkey": "TR",
    "macedonia": "MK",
    "swaziland": "SZ",
    "burma": "MM",
    "korea": "KR",
    "macau": "MO",
    "palestine": "PS",
    "uae": "AE",
}
"""What people write and no table has."""
_ABBREVIATIONS: Mapping[str, Mapping[str, str]] = {
    "US": {
        "ala": "AL",
        "fla": "FL",
        "miss": "MS",
        "penna": "PA",
        "wva": "WV",
        "wash": "WA",
        "washingtondc": "DC",
    },
    "CA": {"alta": "AB", "nfld": "NL", "pei": "PE", "nwt": "NT"},
    "DE": {"nrw": "NW"},
}
"""Traditional abbreviations that are no beginning of one name alone."""
_SHORTEST = 2


def key(text: str) -> str:
    """The text without case, accents, blanks and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in plain if each.isalnum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """Names to codes, for one org. Keys are made by `key`; `states` are by the country's code."""

    countries: Mapping[str, str]
    states: Mapping[str, Mapping[str, str]]
    atlas: Atlas

    def country(self, text: str) -> str | None:
        """The org's code of a country; None for a name that means none or several."""
        name = key(text)
        return self.countries.get(name) or self.countries.get(name.removeprefix("the"))

    def state(self, country: str, text: str) -> str | None:
        """The org's code of a state of this country (an org's code)."""
        names = self.states.get(country, {})
        known = names.get(key(text))
        return known or (_begins_one(names, key(text)) if text.rstrip().endswith(".") else None)

    def has_state(self, country: str, code: str) -> bool:
        """Whether the org lists this state in this country."""
        return code in self.atlas.org.states.get(country, {})

    def country_name(self, code: str) -> str:
        """What the org calls the country of its code; the code where it lists no such."""
        return self.atlas.org.countries.get(code, code)

    def state_name(self, country: str, code: str) -> str:
        """What the org calls this state."""
        return self.atlas.org.states.get(country, {}).get(code, code)


@lru_cache(maxsize=16)
def gazetteer(atlas: Atlas) -> Gazetteer:
    """The names of one org; made once for each atlas."""
    org = atlas.org
    iso = _codes(atlas.countries, org.countries)
    return Gazetteer(
        countries=_names(
            _own(atlas.countries, iso),
            _nicknames(iso),
            _abroad(atlas.countries, iso),
            _listed(org.countries),
        ),
        states={
            org_code: _of_country(atlas, country, org_code)
            for country, org_code in iso.items()
            if org.states.get(org_code)
        }
        | {code: _names(_listed(org.states[code])) for code in org.states if code not in iso.values()},
        atlas=atlas,
    )


def _of_country(atlas: Atlas, country: str, org_code: str) -> dict[str, str]:
    listed, known = atlas.org.states[org_code], atlas.states.get(country, ())
    iso = _codes(known, listed)
    short = {name: code for name, code in _ABBREVIATIONS.get(country, {}).items() if code in listed}
    return _names(_own(known, iso), _abroad(known, iso), _listed(listed), short.items())


def _codes(known: Iterable[Named], listed: Mapping[str, str]) -> dict[str, str]:
    """ISO's codes to the org's: the one whose label is a name of the place, else the same code."""
    labels = {key(label): code for code, label in listed.items()}
    found = {}
    for place in known:
        names = map(key, (*place.names, *place.others))
        by_label = next((labels[name] for name in names if name in labels), None)
        if by_label or place.code in listed:
            found[place.code] = by_label or place.code
    return found


def _own(known: Iterable[Named], codes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for place in known:
        if place.code in codes:
            yield from ((name, codes[place.code]) for name in (place.code, *place.names))


def _abroad(known: Iterable[Named], codes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for place in known:
        if place.code in codes:
            yield from ((name, codes[place.code]) for name in place.others)


def _nicknames(codes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((name, codes[code]) for name, code in _NICKNAMES.items() if code in codes)


def _listed(listed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for code, label in listed.items():
        yield from ((code, code), (label, code))


def _names(*tiers: Tier) -> dict[str, str]:
    """The first tier that knows a name has it, provided that it means one place there."""
    found: dict[str, str] = {}
    for tier in tiers:
        meant: dict[str, set[str]] = {}
        for name, code in tier:
            meant.setdefault(key(name), set()).add(code)
        clear = {name: min(codes) for name, codes in meant.items() if name and len(codes) == 1}
        found = clear | found
    return found


def _begins_one(names: Mapping[str, str], beginning: str) -> str | None:
    """The one code that all names with this beginning mean."""
    if len(beginning) < _SHORTEST:
        return None
    codes = {code for name, code in names.items() if name.startswith(beginning)}
    return min(codes) if len(codes) == 1 else None
