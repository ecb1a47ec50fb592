from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import count

import pytest

from adapters.database import SqlDatabase
from contract.changes import Kind
from contract.decisions import Report, ReportKind
from contract.errors import LeaseLost
from contract.pending import PendingRow, Postponed, WorkClass
from contract.settings import SyncMode
from tests.contract.database.crew import together
from tests.contract.database.makers import NOW, P, after, change, hubspot, lead, letter, link, portal
from tests.contract.database.test_activity import calls
from tests.contract.database.test_pending_finish import later
from tests.contract.database.test_pending_merge import merge
from tests.contract.database.test_pending_take import finish, take


@dataclass
class Yard:
    """Inbox workers that merge numbered notices, and one reconciler that takes, finishes, dies and wakes."""

    database: SqlDatabase
    seed: int
    merged: set[str] = field(default_factory=set)
    seen_done: set[str] = field(default_factory=set)
    inboxes_left: int = 3
    guard: threading.Lock = field(default_factory=threading.Lock)

    def inbox(self, name: str, rounds: int) -> None:
        try:
            self._merge(name, rounds)
        finally:
            with self.guard:
                self.inboxes_left -= 1

    def _merge(self, name: str, rounds: int) -> None:
        chance = random.Random(f"{self.seed} {name}")
        for number in range(rounds):
            marks = [f"{name}-{number}-{n}" for n in range(chance.randint(1, 30))]
            changes = [
                change(
                    chance.randrange(40), kind=chance.choice(list(Kind)), portal=P + n % 2, merged_ids=(mark,)
                )
                for n, mark in enumerate(marks)
            ]
            with self.database.transaction() as tx:
                tx.pending.merge(changes, work_class=chance.choice(list(WorkClass)), now=NOW, due_at=NOW)
            self.merged.update(marks)

    def reconciler(self, number: int) -> None:
        chance = random.Random(f"{self.seed} {number}")
        for hour in count():  # so that a row on which a worker died has rested by the next look
            ended = self.inboxes_left == 0
            with self.database.transaction() as tx:
                rows = tx.pending.take(number, now=after(3600 * hour), limit=chance.randint(1, 60))
            if ended and not rows:
                return
            if chance.random() < 0.1:
                continue  # the worker died here; the next one takes the rows again
            done = [row for row in rows if chance.random() < 0.8]
            later = [again(row) for row in rows if row not in done]
            with self.database.transaction() as tx:
                # A settling transaction merges, wakes and finishes: several steps over the same rows.
                look_at = change(chance.randrange(40), portal=number)
                if not ended and chance.random() < 0.3:
                    tx.pending.merge([look_at], work_class=WorkClass.LIVE, now=NOW, due_at=NOW)
                tx.pending.wake(number, [f"parent {chance.randrange(4)}"], now=NOW)
                tx.pending.finish(done, later, now=NOW)
            self.seen_done.update(mark for row in done for mark in row.merged_ids)


def again(row: PendingRow) -> Postponed:
    return Postponed(
        row=row, due_at=NOW, work_class=row.work_class, attempts=row.attempts + 1, waits_on="parent 1"
    )


@pytest.mark.parametrize("seed", range(3))
def test_no_notice_is_lost_whatever_merges_and_finishes_meanwhile(database: SqlDatabase, seed: int) -> None:
    yard = Yard(database=database, seed=seed)
    inboxes = [partial(yard.inbox, name, 25) for name in "abc"]
    together([*inboxes, partial(yard.reconciler, P), partial(yard.reconciler, P + 1)])
    assert yard.merged
    # Every notice was in a row as some batch saw it that was then done with it.
    assert yard.merged - yard.seen_done == set()
    with database.transaction() as tx:
        assert tx.counts(P, now=NOW).pending == tx.counts(P + 1, now=NOW).pending == 0


