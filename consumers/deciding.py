"""Deciding a batch: the rules are asked until they ask nothing more; what they ask is answered in bulk."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence

import structlog

from consumers.facts import FactReader
from consumers.people import Person
from consumers.retry import forbids_all
from contract.decisions import Decision
from contract.errors import ErrorClass, Fault
from contract.facts import Facts, Question, Unanswered
from contract.settings import Settings

log = structlog.get_logger()

_ROUNDS = 50
"""Rounds of questions before a person is given up on; five do, but each merge of a chain takes one more."""

Decide = Callable[[Facts, Settings], Decision]
_Course = Callable[[Facts], Decision]
"""The rules that still have a say of one person."""


def decide_all(people: Sequence[Person], reader: FactReader, settings: Settings, decide: Decide) -> None:
    """Put its decision into each person; one whose questions cannot be answered carries the fault instead."""

    def start(facts: Facts) -> Decision:
        return decide(facts, settings)

    undecided: list[tuple[Person, _Course]] = [(person, start) for person in people]
    for _ in range(_ROUNDS):
        tried = [(person, _try(person, course)) for person, course in undecided]
        asking = [(person, need) for person, need in tried if need is not None]
        if not asking:
            return
        answers, failed = reader.answer(dict.fromkeys(q for _, need in asking for q in need.questions))
        undecided = [
            (person, need.go_on or start)
            for person, need in asking
            if _answered(person, need.questions, answers, failed)
        ]
    for person, _ in undecided:
        person.decision = Decision(fault=_endless(person))


def _try(person: Person, course: _Course) -> Unanswered | None:
    """Decide, or say what must be known first. A broken rule is this person's fault alone."""
    try:
        person.decision = course(person.facts)
    except Unanswered as need:
        return need
    except Exception as error:  # noqa: BLE001  # one person's surprise must not stop the other 999
        log.error("reconcile.rule_failed", error=type(error).__name__, refs=_names(person))  # noqa: TRY400
        place = traceback.extract_tb(error.__traceback__)[-1]
        person.decision = Decision(
            fault=Fault(
                error=ErrorClass.UNKNOWN,
                code="RULE_FAILED",
                says=f"{type(error).__name__} in {place.name}, line {place.lineno}",
            )
        )
    return None


def _answered(
    person: Person,
    questions: Sequence[Question],
    answers: Mapping[Question, object],
    failed: Mapping[Question, Fault],
) -> bool:
    """Give the person its answers; one whose questions could not be answered carries the fault."""
    fault = next((failed[question] for question in questions if question in failed), None)
    if fault is None:
        person.facts = person.facts.knowing({question: answers[question] for question in questions})
        return True
    person.decision = Decision(fault=fault)
    person.call_refused = forbids_all(fault)
    return False


def _names(person: Person) -> list[str]:
    return [str(ref) for ref in person.refs]


def _endless(person: Person) -> Fault:
    asked = [type(question).__name__ for question in person.facts.answers]
    return Fault(
        error=ErrorClass.UNKNOWN,
        code="ENDLESS_QUESTIONS",
        says=f"the rules kept asking for facts without coming to a decision (last: {', '.join(asked[-3:])})",
    )
