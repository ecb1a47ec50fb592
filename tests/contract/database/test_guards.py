"""What was done lately is counted once per record; what is held waits with its pending row."""

from __future__ import annotations

from datetime import timedelta

from adapters.database import SqlDatabase
from contract.pending import PendingRow, WorkClass
from contract.records import RecordRef
from contract.standing import GuardedWork, Held, HeldWork, Release
from tests.contract.database.makers import NOW, P, after, change, hubspot

DELETIONS, CREATES, CLEARS = GuardedWork
WINDOW = timedelta(minutes=10)


def count(database: SqlDatabase, work: GuardedWork, *numbers: int, at: float = 0, amount: int = 1) -> None:
    with database.transaction() as tx:
        done = {(work, hubspot(number)): amount for number in numbers}
        tx.guards.count(P, done, at=after(at), since=after(at) - WINDOW)


def lately(database: SqlDatabase, *besides: int, at: float = 0, portal: int = P) -> dict[str, int]:
    refs = [hubspot(number) for number in besides]
    with database.transaction() as tx:
        found = tx.guards.lately(portal, since=after(at) - WINDOW, besides=refs)
    return {work.value: amount for work, amount in found.items() if amount}


def pend(database: SqlDatabase, *numbers: int, portal: int = P) -> list[PendingRow]:
    with database.transaction() as tx:
        changes = [change(number, portal=portal) for number in numbers]
        tx.pending.merge(changes, work_class=WorkClass.LIVE, now=NOW, due_at=NOW)
        return tx.pending.take(portal, now=NOW, limit=1000)


def held(number: int, work: GuardedWork = DELETIONS, amount: int = 1, target: int | None = None) -> HeldWork:
    return HeldWork(ref=hubspot(number), work=work, target=hubspot(target or number), amount=amount)


def hold(database: SqlDatabase, *works: HeldWork, at: float = 0, portal: int = P) -> None:
    with database.transaction() as tx:
        tx.held.hold(portal, works, at=after(at))


def standing(database: SqlDatabase, portal: int = P) -> dict[GuardedWork, Held]:
    with database.transaction() as tx:
        return dict(tx.held.standing(portal))


def release(database: SqlDatabase, *works: GuardedWork, at: float = 0, comment: str = "") -> list[Release]:
    with database.transaction() as tx:
        return tx.held.release(P, works, author="ada", comment=comment, at=after(at))


def of(database: SqlDatabase, *refs: RecordRef) -> list[HeldWork]:
    with database.transaction() as tx:
        return tx.held.of(P, refs)


def test_work_of_each_kind_is_counted_by_portal(database: SqlDatabase) -> None:
    count(database, DELETIONS, 1, 2)
    count(database, CLEARS, 1, amount=3)
    assert lately(database) == {"deletions": 2, "clears": 3}
    assert lately(database, portal=P + 1) == {}


def test_work_that_is_tried_again_is_counted_once(database: SqlDatabase) -> None:
    count(database, CREATES, 1, 2)
    count(database, CREATES, 2, at=1)
    assert lately(database, at=1) == {"creates": 2}
    assert lately(database, 2, at=1) == {"creates": 1}


def test_what_is_older_than_the_window_does_not_count_and_is_forgotten(database: SqlDatabase) -> None:
    count(database, CREATES, 1)
    count(database, CREATES, 2, at=599)
    assert lately(database, at=599) == {"creates": 2}
    assert lately(database, at=600) == {"creates": 1}
    count(database, CREATES, 3, at=600)
    assert lately(database, at=1) == {"creates": 2}


def test_thousands_are_counted_at_once(database: SqlDatabase) -> None:
    numbers = range(2500)
    count(database, CREATES, *numbers)
    assert lately(database) == {"creates": 2500}
    assert lately(database, *range(1, 2500)) == {"creates": 1}


def test_what_is_held_is_summed_by_kind_since_the_first(database: SqlDatabase) -> None:
    pend(database, 1, 2, 3)
    hold(database, held(1), held(2), held(2, CLEARS, 4))
    hold(database, held(3), at=5)
    hold(database, held(1), at=9)
    assert standing(database) == {
        DELETIONS: Held(records=3, amount=3, since=NOW),
        CLEARS: Held(records=1, amount=4, since=NOW),
    }
    assert standing(database, P + 1) == {}


def test_work_on_one_record_that_several_rows_ask_for_is_held_once(database: SqlDatabase) -> None:
    pend(database, 1, 2, 3)
    hold(database, held(1, CLEARS, 2, 1), held(2, CLEARS, 2, 1), held(2, CLEARS, 3, 2), at=1)
    assert standing(database) == {CLEARS: Held(records=2, amount=5, since=after(1))}
    assert set(of(database, hubspot(1))) == {held(1, CLEARS, 2, 1), held(2, CLEARS, 2, 1)}
    with database.transaction() as tx:
        tx.held.drop(P, [held(1, CLEARS, 2, 1), held(2, CLEARS, 2, 1)])
    assert standing(database) == {CLEARS: Held(records=1, amount=3, since=after(1))}


def test_what_was_held_is_gone_with_its_row_and_nothing_is_held_without_one(database: SqlDatabase) -> None:
    rows = pend(database, 1, 2)
    hold(database, held(1), held(2), held(3))
    with database.transaction() as tx:
        tx.pending.finish([row for row in rows if row.ref == hubspot(1)], [], now=NOW)
    assert standing(database) == {DELETIONS: Held(records=1, amount=1, since=NOW)}


def test_held_work_that_is_not_called_for_any_more_can_be_dropped_alone(database: SqlDatabase) -> None:
    pend(database, 1, 2)
    hold(database, held(1), held(1, CLEARS, 2), held(2))
    with database.transaction() as tx:
        tx.held.drop(P, [held(1)])
        tx.held.drop(P, [])
    assert set(of(database, hubspot(1), hubspot(2))) == {held(1, CLEARS, 2), held(2)}


def test_thousands_are_held_and_dropped_at_once(database: SqlDatabase) -> None:
    numbers = range(1, 2501)
    pend(database, *numbers)
    works = [held(number) for number in numbers]
    hold(database, *works)
    assert standing(database)[DELETIONS].records == len(of(database, *(one.ref for one in works))) == 2500
    with database.transaction() as tx:
        tx.held.drop(P, works[1:])
    assert standing(database)[DELETIONS].records == 1


def test_a_release_lets_all_of_its_kinds_go_and_tells_how_much(database: SqlDatabase) -> None:
    pend(database, 1, 2)
    hold(database, held(1), held(2), held(2, CREATES))
    made = release(database, DELETIONS, at=7, comment="they left")
    assert made == [
        Release(work=DELETIONS, records=2, amount=2, author="ada", comment="they left", at=after(7))
    ]
    assert standing(database) == {CREATES: Held(records=1, amount=1, since=NOW)}
    assert {(one.ref, one.work): one.released for one in of(database, hubspot(1), hubspot(2))} == {
        (hubspot(1), DELETIONS): True,
        (hubspot(2), DELETIONS): True,
        (hubspot(2), CREATES): False,
    }


def test_releasing_nothing_is_not_recorded_and_what_was_released_is_kept_for_good(
    database: SqlDatabase,
) -> None:
    pend(database, 1)
    assert release(database, *GuardedWork) == []
    hold(database, held(1))
    first = release(database, *GuardedWork)
    hold(database, held(1), at=5)
    second = release(database, *GuardedWork, at=6)
    with database.transaction() as tx:
        assert tx.held.releases(P) == [*first, *second]
        assert tx.held.releases(P + 1) == []
