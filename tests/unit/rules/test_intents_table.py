"""Intents: of what a side shows after our writes, what is ours and what is an edit; one row per case."""

from __future__ import annotations

from typing import Any

import pytest

from contract.links import Intent, Pair
from contract.mappings import MappingRule
from contract.records import Side, Value
from tests.fakes.people import ago, contact, in_step, intent, lead, notice, world
from tests.unit.rules.kit import phone, settings

US, OTHERS, UNKNOWN = True, False, None
"""Who wrote last in Salesforce, as it says."""
ONE, TWO, THREE = Pair("1", "1"), Pair("2", "2"), Pair("3", "3")


def sent(pair: Pair, seconds_ago: float, *, answered: bool = True, before: float = 60) -> Intent:
    """A write of a phone number to Salesforce; `before` tells the age of the state that it found."""
    return intent(
        Side.SALESFORCE,
        pairs={"phone": pair},
        seconds_ago=seconds_ago,
        settled=answered,
        before=ago(before),
    )


ANSWERED, UNANSWERED, OLD = sent(TWO, 20), sent(TWO, 20, answered=False), sent(TWO, 130, answered=False)
JUST_NOW = sent(TWO, 5, before=60)
LOST, NEWER = sent(TWO, 30, answered=False), sent(THREE, 20)
TABLE = [
    # what; base, HubSpot's and Salesforce's value, intents, who wrote last, how long ago -> what is written
    ("shows what was sent", TWO, "2", "2", [ANSWERED], OTHERS, 15, "leave"),
    ("shows another form of it", TWO, "2", "2 ", [ANSWERED], OTHERS, 15, "leave"),
    ("was rewritten, we wrote last", TWO, "2", "two", [ANSWERED], US, 15, "leave"),
    ("was rewritten by somebody", TWO, "2", "two", [ANSWERED], OTHERS, 15, "hs=two"),
    ("was rewritten by nobody knows whom", TWO, "2", "two", [ANSWERED], UNKNOWN, 15, "hs=two"),
    ("does not show it yet", TWO, "2", "1", [JUST_NOW], US, 60, "again"),
    ("does not show it after ten seconds", TWO, "2", "1", [ANSWERED], US, 70, "hs=1"),
    # --- the process died between a write and its record: the base is of before ---
    ("it was written", ONE, "2", "2", [UNANSWERED], US, 15, "leave"),
    ("it was written, and HubSpot edited since", ONE, "4", "2", [UNANSWERED], US, 15, "sf=4"),
    ("it was written, and Salesforce edited since", ONE, "2", "5", [UNANSWERED], OTHERS, 15, "hs=5"),
    ("it was never written", ONE, "2", "1", [UNANSWERED], OTHERS, 90, "sf=2"),
    ("it was written long ago, HubSpot edited since", ONE, "4", "2", [OLD], US, 15, "sf=4"),
    # --- a write that a newer one has replaced arrives late ---
    ("we wrote last", THREE, "3", "2", [LOST, NEWER], US, 15, "sf=3"),
    ("nobody knows who wrote last", THREE, "3", "2", [LOST, NEWER], UNKNOWN, 15, "sf=3"),
    ("somebody typed the same", THREE, "3", "2", [LOST, NEWER], OTHERS, 15, "hs=2"),
    ("and HubSpot was edited since", THREE, "4", "2", [LOST, NEWER], US, 15, "sf=4"),
]


@pytest.mark.parametrize(
    ("base", "hubspot", "salesforce", "intents", "by_us", "stamp", "comes"),
    [pytest.param(*cells, id=name) for name, *cells in TABLE],
)
def test_what_is_ours_and_what_is_an_edit(  # the columns of the table
    base: Pair,
    hubspot: Value,
    salesforce: Value,
    intents: list[Intent],
    by_us: Any,
    stamp: float,
    comes: str,
) -> None:
    one = contact(1, email="a@x.com", phone=hubspot)
    other = lead(1, Email="a@x.com", Phone=salesforce, modified_at=ago(stamp), modified_by_us=by_us)
    tie = in_step(one, other, phone=base).changed(intents=tuple(intents))
    decision = world(one, other, links=[tie]).decide(
        notice(one.ref), notice(other.ref, seconds_ago=stamp), settings=settings(MappingRule.TWO_WAY)
    )
    assert ("again" if decision.again else phone(decision)) == comes
