"""Lifecycle stages word for word, and where a mapping writes another stage beside the earned one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.changes import Kind
from contract.decisions import Decision, Verdict
from contract.lifecycle import STAGE, Standing
from contract.links import Pair
from contract.records import Side
from tests.fakes.people import in_step, notice
from tests.unit.rules.stages import NO_CUSTOMER, ON, OPEN, OWN, WON, looked_at, persons
from tests.unit.rules.test_lifecycle_beside import STAGE_IN_SALESFORCE


def word(decision: Decision) -> Verdict:
    """The rule's only word."""
    (verdict,) = [verdict for verdict in decision.trace if verdict.rule == "lifecycle"]
    return verdict


STAYS = [
    # stage, what its role is on, the order of stages -> why it stays
    ("opportunity", OPEN, OWN, "the contact is at opportunity already"),
    ("customer", OPEN, OWN, "customer is further on than opportunity"),
    ("evangelist", WON, OWN, "evangelist is left alone"),
    ("lead", WON, NO_CUSTOMER, "HubSpot shows us no stage customer"),
    ("3009", WON, OWN, "the place of 3009 in the order of stages is not known"),
]


@pytest.mark.parametrize(("stage", "role", "order", "why"), STAYS)
def test_why_a_stage_stays_is_told_with_the_stage(
    stage: str, role: object, order: tuple[str, ...], why: str
) -> None:
    decision = looked_at(stage, {role}, order)  # type: ignore[arg-type]
    assert word(decision) == Verdict(
        rule="lifecycle", says=f"{why}: the stage stays", field=STAGE, hubspot=stage
    )


def test_a_stage_that_moves_is_told_with_both_stages() -> None:
    assert word(looked_at("lead", {OPEN}, OWN)) == Verdict(
        rule="lifecycle",
        says="it has a contact role on an open opportunity: the stage becomes opportunity",
        field=STAGE,
        hubspot="lead",
        writes=Side.HUBSPOT,
        value="opportunity",
        lost="lead",
    )


def test_a_stage_that_is_hidden_is_told_of_its_field() -> None:
    answers, ours, theirs = persons("lead", {WON}, OWN)
    shown = {name: value for name, value in ours.fields.items() if name != STAGE}
    answers.records[ours.ref] = replace(ours, fields=shown)
    assert word(answers.decide(notice(theirs.ref, Kind.ASSOCIATED), settings=ON)) == Verdict(
        rule="lifecycle",
        says="the stage is not visible to us in HubSpot: it stays as it is",
        field=STAGE,
    )


def test_who_stands_further_on_is_not_taken_to_an_earned_stage_because_a_mapping_takes_him_back() -> None:
    """The mapping writes what a person chose in Salesforce; the role is no reason to write another stage."""
    answers, ours, theirs = persons("customer", {OPEN}, OWN)
    key = STAGE_IN_SALESFORCE.keyed("Contact").key
    answers.links = [in_step(ours, theirs, **{key: Pair("customer", "customer")})]
    answers.records[theirs.ref] = replace(theirs, fields={**theirs.fields, "Stage__c": "lead"})
    settings = replace(ON, mappings=(*ON.mappings, STAGE_IN_SALESFORCE))
    decision = answers.decide(notice(theirs.ref, Kind.ASSOCIATED), settings=settings)
    assert [write.values for write in decision.writes] == [{STAGE: "lead"}]
    assert word(decision).says == "customer is further on than opportunity: the stage stays"


@pytest.mark.parametrize(
    ("roles", "says"),
    [
        (None, "contact roles are not visible to the integration user: the stage stays"),
        (set(), "no contact role on an open or won opportunity: the stage stays"),
    ],
)
def test_why_roles_earn_nothing_is_told(roles: set[Standing] | None, says: str) -> None:
    answers, _, theirs = persons("lead", roles, OWN)
    decision = answers.decide(notice(theirs.ref, Kind.ASSOCIATED), settings=ON)
    assert word(decision) == Verdict(rule="lifecycle", says=says)
