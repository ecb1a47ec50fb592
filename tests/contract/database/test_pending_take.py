from __future__ import annotations

from adapters.database import SqlDatabase
from contract.pending import PendingRow, Postponed, WorkClass
from contract.records import RecordRef
from tests.contract.database.makers import NOW, P, after, change, hubspot
from tests.contract.database.test_pending_merge import merge


def take(database: SqlDatabase, limit: int = 1000, seconds: float = 0) -> list[PendingRow]:
    with database.transaction() as tx:
        return tx.pending.take(P, now=after(seconds), limit=limit)


def refs(taken: list[PendingRow]) -> list[RecordRef]:
    return [row.ref for row in taken]


def test_due_rows_come_lowest_class_first_then_earliest(database: SqlDatabase) -> None:
    merge(database, change(1), work_class=WorkClass.BACKFILL, due_at=after(-9))
    merge(database, change(2), work_class=WorkClass.REPLAY, due_at=after(-8))
    merge(database, change(3), work_class=WorkClass.RETRY, due_at=after(-7))
    merge(database, change(4), work_class=WorkClass.LIVE, due_at=after(-2))
    merge(database, change(5), work_class=WorkClass.LIVE, due_at=after(-3))
    merge(database, change(6), work_class=WorkClass.LIVE, due_at=after(1))
    assert refs(take(database)) == [hubspot(n) for n in (5, 4, 3, 2, 1)]


def test_the_limit_keeps_the_first(database: SqlDatabase) -> None:
    merge(database, *(change(n) for n in range(3)), due_at=after(-2))
    merge(database, *(change(n) for n in range(3, 6)), due_at=after(-1))
    merge(database, change(9), work_class=WorkClass.RETRY, due_at=after(-5))
    assert refs(take(database, limit=4)) == [hubspot(n) for n in range(4)]
    with database.transaction() as tx:
        assert tx.pending.take(P, now=NOW, limit=0) == []


def test_a_row_is_due_at_its_very_time_and_not_before(database: SqlDatabase) -> None:
    merge(database, change(1), due_at=after(1))
    assert take(database, seconds=0.999999) == []
    assert refs(take(database, seconds=1)) == [hubspot(1)]


def test_rows_of_other_portals_stay_where_they_are(database: SqlDatabase) -> None:
    merge(database, change(1, portal=P + 1))
    assert take(database) == []


def test_the_count_returned_is_the_one_before_this_take(database: SqlDatabase) -> None:
    merge(database, change(1))
    assert [row.crashes for n in range(4) for row in take(database, seconds=10 * n)] == [0, 1, 2, 3]


def test_the_raised_count_is_there_when_the_worker_dies_after_the_commit(database: SqlDatabase) -> None:
    merge(database, change(1), change(2))
    assert {row.crashes for row in take(database)} == {0}
    assert {row.crashes for row in take(database)} == {1}


def test_rows_that_crashed_once_come_fifty_at_a_time(database: SqlDatabase) -> None:
    merge(database, *(change(n) for n in range(120)))
    assert len(take(database)) == 120
    sizes = []
    for _ in range(3):
        taken = take(database)
        assert {row.crashes for row in taken} == {1}
        finish(database, taken)
        sizes.append(len(taken))
    assert sizes == [50, 50, 20]


def test_a_smaller_limit_holds_for_crashed_rows_too(database: SqlDatabase) -> None:
    merge(database, *(change(n) for n in range(9)))
    take(database)
    assert len(take(database, limit=4)) == 4


def test_a_row_that_crashed_twice_comes_alone(database: SqlDatabase) -> None:
    merge(database, *(change(n) for n in range(3)))
    take(database)
    take(database)
    seen = []
    for _ in range(3):
        (row,) = take(database)
        assert row.crashes == 2
        finish(database, [row])
        seen.append(row.ref)
    assert seen == [hubspot(n) for n in range(3)]


def test_a_row_that_crashed_alone_rests_while_others_go_on(database: SqlDatabase) -> None:
    merge(database, change(1), change(2))
    for _ in range(2):
        take(database)
    assert refs(take(database)) == [hubspot(1)]
    merge(database, change(1))
    assert refs(take(database)) == [hubspot(2)]
    assert take(database, seconds=9.9) == []
    assert refs(take(database, seconds=10)) == [hubspot(1)]
    assert refs(take(database, seconds=29)) == [hubspot(2)]
    assert refs(take(database, seconds=30)) == [hubspot(1)]


def test_a_row_that_was_tried_alone_and_grew_is_due_at_once(database: SqlDatabase) -> None:
    merge(database, change(1))
    for _ in range(2):
        take(database)
    taken = take(database)
    merge(database, change(1))
    finish(database, taken)
    assert [(row.ref, row.crashes) for row in take(database)] == [(hubspot(1), 0)]


def test_sound_rows_never_share_a_batch_with_crashed_ones(database: SqlDatabase) -> None:
    merge(database, *(change(n) for n in range(3)))
    take(database)
    merge(database, change(10), due_at=after(-5))
    merge(database, change(11), due_at=after(-1))
    sound = take(database)
    assert refs(sound) == [hubspot(10), hubspot(11)]
    finish(database, sound)
    merge(database, change(12), due_at=after(1))
    assert refs(take(database, seconds=1)) == [hubspot(n) for n in range(3)]


def test_crashed_rows_do_not_keep_sound_ones_waiting_for_ever(database: SqlDatabase) -> None:
    merge(database, change(1), change(2), due_at=after(-1))
    take(database)
    merge(database, change(3))
    assert refs(take(database)) == [hubspot(1), hubspot(2)]
    for _ in range(2):
        finish(database, take(database))
    assert refs(take(database)) == [hubspot(3)]


def test_next_due_is_the_earliest_of_all_classes(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        assert tx.pending.next_due(P) is None
    merge(database, change(1), due_at=after(9))
    merge(database, change(2), work_class=WorkClass.BACKFILL, due_at=after(7))
    merge(database, change(3, portal=P + 1), due_at=after(-7))
    with database.transaction() as tx:
        assert tx.pending.next_due(P) == after(7)


def test_counts_say_what_stands_in_the_tables(database: SqlDatabase) -> None:
    merge(database, change(1), change(2))
    merge(database, change(3), work_class=WorkClass.BACKFILL, due_at=after(9))
    with database.transaction() as tx:
        counts = tx.counts(P, now=NOW)
        assert (counts.pending, counts.due) == (3, 2)
        assert counts.by_class == {"live": 2, "backfill": 1}
        assert tx.counts(P, now=after(9)).due == 3
        assert tx.counts(P + 1, now=NOW).pending == 0


def finish(database: SqlDatabase, taken: list[PendingRow], *later: Postponed) -> None:
    with database.transaction() as tx:
        tx.pending.finish(taken, later, now=NOW)
