"""How often the machine runs, and how to run it again: every run follows from one printed seed."""

from __future__ import annotations

import logging
import time

import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.acceptance.state_machine.machine import Machine

STEPS = 50


def play(runs: int, start: int) -> float:
    """Play so many runs of 50 steps from this seed; returns the seconds it took.

    Raises what the oracle complains of, with the steps of the shortest failing run hypothesis comes by.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    how = settings(
        max_examples=runs,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate],
        print_blob=True,
    )
    began = time.monotonic()
    seeded = seed(start)(type("Seeded", (Machine,), {}))
    run_state_machine_as_test(seeded, settings=how)
    return time.monotonic() - began
