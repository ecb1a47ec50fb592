"""The places of the run, in the oracle's own words: what people write, and which place they mean."""

from __future__ import annotations

from collections.abc import Mapping

NOWHERE = ("Narnia", "Atlantis 7")
"""What no list of countries and states has."""
COUNTRIES: Mapping[str, tuple[str, ...]] = {
    "DE": ("Germany", "de", "Deutschland", "Allemagne", "Niemcy"),
    "US": ("United States", "USA", "US", "États-Unis", "Vereinigte Staaten", "u.s.a."),
    "CA": ("Canada", "Kanada", "ca"),
    "FR": ("France", "Frankreich", "Francia"),
}
STATES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "DE": {"BY": ("Bavaria", "Bayern", "by", "Bavière"), "HH": ("Hamburg", "HH", "Hambourg")},
    "US": {"CA": ("California", "Calif.", "CA", "Kalifornien"), "TX": ("Texas", "tx", "TX")},
    "CA": {"QC": ("Quebec", "Québec", "QC")},
}
"""By the country's code; no two countries share the code of a state here."""
SPOTS: tuple[tuple[str, str], ...] = (
    ("", ""),
    *((country, "") for country in COUNTRIES),
    *((country, state) for country, states in STATES.items() for state in states),
)
"""(country, state) codes that go together; "" for none."""


def country(text: str) -> str | None:
    """The code of the country that the text or code means."""
    return _meant(text, COUNTRIES)


def state(text: str, within: str) -> str | None:
    """The code of the state that the text or code means in this country."""
    return _meant(text, STATES.get(within, {}))


def any_state(text: str) -> str | None:
    """The code of the state that the text or code means, in whichever country."""
    return next((code for within in STATES if (code := state(text, within))), None)


def _meant(text: str, places: Mapping[str, tuple[str, ...]]) -> str | None:
    folded = text.strip().casefold()
    for code, names in places.items():
        if folded in {code.casefold(), *(name.casefold() for name in names)}:
            return code
    return None
