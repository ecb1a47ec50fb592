"""Pending rows against a model of a few lines, over random sequences of transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from adapters.database import SqlDatabase
from contract.changes import Change, Kind
from contract.pending import PendingRow, Postponed, WorkClass
from contract.records import RecordRef
from tests.contract.database.makers import NOW, P, after, change
from tests.contract.database.places import Place

SECONDS = st.integers(min_value=-3, max_value=3).map(after)
CHANGES = st.lists(
    st.builds(
        change,
        st.integers(min_value=0, max_value=3),
        kind=st.sampled_from(Kind),
        occurred_at=SECONDS,
        merged_ids=st.lists(st.sampled_from("xyz"), max_size=2).map(tuple),
        trace_id=st.sampled_from("ab"),
    ),
    max_size=4,
)
MERGE = st.tuples(st.just("merge"), CHANGES, st.sampled_from(WorkClass), SECONDS, SECONDS)
TAKE = st.tuples(st.just("take"), SECONDS, st.integers(min_value=0, max_value=5))
FINISH = st.tuples(
    st.just("finish"), st.lists(st.sampled_from(["done", "later", "keep"]), max_size=4), SECONDS
)
WAKE = st.tuples(st.just("wake"), SECONDS)


@dataclass
class Model:
    """What contract.ports.PendingStore promises, row by row."""

    rows: dict[RecordRef, PendingRow] = field(default_factory=dict)

    def merge(self, one: Change, work_class: WorkClass, now: datetime, due_at: datetime) -> None:
        old = self.rows.get(one.ref)
        new = PendingRow(
            portal=P,
            ref=one.ref,
            kinds=frozenset({one.kind}),
            merged_ids=frozenset(one.merged_ids),
            noticed_at=one.occurred_at,
            received_at=now,
            first_received_at=now,
            work_class=work_class,
            due_at=due_at,
            trace_id=one.trace_id,
        )
        self.rows[one.ref] = new if old is None else self._union(old, new)

    @staticmethod
    def _union(old: PendingRow, new: PendingRow) -> PendingRow:
        newest = max(old, new, key=lambda row: (row.noticed_at, row.trace_id))
        return replace(
            old,
            kinds=old.kinds | new.kinds,
            merged_ids=old.merged_ids | new.merged_ids,
            noticed_at=newest.noticed_at,
            received_at=max(old.received_at, new.received_at),
            work_class=min(old.work_class, new.work_class),
            due_at=min(old.due_at, new.due_at) if old.crashes <= 2 else old.due_at,
            version=old.version + 1,
            trace_id=newest.trace_id,
        )

    def take(self, now: datetime, limit: int) -> list[PendingRow]:
        due = [row for row in self.rows.values() if row.due_at <= now]
        due.sort(key=lambda row: (row.work_class, row.due_at, row.ref))
        level = due[0].crashes if due else 0
        same = [row for row in due if min(row.crashes, 2) == min(level, 2)]
        batch = same[: min(limit, {0: limit, 1: 50}.get(level, 1))]
        for row in batch:
            rest = now + timedelta(seconds=10 * 2 ** (row.crashes - 2)) if row.crashes >= 2 else row.due_at
            self.rows[row.ref] = replace(row, crashes=row.crashes + 1, due_at=rest)
        return batch

    def finish(self, done: list[PendingRow], later: list[Postponed], now: datetime) -> None:
        for row in done:
            self._settle(row, None, now)
        for postponed in later:
            self._settle(postponed.row, postponed, now)

    def _settle(self, row: PendingRow, postponed: Postponed | None, now: datetime) -> None:
        stored = self.rows.get(row.ref)
        if stored is None:
            return
        if (stored.version, stored.first_received_at) != (row.version, row.first_received_at):
            anew = {} if postponed else {"attempts": 0, "waits_on": None}
            self.rows[row.ref] = replace(stored, crashes=0, due_at=now, **anew)  # type: ignore[arg-type]
        elif postponed is None:
            del self.rows[row.ref]
        else:
            names = ("due_at", "work_class", "attempts", "waits_on")
            moved = {name: getattr(postponed, name) for name in names}
            self.rows[row.ref] = replace(stored, crashes=0, **moved)

    def wake(self, now: datetime) -> None:
        for ref, row in self.rows.items():
            if row.waits_on == "parent":
                due_at = min(row.due_at, now)
                self.rows[ref] = replace(row, due_at=due_at, waits_on=None, version=row.version + 1)


def postponed_by(row: PendingRow, due_at: datetime) -> Postponed:
    work_class = WorkClass.RETRY
    return Postponed(row=row, due_at=due_at, work_class=work_class, attempts=7, waits_on="parent")


@dataclass
class Both:
    """The database and the model, doing the same; `taken` is the last batch."""

    database: SqlDatabase
    model: Model = field(default_factory=Model)
    taken: list[PendingRow] = field(default_factory=list)

    def merge(self, changes: list[Change], work_class: WorkClass, now: datetime, due_at: datetime) -> None:
        with self.database.transaction() as tx:
            tx.pending.merge(changes, work_class=work_class, now=now, due_at=due_at)
        for one in changes:
            self.model.merge(one, work_class, now, due_at)

    def take(self, now: datetime, limit: int) -> None:
        with self.database.transaction() as tx:
            self.taken = tx.pending.take(P, now=now, limit=limit)
        assert self.taken == self.model.take(now, limit)

    def finish(self, fates: list[str], now: datetime) -> None:
        fated = list(zip(self.taken, fates, strict=False))
        done = [row for row, fate in fated if fate == "done"]
        later = [postponed_by(row, after(2)) for row, fate in fated if fate == "later"]
        with self.database.transaction() as tx:
            tx.pending.finish(done, later, now=now)
        self.model.finish(done, later, now)

    def wake(self, now: datetime) -> None:
        with self.database.transaction() as tx:
            tx.pending.wake(P, ["parent", "nobody"], now=now)
        self.model.wake(now)

    def compare(self) -> None:
        """Everything by taking it all, for which the crash counts of both are set back first."""
        rows = self.model.rows.values()
        with self.database.transaction() as tx:
            assert tx.pending.next_due(P) == min((row.due_at for row in rows), default=None)
            counts = tx.counts(P, now=NOW)
            assert (counts.pending, counts.due) == (len(rows), sum(row.due_at <= NOW for row in rows))
        while self.model.rows:
            self.take(after(9_999), 100)
            self.finish(["done"] * len(self.taken), NOW)
        self.take(after(9_999), 100)


@contextmanager
def emptied(database: SqlDatabase) -> Iterator[Both]:
    """Both, with no rows at first; whatever a failing example left is removed."""
    with database.transaction() as tx:
        tx.connection.exec_driver_sql("DELETE FROM pending")
    yield Both(database)


@pytest.fixture
def examples(place: Place) -> int:
    """On PostgreSQL each step is many round trips."""
    return 150 if place.sqlite else 60


def test_any_sequence_of_transactions_leaves_what_the_promises_say(
    database: SqlDatabase, examples: int
) -> None:
    @settings(max_examples=examples, deadline=None, database=None)
    @given(st.lists(st.one_of(MERGE, TAKE, FINISH, WAKE), max_size=12))
    def walk(steps: list[tuple[Any, ...]]) -> None:
        with emptied(database) as both:
            for name, *arguments in steps:
                getattr(both, name)(*arguments)
            both.compare()

    walk()
