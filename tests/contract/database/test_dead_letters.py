from __future__ import annotations

from dataclasses import replace

from adapters.database import SqlDatabase
from contract.activity import DeadLetter, DeadLetterScope, DeadLetterState
from contract.records import RecordRef, Side
from tests.contract.database.makers import NOW, P, after, hubspot, letter


def add(database: SqlDatabase, *letters: DeadLetter) -> None:
    with database.transaction() as tx:
        tx.dead_letters.add(letters)


def open_letters(database: SqlDatabase, portal: int | None = None) -> list[DeadLetter]:
    with database.transaction() as tx:
        return tx.dead_letters.find(portal=portal)


def without_id(letters: list[DeadLetter]) -> list[DeadLetter]:
    return [replace(found, id=None) for found in letters]


def test_a_letter_comes_back_as_it_was_filed(database: SqlDatabase) -> None:
    full = letter(
        scope=DeadLetterScope.FIELD,
        field="Industry",
        side=Side.SALESFORCE,
        rule="mapping",
        attempts=3,
        last_seen=after(9),
        settings_version=8,
        note="seen",
        raw=b"\x00\xff",
    )
    bare = letter(2, portal=None, ref=None, scope=DeadLetterScope.CHANGE)
    add(database, full, bare)
    found = open_letters(database)
    assert without_id(found) == [full, bare]
    assert None not in {one.id for one in found}


def test_seeing_it_again_merges_into_the_open_letter(database: SqlDatabase) -> None:
    add(database, letter(first_seen=after(-5), last_seen=after(-5)))
    again = letter(attempts=2, says="now in other words", rule="mapping", settings_version=9)
    add(database, again)
    (found,) = open_letters(database)
    assert replace(found, id=None) == replace(again, attempts=3, first_seen=after(-5))


def test_letters_of_one_call_merge_too(database: SqlDatabase) -> None:
    add(database, letter(last_seen=after(2)), letter(first_seen=after(-2), attempts=4), letter(2))
    with database.transaction() as tx:
        (found,) = tx.dead_letters.find(refs=[hubspot(1)])
    assert (found.attempts, found.first_seen, found.last_seen) == (5, after(-2), after(2))


def test_letters_differ_by_portal_record_field_and_code(database: SqlDatabase) -> None:
    add(
        database,
        letter(),
        letter(portal=P + 1),
        letter(portal=None),
        letter(2),
        letter(ref=None),
        letter(field="Phone"),
        letter(code="OTHER"),
    )
    assert len(open_letters(database)) == 7


def test_letters_that_name_no_record_merge_as_well(database: SqlDatabase) -> None:
    nameless = letter(portal=None, ref=None, scope=DeadLetterScope.CHANGE, field="m1", raw=b"a")
    add(database, nameless)
    add(database, nameless, replace(nameless, field="m2", raw=b"b"))
    found = open_letters(database)
    assert {(one.field, one.attempts, one.raw) for one in found} == {("m1", 2, b"a"), ("m2", 1, b"b")}


def test_a_settled_letter_takes_nothing_more(database: SqlDatabase) -> None:
    add(database, letter())
    (first,) = open_letters(database)
    settle(database, first, DeadLetterState.DISCARDED)
    add(database, letter())
    (second,) = open_letters(database)
    assert second.id != first.id
    assert second.attempts == 1


def settle(database: SqlDatabase, found: DeadLetter, state: DeadLetterState) -> int:
    with database.transaction() as tx:
        return tx.dead_letters.settle([found.id or 0], state, note="by hand", at=after(1))


def test_settling_moves_open_letters_only_and_counts_them(database: SqlDatabase) -> None:
    add(database, letter(1), letter(2), letter(3))
    one, two, _ = open_letters(database)
    assert settle(database, one, DeadLetterState.REPLAYED) == 1
    assert settle(database, one, DeadLetterState.DISCARDED) == 0
    with database.transaction() as tx:
        ids = [one.id or 0, two.id or 0, two.id or 0, 999]
        assert tx.dead_letters.settle(ids, DeadLetterState.RESOLVED, note="", at=NOW) == 1
        assert tx.dead_letters.settle([], DeadLetterState.RESOLVED, note="", at=NOW) == 0
        states = {found.id: (found.state, found.note) for found in tx.dead_letters.get(ids)}
    assert states == {
        one.id: (DeadLetterState.REPLAYED, "by hand"),
        two.id: (DeadLetterState.RESOLVED, ""),
    }
    assert len(open_letters(database)) == 1


