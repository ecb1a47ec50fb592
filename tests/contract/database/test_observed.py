"""What waits for the sync to be on, and the newest entry of each."""

from __future__ import annotations

from datetime import timedelta

from contract.pending import Postponed, WorkClass
from contract.ports import Database
from contract.records import RecordRef
from tests.contract.database.makers import NOW, P, change, entry, hubspot, lead

ON = "sync.mode: on"


def wait(database: Database, *refs: RecordRef, on: str | None = ON, portal: int = P) -> None:
    with database.transaction() as tx:
        changes = [change(0, ref=ref, portal=portal) for ref in refs]
        tx.pending.merge(changes, work_class=WorkClass.LIVE, now=NOW, due_at=NOW)
        rows = [row for row in tx.pending.take(portal, now=NOW, limit=100) if row.ref in refs]
        later = NOW + timedelta(days=30)
        asleep = [
            Postponed(row=row, due_at=later, work_class=row.work_class, attempts=0, waits_on=on)
            for row in rows
        ]
        tx.pending.finish([], asleep, now=NOW)


def newest(database: Database) -> list[str]:
    with database.transaction() as tx:
        return [found.trace_id for found in tx.observed.newest(P, ON)]


def test_the_newest_entry_of_each_waiting_record_is_found(database: Database) -> None:
    wait(database, hubspot(1), hubspot(2))
    with database.transaction() as tx:
        tx.activity.add([entry(hubspot(1), trace_id=name) for name in ("old", "new")])
        tx.activity.add([entry(hubspot(2), lead(2), trace_id="two")])
        tx.activity.add([entry(hubspot(3), trace_id="not waiting")])
    assert newest(database) == ["new", "two"]
    with database.transaction() as tx:
        assert tx.observed.waiting(P, ON) == 2


def test_an_entry_that_both_records_of_a_pair_share_comes_once(database: Database) -> None:
    wait(database, hubspot(1), lead(1))
    with database.transaction() as tx:
        tx.activity.add([entry(hubspot(1), lead(1), trace_id="both")])
        tx.activity.add([entry(hubspot(1), portal=5, trace_id="of another portal's record 1")])
    assert newest(database) == ["both"]


def test_what_waits_on_something_else_or_in_another_portal_is_not_found(database: Database) -> None:
    wait(database, hubspot(1), on=None)
    wait(database, hubspot(2), on="guards")
    wait(database, hubspot(3), portal=5)
    with database.transaction() as tx:
        for number in (1, 2, 3):
            tx.activity.add([entry(hubspot(number), trace_id=str(number))])
            tx.activity.add([entry(hubspot(2), portal=5, trace_id="of another portal")])
        assert tx.observed.waiting(P, ON) == 0
    assert newest(database) == []
