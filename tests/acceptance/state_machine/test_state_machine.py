"""Two hundred runs of fifty steps; `python -m tests.acceptance.state_machine --runs 2000` plays others.

The seeds are fixed, so that a change is judged by the runs that its neighbours passed.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

RUNS, STEPS = 20, 50
SEEDS = range(200, 210)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_people_do_and_whoever_dies_both_crms_agree_in_the_end_and_nothing_is_lost(
    seed: int,
) -> None:
    """In a process of its own: runs repeat only where sets keep their order."""
    command = [sys.executable, "-m", "tests.acceptance.state_machine", "--processes", "1"]
    done = subprocess.run(
        [*command, "--runs", str(RUNS), "--steps", str(STEPS), "--seed", str(seed)],
        capture_output=True,
        text=True,
        check=False,
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, f"{done.stdout[-20_000:]}\n{done.stderr[-2_000:]}"
