"""People and workers do as they please on two hostile CRMs; in the end the oracle has nothing to say.

The seeds are fixed, so that a change is judged by the runs that its neighbours passed;
`python -m tests.acceptance.state_machine` plays others.
"""

from __future__ import annotations

import pytest

from tests.acceptance.state_machine.runs import STEPS, play

_RUNS = 50
_SEEDS = (1, 5)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("start", _SEEDS)
def test_whatever_people_and_workers_do_the_pairs_agree_in_the_end(
    start: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\nstate machine: {_RUNS} runs of {STEPS} steps from seed {start}")
    play(_RUNS, start)
