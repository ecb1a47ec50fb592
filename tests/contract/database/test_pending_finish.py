from __future__ import annotations

from adapters.database import SqlDatabase
from contract.changes import Kind
from contract.pending import PendingRow, Postponed, WorkClass
from tests.contract.database.makers import NOW, P, after, change, hubspot
from tests.contract.database.test_pending_merge import merge, rows
from tests.contract.database.test_pending_take import finish, refs, take


def later(row: PendingRow, seconds: float = 60, **values: str) -> Postponed:
    return Postponed(row=row, due_at=after(seconds), work_class=WorkClass.RETRY, attempts=4, **values)


def test_done_rows_are_gone_with_their_merged_ids(database: SqlDatabase) -> None:
    merge(database, change(1, kind=Kind.MERGED, merged_ids=("7",)), change(2))
    finish(database, take(database))
    merge(database, change(1))
    (row,) = rows(database)
    assert (row.merged_ids, row.version) == (frozenset(), 1)
    assert row.kinds == {Kind.UPDATED}


def test_later_rows_wait_in_their_new_class(database: SqlDatabase) -> None:
    merge(database, change(1, merged_ids=("7",)))
    (row,) = take(database)
    finish(database, [], later(row, waits_on="salesforce Account 1"))
    assert take(database, seconds=59.9) == []
    (moved,) = take(database, seconds=60)
    assert (moved.due_at, moved.work_class, moved.attempts) == (after(60), WorkClass.RETRY, 4)
    assert (moved.waits_on, moved.crashes, moved.version) == ("salesforce Account 1", 0, 1)
    assert moved.merged_ids == {"7"}


def test_finishing_sets_the_crashes_back(database: SqlDatabase) -> None:
    merge(database, change(1), change(2))
    take(database)
    (one, two) = take(database)
    assert (one.crashes, two.crashes) == (1, 1)
    merge(database, change(2))
    finish(database, [two], later(one, 0))
    assert [(row.ref, row.crashes) for row in take(database)] == [(hubspot(2), 0), (hubspot(1), 0)]


def test_a_done_row_that_grew_meanwhile_stays_and_is_due_now(database: SqlDatabase) -> None:
    merge(database, change(1), due_at=after(-5))
    (row,) = take(database)
    merge(database, change(1, kind=Kind.DELETED, occurred_at=after(1)), due_at=after(30))
    finish(database, [row])
    (grown,) = take(database)
    assert grown.kinds == {Kind.UPDATED, Kind.DELETED}
    assert (grown.due_at, grown.version, grown.crashes, grown.attempts) == (NOW, 2, 0, 0)


def test_a_later_row_that_grew_meanwhile_is_due_now_whatever_was_asked(database: SqlDatabase) -> None:
    merge(database, change(1))
    (row,) = take(database)
    finish(database, [], later(row, 0, waits_on="x"))
    (row,) = take(database)
    merge(database, change(1))
    finish(database, [], later(row))
    (grown,) = take(database)
    assert (grown.ref, grown.due_at, grown.work_class) == (hubspot(1), NOW, WorkClass.LIVE)
    assert (grown.attempts, grown.version) == (4, 2)


def test_a_grown_row_of_finished_work_starts_anew(database: SqlDatabase) -> None:
    merge(database, change(1))
    (row,) = take(database)
    finish(database, [], later(row, 0, waits_on="x"))
    (row,) = take(database)
    merge(database, change(1))
    finish(database, [row])
    (grown,) = take(database)
    assert (grown.attempts, grown.waits_on) == (0, None)


def test_finishing_again_after_a_commit_of_unknown_outcome_removes_no_new_notice(
    database: SqlDatabase,
) -> None:
    merge(database, change(1), now=NOW)
    taken = take(database)
    finish(database, taken)
    merge(database, change(1), now=after(1), due_at=NOW)
    finish(database, taken)
    (row,) = take(database)
    assert (row.version, row.first_received_at) == (1, after(1))


def test_rows_that_are_gone_already_are_no_fault(database: SqlDatabase) -> None:
    merge(database, change(1), change(2))
    one, two = take(database)
    finish(database, [one, two])
    finish(database, [one], later(two))
    assert rows(database) == []


def test_rows_of_several_portals_and_more_than_one_statement_holds_are_finished(
    database: SqlDatabase,
) -> None:
    merge(database, *(change(n) for n in range(2200)), change(1, portal=P + 1))
    taken = take(database, limit=5000)
    with database.transaction() as tx:
        other = tx.pending.take(P + 1, now=NOW, limit=1)
    finish(database, [*taken[:1100], *other], *(later(row) for row in taken[1100:]))
    with database.transaction() as tx:
        assert tx.counts(P, now=NOW).by_class == {"retry": 1100}
        assert tx.counts(P + 1, now=NOW).pending == 0


def test_nothing_to_finish_is_no_work(database: SqlDatabase) -> None:
    finish(database, [])
    assert rows(database) == []


def test_waking_makes_what_waits_due_and_nothing_else(database: SqlDatabase) -> None:
    merge(database, *(change(n) for n in range(4)), change(1, portal=P + 1))
    taken = take(database)
    finish(database, [], *(later(row, waits_on=f"parent {row.ref.id}") for row in taken))
    with database.transaction() as tx:
        (other,) = tx.pending.take(P + 1, now=NOW, limit=1)
        tx.pending.finish([], [later(other, waits_on="parent 1")], now=NOW)
        tx.pending.wake(P, ["parent 1", "parent 3", "parent 9"], now=after(1))
        tx.pending.wake(P, [], now=after(1))
        assert tx.pending.next_due(P + 1) == after(60)
    assert refs(take(database, seconds=1)) == [hubspot(1), hubspot(3)]


def test_waking_never_puts_a_due_row_off(database: SqlDatabase) -> None:
    merge(database, change(1))
    (row,) = take(database)
    finish(database, [], later(row, -5, waits_on="parent"))
    with database.transaction() as tx:
        tx.pending.wake(P, ["parent"], now=NOW)
        assert tx.pending.next_due(P) == after(-5)


def test_a_row_woken_while_it_is_worked_on_does_not_go_to_sleep_again(database: SqlDatabase) -> None:
    merge(database, change(1))
    (row,) = take(database)
    finish(database, [], later(row, 0, waits_on="parent"))
    (row,) = take(database)
    with database.transaction() as tx:
        tx.pending.wake(P, ["parent"], now=NOW)
    finish(database, [], later(row, waits_on="parent"))
    assert refs(take(database)) == [hubspot(1)]
