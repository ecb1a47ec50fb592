"""Carries decided writes out in bulk, leaving out single fields that a CRM refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from consumers.people import Person, Result
from contract.decisions import Action, Outcome, Write
from contract.errors import CrmError, ErrorClass, Fault
from contract.ports import Records
from contract.records import Side

_FIELD_FAULTS = frozenset({ErrorClass.DATA, ErrorClass.PERMISSION, ErrorClass.MAPPING, ErrorClass.CONFLICT})
_ROUNDS = 4
"""First try and three more without the fields that were named; a CRM names them one or two at a time."""


@dataclass(slots=True, kw_only=True)
class _Attempt:
    person: Person
    write: Write
    dropped: dict[str, Outcome] = field(default_factory=dict)
    outcome: Outcome | None = None


def carry_out(people: Sequence[Person], crms: Mapping[Side, Records], still_ours: Callable[[], None]) -> None:
    """Put the Result of every write into its person.

    `still_ours` is called before each call. It raises LeaseLost when the portal has another owner, for a
    worker that was frozen must not write on waking up; and CrmError (waiting) when the portal has been
    paused, whereupon what was not sent yet is not.
    """
    attempts = [_Attempt(person=p, write=w) for p in people for w in p.decision.writes]
    open_ones = attempts
    for _ in range(_ROUNDS):
        if not open_ones:
            break
        for side in Side:
            _send([attempt for attempt in open_ones if attempt.write.side is side], crms[side], still_ours)
        open_ones = [attempt for attempt in open_ones if _without_refused_fields(attempt)]
    for attempt in attempts:
        outcome = attempt.outcome or _nothing_left()
        attempt.person.results.append(Result(write=attempt.write, outcome=outcome, dropped=attempt.dropped))


def _send(attempts: Sequence[_Attempt], crm: Records, still_ours: Callable[[], None]) -> None:
    if not attempts:
        return
    try:
        outcomes = crm.apply([attempt.write for attempt in attempts], still_ours)
    except CrmError as error:
        outcomes = [Outcome(fault=error.fault)] * len(attempts)
    for attempt, outcome in zip(attempts, outcomes, strict=True):
        attempt.outcome = outcome


def _without_refused_fields(attempt: _Attempt) -> bool:
    """Drop the optional fields the fault names; whether the write is worth another try."""
    fault = attempt.outcome.fault if attempt.outcome else None
    write = attempt.write
    if fault is None or fault.error not in _FIELD_FAULTS or not attempt.outcome:
        return False
    if fault.error is ErrorClass.CONFLICT and write.action is Action.CREATE:
        return False
    named = {name for name in fault.fields if name in write.values}
    if not named or len(named) != len(set(fault.fields)) or named & write.required:
        return False
    attempt.dropped.update(dict.fromkeys(named, attempt.outcome))
    keys = {write.keys[name] for name in named if name in write.keys}
    attempt.write = replace(
        write,
        values={name: value for name, value in write.values.items() if name not in named},
        pairs={key: pair for key, pair in write.pairs.items() if key not in keys},
    )
    if attempt.write.values:
        return True
    attempt.outcome = Outcome(record_id=write.record_id)
    return False


def _nothing_left() -> Outcome:
    return Outcome(
        fault=Fault(error=ErrorClass.UNKNOWN, code="NOT_SENT", says="the write was never sent to the CRM")
    )
