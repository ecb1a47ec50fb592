"""Ties between records as the API makes them, with what a primary company does to its contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.hubspot.associations import CATEGORY, KINDS, PRIMARY, kinds_between
from sandbox.hubspot.errors import bad_request
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import SYSTEM, Record, Source
from sandbox.hubspot.writes import update


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A tie asked for together with a new record."""

    to: Record
    numbers: frozenset[int]


def read_types(raw: Any) -> frozenset[int]:
    """The numbers of `[{associationCategory, associationTypeId}]`. Raises ApiError 400."""
    if not isinstance(raw, list) or not raw:
        raise bad_request("Invalid input JSON: association types must be a list that is not empty.")
    numbers: set[int] = set()
    for item in raw:
        number = item.get("associationTypeId") if isinstance(item, dict) else None
        if not isinstance(number, int) or item.get("associationCategory") != CATEGORY:
            raise bad_request("One or more association types are not valid.")
        numbers.add(number)
    return frozenset(numbers)


def read_links(portal: Portal, from_type: str, raw: Any) -> list[NewLink]:
    """The `associations` of a create; the other end is found by the type numbers. Raises ApiError."""
    links: list[NewLink] = []
    for item in raw or ():
        if not isinstance(item, dict) or not isinstance(item.get("to"), dict):
            raise bad_request("Invalid input JSON: an association needs to and types.")
        numbers = read_types(item.get("types"))
        to_type = _type_of(from_type, numbers)
        record = portal.shelves[to_type].live(str(item["to"].get("id", "")), now=portal.world.now())
        links.append(NewLink(to=record, numbers=numbers))
    return links


def _type_of(from_type: str, numbers: frozenset[int]) -> str:
    for (start, to_type), kinds in KINDS.items():
        if start == from_type and numbers <= {kind.number for kind in kinds}:
            return to_type
    raise bad_request(f"Association types {sorted(numbers)} do not start at {from_type}.")


def link_new(portal: Portal, record: Record, links: Sequence[NewLink], source: Source) -> None:
    """Tie a new record to what was asked for."""
    for wanted in links:
        link(portal, record, wanted.to, set(wanted.numbers), source)


def link(
    portal: Portal, a: Record, b: Record, numbers: set[int], source: Source, *, replace: bool = False
) -> None:
    """Tie two records; a contact then carries the id of its primary company. Raises ApiError 400."""
    portal.associations.tie(a, b, numbers, source, replace=replace)
    _carry_primary(portal, a, b)


def unlink(portal: Portal, a: Record, b: Record, source: Source, numbers: set[int] | None = None) -> None:
    """Untie two records, wholly or of some types."""
    portal.associations.untie(a, b, source, numbers)
    _carry_primary(portal, a, b)


def _carry_primary(portal: Portal, a: Record, b: Record) -> None:
    for contact in (r for r in (a, b) if r.type.name == "contacts"):
        companies = portal.associations.of(contact, "companies")
        primary = next((company.id for company, numbers in companies if numbers & PRIMARY.keys()), "")
        update(portal, portal.shelves["contacts"], contact, {"associatedcompanyid": primary}, SYSTEM)


def associated(portal: Portal, record: Record, types: Sequence[str]) -> dict[str, Any]:
    """What a read with `associations=` adds, by the type's name."""
    linked: dict[str, Any] = {}
    for name in types:
        kind = portal.shelf(name).type
        results = [
            {"id": other.id, "type": _type_name(record.type.singular, kind.singular, label)}
            for other, numbers in portal.associations.of(record, kind.name)
            for label in _labels(record.type.name, kind.name, numbers)
        ]
        if results:
            linked[kind.name] = {"results": results}
    return linked


def _labels(from_type: str, to_type: str, numbers: set[int]) -> list[str | None]:
    return [kind.label for kind in kinds_between(from_type, to_type) if kind.number in numbers]


def _type_name(from_name: str, to_name: str, label: str | None) -> str:
    return f"{from_name}_to_{to_name}" if label else f"{from_name}_to_{to_name}_unlabeled"
