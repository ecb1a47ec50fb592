"""Judges a run by its journal alone. Nothing here may import the rules or the consumers."""

from __future__ import annotations

from collections.abc import Iterator

from tests.acceptance.state_machine.oracle import (
    agreement,
    endings,
    exclusions,
    letters,
    members,
    mirroring,
    objects,
    operators,
    optouts,
    owners,
    places,
    stages,
    twins,
    vetoes,
)
from tests.acceptance.state_machine.oracle.run import Complaint, Run

CHECKS = (
    agreement.complaints,
    twins.complaints,
    endings.complaints,
    exclusions.complaints,
    members.complaints,
    mirroring.complaints,
    objects.complaints,
    owners.complaints,
    optouts.complaints,
    places.complaints,
    stages.complaints,
    operators.complaints,
    vetoes.complaints,
    letters.complaints,
)


def judge(run: Run) -> Iterator[Complaint]:
    """Everything that is wrong with a run that has come to rest."""
    for check in CHECKS:
        yield from check(run)
