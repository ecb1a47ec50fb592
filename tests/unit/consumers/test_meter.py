"""The meter: calls wait for the shared bucket, give up when that takes long, and are counted by the hour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consumers.meter import PER_SECONDS, PortalMeter
from contract.activity import ApiCalls
from contract.errors import CrmError, ErrorClass
from contract.pending import WorkClass
from contract.ports import Ledger
from contract.records import Side
from tests.contract.crm.benches import HandClock

PORTAL = 4711


def meter(ledger: Ledger, clock: HandClock, *, limit: int = 3, portal: int = PORTAL) -> PortalMeter:
    limits = dict.fromkeys(Side, limit)
    return PortalMeter(portal=portal, buckets=ledger, clock=clock, sleep=clock.sleep, limits=limits)


def test_calls_go_through_until_the_bucket_is_empty_and_then_wait_for_it(
    ledger: Ledger, clock: HandClock
) -> None:
    ours, began = meter(ledger, clock), clock()
    for _ in range(3):
        ours.before(Side.HUBSPOT)
    assert clock() == began
    ours.before(Side.HUBSPOT)
    assert clock() - began == pytest.approx(timedelta(seconds=PER_SECONDS), abs=timedelta(seconds=0.1))


def test_the_bucket_is_shared_by_all_meters_of_a_portal_but_not_by_sides_or_portals(
    ledger: Ledger, clock: HandClock
) -> None:
    ours, began = meter(ledger, clock), clock()
    for _ in range(3):
        ours.before(Side.HUBSPOT)
    ours.before(Side.SALESFORCE)
    meter(ledger, clock, portal=1).before(Side.HUBSPOT)
    assert clock() == began
    meter(ledger, clock).before(Side.HUBSPOT)
    assert clock() > began


def test_a_wait_that_is_too_long_is_a_quota_fault_with_the_time_to_wait(clock: HandClock) -> None:
    class Full:
        def wait_for(self, bucket: str, *, limit: int, per_seconds: float) -> float:
            return 9.0

    ours = PortalMeter(portal=PORTAL, buckets=Full(), clock=clock, sleep=clock.sleep)
    began = clock()
    with pytest.raises(CrmError) as refused:
        ours.before(Side.SALESFORCE)
    assert (refused.value.fault.error, refused.value.fault.side) == (ErrorClass.QUOTA, Side.SALESFORCE)
    assert refused.value.fault.retry_after == 9.0
    assert clock() - began == timedelta(seconds=18)


def test_every_call_counts_also_one_without_an_answer_in_the_hour_it_was_made(
    ledger: Ledger, clock: HandClock
) -> None:
    ours = meter(ledger, clock)
    hour = clock().replace(minute=0, second=0, microsecond=0)
    for status in (200, 0, 503):
        ours.after(Side.HUBSPOT, status)
    clock.sleep(3600)
    ours.after(Side.HUBSPOT, 200)
    ours.after(Side.SALESFORCE, 200)

    def counted(side: Side, hours: int, calls: int) -> ApiCalls:
        at = hour + timedelta(hours=hours)
        return ApiCalls(portal=PORTAL, side=side, hour=at, work_class=WorkClass.LIVE, calls=calls)

    drained = ours.drain()
    assert drained == [
        counted(Side.HUBSPOT, 0, 3),
        counted(Side.HUBSPOT, 1, 1),
        counted(Side.SALESFORCE, 1, 1),
    ]
    assert ours.drain() == []
