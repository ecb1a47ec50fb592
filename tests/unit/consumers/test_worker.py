"""The worker: every loop survives, and a portal has one batch at a time."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any, cast

import pytest

from consumers import worker as worker_module
from consumers.reconcile import Batch
from consumers.worker import Worker
from contract.activity import ApiCalls
from contract.errors import CrmError, DatabaseUnavailable, ErrorClass, LeaseLost
from contract.pending import WorkClass
from contract.records import Side
from tests.contract.crm.benches import NUMBER
from tests.fakes.hall import Hall
from tests.unit.consumers.kit import fault


@pytest.mark.parametrize(
    ("trouble", "reported"),
    [
        (DatabaseUnavailable("away"), False),
        (LeaseLost("taken"), False),
        (CrmError(fault(ErrorClass.QUOTA)), False),
        (ZeroDivisionError("surprise"), True),
    ],
)
def test_a_loop_goes_on_after_any_fault_and_reports_surprises(
    hall: Hall, trouble: Exception, *, reported: bool
) -> None:
    steps: list[int] = []

    def step() -> None:
        steps.append(len(steps))
        if len(steps) == 3:
            hall.worker.stop.set()
        if len(steps) < 3:
            raise trouble

    hall.worker._loop(step, 0.0, hall.worker.stop)
    assert steps == [0, 1, 2]
    assert hall.reported == ([trouble, trouble] if reported else [])


def test_the_whole_worker_runs_until_it_is_stopped_and_gives_its_leases_back(hall: Hall) -> None:
    done = threading.Event()
    step = hall.worker.reconciler.step

    def watched(*args: Any, **more: Any) -> Batch:
        batch = step(*args, **more)
        done.set()
        return batch

    hall.worker.reconciler = cast("Any", type("Watched", (), {"step": staticmethod(watched)}))
    running = threading.Thread(target=hall.worker.run, daemon=True)
    running.start()
    assert done.wait(10)
    hall.worker.stop.set()
    running.join(10)
    assert not running.is_alive()
    with hall.office.database.transaction() as tx:
        assert tx.leases.leases() == []
    assert len(hall.office.live_leads()) == 1


def leased(hall: Hall, *portals: int) -> bool:
    """Whether soon exactly these portals are leased for five seconds at least."""
    for _ in range(1000):
        soon = hall.office.clock() + timedelta(seconds=5)
        with hall.office.database.transaction() as tx:
            if [lease.portal for lease in tx.leases.leases() if lease.expires_at > soon] == [*portals]:
                return True
        time.sleep(0.01)
    return False


def test_a_batch_under_way_keeps_its_lease_after_the_stop_and_no_other_portal_is_kept(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "RENEW", timedelta(milliseconds=10))
    monkeypatch.setattr(Worker, "_sweep", lambda _: None)  # it would find work for the other portal too
    hall.save_another()
    began, go_on, step = threading.Event(), threading.Event(), hall.worker.reconciler.step

    def slow(*args: Any, **more: Any) -> Batch:
        began.set()
        assert go_on.wait(60)
        return step(*args, **more)

    hall.worker.reconciler = cast("Any", type("Slow", (), {"step": staticmethod(slow)}))
    running = threading.Thread(target=hall.worker.run, daemon=True)
    running.start()
    assert began.wait(10)
    hall.worker.stop.set()
    assert leased(hall, NUMBER)
    for _ in range(3):
        hall.office.clock.sleep(6)
        assert leased(hall, NUMBER)
    go_on.set()
    running.join(10)
    assert (len(hall.office.live_leads()), leased(hall)) == (1, True)


def test_due_rows_of_an_owned_portal_are_worked_on(hall: Hall) -> None:
    hall.dispatch()
    assert (len(hall.office.live_leads()), hall.portal.busy.locked()) == (1, False)


def test_nothing_is_worked_on_without_due_rows(hall: Hall) -> None:
    hall.dispatch()
    hall.office.calls()
    hall.dispatch()
    assert hall.office.calls() == {}


def test_a_portal_has_one_batch_at_a_time(hall: Hall) -> None:
    with hall.portal.busy:
        hall.dispatch()
    assert hall.office.live_leads() == []


def test_a_portal_of_another_worker_is_left_alone(hall: Hall) -> None:
    hall.office.clock.sleep(11)
    with hall.office.database.transaction() as tx:
        now = hall.office.clock()
        tx.leases.acquire(NUMBER, "other", now=now, until=now + timedelta(seconds=10))
    hall.dispatch()
    assert hall.office.live_leads() == []


def test_a_batch_that_fails_frees_its_portal_and_is_tried_again(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "_AFTER_FAULT", 1.0)
    hall.database.commits_left = 1
    hall.dispatch()
    assert (hall.portal.busy.locked(), hall.office.live_leads()) == (False, [])
    hall.database.commits_left = None
    hall.dispatch()
    assert hall.office.live_leads() == []
    hall.office.clock.sleep(1)
    hall.dispatch()
    assert len(hall.office.live_leads()) == 1


def test_calls_are_stored_by_the_hour_after_each_batch(hall: Hall) -> None:
    hall.portal.meter.after(Side.HUBSPOT, 200)
    hall.dispatch()
    hour = hall.office.clock().replace(minute=0, second=0, microsecond=0)
    with hall.office.database.transaction() as tx:
        found = tx.activity.calls_since(NUMBER, hour)
    assert found == [
        ApiCalls(portal=NUMBER, side=Side.HUBSPOT, hour=hour, work_class=WorkClass.LIVE, calls=1)
    ]
