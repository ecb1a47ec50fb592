"""Automatic lifecycle stages beside the inclusion list, a mapped stage, and other writes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.changes import Kind
from contract.decisions import Write
from contract.lifecycle import STAGE
from contract.links import Link, Pair
from contract.mappings import FieldMapping, MappingRule
from contract.records import Side
from tests.fakes.people import in_step, notice, said
from tests.unit.rules.stages import ON, OWN, STANDARD, WON, persons, stages


def test_a_contact_that_is_not_on_the_inclusion_list_keeps_its_stage_until_it_enters() -> None:
    answers, ours, theirs = persons("lead", {WON}, STANDARD)
    listed = replace(ON, inclusion_list="7")
    decision = answers.decide(notice(theirs.ref, Kind.ASSOCIATED), settings=listed)
    assert (decision.writes, "not on the inclusion list" in said(decision)) == ((), True)
    assert decision.link is not None
    answers.links, answers.members = [decision.link], {ours.ref.id}
    assert stages(answers.decide(notice(ours.ref, Kind.LISTED), settings=listed)) == ["customer"]


def test_a_stage_that_we_may_not_see_is_left_as_it_is() -> None:
    answers, ours, theirs = persons("lead", {WON}, STANDARD)
    shown = {name: value for name, value in ours.fields.items() if name != STAGE}
    answers.records[ours.ref] = replace(ours, fields=shown)
    decision = answers.decide(notice(theirs.ref, Kind.ASSOCIATED), settings=ON)
    assert (stages(decision), "not visible to us in HubSpot" in said(decision)) == ([], True)


STAGE_IN_SALESFORCE = FieldMapping(
    key=STAGE, hubspot=STAGE, fields={"Contact": "Stage__c"}, rule=MappingRule.TWO_WAY
)


@pytest.mark.parametrize(
    ("mapped", "expected"),
    [
        ("lead", "customer"),  # mapped onto an older stage: the role's is further on than both
        ("opportunity", "customer"),
        ("3003", "3003"),
        ("evangelist", "evangelist"),
    ],
)
def test_of_a_mapped_stage_and_an_earned_one_the_further_is_written(mapped: str, expected: str) -> None:
    answers, ours, theirs = persons("subscriber", {WON}, OWN)
    key = STAGE_IN_SALESFORCE.keyed("Contact").key
    stored: Link = in_step(ours, theirs, **{key: Pair("subscriber", "subscriber")})
    answers.links = [stored]
    answers.records[theirs.ref] = replace(theirs, fields={**theirs.fields, "Stage__c": mapped})
    settings = replace(ON, mappings=(*ON.mappings, STAGE_IN_SALESFORCE))
    (write,) = answers.decide(notice(theirs.ref, Kind.ASSOCIATED), settings=settings).writes
    assert write.values == {STAGE: expected}
    assert (key in write.pairs) is (mapped == expected)


def test_what_is_written_to_salesforce_stays_apart() -> None:
    answers, ours, theirs = persons("lead", {WON}, STANDARD, phone="1")
    answers.links = [in_step(ours, theirs, phone=Pair("0", None))]
    decision = answers.decide(notice(theirs.ref, Kind.ASSOCIATED), notice(ours.ref), settings=ON)
    by_side: dict[Side, Write] = {write.side: write for write in decision.writes}
    assert by_side[Side.SALESFORCE].values == {"Phone": "1"}
    assert by_side[Side.HUBSPOT].values == {STAGE: "customer"}
