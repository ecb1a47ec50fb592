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


def decide_all(people: Sequence[Person], reader: FactReader, settings: Settings, decide: Decide) -> None:
    """Put its decision into each person; one whose questions cannot be answered carries the fault instead."""
    undecided = list(people)
    for _ in range(_ROUNDS):
        asked: dict[Question, list[Person]] = {}
        for person in undecided:
            for question in _try(person, settings, decide):
                asked.setdefault(question, []).append(person)
        if not asked:
            return
        answers, failed = reader.answer(asked.keys())
        undecided = _distribute(asked, answers, failed)
    for person in undecided:
        person.decision = Decision(fault=_endless(person))


def _try(person: Person, settings: Settings, decide: Decide) -> tuple[Question, ...]:
    """Decide, or say which questions stand in the way. A broken rule is this person's fault alone."""
    try:
        person.decision = decide(person.facts, settings)
    except Unanswered as need:
        return need.questions
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
    return ()


def _distribute(
    asked: Mapping[Question, Sequence[Person]],
    answers: Mapping[Question, object],
    failed: Mapping[Question, Fault],
) -> list[Person]:
    """Give each person its answers; those whose questions could not be answered carry the fault."""
    people: dict[int, Person] = {}
    for question, askers in asked.items():
        for person in askers:
            people[id(person)] = person
            if question in failed:
                person.decision = Decision(fault=failed[question])
                person.call_refused = forbids_all(failed[question])
            else:
                person.facts = person.facts.knowing({question: answers[question]})
    return [person for person in people.values() if person.decision.fault is None]


def _names(person: Person) -> list[str]:
    return [str(ref) for ref in person.refs]


def _endless(person: Person) -> Fault:
    asked = [type(question).__name__ for question in person.facts.answers]
    return Fault(
        error=ErrorClass.UNKNOWN,
        code="ENDLESS_QUESTIONS",
        says=f"the rules kept asking for facts without coming to a decision (last: {', '.join(asked[-3:])})",
    )
