"""Countries and states: as ISO 3166 knows them, and as one Salesforce org lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A country or state. Its `code` within its country, its own `names`, and what `others` call it."""

    code: str
    names: tuple[str, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgPlaces:
    """The state and country picklists of an org: codes with their labels, states by their country's code."""

    countries: Mapping[str, str]
    states: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Atlas:
    """All there is to know of places, for one org. The same object as long as the org lists the same."""

    org: OrgPlaces
    countries: tuple[Named, ...]
    """ISO 3166-1, by two-letter code; names in many languages."""
    states: Mapping[str, tuple[Named, ...]]
    """ISO 3166-2, by two-letter code of the country, for the countries of which the org lists states."""
