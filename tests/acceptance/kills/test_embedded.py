"""One process on files: kill -9 at any moment, and a disk that takes nothing more."""

from __future__ import annotations

import os
import random
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.kills.office import Bustle
from tests.acceptance.kills.processes import Process
from tests.acceptance.kills.setting import embedded
from tests.acceptance.kills.stage import Stage, tell

SEED = int(os.environ.get("DIPTYCH_TEST_SEED", "20261124"))
CHANGES = 300
KILLS = 5
LEASE = 1.5
"""Seconds: the one process has nobody to contend with, and after a kill it waits for its own lease to end."""


def test_three_hundred_changes_survive_kill_9_of_the_one_process(tmp_path: Path) -> None:
    tell(f"seed {SEED}")
    rng = random.Random(SEED)
    with embedded(tmp_path, seed=SEED) as stage:
        stage.start("all", "run", lease_seconds=LEASE)
        stage.await_owner()
        with Bustle(stage.office, people=75, changes=CHANGES, per_second=20):
            for _ in range(KILLS):
                stage.await_owner()
                time.sleep(rng.uniform(0.1, 1.2))
                stage.processes["all"].kill9()
                tell(f"killed after {stage.office.changes} changes")
                stage.start("all", "run", lease_seconds=LEASE)
        tell(f"everything agreed {stage.agree(seconds=60):.1f} s after the last change")
        assert stage.nothing_left() == []


def test_a_full_disk_refuses_the_sender_and_loses_nothing(tmp_path: Path) -> None:
    with embedded(tmp_path, seed=SEED) as stage:
        process = stage.start("all", "run", lease_seconds=LEASE)
        with Bustle(stage.office, people=20, changes=20, per_second=40):
            pass
        stage.agree(seconds=40)
        stage.office.meet()
        with _full_disk(process):
            for _ in range(40):
                stage.office.edit()
            stage.wait(lambda: _last_refused(stage), seconds=20, what="a refusal on both sides")
        stage.agree(seconds=60)
        assert {one.status for one in stage.crms.hubspot.deliveries if one.status >= 300} <= {503}
        assert stage.nothing_left() == []


@contextmanager
def _full_disk(process: Process) -> Iterator[None]:
    """Every write to a file fails for this process, as on a disk without a free block."""
    _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))


def _last_refused(stage: Stage) -> bool:
    """Whether both CRMs were told last that nothing was received."""
    hubspot, salesforce = stage.crms.hubspot.deliveries, stage.crms.salesforce.outbound.sent
    return hubspot[-1].status == 503 and not salesforce[-1].accepted
