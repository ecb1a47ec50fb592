"""Rules of a user's own: what such a rule sees, what it may propose, and its place in the order.

A rule is found by its entry point in the group `diptych.rules` and runs for the portals whose settings
name it under `own_rules`, in that order. It is called once or several times per decision and must be
pure: no I/O, no clock, no randomness, no state. What it may not do is refused and told in a dead letter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from contract.changes import Kind
from contract.decisions import Write
from contract.records import Record, Side, Value

ENTRY_POINTS = "diptych.rules"


class Place(StrEnum):
    """When a rule of one's own speaks. Erasures, merges, conversions and deletions are settled by then."""

    BEFORE_MATCHING = "before matching"
    """Before anybody is linked or created. Only a veto may be proposed."""
    AFTER_MAPPING = "after mapping"
    """When all field writes are known. The inclusion list and the opt-out have their say afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One person as the rules before have left it.

    Of the records only the mapped fields were read; one that was not read is None. `writes` are decided
    so far, `kinds` what the notices say, `now` is the time of this decision, aware, in UTC.
    """

    portal: int
    hubspot: Record | None
    salesforce: Record | None
    linked: bool
    kinds: frozenset[Kind]
    now: datetime
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """Nothing is linked, created or written for this person this time. `says` is why, for the operator."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetField:
    """This side gets this native value in a mapped field, whatever the mapping decided; None clears it.

    E-mail addresses decide who is who and are not open to this.
    """

    side: Side
    field: str
    value: Value
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveField:
    """What the mapping would write to this field is not written; it is decided anew at the next look."""

    side: Side
    field: str
    says: str


Proposal = Veto | SetField | LeaveField


class OwnRule(Protocol):
    """What the entry point names: an object with these two, or a module that has them."""

    @property
    def place(self) -> Place: ...

    def decide(self, seen: Seen) -> Iterable[Proposal]:
        """What this rule proposes for one person; nothing where it has no say."""