def test_finding_narrows_by_portal_state_code_and_records_newest_first(database: SqlDatabase) -> None:
    add(
        database,
        letter(1, last_seen=after(1)),
        letter(2, last_seen=after(3)),
        letter(3, last_seen=after(2), code="OTHER"),
        letter(4, portal=P + 1, last_seen=after(4)),
    )
    with database.transaction() as tx:
        store = tx.dead_letters
        assert [one.ref for one in store.find()] == [hubspot(n) for n in (4, 2, 3, 1)]
        assert [one.ref for one in store.find(portal=P)] == [hubspot(n) for n in (2, 3, 1)]
        assert [one.ref for one in store.find(portal=P, limit=2)] == [hubspot(2), hubspot(3)]
        assert [one.ref for one in store.find(code="OTHER")] == [hubspot(3)]
        assert [one.ref for one in store.find(refs=[hubspot(1), hubspot(4), hubspot(9)])] == [
            hubspot(4),
            hubspot(1),
        ]
        assert store.find(refs=[]) == []
        assert store.find(state=DeadLetterState.RESOLVED) == []
        store.settle([store.find()[0].id or 0], DeadLetterState.RESOLVED, note="", at=NOW)
        assert [one.ref for one in store.find(state=DeadLetterState.RESOLVED)] == [hubspot(4)]
        assert len(store.find(state=None)) == 4


def test_letters_are_given_by_id(database: SqlDatabase) -> None:
    add(database, letter(1), letter(2), letter(3))
    found = sorted(open_letters(database), key=lambda one: one.id or 0)
    with database.transaction() as tx:
        assert tx.dead_letters.get([found[2].id or 0, found[0].id or 0, 999]) == [found[0], found[2]]
        assert tx.dead_letters.get([]) == []


def test_records_that_agree_resolve_the_letters_of_their_fields_and_no_others(
    database: SqlDatabase,
) -> None:
    add(
        database,
        letter(1),
        letter(1, field="Phone"),
        letter(1, field="Fax"),
        letter(2, field="Phone"),
        letter(3),
        letter(1, portal=P + 1),
    )
    agreed: dict[RecordRef, list[str | None]] = {
        hubspot(1): [None, "Phone"],
        hubspot(2): [None],
        hubspot(9): [None],
    }
    with database.transaction() as tx:
        tx.dead_letters.resolve(P, agreed, at=after(1))
        tx.dead_letters.resolve(P, {}, at=after(1))
        resolved = tx.dead_letters.find(state=DeadLetterState.RESOLVED)
    assert {(one.ref, one.field) for one in resolved} == {(hubspot(1), None), (hubspot(1), "Phone")}
    assert len(open_letters(database)) == 4


def test_counts_include_the_open_letters_of_the_portal(database: SqlDatabase) -> None:
    add(database, letter(1), letter(2), letter(1, portal=P + 1))
    settle(database, open_letters(database, P)[0], DeadLetterState.REPLAYED)
    with database.transaction() as tx:
        assert tx.counts(P, now=NOW).dead_letters == 1


def test_a_letter_filed_again_without_a_message_keeps_the_one_it_has(database: SqlDatabase) -> None:
    add(database, letter(1, raw=b"erased"))
    add(database, letter(1, raw=None), letter(1, raw=None))
    with database.transaction() as tx:
        assert [one.raw for one in tx.dead_letters.find()] == [b"erased"]


def test_unreadable_messages_are_forgotten_in_time_and_the_notices_of_records_are_not(
    database: SqlDatabase,
) -> None:
    unread = DeadLetterScope.CHANGE
    old, new = letter(1, scope=unread, raw=b"old", last_seen=after(-1)), letter(2, scope=unread, raw=b"new")
    add(database, old, new, letter(3, raw=b"erased", last_seen=after(-1)), letter(4))
    with database.transaction() as tx:
        assert tx.dead_letters.forget_raw(NOW) == 1
        assert {one.ref: one.raw for one in tx.dead_letters.find()} == {
            hubspot(1): None,
            hubspot(2): b"new",
            hubspot(3): b"erased",
            hubspot(4): None,
        }


def test_many_letters_at_once(database: SqlDatabase) -> None:
    add(database, *(letter(number) for number in range(2300)))
    with database.transaction() as tx:
        assert len(tx.dead_letters.find(refs=[hubspot(n) for n in range(2300)], limit=5000)) == 2300
        tx.dead_letters.resolve(P, {hubspot(n): [None] for n in range(2300)}, at=NOW)
        assert tx.dead_letters.find() == []
