"""The engine: how it goes on once more is known, and the link as it shall stand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from contract.decisions import Decision
from contract.facts import Facts, Unanswered
from contract.own_rules import Place
from contract.settings import Settings
from rules import decide
from tests.fakes.people import NOW, PORTAL, contact, in_step, lead, notice, world
from tests.unit.rules.kit import settings
from tests.unit.rules.test_own import Own


def test_who_has_spoken_is_not_asked_again_when_more_is_known() -> None:
    one, mine = contact(1, email="a@x.com", lastname="L", company="X"), Own(place=Place.BEFORE_MATCHING)
    there, facts = world(one), Facts(portal=PORTAL, now=NOW, notices=(notice(one.ref),), link=None)
    course: Callable[[Facts], Decision] | None = partial(
        decide, settings=Settings(own_rules=("mine",)), own={"mine": mine}
    )
    while course is not None:
        try:
            decision = course(facts)
        except Unanswered as need:
            facts, course = facts.knowing(there.answer(need.questions)), need.go_on
        else:
            break
    assert course is not None
    assert decision.writes
    assert (len(mine.seen), there.rounds > 2) == (1, True)


@pytest.mark.parametrize(
    ("hubspot", "known", "salesforce", "then"),
    [
        ("One@x.com", "old@x.com", "two@x.com", "one@x.com"),
        (None, "old@x.com", "two@x.com", "old@x.com"),
        (None, "", "Two@x.com", "two@x.com"),
        (None, "", None, ""),
    ],
)
def test_a_link_is_found_by_the_contacts_address_else_the_one_known_else_salesforces(
    hubspot: Any, known: str, salesforce: Any, then: str
) -> None:
    one, other = contact(1, email=hubspot, phone="2"), lead(1, Email=salesforce, LastName="L", Phone="1")
    tie = in_step(contact(1, email=hubspot, phone="1"), other).changed(email=known)
    decision = world(one, other, links=[tie]).decide(notice(one.ref), notice(other.ref), settings=settings())
    assert decision.link is not None
    assert decision.link.email == then
