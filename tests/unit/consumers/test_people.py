"""Persons: which rows belong together, and which decisions may act in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from consumers.people import Person, gather, serialise
from contract.changes import Kind
from contract.decisions import Decision
from contract.links import Link
from contract.pending import PendingRow
from contract.records import RecordRef, Side
from tests.fakes.people import NOW, PORTAL, ago, contact_ref, hs, lead_ref, link
from tests.unit.consumers.kit import creation, merging, person, row, update


def together(rows: Sequence[PendingRow], *links: Link) -> list[set[RecordRef]]:
    by_ref = {end: one for one in links for end in (one.hubspot, one.salesforce) if end}
    people = gather(rows, by_ref, portal=PORTAL, now=NOW)
    return [{each.ref for each in found.rows} for found in people]


def test_rows_of_one_link_make_one_person_and_unlinked_ones_stand_alone() -> None:
    tie, other = link(hs(1), lead_ref(1)), link(hs(2), lead_ref(2), id=2)
    rows = [row(ref) for ref in (hs(1), hs(2), lead_ref(1), hs(3), contact_ref(3))]
    found = together(rows, tie, other)
    assert found == [{hs(1), lead_ref(1)}, {hs(2)}, {hs(3)}, {contact_ref(3)}]


def test_a_person_carries_every_notice_as_its_row_tells_it() -> None:
    first = row(hs(1), Kind.MERGED, merged_ids=frozenset({"9"}), noticed_at=ago(5), attempts=3)
    (found,) = gather([first], {}, portal=PORTAL, now=NOW)
    (notice,) = found.facts.notices
    assert (notice.ref, notice.kinds, notice.merged_ids) == (hs(1), first.kinds, first.merged_ids)
    assert (notice.noticed_at, notice.received_at, notice.attempts) == (ago(5), ago(1), 3)
    assert (found.facts.portal, found.facts.now, found.facts.link) == (PORTAL, NOW, None)


def test_a_person_is_known_by_its_rows_and_all_links_it_has_or_shall_have() -> None:
    found = person(row(lead_ref(1)), stored=link(hs(1), lead_ref(1)))
    found.decision = Decision(link=link(hs(1), contact_ref(1)))
    assert found.refs == (lead_ref(1), hs(1), contact_ref(1))


def ahead(*people: Person) -> list[int]:
    first, later = serialise(people)
    assert sorted(map(id, [*first, *later])) == sorted(map(id, people))
    return [people.index(one) for one in first]


def test_persons_that_have_nothing_in_common_go_together() -> None:
    ones = [
        person(row(hs(n)), decision=Decision(writes=(creation(email=f"{n}@x.example"),))) for n in range(4)
    ]
    assert ahead(*ones) == [0, 1, 2, 3]


CLASHES = {
    "a record that one writes and the other noticed": (
        Decision(writes=(update(Side.HUBSPOT, phone="1"),)),
        hs(7),
        Decision(),
        hs(1),
    ),
    "a record that one is merged into and the other noticed": (
        Decision(writes=(merging(),)),
        hs(7),
        Decision(),
        hs(2),
    ),
    "the same new e-mail": (
        Decision(writes=(creation(email="a@x.example"),)),
        hs(1),
        Decision(writes=(creation(Side.HUBSPOT, email="a@x.example"),)),
        lead_ref(1),
    ),
    "a link that takes the other's record": (
        Decision(link=link(hs(1), lead_ref(2))),
        hs(1),
        Decision(),
        lead_ref(2),
    ),
    "a link given up that holds the other's record": (
        Decision(others=(link(hs(5), lead_ref(2)),)),
        hs(1),
        Decision(),
        hs(5),
    ),
    "the same link, moved to records of which neither knows the other's": (
        Decision(link=link(hs(5), lead_ref(2), id=9)),
        hs(1),
        Decision(link=link(hs(6), lead_ref(3), id=9)),
        lead_ref(3),
    ),
    "the same written record": (
        Decision(writes=(update(phone="1"),)),
        hs(5),
        Decision(writes=(update(phone="2"),)),
        hs(6),
    ),
}


@pytest.mark.parametrize("name", CLASHES)
def test_of_two_decisions_that_touch_the_same_only_the_first_acts(name: str) -> None:
    one, one_ref, other, other_ref = CLASHES[name]
    first, second = person(row(one_ref), decision=one), person(row(other_ref), decision=other)
    assert ahead(first, second) == [0]
    assert ahead(second, first) == [0]


def test_an_update_does_not_claim_an_e_mail_for_nobody_is_created() -> None:
    edit = replace(update(Email="a@x.example"), email="a@x.example")
    other = person(row(hs(2)), decision=Decision(writes=(creation(email="a@x.example"),)))
    assert ahead(person(row(hs(1)), decision=Decision(writes=(edit,))), other) == [0, 1]


def test_one_that_waits_claims_nothing() -> None:
    first = person(row(hs(1)))
    waits = person(row(hs(2)), decision=Decision(link=link(hs(1), lead_ref(3))))
    third = person(row(lead_ref(3)))
    assert ahead(first, waits, third) == [0, 2]
