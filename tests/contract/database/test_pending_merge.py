from __future__ import annotations

from datetime import datetime

from adapters.database import SqlDatabase
from adapters.database.pending_rows import KIND_BITS
from contract.changes import Change, Kind
from contract.pending import PendingRow, WorkClass
from tests.contract.database.makers import NOW, P, after, change, hubspot, lead


def merge(
    database: SqlDatabase,
    *changes: Change,
    work_class: WorkClass = WorkClass.LIVE,
    now: datetime = NOW,
    due_at: datetime = NOW,
) -> None:
    with database.transaction() as tx:
        tx.pending.merge(changes, work_class=work_class, now=now, due_at=due_at)


def rows(database: SqlDatabase) -> list[PendingRow]:
    """All rows of the portal, whatever they are due; their crash counts stay."""
    with database.transaction() as tx:
        found: list[PendingRow] = []
        while taken := tx.pending.take(P, now=after(1e6), limit=10_000):
            tx.pending.finish(taken, [], now=NOW)
            found += taken
    return sorted(found, key=lambda row: row.ref)


def test_a_first_notice_makes_a_row(database: SqlDatabase) -> None:
    merge(
        database,
        change(1, kind=Kind.MERGED, occurred_at=after(-9), merged_ids=("8", "9"), trace_id="abc"),
        work_class=WorkClass.REPLAY,
        due_at=after(5),
    )
    assert rows(database) == [
        PendingRow(
            portal=P,
            ref=hubspot(1),
            kinds=frozenset({Kind.MERGED}),
            merged_ids=frozenset({"8", "9"}),
            noticed_at=after(-9),
            received_at=NOW,
            first_received_at=NOW,
            work_class=WorkClass.REPLAY,
            due_at=after(5),
            version=1,
            trace_id="abc",
        )
    ]


def test_a_later_notice_merges_into_the_row(database: SqlDatabase) -> None:
    merge(
        database,
        change(1, kind=Kind.CREATED, merged_ids=("8",), trace_id="older"),
        work_class=WorkClass.BACKFILL,
        due_at=after(60),
    )
    newer = change(1, kind=Kind.DELETED, merged_ids=("8", "9"), occurred_at=after(2), trace_id="newer")
    merge(database, newer, work_class=WorkClass.RETRY, now=after(3), due_at=after(30))
    (row,) = rows(database)
    assert row.kinds == {Kind.CREATED, Kind.DELETED}
    assert row.merged_ids == {"8", "9"}
    assert (row.noticed_at, row.received_at, row.first_received_at) == (after(2), after(3), NOW)
    assert (row.work_class, row.due_at) == (WorkClass.RETRY, after(30))
    assert (row.version, row.trace_id) == (2, "newer")


def test_an_older_notice_takes_nothing_back(database: SqlDatabase) -> None:
    merge(database, change(1, occurred_at=after(5), trace_id="newer"), now=after(6), due_at=after(1))
    old = change(1, kind=Kind.CREATED, occurred_at=NOW, trace_id="older")
    merge(database, old, work_class=WorkClass.BACKFILL, now=after(2), due_at=after(50))
    (row,) = rows(database)
    assert row.kinds == {Kind.CREATED, Kind.UPDATED}
    assert (row.noticed_at, row.received_at, row.due_at) == (after(5), after(6), after(1))
    assert (row.work_class, row.trace_id, row.version) == (WorkClass.LIVE, "newer", 2)


def test_notices_of_one_record_in_one_call_merge_as_if_they_came_one_by_one(
    database: SqlDatabase,
) -> None:
    same = [
        change(1, kind=Kind.CREATED, occurred_at=after(3), trace_id="b"),
        change(1, kind=Kind.MERGED, merged_ids=("7",), trace_id="c"),
        change(1, kind=Kind.UPDATED, occurred_at=after(3), trace_id="a"),
    ]
    merge(database, *same)
    together = rows(database)
    for one in reversed(same):
        merge(database, one)
    assert rows(database) == together
    assert together[0].version == 3
    assert together[0].trace_id == "b"


def test_trap_24_rows_are_kept_apart_by_portal_and_record(database: SqlDatabase) -> None:
    merge(database, change(1), change(2), change(1, ref=lead(1)), change(1, portal=P + 1))
    assert [row.ref for row in rows(database)] == [hubspot(1), hubspot(2), lead(1)]
    with database.transaction() as tx:
        assert tx.counts(P + 1, now=NOW).pending == 1


def test_more_changes_than_one_statement_holds_are_all_merged(database: SqlDatabase) -> None:
    merge(database, *(change(number, merged_ids=(f"m{number}",)) for number in range(2500)))
    found = rows(database)
    assert len(found) == 2500
    assert all(row.merged_ids == {f"m{row.ref.id}"} for row in found)


def test_no_change_is_no_work(database: SqlDatabase) -> None:
    merge(database)
    assert rows(database) == []


def test_every_kind_has_a_bit_of_its_own_that_never_changes() -> None:
    assert {kind.value: bit for kind, bit in KIND_BITS.items()} == {
        "created": 1,
        "updated": 2,
        "deleted": 4,
        "restored": 8,
        "merged": 16,
        "erased": 32,
        "associated": 64,
        "listed": 128,
        "echoed": 256,
    }
    assert set(KIND_BITS) == set(Kind)


def test_text_that_postgresql_cannot_store_stops_nothing(database: SqlDatabase) -> None:
    merge(database, change("a\x00b", trace_id="\ud800"), change("a\ufffdb", trace_id="t"))
    (row,) = rows(database)
    assert (row.ref, row.version) == (hubspot("a\ufffdb"), 2)


def test_refs_that_hold_slashes_come_back_whole(database: SqlDatabase) -> None:
    merge(database, change("a/b/c"))
    assert [row.ref for row in rows(database)] == [hubspot("a/b/c")]
