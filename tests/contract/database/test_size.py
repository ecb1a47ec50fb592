"""Sets, not rows: how many statements a call makes, and that none of them reads a whole large table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, event, text

from adapters.database import SqlDatabase
from adapters.database.column_types import UtcDateTime
from adapters.database.database import SqlTransaction
from adapters.database.tables import pending
from contract.changes import Kind
from contract.pending import WorkClass
from tests.contract.database.makers import NOW, P, after, change, entry, hubspot, lead, letter, link
from tests.contract.database.test_pending_finish import later


@contextmanager
def statements(tx: SqlTransaction) -> Iterator[list[tuple[str, Any]]]:
    """What the block sends to the database: each statement with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        sent.append((statement, parameters))

    event.listen(tx.connection, "before_cursor_execute", note)
    yield sent
    event.remove(tx.connection, "before_cursor_execute", note)


def plan(connection: Connection, statement: str, parameters: Any) -> str:
    """How the database would carry the statement out."""
    how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    rows = connection.exec_driver_sql(f"{how} {statement}", parameters)
    return "\n".join(str(row[-1]) for row in rows)


def test_a_thousand_of_anything_takes_a_few_statements(database: SqlDatabase) -> None:
    changes = [change(n) for n in range(1000)]
    links = [link(n) for n in range(1000)]
    refs = [hubspot(n) for n in range(1000)] + [lead(n) for n in range(1000)]
    entries = [entry(hubspot(n), lead(n)) for n in range(1000)]
    with database.transaction() as tx:
        with statements(tx) as sent:
            tx.pending.merge(changes, work_class=WorkClass.LIVE, now=NOW, due_at=NOW)
            taken = tx.pending.take(P, now=NOW, limit=1000)
            tx.pending.finish(taken[:500], [later(row) for row in taken[500:]], now=NOW)
            assert len(sent) <= 20
        with statements(tx) as sent:
            tx.links.of(P, refs)
            tx.tombstones.erased_refs(P, refs)
            tx.dead_letters.add([letter(n) for n in range(1000)])
            tx.dead_letters.resolve(P, {ref: [None] for ref in refs}, at=NOW)
            assert len(sent) <= 12
        if tx.connection.dialect.name == "sqlite":
            return  # new ids come row by row there, which costs little without a network
        with statements(tx) as sent:
            tx.links.store(tx.links.store(links))
            tx.activity.add(entries)
            assert len(sent) <= 12


@pytest.fixture
def large(database: SqlDatabase) -> SqlDatabase:
    """100,000 pending rows due much later in the highest class, and as many due in the lowest."""
    columns = ", ".join(column.name for column in pending.columns)
    with database.transaction() as tx:
        for side, work_class, due_at in ((0, WorkClass.LIVE, after(1e5)), (1, WorkClass.BACKFILL, after(-1))):
            tx.connection.execute(
                text(
                    f"INSERT INTO pending ({columns}) "
                    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999) "
                    "SELECT :portal, 'hubspot/contact/' || (2 * i + :side), 2, :now, :now, :now, "
                    ":work_class, :due_at, 0, 0, NULL, 1, 't' FROM n"
                ).bindparams(
                    bindparam("now", NOW, UtcDateTime()),
                    bindparam("due_at", due_at, UtcDateTime()),
                    portal=P,
                    side=side,
                    work_class=int(work_class),
                )
            )
        tx.connection.execute(text("ANALYZE pending"))
    return database


def test_taking_from_a_hundred_thousand_rows_reads_only_what_it_takes(large: SqlDatabase) -> None:
    with large.transaction() as tx:
        with statements(tx) as sent:
            assert len(tx.pending.take(P, now=NOW, limit=100)) == 100
        ordered = [one for one in sent if "ORDER BY" in one[0]]
        assert len(ordered) == 2 * len(WorkClass)
        for one in ordered:
            assert_tight(plan(tx.connection, *one))


def test_crashed_rows_among_a_hundred_thousand_are_found_by_their_own_index(large: SqlDatabase) -> None:
    with large.transaction() as tx:
        taken = tx.pending.take(P, now=NOW, limit=60)
        tx.connection.execute(text("ANALYZE pending"))
        with statements(tx) as sent:
            assert tx.pending.take(P, now=NOW, limit=100)[0].ref in {row.ref for row in taken}
        crashed = [plan(tx.connection, *one) for one in sent if "crashes > 0" in one[0]]
        assert len(crashed) == len(WorkClass)
        assert all("ix_pending_crashed" in how for how in crashed)


def assert_tight(how: str) -> None:
    """An index gives the rows in order: no scan of the table, no sort."""
    assert "ix_pending_" in how
    assert "SCAN pending" not in how
    assert "Seq Scan" not in how
    assert "TEMP B-TREE" not in how
    assert "Sort" not in how.replace("Incremental Sort", "")


def test_lookups_go_by_an_index(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        if tx.connection.dialect.name == "postgresql":
            tx.connection.execute(text("SET LOCAL enable_seqscan = off"))
        tx.pending.merge([change(1, kind=Kind.CREATED)], work_class=WorkClass.LIVE, now=NOW, due_at=NOW)
        lookups: dict[str, list[Callable[[], object]]] = {
            "ix_links_": [
                lambda: tx.links.of(P, [hubspot(1)]),
                lambda: tx.links.of(P, [lead(1)]),
                lambda: tx.links.by_email(P, {"a"}),
                lambda: tx.links.oldest_seen(P, after=0, limit=5),
            ],
            "ix_pending_": [
                lambda: tx.pending.next_due(P),
                lambda: tx.pending.wake(P, ["a"], now=NOW),
            ],
            "ix_activity_": [
                lambda: tx.activity.history(P, email="a"),
                lambda: tx.activity.history(P, refs=[hubspot(1)]),
                lambda: tx.activity.history(P, record_id="1"),
                lambda: tx.activity.history(P),
            ],
            "ix_dead_letters_": [
                lambda: tx.dead_letters.find(portal=P, refs=[hubspot(1)]),
                lambda: tx.dead_letters.find(portal=P),
            ],
        }
        for index, calls in lookups.items():
            for number, call in enumerate(calls):
                with statements(tx) as sent:
                    call()
                plans = [plan(tx.connection, *one) for one in sent if "advisory" not in one[0]]
                if tx.connection.dialect.name == "postgresql":
                    # Without need it scans no table now; which index it takes depends on its statistics.
                    assert not any("Seq Scan" in how for how in plans), (index, number, plans)
                else:
                    assert all(index in how or "PRIMARY KEY" in how for how in plans), (index, number, plans)
