"""kill -9 of the working processes while people go on working."""

from __future__ import annotations

import os
import random
import time

from tests.acceptance.kills.office import Bustle
from tests.acceptance.kills.setting import FAULTS, Servers, on_servers
from tests.acceptance.kills.stage import Stage, tell

SEED = int(os.environ.get("DIPTYCH_TEST_SEED", "20261124"))
CHANGES = 2000
PEOPLE = 400
PER_SECOND = 80.0
KILLS = 10
LATENCY = 0.1
"""Seconds per call of a CRM, so that most kills fall between a call and what follows from it."""


def test_two_thousand_changes_survive_kill_9_of_the_consumers_and_the_receiver(servers: Servers) -> None:
    tell(f"seed {SEED}")
    rng = random.Random(SEED)
    with on_servers(servers, seed=SEED, faults=FAULTS.changed(latency_seconds=LATENCY)) as stage:
        stage.start("receiver", "webhooks")
        stage.start("first")
        stage.start("second")
        stage.await_owner()
        began = time.monotonic()
        with Bustle(stage.office, people=PEOPLE, changes=CHANGES, per_second=PER_SECOND):
            for number in range(KILLS):
                _kill_somebody(stage, rng, number)
        tell(f"{stage.office.changes} changes made in {time.monotonic() - began:.1f} s")
        took = stage.agree(seconds=60)
        tell(f"everything agreed {took:.1f} s later")
        assert stage.nothing_left() == []


def _kill_somebody(stage: Stage, rng: random.Random, number: int) -> None:
    """The worker that owns the portal, mostly; once the receiver; a few times both workers."""
    time.sleep(rng.uniform(0.3, 2.0))
    owner = stage.await_owner()
    names = [name for name, one in stage.processes.items() if one is owner]
    if number == KILLS // 2:
        names = ["receiver"]
    elif rng.random() < 0.3:
        names = ["first", "second"]
    for name in names:
        stage.processes[name].kill9()
    tell(f"killed {' and '.join(names)} after {stage.office.changes} changes")
    time.sleep(rng.uniform(0.1, 1.0))
    for name in names:
        stage.start(name, "webhooks" if name == "receiver" else "consumers")
