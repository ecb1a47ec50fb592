"""SIGSTOP of a worker at the worst moments: another takes over, and the first one harms nothing on waking."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest

from tests.acceptance.kills.crms import Gate, is_write
from tests.acceptance.kills.office import Bustle, Office, Somebody
from tests.acceptance.kills.processes import Process
from tests.acceptance.kills.setting import FAULTS, Servers, on_servers
from tests.acceptance.kills.stage import Stage, tell
from tests.services.postgres import native_url

SEED = int(os.environ.get("DIPTYCH_TEST_SEED", "20261124"))
PEOPLE = 40
TAKEOVER = 20.0
_NEXT_SECOND = 1.1
"""Stamps are compared by whole seconds."""
DISOWNED = ("belongs to another worker now", "ran out before the writes")


@pytest.fixture(scope="module")
def stage(rabbitmq_server: object, redis_server: object, postgres_server: object) -> Iterator[Stage]:
    """Two workers that have brought some forty people into agreement.

    No automation of other users: a late write of ours that somebody else's save follows at once cannot be
    told from an edit of theirs.
    """
    servers = Servers(rabbitmq=rabbitmq_server, redis=redis_server, postgres=postgres_server)  # type: ignore[arg-type]  # the fixtures say so
    with on_servers(servers, seed=SEED, faults=FAULTS.changed(automation=0.0)) as stage:
        stage.start("receiver", "webhooks")
        stage.start("first")
        stage.start("second")
        for _ in range(PEOPLE):
            stage.office.create()
        stage.agree(seconds=60)
        stage.office.meet()
        yield stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A change whose write freezes its worker, and the edits that follow: of the same field, then elsewhere.

    The last one makes the written record the newer of the two, so that whoever takes the written value for
    an edit lets it win.
    """

    change: Callable[[Office], Somebody]
    edit: tuple[str, str]
    touch: tuple[str, str] | None = None


def _edited(field: str, side: str) -> Callable[[Office], Somebody]:
    def change(office: Office) -> Somebody:
        somebody = office.anybody()
        office.edit(somebody, field, side)
        return somebody

    return change


IN_HUBSPOT = Scene(
    change=_edited("mobilephone", "salesforce"),
    edit=("mobilephone", "salesforce"),
    touch=("jobtitle", "hubspot"),
)
IN_SALESFORCE = Scene(
    change=_edited("mobilephone", "hubspot"),
    edit=("mobilephone", "hubspot"),
    touch=("phone", "salesforce"),
)
CREATION = Scene(change=lambda office: office.create("hubspot"), edit=("jobtitle", "hubspot"))


@pytest.mark.parametrize("after", [False, True], ids=["before the CRM had it", "before the answer came"])
def test_a_worker_frozen_in_a_write_to_hubspot_undoes_no_newer_edit(stage: Stage, *, after: bool) -> None:
    _freeze_in_a_write(stage, stage.crms.hubspot_gate, IN_HUBSPOT, after=after)


@pytest.mark.parametrize("after", [False, True], ids=["before the CRM had it", "before the answer came"])
def test_a_worker_frozen_in_a_write_to_salesforce_undoes_no_newer_edit(stage: Stage, *, after: bool) -> None:
    _freeze_in_a_write(stage, stage.crms.salesforce_gate, IN_SALESFORCE, after=after)


def test_a_creation_that_arrives_after_the_takeover_makes_nobody_twice(stage: Stage) -> None:
    _freeze_in_a_write(stage, stage.crms.salesforce_gate, CREATION, after=False)


def test_a_worker_frozen_within_its_settling_transaction_does_not_hold_up_the_takeover(stage: Stage) -> None:
    somebody = stage.office.anybody()
    owner = stage.await_owner()
    with psycopg.connect(native_url(_database_url(stage))) as blocker:
        blocker.execute("LOCK TABLE activity IN SHARE ROW EXCLUSIVE MODE")
        stage.office.edit(somebody, "jobtitle", "hubspot")
        stage.wait(lambda: _waits_for_a_lock(stage), seconds=20, what="a settling transaction")
        owner.freeze()
    began = time.monotonic()
    _goes_on_without(stage, owner, began)
    owner.thaw()
    owner.wait_for("worker.fault", seconds=20)
    _all_well(stage)


def test_a_worker_frozen_at_any_moment_of_a_busy_time_is_replaced(stage: Stage) -> None:
    rng = random.Random(SEED)
    for _ in range(2):
        owner = stage.await_owner()
        with Bustle(stage.office, people=5, changes=120, per_second=40):
            time.sleep(rng.uniform(0.5, 2.0))
            owner.freeze()
            stage.await_owner(other_than=owner, seconds=TAKEOVER)
            owner.thaw()
        _all_well(stage)
    assert stage.nothing_left() == []


def _freeze_in_a_write(stage: Stage, gate: Gate, scene: Scene, *, after: bool) -> None:
    """The owner freezes in the write, another takes over while people go on; at last the write arrives."""
    assert stage.differences() == [], "an earlier test left this"
    owner = stage.await_owner()
    with gate.holding(is_write, after=after) as held:
        somebody = scene.change(stage.office)
        stage.wait(held.arrived.is_set, seconds=20, what="the write")
        owner.freeze()
        began = time.monotonic()
        stage.office.edit(somebody, *scene.edit)
        if scene.touch:
            time.sleep(_NEXT_SECOND)
            stage.office.edit(somebody, *scene.touch)
        _goes_on_without(stage, owner, began)
    written = len(owner.lines)
    owner.thaw()
    stage.wait(
        lambda: any(owner.says(words, since=written) for words in DISOWNED),
        seconds=20,
        what="the frozen worker to see that it owns nothing any more",
    )
    _all_well(stage)


def _goes_on_without(stage: Stage, owner: Process, began: float) -> None:
    """People go on working, the other worker takes over, and all agrees before the first one wakes up."""
    with Bustle(stage.office, people=3, changes=60, per_second=30):
        stage.await_owner(other_than=owner, seconds=TAKEOVER)
        tell(f"taken over {time.monotonic() - began:.1f} s after the freeze")
    stage.wait(lambda: not stage.differences(), seconds=45, what="agreement while one worker is frozen")


def _all_well(stage: Stage) -> None:
    stage.agree(seconds=45)
    stage.office.meet()


def _database_url(stage: Stage) -> str:
    assert stage.config.database_url is not None
    return stage.config.database_url.reveal()


def _waits_for_a_lock(stage: Stage) -> bool:
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'activity'::regclass"
    with psycopg.connect(native_url(_database_url(stage))) as connection:
        row = connection.execute(query).fetchone()
    return bool(row and row[0])
