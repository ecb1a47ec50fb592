"""When a portal may work: modes, suspensions, holds, new settings, sweeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from consumers.meter import PortalMeter
from consumers.reconcile import Batch, Crms
from consumers.retry import FIRST_HOLD, Hold
from contract.errors import CrmError, ErrorClass, InvalidInput
from contract.grants import Grant
from contract.records import Side
from contract.secret import Secret
from contract.settings import Portal, Suspension, SyncMode
from tests.contract.crm.benches import NUMBER
from tests.fakes.hall import Hall
from tests.fakes.office import ON
from tests.unit.consumers.kit import fault

GRANT = Grant(client_id="app", addresses="https://a.test", refresh=Secret("r"), access=Secret("a"))


def test_trap_23_off_takes_notices_in_and_looks_at_none(hall: Hall) -> None:
    hall.office.change_settings(replace(ON, mode=SyncMode.OFF))
    hall.worker._reload()
    hall.office.calls()
    hall.dispatch()
    hall.worker._sweep()
    assert (hall.office.calls(), hall.pending()) == ({}, 1)


def test_trap_23_on_again_works_off_what_was_kept(hall: Hall) -> None:
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

    def refused(*_: object, **__: object) -> Batch:
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


def test_a_new_consent_is_opened_once_for_the_gateways_stay_with_the_user_they_began_with(hall: Hall) -> None:
    lock, grants = hall.portal.busy, hall.office.database
    for after, opened in ((1, 2), (2, 3)):
        with grants.transaction() as tx:
            at = hall.office.clock() + timedelta(seconds=after)
            tx.grants.put(NUMBER, Side.SALESFORCE, GRANT, author="ada", at=at)
        for _ in range(2):
            hall.worker._reload()
        assert (len(hall.opened), hall.portal.busy is lock, hall.portal.unchecked) == (opened, True, True)


def test_a_refresh_is_no_new_consent(hall: Hall) -> None:
    with hall.office.database.transaction() as tx:
        tx.grants.put(NUMBER, Side.SALESFORCE, GRANT, author="ada", at=hall.office.clock())
    hall.worker._reload()
    with hall.office.database.transaction() as tx:
        at = hall.office.clock() + timedelta(seconds=1)
        assert tx.grants.renew(NUMBER, Side.SALESFORCE, replace(GRANT, version=1), at=at)
    hall.worker._reload()
    assert len(hall.opened) == 2


def test_a_new_consent_has_nothing_decided_anew(hall: Hall) -> None:
    hall.office.change_settings(replace(ON, mode=SyncMode.OBSERVE))
    hall.worker._reload()
    hall.dispatch()
    with hall.office.database.transaction() as tx:
        tx.grants.put(NUMBER, Side.SALESFORCE, GRANT, author="ada", at=hall.office.clock())
    hall.worker._reload()
    assert (len(hall.opened), hall.office.counts().due) == (3, 0)


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
        raise CrmError(fault(ErrorClass.QUOTA))

    hall.worker.sweeper = cast("Any", type("Failing", (), {"sweep": sweep})())
    hall.worker._sweep()
    assert swept == [5, NUMBER]
