"""`python -m tests.acceptance.state_machine --runs 2000 --seed 1`: the machine for as long as one likes."""

from __future__ import annotations

import argparse
import random

from tests.acceptance.state_machine.runs import STEPS, play


def main() -> None:
    """Play the runs and say from which seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    given = parser.parse_args()
    print(f"{given.runs} runs of {STEPS} steps from seed {given.seed}", flush=True)
    print(f"all agreed, in {play(given.runs, given.seed):.0f} s")


if __name__ == "__main__":
    main()
