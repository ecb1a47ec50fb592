"""`python -m tests.acceptance.state_machine --runs 2000`: many runs, on all cores; see --help."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from secrets import randbelow

ROOT = "tests.acceptance.state_machine"


def main() -> int:
    """Share the runs out to processes, each with a seed of its own; 1 if any of them failed."""
    given = _arguments()
    if given.shard:
        return _run(given)
    seed = given.seed if given.seed is not None else randbelow(10**6)
    shards = min(given.processes, given.runs)
    sys.stdout.write(f"state machine: {given.runs} runs of {given.steps} steps, seed {seed}\n")
    sys.stdout.flush()
    began = time.monotonic()
    running = [_start(given, seed + shard, given.runs // shards) for shard in range(shards)]
    failed = [process.args for process in running if process.wait() != 0]
    sys.stdout.write(f"state machine: {time.monotonic() - began:.0f} s\n")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m {ROOT}", description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="how many runs (200)")
    parser.add_argument("--steps", type=int, default=50, help="steps of a run (50)")
    parser.add_argument("--seed", type=int, help="the same seed and numbers give the same runs")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="all cores by default")
    parser.add_argument("--shrink", action="store_true", help="look for the shortest failing run (minutes)")
    parser.add_argument("--reproduce", metavar="BLOB", help="only the run that a failure's last line names")
    parser.add_argument("--shard", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _start(given: argparse.Namespace, seed: int, runs: int) -> subprocess.Popen[bytes]:
    """A process for some of the runs; hashes are fixed, so that sets have one order and runs repeat."""
    command = [sys.executable, "-m", ROOT, "--shard", "--seed", str(seed)]
    command += ["--runs", str(runs), "--steps", str(given.steps)]
    command += ["--shrink"] if given.shrink else []
    command += ["--reproduce", given.reproduce] if given.reproduce else []
    return subprocess.Popen(command, env={**os.environ, "PYTHONHASHSEED": "0"})


def _run(given: argparse.Namespace) -> int:
    """The runs of this process; a failure is told with the seed and the command that repeat it."""
    from tests.acceptance.state_machine.series import run_series  # noqa: PLC0415  # hypothesis is slow to load

    failure = run_series(
        runs=given.runs, steps=given.steps, seed=given.seed, shrink=given.shrink, blob=given.reproduce
    )
    if failure is None:
        return 0
    again = f"python -m {ROOT} --processes 1 --runs {given.runs} --steps {given.steps} --seed {given.seed}"
    sys.stdout.write(f"{failure}\nThe same runs again: {again}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
