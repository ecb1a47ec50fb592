"""Whatever a CRM does to calls, an outcome never says what is not so."""

from __future__ import annotations

import pytest

from contract.decisions import Outcome, Write
from contract.errors import CrmError, ErrorClass
from sandbox.kit import HOSTILE
from tests.contract.crm.benches import Bench, creation, update

PASSING = {ErrorClass.TRANSIENT, ErrorClass.CONFLICT}
ROUGH = HOSTILE.changed(timeout_after_write=0.2, row_lock=0.1, server_error=0.2)


def _apply(bench: Bench, writes: list[Write]) -> list[Outcome]:
    try:
        return bench.crm.apply(writes)
    except CrmError as error:
        return [Outcome(fault=error.fault)] * len(writes)


@pytest.mark.parametrize("round_", range(8))
def test_what_an_outcome_calls_done_is_done_and_all_gets_done(bench: Bench, round_: int) -> None:
    ids = [bench.add(f"old{number}@example.com") for number in range(130)]
    bench.crm.schema(bench.object_type)
    bench.misbehave(ROUGH)
    for _ in range(round_):  # another place in the sequence of chances
        bench.add(f"{bench.count()}@example.com")
    open_writes = [update(bench, id_, first=f"F{number}") for number, id_ in enumerate(ids)]
    open_writes += [creation(bench, f"new{number}@example.com", first=f"N{number}") for number in range(130)]

    for _ in range(60):
        outcomes = _apply(bench, open_writes)
        for write, outcome in zip(open_writes, outcomes, strict=True):
            if outcome.fault:
                assert outcome.fault.error in PASSING
                continue
            assert outcome.record_id
            assert write.record_id in {None, outcome.record_id}
            assert bench.stored(outcome.record_id, "first") == write.values[bench.names["first"]]
        open_writes = [
            write
            for write, outcome in zip(open_writes, outcomes, strict=True)
            if outcome.fault and outcome.fault.error is ErrorClass.TRANSIENT
        ]
        if not open_writes:
            break

    assert not open_writes
    assert bench.count() == 260 + round_
