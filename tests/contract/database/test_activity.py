from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from adapters.database import SqlDatabase
from contract.activity import ActivityEntry, ApiCalls, StoredReport
from contract.decisions import Report, ReportKind
from contract.pending import WorkClass
from contract.records import Side
from tests.contract.database.makers import NOW, P, after, entry, hubspot, lead


def add(database: SqlDatabase, *entries: ActivityEntry) -> None:
    with database.transaction() as tx:
        tx.activity.add(entries)


def trace_ids(entries: list[ActivityEntry]) -> list[str]:
    return [found.trace_id for found in entries]


def test_an_entry_comes_back_as_it_was_added(database: SqlDatabase) -> None:
    given = entry(lead(2), hubspot(1), email="ada@example.org", trace_id="abc")
    add(database, given, entry())
    with database.transaction() as tx:
        (found,) = tx.activity.history(P, refs=[hubspot(1)])
    assert found.id is not None
    assert replace(found, id=None) == given


def test_history_finds_by_any_record_any_id_or_the_email_oldest_first(database: SqlDatabase) -> None:
    add(
        database,
        entry(hubspot(1), lead(1), trace_id="c", at=after(3), email="ada@example.org"),
        entry(lead(1), trace_id="a", at=after(1)),
        entry(lead(7), trace_id="b", at=after(2), email="ada@example.org"),
        entry(hubspot(8), trace_id="d", at=after(4)),
    )
    with database.transaction() as tx:
        history = tx.activity.history
        assert trace_ids(history(P, refs=[lead(1)])) == ["a", "c"]
        assert trace_ids(history(P, refs=[hubspot(1), lead(1), hubspot(8)])) == ["a", "c", "d"]
        assert trace_ids(history(P, record_id=lead(1).id)) == ["a", "c"]
        assert trace_ids(history(P, email="ada@example.org")) == ["b", "c"]
        assert trace_ids(history(P, refs=[hubspot(8)], record_id=lead(1).id, email="x")) == ["a", "c", "d"]
        assert trace_ids(history(P)) == ["a", "b", "c", "d"]
        assert history(P, email="nobody@example.org") == []


def test_the_limit_keeps_the_newest_entries(database: SqlDatabase) -> None:
    add(database, *(entry(hubspot(1), trace_id=str(n), at=after(n)) for n in range(60)))
    with database.transaction() as tx:
        assert trace_ids(tx.activity.history(P, refs=[hubspot(1)], limit=3)) == ["57", "58", "59"]
        assert len(tx.activity.history(P, refs=[hubspot(1)])) == 50


def test_history_is_of_one_portal_or_of_all(database: SqlDatabase) -> None:
    add(database, entry(hubspot(1), trace_id="a"), entry(hubspot(1), trace_id="b", portal=P + 1))
    with database.transaction() as tx:
        assert trace_ids(tx.activity.history(P, refs=[hubspot(1)])) == ["a"]
        assert trace_ids(tx.activity.history(None, record_id="1")) == ["a", "b"]


def test_many_entries_keep_their_own_records(database: SqlDatabase) -> None:
    add(database, *(entry(hubspot(n), lead(n), trace_id=str(n)) for n in range(2300)))
    with database.transaction() as tx:
        found = tx.activity.history(P, limit=5000)
        assert all(one.refs == (hubspot(one.trace_id), lead(int(one.trace_id))) for one in found)
        assert len(found) == 2300
        refs = [hubspot(n) for n in range(2300)]
        assert len(tx.activity.history(P, refs=refs, limit=5000)) == 2300


def test_entries_expire(database: SqlDatabase) -> None:
    add(
        database,
        entry(hubspot(1), trace_id="old", at=after(-1)),
        entry(hubspot(1), trace_id="new"),
        entry(hubspot(1), trace_id="other portal", at=after(-1), portal=P + 1),
    )
    with database.transaction() as tx:
        assert tx.activity.expire(NOW, portal=P) == 1
        assert trace_ids(tx.activity.history(None, refs=[hubspot(1)])) == ["other portal", "new"]


def test_entries_expire_in_small_steps(database: SqlDatabase) -> None:
    add(database, *(entry(hubspot(1), trace_id=str(n), at=after(-n)) for n in range(5)))
    with database.transaction() as tx:
        assert tx.activity.expire(NOW, portal=P, limit=3) == 3
        assert trace_ids(tx.activity.history(P)) == ["1", "0"]
        assert tx.activity.expire(NOW, portal=P, limit=3) == 1
        assert tx.activity.expire(NOW, portal=P, limit=3) == 0


def report(*numbers: int, **values: object) -> Report:
    return Report(
        **{"kind": ReportKind.DUPLICATE, "refs": tuple(map(hubspot, numbers)), "says": "twice", **values}  # type: ignore[arg-type]
    )


def test_a_report_is_kept_once_per_kind_and_records(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        tx.activity.report(P, [report(2, 1), report(1, 2, says="again")], at=NOW)
        tx.activity.report(P, [report(1, 2, says="thrice")], at=after(5))
        tx.activity.report(P, [report(1), report(1, 2, kind=ReportKind.MERGE)], at=after(6))
        tx.activity.report(P, [], at=after(7))
        tx.activity.report(P + 1, [report(1, 2)], at=after(8))
        found = tx.activity.reports(P)
    assert len(found) == 3
    assert found[-1] == StoredReport(
        kind="duplicate",
        refs=(hubspot(1), hubspot(2)),
        says="thrice",
        first_seen=NOW,
        last_seen=after(5),
    )
    assert {(one.kind, one.refs) for one in found[:2]} == {
        ("duplicate", (hubspot(1),)),
        ("merge", (hubspot(1), hubspot(2))),
    }


def test_a_report_on_very_many_records_can_be_kept(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        tx.activity.report(P, [report(*range(1000))], at=NOW)
        assert len(tx.activity.reports(P)[0].refs) == 1000


def calls(number: int, hour: datetime = NOW, **values: object) -> ApiCalls:
    given = {"portal": P, "side": Side.HUBSPOT, "hour": hour, "work_class": WorkClass.LIVE, "calls": number}
    return ApiCalls(**{**given, **values})  # type: ignore[arg-type]


def test_api_calls_add_up_by_side_hour_and_class(database: SqlDatabase) -> None:
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    with database.transaction() as tx:
        tx.activity.count_calls([calls(2, hour), calls(3, hour), calls(4, hour, side=Side.SALESFORCE)])
        tx.activity.count_calls([calls(5, hour), calls(1, hour, work_class=WorkClass.RETRY)])
        tx.activity.count_calls(iter([calls(9, hour, portal=P + 1)]))
        tx.activity.count_calls([])
        assert tx.activity.calls_since(P, hour) == [
            calls(10, hour),
            calls(1, hour, work_class=WorkClass.RETRY),
            calls(4, hour, side=Side.SALESFORCE),
        ]


def test_calls_since_counts_every_hour_that_reaches_past_the_time(database: SqlDatabase) -> None:
    hours = [NOW.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in (4, 5, 6)]
    with database.transaction() as tx:
        tx.activity.count_calls([calls(1, hour) for hour in hours])
        assert [one.hour for one in tx.activity.calls_since(P, hours[1])] == hours[1:]
        assert [one.hour for one in tx.activity.calls_since(P, hours[1].replace(minute=59))] == hours[1:]
