"""Merging two HubSpot contacts: once, recognised by reading, and never over something that changed."""

from __future__ import annotations

import pytest

from contract.decisions import Action, Write
from contract.errors import CrmError, ErrorClass
from sandbox.kit import Faults
from tests.contract.crm.benches import NUMBER, HubSpotBench, update
from tests.fakes.canned import answer

MERGE = "/crm/v3/objects/contacts/merge"


def merging(lost: str, kept: str) -> Write:
    return Write(
        action=Action.MERGE,
        side=HubSpotBench.side,
        object_type="contact",
        record_id=lost,
        into=kept,
        reason="merged in Salesforce",
    )


def merges_sent(hubspot: HubSpotBench) -> int:
    return sum(request.path_url == MERGE for request in hubspot.wire.seen)


def live(hubspot: HubSpotBench) -> int:
    return sum(not (one["archived"] or one["merged_into"]) for one in hubspot.sandbox.state(NUMBER))


@pytest.fixture
def pair(hubspot: HubSpotBench) -> tuple[str, str]:
    return hubspot.add("lost@example.com", first="Lost"), hubspot.add("kept@example.com", first="Kept")


def test_the_primarys_values_win_and_the_survivors_new_id_is_told(
    hubspot: HubSpotBench, pair: tuple[str, str]
) -> None:
    (outcome,) = hubspot.crm.apply([merging(*pair)])
    assert outcome.fault is None
    survivor = outcome.record_id or ""
    assert survivor not in pair
    assert hubspot.stored(survivor, "firstname") == "Kept"
    assert hubspot.stored(survivor, "email") == "kept@example.com"
    assert hubspot.stored(survivor, "hs_additional_emails") == "lost@example.com"
    assert hubspot.wire.sent() == {"primaryObjectId": pair[1], "objectIdToMerge": pair[0]}


def test_an_account_that_keeps_the_primarys_id_is_told_so(
    hubspot: HubSpotBench, pair: tuple[str, str]
) -> None:
    hubspot.sandbox.world.merge_new_id = False
    (outcome,) = hubspot.crm.apply([merging(*pair)])
    assert (outcome.fault, outcome.record_id) == (None, pair[1])


@pytest.mark.parametrize("new_id", [True, False])
def test_a_merge_that_was_done_already_is_recognised_by_reading(
    hubspot: HubSpotBench, pair: tuple[str, str], *, new_id: bool
) -> None:
    hubspot.sandbox.world.merge_new_id = new_id
    (first,) = hubspot.crm.apply([merging(*pair)])
    (again,) = hubspot.crm.apply([merging(*pair)])
    assert (again.fault, again.record_id) == (None, first.record_id)
    assert merges_sent(hubspot) == 1


def test_a_merge_whose_answer_is_lost_may_be_done(hubspot: HubSpotBench, pair: tuple[str, str]) -> None:
    hubspot.misbehave(Faults(timeout_after_write=1.0))
    with pytest.raises(CrmError) as caught:
        hubspot.crm.apply([merging(*pair)])
    assert caught.value.fault.maybe_done
    hubspot.misbehave(Faults())
    (again,) = hubspot.crm.apply([merging(*pair)])
    assert again.fault is None
    assert (merges_sent(hubspot), live(hubspot)) == (1, 1)


def test_a_refusal_of_what_was_done_meanwhile_is_no_refusal(
    hubspot: HubSpotBench, pair: tuple[str, str]
) -> None:
    shown = {"results": [{"id": one, "properties": {}} for one in pair]}
    survivor = hubspot.merge(pair[1], pair[0])
    hubspot.wire.answers.append(answer(200, shown))
    (outcome,) = hubspot.crm.apply([merging(*pair)])
    assert merges_sent(hubspot) == 1
    assert (outcome.fault, outcome.record_id) == (None, survivor)


@pytest.mark.parametrize("status", [400, 409, 414])
def test_a_merge_that_hubspot_refuses_is_refused(
    hubspot: HubSpotBench, pair: tuple[str, str], status: int
) -> None:
    shown = {"results": [{"id": one, "properties": {}} for one in pair]}
    refusal = {"category": "VALIDATION_ERROR", "message": "secret@example.com cannot be merged"}
    hubspot.wire.answers.extend([answer(200, shown), answer(status, refusal)])
    (outcome,) = hubspot.crm.apply([merging(*pair)])
    assert outcome.fault is not None
    assert (outcome.fault.error, outcome.fault.code) == (ErrorClass.DATA, "MERGE_REFUSED")
    assert outcome.fault.says == "HubSpot refused to merge the two contacts (VALIDATION_ERROR)"
    assert live(hubspot) == 2


def test_a_missing_scope_is_one_for_every_merge(hubspot: HubSpotBench, pair: tuple[str, str]) -> None:
    shown = {"results": [{"id": one, "properties": {}} for one in pair]}
    hubspot.wire.answers.extend([answer(200, shown), answer(403, {"category": "MISSING_SCOPES"})])
    (outcome,) = hubspot.crm.apply([merging(*pair)])
    assert outcome.fault is not None
    assert (outcome.fault.error, outcome.fault.code) == (ErrorClass.PERMISSION, "MISSING_SCOPES")


@pytest.mark.parametrize("which", [0, 1])
def test_nothing_is_merged_once_one_of_them_is_deleted(
    hubspot: HubSpotBench, pair: tuple[str, str], which: int
) -> None:
    hubspot.delete(pair[which])
    (outcome,) = hubspot.crm.apply([merging(*pair)])
    assert outcome.fault is not None
    assert (outcome.fault.error, merges_sent(hubspot)) == (ErrorClass.STALE, 0)


@pytest.mark.parametrize("which", [0, 1])
def test_nothing_is_merged_once_one_of_them_lives_on_as_somebody_else(
    hubspot: HubSpotBench, pair: tuple[str, str], which: int
) -> None:
    hubspot.merge(hubspot.add("third@example.com"), pair[which])
    (outcome,) = hubspot.crm.apply([merging(*pair)])
    assert outcome.fault is not None
    assert (outcome.fault.error, merges_sent(hubspot)) == (ErrorClass.STALE, 0)


def test_ids_of_which_hubspot_knows_none_are_read_again(hubspot: HubSpotBench) -> None:
    hubspot.wire.answers.append(answer(404, {"category": "OBJECT_NOT_FOUND"}))
    (outcome,) = hubspot.crm.apply([merging("1", "2")])
    assert outcome.fault is not None
    assert (outcome.fault.error, merges_sent(hubspot)) == (ErrorClass.STALE, 0)


def test_one_refused_merge_spares_the_others_and_comes_after_updates(
    hubspot: HubSpotBench, pair: tuple[str, str]
) -> None:
    others = hubspot.add("a@example.com"), hubspot.add("b@example.com")
    writes = [merging("1", "2"), merging(*pair), update(hubspot, others[0], first="Zoe"), merging(*others)]
    outcomes = hubspot.crm.apply(writes)
    assert [one.fault is None for one in outcomes] == [False, True, True, True]
    assert live(hubspot) == 2
    paths = [request.path_url for request in hubspot.wire.seen]
    assert paths.index("/crm/v3/objects/contacts/batch/update") < paths.index(MERGE)
