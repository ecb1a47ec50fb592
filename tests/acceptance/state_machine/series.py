"""A series of runs under hypothesis, with the settings that a property of this size needs."""

from __future__ import annotations

import logging
import traceback

import structlog
from hypothesis import HealthCheck, Phase, __version__, reproduce_failure, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.acceptance.state_machine.machine import Machine


def run_series(*, runs: int, steps: int, seed: int, shrink: bool, blob: str | None = None) -> str | None:
    """What went wrong, with the failing run; None if nothing did.

    Runs with the same numbers are the same, provided PYTHONHASHSEED is. `blob` names a single run.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if shrink else [])]
    profile = settings(
        max_examples=runs,
        stateful_step_count=steps,
        phases=phases,
        deadline=None,
        database=None,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    machine = type("Machine", (Machine,), {})
    seeded(seed)(machine)
    if blob is not None:
        reproduce_failure(__version__, blob.encode())(machine)
    try:
        run_state_machine_as_test(machine, settings=profile)
    except Exception as error:  # noqa: BLE001  # the run is told, whatever stopped it
        return "".join(traceback.format_exception(error))
    return None
