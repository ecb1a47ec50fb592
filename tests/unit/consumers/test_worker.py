"""The worker: every loop survives, settings are taken up, and each portal works when it may and only then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from consumers import worker as worker_module
from consumers.meter import PortalMeter
from consumers.ownership import Ownership
from consumers.reconcile import Batch, Crms
from consumers.retry import FIRST_HOLD, Hold
from consumers.worker import OpenPortal, Worker
from contract.activity import ApiCalls
from contract.errors import CrmError, DatabaseUnavailable, ErrorClass, InvalidInput, LeaseLost
from contract.pending import WorkClass
from contract.records import Side
from contract.settings import Portal, Suspension, SyncMode
from tests.contract.crm.benches import NUMBER
from tests.fakes.away import AwayDatabase
from tests.fakes.office import ON, Office
from tests.unit.consumers.kit import fault

HUNG = fault(ErrorClass.QUOTA)


class Hall:
    """A worker over a whole office whose pool does its work at once, in the test's own thread."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.database = AwayDatabase(office.database)
        self.reported: list[BaseException] = []
        self.opened: list[Portal] = []
        self.worker = Worker(
            database=self.database,
            inbox=office.inbox,
            keeper=office.keeper,
            ownership=Ownership(worker="hall", database=office.database, clock=office.clock),
            reconciler=replace(office.reconciler, database=self.database),
            sweeper=office.sweeper,
            open_portal=self._open,
            clock=office.clock,
            new_id=office.new_id,
            sweep_every=timedelta(seconds=60),
            report=self.reported.append,
        )

    def _open(self, portal: Portal) -> tuple[Crms, PortalMeter]:
        self.opened.append(portal)
        ledger, clock = self.office.ledger, self.office.clock
        meter = PortalMeter(portal=portal.number, buckets=ledger, clock=clock, sleep=clock.sleep)
        return self.office.crms, meter

    def submit(self, work: Callable[[OpenPortal], None], opened: OpenPortal) -> Future[None]:
        work(opened)
        return Future()

    def dispatch(self) -> None:
        self.worker._dispatch(cast("Any", self))

    def save_another(self) -> None:
        """A second portal, number 5."""
        other = replace(self.office.portal, number=5, name="another")
        with self.office.database.transaction() as tx:
            tx.portals.save(other, author="test", comment="", at=self.office.clock())

    @property
    def portal(self) -> OpenPortal:
        return self.worker._portals[NUMBER]

    def pending(self) -> int:
        return self.office.counts().pending


