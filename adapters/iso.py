"""ISO 3166: countries and their subdivisions, with their names in many languages.

From pycountry (Debian's iso-codes: official names, codes, and gettext catalogues of 60 and more languages)
and Babel (Unicode CLDR: what countries are called in some 300). Read from their files at first use: half a
second and ten megabytes, once per process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from gettext import GNUTranslations
from pathlib import Path

import pycountry
from babel import Locale
from babel.localedata import locale_identifiers

from contract.places import Named

_PARTS = re.compile(r"[\[\](),;/]")
_CATALOGUES = "*/LC_MESSAGES/iso3166-2.mo"


@cache
def countries() -> tuple[Named, ...]:
    """ISO 3166-1 by two-letter code; the three-letter code and the English names are its own names."""
    abroad: dict[str, set[str]] = {}
    for language in (each for each in locale_identifiers() if "_" not in each):
        for code, name in Locale.parse(language).territories.items():
            abroad.setdefault(code, set()).add(name)
    english = Locale.parse("en").territories
    return tuple(
        _named(
            one.alpha_2, [*_official(one), english.get(one.alpha_2, one.name)], abroad.get(one.alpha_2, ())
        )
        for one in pycountry.countries
    )


@cache
def subdivisions(country: str) -> tuple[Named, ...]:
    """ISO 3166-2 of one country, by the part after the hyphen; the whole code is a name, too."""
    return tuple(
        _named(
            one.code.partition("-")[2],
            [one.code, one.name],
            [catalogue.gettext(one.name) for catalogue in _catalogues()],
        )
        for one in pycountry.subdivisions
        if one.country_code == country
    )


@cache
def _catalogues() -> tuple[GNUTranslations, ...]:
    found = []
    for path in sorted(Path(pycountry.LOCALES_DIR).glob(_CATALOGUES)):
        with path.open("rb") as file:
            found.append(GNUTranslations(file))
    return tuple(found)


def _official(country: object) -> Iterator[str]:
    for attribute in ("alpha_3", "name", "official_name", "common_name"):
        name = getattr(country, attribute, None)
        if name:
            yield str(name)


def _named(code: str, names: Iterable[str], others: Iterable[str]) -> Named:
    """`Catalunya [Cataluña]` is called by either part, and `Korea, Republic of` by its first, too."""
    own = tuple(dict.fromkeys(names))
    parts = (part.strip() for name in (*own, *others) for part in _PARTS.split(name))
    more = dict.fromkeys([*others, *(part for part in parts if part)])
    return Named(code=code, names=own, others=tuple(name for name in more if name not in own))
