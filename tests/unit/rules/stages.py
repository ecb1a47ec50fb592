"""A linked pair whose contact stands at some lifecycle stage, and what the contact roles say of it."""

from __future__ import annotations

from typing import Any

from contract.changes import Kind
from contract.decisions import Decision
from contract.facts import Question, RolesOf, Stages
from contract.lifecycle import STAGE, Standing
from contract.links import Link, Pair
from contract.records import Record
from contract.settings import Settings
from rules.lifecycle import ROLES
from tests.fakes.people import WorldAnswers, contact, contact_ref, in_step, notice, sf_contact, world

STANDARD = (
    *("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead"),
    *("opportunity", "customer", "evangelist", "other"),
)
OWN = ("subscriber", "lead", "3001", "opportunity", "3002", "customer", "3003", "evangelist", "other")
"""An order with stages of the portal's own before, between and behind those that roles earn."""
BEHIND = ("customer", "opportunity", "lead")
NO_CUSTOMER = ("lead", "opportunity")
OPEN, WON, LOST = Standing.OPEN, Standing.WON, Standing.LOST
ON = Settings(automatic_stages=True)


def persons(
    stage: str | None, roles: set[Standing] | None, order: tuple[str, ...], **values: Any
) -> tuple[WorldAnswers, Record, Record]:
    """A linked pair in step, its contact at this stage, whose opportunities stand so."""
    ours = contact(1, email="a@x.com", lifecyclestage=stage, **values)
    theirs = sf_contact(1, Email="a@x.com", LastName="L")
    answers = world(ours, theirs, links=[heard(in_step(ours, theirs))])
    answers.stages = order
    answers.roles = {contact_ref(1).id: frozenset(roles) if roles is not None else None}
    return answers, ours, theirs


def heard(tie: Link) -> Link:
    """The pair, whose contact's roles were heard before."""
    assert tie.salesforce is not None
    return tie.changed(base={**tie.base, ROLES: Pair(None, tie.salesforce.id)})


def looked_at(
    stage: str | None, roles: set[Standing] | None, order: tuple[str, ...] = STANDARD, settings: Settings = ON
) -> Decision:
    """The decision after the poll of contact roles found this one."""
    answers, _, theirs = persons(stage, roles, order)
    return answers.decide(notice(theirs.ref, Kind.ASSOCIATED), settings=settings)


def stages(decision: Decision) -> list[Any]:
    """What is written as stage in HubSpot."""
    return [write.values[STAGE] for write in decision.writes if STAGE in write.values]


def asked(answers: WorldAnswers) -> set[Question]:
    """What was asked for the stage's sake alone."""
    return {question for question in answers.asked if isinstance(question, RolesOf | Stages)}
