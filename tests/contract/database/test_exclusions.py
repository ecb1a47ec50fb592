"""Whom an operator keeps out of the sync: under which ids, said by whom, and until when."""

from __future__ import annotations

import pytest

from adapters.database import SqlDatabase
from contract.decisions import Erasure
from contract.errors import LeaseLost
from contract.exclusions import Cover, Exclusion
from contract.records import RecordRef
from tests.contract.database.makers import NOW, P, after, hubspot, lead, link


def begin(database: SqlDatabase, *refs: RecordRef, portal: int = P, author: str = "ada") -> Exclusion:
    with database.transaction() as tx:
        return tx.exclusions.begin(portal, refs, author=author, reason="asked by phone", at=NOW)


def test_an_excluded_person_is_found_under_each_id_with_who_when_and_why(database: SqlDatabase) -> None:
    made = begin(database, lead(1), hubspot(1))
    other = begin(database, hubspot(2), author="bob")
    expected = Exclusion(
        id=made.id, author="ada", reason="asked by phone", since=NOW, refs=(hubspot(1), lead(1))
    )
    assert made == expected
    with database.transaction() as tx:
        asked = [hubspot(1), lead(1), hubspot(2), hubspot(3)]
        assert tx.exclusions.of(P, asked) == {hubspot(1): made, lead(1): made, hubspot(2): other}
        assert tx.exclusions.of(P, []) == {}
        assert tx.exclusions.standing(P) == [made, other]


def test_nobody_is_kept_out_of_another_portal(database: SqlDatabase) -> None:
    begin(database, hubspot(1))
    begin(database, hubspot(2), portal=P + 1)
    with database.transaction() as tx:
        assert tx.exclusions.of(P + 1, [hubspot(1)]) == {}
        assert tx.exclusions.end(P + 1, [hubspot(1)], author="bob", at=NOW) == []
        assert [one.refs for one in tx.exclusions.standing(P)] == [(hubspot(1),)]


def test_saying_it_twice_covers_what_is_new_and_keeps_who_said_it_first(database: SqlDatabase) -> None:
    first = begin(database, hubspot(1))
    again = begin(database, hubspot(1), lead(1), author="bob")
    assert (again.id, again.author, again.refs) == (first.id, "ada", (hubspot(1), lead(1)))
    with database.transaction() as tx:
        assert tx.exclusions.standing(P) == [again]


def test_further_ids_are_covered_once_each(database: SqlDatabase) -> None:
    made = begin(database, hubspot(1))
    for _ in range(2):
        with database.transaction() as tx:
            tx.exclusions.cover(P, [Cover(exclusion=made.id, refs=(hubspot(9), lead(1), lead(1)))])
    with database.transaction() as tx:
        assert tx.exclusions.of(P, [hubspot(9)])[hubspot(9)].refs == (hubspot(1), hubspot(9), lead(1))


def test_lifting_ends_all_that_cover_the_record_and_tells_what_they_were(database: SqlDatabase) -> None:
    made = begin(database, hubspot(1), lead(1))
    other = begin(database, hubspot(2))
    with database.transaction() as tx:
        tx.exclusions.cover(P, [Cover(exclusion=other.id, refs=(lead(1),))])
        assert tx.exclusions.of(P, [lead(1)])[lead(1)].id == made.id
        lifted = tx.exclusions.end(P, [lead(1)], author="bob", at=after(5))
        assert [one.id for one in lifted] == [made.id, other.id]
        assert tx.exclusions.end(P, [lead(1)], author="bob", at=after(6)) == []
        assert (tx.exclusions.of(P, [hubspot(1), hubspot(2)]), tx.exclusions.standing(P)) == ({}, [])


def test_who_was_lifted_may_be_kept_out_anew(database: SqlDatabase) -> None:
    first = begin(database, hubspot(1))
    with database.transaction() as tx:
        tx.exclusions.end(P, [hubspot(1)], author="bob", at=after(5))
    assert begin(database, hubspot(1), author="cleo").id != first.id
    with database.transaction() as tx:
        assert [one.author for one in tx.exclusions.standing(P)] == ["cleo"]


def test_many_lookups_at_once(database: SqlDatabase) -> None:
    begin(database, *(hubspot(n) for n in range(1500)))
    with database.transaction() as tx:
        assert len(tx.exclusions.of(P, [hubspot(n) for n in range(3000)])) == 1500


def test_a_link_that_somebody_has_in_hands_may_not_be_stored_any_more(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        (stored,) = tx.links.store([link(1)])
    begin(database, hubspot(1))
    with pytest.raises(LeaseLost), database.transaction() as tx:
        tx.links.store([stored])


def test_an_erasure_takes_the_reason_and_leaves_the_person_kept_out(database: SqlDatabase) -> None:
    begin(database, hubspot(1), lead(1))
    other = begin(database, hubspot(2))
    with database.transaction() as tx:
        tx.tombstones.erase(P, Erasure(refs=(lead(1),), emails=()), at=NOW)
    with database.transaction() as tx:
        first, second = tx.exclusions.standing(P)
    assert "phone" not in first.reason
    assert (first.refs, second) == ((hubspot(1), lead(1)), other)
