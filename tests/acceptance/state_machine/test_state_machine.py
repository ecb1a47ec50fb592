"""Two hundred runs of fifty steps; `python -m tests.acceptance.state_machine --runs 2000` for more."""

from __future__ import annotations

import subprocess
import sys

import pytest

RUNS, STEPS = 200, 50


@pytest.mark.timeout(900)
def test_whatever_people_do_and_whoever_dies_both_crms_agree_in_the_end_and_nothing_is_lost() -> None:
    """In processes of their own: runs repeat only where sets keep their order, and cores share the work."""
    command = [sys.executable, "-m", "tests.acceptance.state_machine"]
    done = subprocess.run(
        [*command, "--runs", str(RUNS), "--steps", str(STEPS)],
        capture_output=True,
        text=True,
        check=False,
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, f"{done.stdout[-20_000:]}\n{done.stderr[-2_000:]}"
