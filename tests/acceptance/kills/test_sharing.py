"""Ten portals and the workers that come and go: evenly shared, taken over soon. With the real lease."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from diptych.clock import utc_now
from tests.acceptance.kills.processes import Process
from tests.acceptance.kills.setting import Servers, on_servers
from tests.acceptance.kills.stage import Stage, tell

PORTALS = 10
TAKEOVER = 20.0
"""15 s are promised; the rest allows for a busy machine."""


def test_portals_are_shared_evenly_as_workers_join_freeze_come_back_and_leave(servers: Servers) -> None:
    with on_servers(servers, seed=1) as stage:
        _add_portals(stage)
        first, second = _worker(stage, "first"), _worker(stage, "second")
        _await_shares(stage, "two workers", {first: 5, second: 5})
        third = _worker(stage, "third")
        _await_shares(stage, "a third one", {first: 4, second: 4, third: 4})
        third.freeze()
        _await_shares(stage, "the third one frozen", {first: 5, second: 5})
        third.thaw()
        _await_shares(stage, "the third one awake", {first: 4, second: 4, third: 4})
        assert second.stop() == 0
        _await_shares(stage, "the second one gone", {first: 5, third: 5})


def _add_portals(stage: Stage) -> None:
    portal = stage.crms.portal
    with stage.stores.database.transaction() as tx:
        for number in range(portal.number + 1, portal.number + PORTALS):
            more = replace(portal, number=number)
            tx.portals.save(more, author="test", comment="one of ten", at=utc_now())


def _worker(stage: Stage, name: str) -> Process:
    return stage.start(name, lease_seconds=0)


def _await_shares(stage: Stage, what: str, most: dict[Process, int]) -> None:
    """Until every portal has an owner among these, none with more than its share and none without any."""

    def shared() -> bool:
        owned = Counter(_pid(lease.owner) for lease in stage.leases())
        known = {process.pid: share for process, share in most.items()}
        within = all(0 < owned[pid] <= share for pid, share in known.items())
        return within and owned.keys() == known.keys() and owned.total() == PORTALS

    took = stage.wait(shared, seconds=TAKEOVER, what=f"even shares: {what}")
    tell(f"{what}: shared evenly after {took:.1f} s")


def _pid(owner: str) -> int:
    return int(owner.split(":")[1])