@pytest.fixture
def hall(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """A worker that owns its portal; a contact waits to be looked at."""
    monkeypatch.setattr(worker_module, "_AFTER_FAULT", 0.0)
    monkeypatch.setattr(worker_module, "_IDLE", 0.0)
    with office.database.transaction() as tx:
        tx.leases.release(NUMBER, "office")
    found = Hall(office)
    found.worker._renew()
    office.add_contact("a@x.example")
    office.deliver()
    office.receive()
    yield found
    found.worker.ownership.release_all()


# --- loops survive ---


@pytest.mark.parametrize(
    ("trouble", "reported"),
    [
        (DatabaseUnavailable("away"), False),
        (LeaseLost("taken"), False),
        (CrmError(HUNG), False),
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

    hall.worker._loop(step, 0.0)
    assert steps == [0, 1, 2]
    assert hall.reported == ([trouble, trouble] if reported else [])


def test_the_whole_worker_runs_until_it_is_stopped_and_gives_its_leases_back(hall: Hall) -> None:
    done = threading.Event()
    step = hall.worker.reconciler.step

    def watched(*args: Any) -> Batch:
        batch = step(*args)
        done.set()
        return batch

    hall.worker.reconciler = cast("Any", type("Watched", (), {"step": staticmethod(watched)}))
    running = threading.Thread(target=hall.worker.run)
    running.start()
    assert done.wait(10)
    hall.worker.stop.set()
    running.join(10)
    assert not running.is_alive()
    with hall.office.database.transaction() as tx:
        assert tx.leases.leases() == []
    assert len(hall.office.live_leads()) == 1


# --- a batch ---


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


# --- when a portal may work ---


def test_off_takes_notices_in_and_looks_at_none(hall: Hall) -> None:
    hall.office.change_settings(replace(ON, mode=SyncMode.OFF))
    hall.worker._reload()
    hall.office.calls()
    hall.dispatch()
    hall.worker._sweep()
    assert (hall.office.calls(), hall.pending()) == ({}, 1)


def test_on_again_works_off_what_was_kept(hall: Hall) -> None:
    hall.office.change_settings(replace(ON, mode=SyncMode.OFF))
    hall.worker._reload()
    hall.dispatch()
    hall.office.change_settings(ON)
    hall.worker._reload()
    hall.dispatch()
    assert len(hall.office.live_leads()) == 1


def test_what_was_observed_is_due_as_soon_as_sync_is_on(hall: Hall) -> None:
    hall.office.change_settings(replace(ON, mode=SyncMode.OBSERVE))
    hall.worker._reload()
    hall.dispatch()
    assert (hall.office.live_leads(), hall.office.counts().due) == ([], 0)
    with hall.office.database.transaction() as tx:
        tx.portals.set_mode(NUMBER, SyncMode.ON, author="test", at=hall.office.clock())
    hall.worker._reload()
    hall.dispatch()
    assert len(hall.office.live_leads()) == 1


def test_a_suspended_portal_waits_until_the_suspension_is_cleared(hall: Hall) -> None:
    since = hall.office.clock()
    with hall.office.database.transaction() as tx:
        tx.portals.suspend(NUMBER, Suspension(reason="credentials", since=since))
    hall.worker._reload()
    hall.dispatch()
    assert hall.office.live_leads() == []
    with hall.office.database.transaction() as tx:
        tx.portals.suspend(NUMBER, None)
    hall.worker._reload()
    hall.dispatch()
    assert len(hall.office.live_leads()) == 1


def test_a_suspension_that_passes_by_itself_ends_at_its_time(hall: Hall) -> None:
    now = hall.office.clock()
    hall.portal.suspension = Suspension(reason="x", since=now, clears_at=now + timedelta(seconds=5))
    assert not hall.portal.may_work(now)
    assert hall.portal.may_work(now + timedelta(seconds=5))


def test_a_batch_that_suspends_its_portal_is_the_last(hall: Hall) -> None:
    suspension = Suspension(reason="credentials", since=hall.office.clock())
    batches: list[int] = []

    def refused(*_: object) -> Batch:
        batches.append(1)
        return Batch(rows=1, suspension=suspension)

    hall.worker.reconciler = cast("Any", type("Refused", (), {"step": staticmethod(refused)}))
    hall.dispatch()
    hall.dispatch()
    assert batches == [1]


def test_holds_double_as_long_as_the_crm_names_no_time_and_begin_anew_after_a_good_batch(hall: Hall) -> None:
    now, opened, waits = hall.office.clock(), hall.portal, []
    for _ in range(3):
        opened.take_hold(Hold(wait=None), now)
        assert opened.hold_until is not None
        waits.append((opened.hold_until - now).total_seconds())
    opened.take_hold(None, now)
    opened.take_hold(Hold(wait=None), now)
    assert opened.hold_until is not None
    assert [*waits, (opened.hold_until - now).total_seconds()] == [
        FIRST_HOLD,
        FIRST_HOLD * 2,
        FIRST_HOLD * 4,
        FIRST_HOLD,
    ]


def test_a_held_portal_waits_as_long_as_the_crm_says(hall: Hall) -> None:
    now = hall.office.clock()
    hall.portal.take_hold(Hold(wait=timedelta(seconds=30)), now)
    hall.dispatch()
    assert hall.office.live_leads() == []
    assert not hall.portal.may_work(now + timedelta(seconds=29.9))
    assert hall.portal.may_work(now + timedelta(seconds=30))


# --- settings ---


def test_a_new_version_is_opened_once_and_keeps_the_lock_of_a_running_batch(hall: Hall) -> None:
    lock = hall.portal.busy
    for _ in range(2):
        hall.worker._reload()
    assert len(hall.opened) == 1
    hall.office.change_settings(replace(ON, create_from_leads=False))
    hall.worker._reload()
    assert (len(hall.opened), hall.portal.busy is lock) == (2, True)
    assert not hall.portal.portal.settings.create_from_leads


def test_new_portals_are_found_within_seconds(hall: Hall) -> None:
    hall.save_another()
    hall.office.clock.sleep(3)
    hall.dispatch()
    hall.worker._renew()
    assert hall.worker.ownership.owned() == [5, NUMBER]


@pytest.mark.parametrize("trouble", [InvalidInput("plain http is not allowed"), ZeroDivisionError("bug")])
def test_a_portal_that_cannot_be_opened_rests_alone(hall: Hall, trouble: Exception) -> None:
    working = hall.worker.open_portal

    def opening(portal: Portal) -> tuple[Crms, PortalMeter]:
        if portal.number == 5:
            raise trouble
        return working(portal)

    hall.worker.open_portal = opening
    hall.save_another()
    hall.worker._renew()
    hall.dispatch()
    assert (hall.worker.ownership.owned(), len(hall.office.live_leads())) == ([NUMBER], 1)
    hall.worker.open_portal = working
    hall.worker._renew()
    assert hall.worker.ownership.owned() == [5, NUMBER]


def test_a_portal_that_is_suspended_when_it_is_taken_up_does_not_work(hall: Hall) -> None:
    suspension = Suspension(reason="credentials", since=hall.office.clock())
    with hall.office.database.transaction() as tx:
        tx.portals.suspend(NUMBER, suspension)
    hall.office.change_settings(replace(ON, create_from_leads=False))
    hall.worker._reload()
    assert hall.portal.suspension == suspension


# --- sweeps ---


def test_a_portal_is_swept_once_per_interval(hall: Hall) -> None:
    swept: list[int] = []

    def sweep(*_args: object, **_more: object) -> int:
        swept.append(1)
        return 0

    hall.worker.sweeper = cast("Any", type("Counting", (), {"sweep": sweep})())
    for seconds in (0, 30, 30, 59, 1):
        hall.office.clock.sleep(seconds)
        hall.worker._renew()
        hall.worker._sweep()
    assert len(swept) == 3


def test_a_sweep_that_fails_leaves_the_other_portals_their_sweeps(hall: Hall) -> None:
    hall.save_another()
    hall.worker._renew()
    swept: list[int] = []

    def sweep(_self: object, portal: Portal, *_args: object, **_more: object) -> int:
        swept.append(portal.number)
        raise CrmError(HUNG)

    hall.worker.sweeper = cast("Any", type("Failing", (), {"sweep": sweep})())
    hall.worker._sweep()
    assert swept == [5, NUMBER]
