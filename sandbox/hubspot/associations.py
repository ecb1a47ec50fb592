"""Which records are tied to which, with the type numbers HubSpot gives each direction and label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.hubspot.announce import Announcer, Linked
from sandbox.hubspot.errors import bad_request
from sandbox.hubspot.records import Record, Source
from sandbox.hubspot.world import World

CATEGORY = "HUBSPOT_DEFINED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One association type: its number from A to B, the number of the same tie from B to A, its label."""

    number: int
    inverse: int
    label: str | None = None

    def to_wire(self) -> dict[str, Any]:
        """The type as association reads tell it."""
        return {"category": CATEGORY, "typeId": self.number, "label": self.label}


_ONE_WAY: dict[tuple[str, str], tuple[Kind, ...]] = {
    ("contacts", "companies"): (Kind(number=279, inverse=280), Kind(number=1, inverse=2, label="Primary")),
    ("deals", "contacts"): (Kind(number=3, inverse=4),),
    ("deals", "companies"): (Kind(number=341, inverse=342), Kind(number=5, inverse=6, label="Primary")),
    ("tasks", "contacts"): (Kind(number=204, inverse=203),),
    ("tasks", "companies"): (Kind(number=192, inverse=191),),
    ("tasks", "deals"): (Kind(number=216, inverse=215),),
}
KINDS: dict[tuple[str, str], tuple[Kind, ...]] = _ONE_WAY | {
    (b, a): tuple(Kind(number=k.inverse, inverse=k.number, label=k.label) for k in kinds)
    for (a, b), kinds in _ONE_WAY.items()
}
"""Per ordered pair of types: first the unlabelled type, then the labelled ones."""

PRIMARY = {1: 2, 2: 1, 5: 6, 6: 5}
"""The numbers of the primary company, of which the contact or deal has at most one."""


def kinds_between(from_type: str, to_type: str) -> tuple[Kind, ...]:
    """The association types of an ordered pair. Raises ApiError 400 when the two cannot be tied."""
    kinds = KINDS.get((from_type, to_type))
    if not kinds:
        raise bad_request(f"No association types exist between {from_type} and {to_type}.")
    return kinds


class Associations:
    """The ties of one account; every tie is kept, and announced, from both ends."""

    def __init__(self, world: World, announce: Announcer) -> None:
        self._world = world
        self._announce = announce
        self._ties: dict[str, dict[str, tuple[Record, set[int]]]] = {}

    def of(self, record: Record, to_type: str) -> list[tuple[Record, set[int]]]:
        """The live records of a type tied to this one, with the numbers of their ties."""
        ties = self._ties.get(record.id, {}).values()
        return [(other, numbers) for other, numbers in ties if other.type.name == to_type and other.live]

    def tie(self, a: Record, b: Record, numbers: set[int], source: Source, *, replace: bool = False) -> None:
        """Tie two records by these types; the unlabelled one always comes along. Raises ApiError 400."""
        kinds = {kind.number: kind for kind in kinds_between(a.type.name, b.type.name)}
        unknown = numbers - kinds.keys()
        if unknown:
            raise bad_request(
                f"Invalid association types {sorted(unknown)} between {a.type.name} and {b.type.name}."
            )
        wanted = numbers | {next(iter(kinds))}
        if wanted & PRIMARY.keys():
            self._demote(a, b, source)
        held = self._numbers(a, b)
        for number in sorted(wanted - held):
            self._set(a, b, kinds[number], source, removed=False)
        for number in sorted(held - wanted) if replace else ():
            self._set(a, b, kinds[number], source, removed=True)

    def untie(self, a: Record, b: Record, source: Source, numbers: set[int] | None = None) -> None:
        """Remove these types between two records, or all of them."""
        for kind in kinds_between(a.type.name, b.type.name):
            if kind.number in self._numbers(a, b) and (numbers is None or kind.number in numbers):
                self._set(a, b, kind, source, removed=True)

    def _demote(self, a: Record, b: Record, source: Source) -> None:
        """A contact or deal has one primary company: the former one keeps the unlabelled tie only."""
        owner, company = (a, b) if b.type.name == "companies" else (b, a)
        primary = next(k for k in kinds_between(owner.type.name, "companies") if k.number in PRIMARY)
        for other, numbers in self.of(owner, "companies"):
            if other is not company and primary.number in numbers:
                self._set(owner, other, primary, source, removed=True)

    def _numbers(self, a: Record, b: Record) -> set[int]:
        tie = self._ties.get(a.id, {}).get(b.id)
        return set(tie[1]) if tie else set()

    def _set(self, a: Record, b: Record, kind: Kind, source: Source, *, removed: bool) -> None:
        at = self._world.now()
        for one, other, number in ((a, b, kind.number), (b, a, kind.inverse)):
            ties = self._ties.setdefault(one.id, {})
            numbers = ties.setdefault(other.id, (other, set()))[1]
            (numbers.discard if removed else numbers.add)(number)
            if not numbers:
                del ties[other.id]
            link = Linked(
                from_type=one.type,
                from_id=one.id,
                to_type=other.type,
                to_id=other.id,
                category=CATEGORY,
                type_id=number,
                primary=number in PRIMARY,
                removed=removed,
            )
            self._announce.association(link, at, source)

    def forget(self, record: Record) -> None:
        """Drop every tie of an erased record."""
        for other_id in self._ties.pop(record.id, {}):
            self._ties[other_id].pop(record.id, None)

    def inherit(self, loser: Record, survivor: Record) -> None:
        """A merged record's ties pass to the survivor, without a notice; the survivor's primary stays."""
        for other_id, (other, numbers) in self._ties.pop(loser.id, {}).items():
            back = self._ties[other_id].pop(loser.id)[1]
            if other is survivor:
                continue
            taken = any(n in PRIMARY for _, held in self.of(survivor, "companies") for n in held)
            dropped = set(PRIMARY) if taken and other.type.name == "companies" else set()
            forth = self._ties.setdefault(survivor.id, {}).setdefault(other_id, (other, set()))[1]
            forth.update(numbers - dropped)
            self._ties[other_id].setdefault(survivor.id, (survivor, set()))[1].update(back - dropped)