def test_merges_of_the_same_records_in_any_order_never_deadlock(database: SqlDatabase) -> None:
    def inbox(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(15):
            numbers = chance.sample(range(200), 150)
            with database.transaction() as tx:
                for half in (numbers[:75], numbers[75:]):
                    tx.pending.merge(
                        [change(n) for n in half], work_class=WorkClass.LIVE, now=NOW, due_at=NOW
                    )

    together([partial(inbox, seed) for seed in range(5)])
    with database.transaction() as tx:
        assert sum(row.version for row in tx.pending.take(P, now=NOW, limit=1000)) == 5 * 15 * 150


@pytest.mark.parametrize("step", ["take", "finish", "wake"])
def test_what_is_merged_in_steps_and_what_comes_between_never_deadlock(
    database: SqlDatabase, step: str
) -> None:
    merge(database, *(change(number) for number in range(9)))
    taken = take(database)
    finish(database, [], *(later(row, 0, waits_on="parent") for row in taken))
    taken = take(database)

    def between() -> None:
        with database.transaction() as tx:
            if step == "take":
                tx.pending.take(P, now=NOW, limit=100)
            elif step == "finish":
                tx.pending.finish(taken, [], now=NOW)
            else:
                tx.pending.wake(P, ["parent"], now=NOW)

    with database.transaction() as tx:
        tx.pending.merge([change(8)], work_class=WorkClass.LIVE, now=NOW, due_at=NOW)
        thread = threading.Thread(target=between)
        thread.start()
        time.sleep(0.3)
        tx.pending.merge([change(0)], work_class=WorkClass.LIVE, now=NOW, due_at=NOW)
    thread.join()


def test_a_row_that_grows_while_it_is_being_finished_stays(database: SqlDatabase) -> None:
    merge(database, change(1), change(2))
    taken = take(database)
    thread = threading.Thread(target=finish, args=(database, taken))
    with database.transaction() as tx:
        tx.pending.merge([change(1)], work_class=WorkClass.LIVE, now=NOW, due_at=NOW)
        thread.start()
        time.sleep(0.3)
    thread.join()
    assert [row.ref for row in take(database)] == [hubspot(1)]


def test_of_two_workers_that_link_one_record_one_wins(database: SqlDatabase) -> None:
    won: list[str] = []
    lost: list[str] = []

    def worker(name: str, number: int) -> None:
        try:
            with database.transaction() as tx:
                tx.links.store([link(1, salesforce=lead(number))])
                time.sleep(0.05)
        except LeaseLost:
            lost.append(name)
        else:
            won.append(name)

    together([partial(worker, name, n) for n, name in enumerate("abc")])
    assert (len(won), len(lost)) == (1, 2)


def test_of_two_workers_that_change_one_link_one_wins(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        (stored,) = tx.links.store([link(1)])
    lost: list[str] = []

    def worker(name: str) -> None:
        try:
            with database.transaction() as tx:
                tx.links.store([stored.changed(email=name)])
                time.sleep(0.05)
        except LeaseLost:
            lost.append(name)

    together([partial(worker, name) for name in "abc"])
    assert len(lost) == 2
    with database.transaction() as tx:
        (found,) = tx.links.of(P, [hubspot(1)]).values()
    assert found.version == 2
    assert found.email not in lost


def test_a_checked_lease_cannot_be_taken_before_the_transaction_ends(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        lease = tx.leases.acquire(P, "a", now=NOW, until=after(10))
    assert lease is not None
    taken_at: list[float] = []

    def thief() -> None:
        with database.transaction() as tx:
            assert tx.leases.acquire(P, "b", now=after(11), until=after(20)) is not None
        taken_at.append(time.monotonic())

    with database.transaction() as tx:
        tx.leases.check(lease, now=after(9))
        thread = threading.Thread(target=thief)
        thread.start()
        time.sleep(0.4)
        assert taken_at == []
        tx.watermarks.put(P, "settled", "by a")
        released_at = time.monotonic()
    thread.join()
    assert taken_at[0] >= released_at
    with pytest.raises(LeaseLost), database.transaction() as tx:
        tx.leases.check(lease, now=after(9))


def test_one_of_many_workers_gets_a_free_lease(database: SqlDatabase) -> None:
    got: list[str] = []

    def worker(name: str) -> None:
        with database.transaction() as tx:
            tx.leases.heartbeat(name, now=NOW, until=after(10))
            if tx.leases.acquire(P, name, now=NOW, until=after(10)):
                got.append(name)

    together([partial(worker, name) for name in "abcdef"])
    assert len(got) == 1
    with database.transaction() as tx:
        assert tx.leases.heartbeat("a", now=NOW, until=after(10)) == list("abcdef")


def test_each_of_many_savers_gets_a_version_of_its_own(database: SqlDatabase) -> None:
    versions: list[int] = []

    def saver(number: int) -> None:
        for _ in range(3):
            with database.transaction() as tx:
                versions.append(tx.portals.save(portal(), author=str(number), comment="", at=NOW))

    together([partial(saver, number) for number in range(4)])
    assert sorted(versions) == list(range(1, 13))


def test_setting_the_mode_undoes_no_change_made_meanwhile(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        tx.portals.save(portal(), author="", comment="", at=NOW)

    def pause() -> None:
        for mode in (SyncMode.OFF, SyncMode.ON) * 5:
            with database.transaction() as tx:
                tx.portals.set_mode(P, mode, author="bob", at=NOW)

    def rename() -> None:
        for number in range(10):
            with database.transaction() as tx:
                stored = tx.portals.get(P)
                assert stored is not None
                renamed = replace(stored, name=f"{stored.name}{number}")
                tx.portals.save(renamed, author="ada", comment="", at=NOW)

    together([pause, rename])
    with database.transaction() as tx:
        found = tx.portals.get(P)
        assert found is not None
        assert found.settings.version == 21
        assert found.name == "Acme0123456789"


def test_counts_letters_and_reports_add_up_from_many_threads(database: SqlDatabase) -> None:
    hour: datetime = NOW.replace(minute=0, second=0, microsecond=0)
    report = Report(kind=ReportKind.MERGE, refs=(hubspot(1),), says="x")

    def worker(seed: int) -> None:
        numbers = list(range(20))
        random.Random(seed).shuffle(numbers)
        for _ in range(5):
            with database.transaction() as tx:
                tx.activity.count_calls([calls(1, hour)])
                tx.dead_letters.add([letter(number) for number in numbers])
                tx.activity.report(P, [report], at=NOW)
                tx.watermarks.put(P, "sweep", str(seed))

    together([partial(worker, seed) for seed in range(4)])
    with database.transaction() as tx:
        assert tx.activity.calls_since(P, hour)[0].calls == 20
        assert {found.attempts for found in tx.dead_letters.find()} == {20}
        assert len(tx.dead_letters.find()) == 20
        assert len(tx.activity.reports(P)) == 1
