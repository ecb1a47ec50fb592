"""Automatic lifecycle stages: forward by contact roles, by the portal's own order, and never back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.changes import Kind
from contract.decisions import Action
from contract.facts import Notice, RecordAt, RolesOf
from contract.lifecycle import STAGE, Standing
from contract.links import Ended, LinkState, Pair
from contract.records import RecordRef, Side
from contract.settings import Settings
from rules.lifecycle import ROLES
from tests.fakes.people import (
    contact,
    contact_ref,
    hs,
    in_step,
    intent,
    lead,
    link,
    notice,
    said,
    sf_contact,
    world,
)
from tests.unit.rules.stages import (
    BEHIND,
    LOST,
    NO_CUSTOMER,
    ON,
    OPEN,
    OWN,
    STANDARD,
    WON,
    asked,
    looked_at,
    persons,
    stages,
)
from tests.unit.rules.tables import named

TABLE = [
    # stage, roles on opportunities, order of stages -> new stage, words
    # -- what a role earns
    ("lead", {OPEN}, STANDARD, "opportunity", "a contact role on an open opportunity"),
    ("lead", {WON}, STANDARD, "customer", "a contact role on a won opportunity"),
    ("lead", {LOST}, STANDARD, None, "no contact role on an open or won opportunity"),
    ("lead", set(), STANDARD, None, "no contact role on an open or won opportunity"),
    ("lead", {OPEN, LOST}, STANDARD, "opportunity", "open"),
    ("lead", {OPEN, WON, LOST}, STANDARD, "customer", "won"),
    ("opportunity", {WON}, STANDARD, "customer", "won"),
    (None, {OPEN}, STANDARD, "opportunity", "open"),
    ("", {WON}, STANDARD, "customer", "won"),
    # -- never back
    ("opportunity", {OPEN}, STANDARD, None, "the contact is at opportunity already"),
    ("customer", {OPEN}, STANDARD, None, "customer is further on than opportunity: the stage stays"),
    ("customer", {WON, OPEN}, STANDARD, None, "the contact is at customer already"),
    ("opportunity", {LOST}, STANDARD, None, "no contact role on an open or won opportunity"),
    ("customer", set(), STANDARD, None, "no contact role on an open or won opportunity"),
    # -- left alone, wherever they stand
    ("evangelist", {WON}, STANDARD, None, "evangelist is left alone"),
    ("other", {OPEN}, STANDARD, None, "other is left alone"),
    ("evangelist", {WON}, ("evangelist", "other", *OWN[:6]), None, "evangelist is left alone"),
    ("other", {WON}, ("evangelist", "other", *OWN[:6]), None, "other is left alone"),
    # -- stages of the portal's own, in its own order
    ("3001", {OPEN}, OWN, "opportunity", "open"),
    ("3002", {OPEN}, OWN, None, "3002 is further on than opportunity"),
    ("3002", {WON}, OWN, "customer", "won"),
    ("3003", {WON}, OWN, None, "3003 is further on than customer"),
    ("opportunity", {WON}, BEHIND, None, "opportunity is further on than customer"),
    ("customer", {OPEN}, BEHIND, "opportunity", "open"),
    # -- what the portal does not show
    ("lead", {WON}, NO_CUSTOMER, None, "HubSpot shows us no stage customer"),
    (None, {WON}, NO_CUSTOMER, None, "HubSpot shows us no stage customer"),
    ("3001", {WON}, STANDARD, None, "the place of 3001 in the order of stages is not known"),
    ("lead", {OPEN}, (), None, "HubSpot shows us no stage opportunity"),
    ("lead", None, STANDARD, None, "not visible to the integration user"),
]


ORDERS = {STANDARD: "", OWN: ", own order", BEHIND: ", customers first", NO_CUSTOMER: ", no customers"}


def case(stage: str | None, roles: set[Standing] | None, order: tuple[str, ...], *_: object) -> str:
    deals = "roles hidden" if roles is None else " and ".join(sorted(roles)) or "no role"
    return f"{stage or 'no stage'}: {deals}{ORDERS.get(order, ', odd order')}"


@pytest.mark.parametrize(("stage", "roles", "order", "expected", "words"), named(TABLE, case))
def test_trap_16_where_a_contact_role_leads(
    stage: str | None, roles: set[Standing] | None, order: tuple[str, ...], expected: str | None, words: str
) -> None:
    decision = looked_at(stage, roles, order)
    assert stages(decision) == ([expected] if expected else [])
    assert words in said(decision)
    assert (decision.fault, decision.field_faults, decision.reports) == (None, (), ())


def test_where_it_is_off_the_stage_never_changes_and_nothing_is_asked() -> None:
    answers, _, theirs = persons("lead", {WON}, STANDARD)
    decision = answers.decide(notice(theirs.ref, Kind.ASSOCIATED))
    assert (stages(decision), asked(answers)) == ([], set())


def test_the_trace_shows_both_stages_and_the_write_names_its_reason() -> None:
    decision = looked_at("lead", {WON})
    (write,) = decision.writes
    (verdict,) = [one for one in decision.trace if one.rule == "lifecycle"]
    assert (verdict.field, verdict.writes, verdict.value, verdict.lost) == (
        STAGE,
        Side.HUBSPOT,
        "customer",
        "lead",
    )
    assert (write.action, write.record_id, write.values) == (Action.UPDATE, "1", {STAGE: "customer"})
    assert (write.keys, write.pairs) == ({STAGE: ROLES}, {ROLES: Pair("customer", contact_ref(1).id)})
    assert "contact roles" in write.reason


def test_the_stage_goes_along_with_the_other_fields_in_one_write() -> None:
    answers, ours, theirs = persons("lead", {WON}, STANDARD, phone="1")
    answers.records[theirs.ref] = replace(theirs, fields={**theirs.fields, "Phone": "2"})
    answers.links = [in_step(ours, theirs, phone=Pair("1", None))]
    (write,) = answers.decide(notice(theirs.ref, Kind.ASSOCIATED), settings=ON).writes
    assert write.values == {"phone": "2", STAGE: "customer"}
    assert set(write.pairs) == {"phone", ROLES}


# --- when roles are asked for ---


@pytest.mark.parametrize(
    ("notices", "expected"),
    [
        ([notice(contact_ref(1), Kind.ASSOCIATED)], True),
        ([notice(contact_ref(1), Kind.UPDATED, Kind.ASSOCIATED)], True),
        ([notice(hs(1)), notice(contact_ref(1), Kind.ASSOCIATED)], True),
        ([notice(hs(1), Kind.LISTED)], False),
        ([notice(contact_ref(1))], False),
        ([notice(hs(1), Kind.UPDATED)], False),
        ([notice(hs(1), Kind.ASSOCIATED)], False),  # HubSpot's associations are other ones
        ([notice(hs(1), Kind.ASSOCIATED), notice(contact_ref(1))], False),
    ],
)
def test_an_ordinary_edit_asks_nothing(notices: list[Notice], *, expected: bool) -> None:
    answers, *_ = persons("lead", {OPEN}, STANDARD)
    decision = answers.decide(*notices, settings=ON)
    assert bool(asked(answers)) is expected
    assert stages(decision) == (["opportunity"] if expected else [])


def test_without_a_role_that_earns_a_stage_hubspot_is_not_read() -> None:
    answers, ours, theirs = persons("lead", {LOST}, STANDARD)
    answers.decide(notice(theirs.ref, Kind.ASSOCIATED), settings=ON)
    assert RecordAt(ours.ref) not in answers.asked
    assert asked(answers) == {RolesOf(theirs.ref.id)}


def test_a_lead_has_no_contact_roles() -> None:
    ours, theirs = contact(1, email="a@x.com", lifecyclestage="lead"), lead(1, Email="a@x.com")
    answers = world(ours, theirs, links=[in_step(ours, theirs)])
    answers.decide(notice(theirs.ref, Kind.ASSOCIATED), settings=ON)
    assert asked(answers) == set()


def test_an_unlinked_contact_moves_nobody() -> None:
    theirs = sf_contact(1, Email="a@x.com", LastName="L")
    answers = world(theirs)
    answers.roles = {theirs.ref.id: frozenset({WON})}
    decision = answers.decide(notice(theirs.ref, Kind.ASSOCIATED), settings=ON)
    assert (decision.writes, asked(answers)) == ((), set())


def test_a_contact_whose_roles_were_never_heard_has_them_heard_once() -> None:
    answers, ours, theirs = persons("lead", {LOST}, STANDARD)
    answers.links = [in_step(ours, theirs)]
    decision = answers.decide(notice(ours.ref), settings=ON)
    assert (decision.writes, RolesOf(theirs.ref.id) in asked(answers)) == ((), True)
    assert decision.link is not None
    answers.links, answers.asked = [decision.link], set()
    again = answers.decide(notice(ours.ref), settings=ON)
    assert (again.link, asked(answers)) == (None, set())


def test_as_long_as_the_stage_is_not_written_it_is_owed() -> None:
    decision = looked_at("lead", {WON})
    assert decision.link is not None
    assert ROLES not in decision.link.base
    answers, ours, theirs = persons("lead", {WON}, STANDARD)
    answers.links = [decision.link.changed(id=1)]  # as committed before the write, which never came
    assert stages(answers.decide(notice(ours.ref), settings=ON)) == ["customer"]
    (write,) = decision.writes
    answers.links = [decision.link.changed(id=1, base={**decision.link.base, **write.pairs})]
    answers.asked = set()
    answers.decide(notice(theirs.ref), settings=ON)
    assert asked(answers) == set()


@pytest.mark.parametrize("noticed", [hs(1), contact_ref(1)])
def test_a_pair_that_was_just_linked_has_its_roles_looked_at(noticed: RecordRef) -> None:
    answers, *_ = persons("lead", {WON}, STANDARD)
    answers.links = []
    assert stages(answers.decide(notice(noticed), settings=ON)) == ["customer"]


def test_so_has_one_of_which_only_another_contacts_roles_were_heard() -> None:
    answers, ours, theirs = persons("lead", {WON}, STANDARD)
    answers.links = [in_step(ours, theirs, **{ROLES: Pair(None, contact_ref(2).id)})]
    assert stages(answers.decide(notice(ours.ref), settings=ON)) == ["customer"]


def test_so_has_an_adopted_pair_that_was_never_in_step() -> None:
    answers, ours, theirs = persons("lead", {WON}, STANDARD)
    answers.links = [link(ours.ref, theirs.ref, email="a@x.com")]
    assert stages(answers.decide(notice(ours.ref), settings=ON)) == ["customer"]


def test_so_has_a_lead_that_became_a_contact() -> None:
    answers, ours, theirs = persons("lead", {OPEN}, STANDARD)
    converted = lead(1, Email="a@x.com", converted=True, converted_to=theirs.ref.id)
    answers.records[converted.ref] = converted
    answers.links = [in_step(ours, converted)]
    decision = answers.decide(notice(converted.ref), settings=ON)
    assert stages(decision) == ["opportunity"]
    assert decision.link is not None
    assert decision.link.salesforce == theirs.ref


def test_so_has_a_pair_whose_contact_was_merged_into_another() -> None:
    answers, ours, theirs = persons("lead", {WON}, STANDARD)
    loser = sf_contact(2, Email="a@x.com", deleted=True, merged_into=theirs.ref.id)
    answers.records[loser.ref] = loser
    answers.links = [in_step(ours, loser)]
    decision = answers.decide(notice(loser.ref, Kind.MERGED), settings=ON)
    assert stages(decision) == ["customer"]


# --- contacts that are created from Salesforce ---


@pytest.mark.parametrize(
    ("roles", "order", "settings", "expected"),
    [
        (set(), STANDARD, ON, "lead"),
        ({LOST}, STANDARD, ON, "lead"),
        ({OPEN}, STANDARD, ON, "opportunity"),
        ({WON}, STANDARD, ON, "customer"),
        ({WON}, NO_CUSTOMER, ON, "lead"),
        ({WON}, STANDARD, Settings(), "lead"),
        (None, STANDARD, ON, "lead"),
    ],
)
def test_a_contact_made_from_salesforce_starts_at_lead_or_where_its_roles_have_it(
    roles: set[Standing] | None, order: tuple[str, ...], settings: Settings, expected: str
) -> None:
    answers, ours, theirs = persons(None, roles, order)
    answers.links = []
    del answers.records[ours.ref]
    decision = answers.decide(notice(theirs.ref), settings=replace(settings, create_from_contacts=True))
    (write,) = decision.writes
    assert (write.action, write.values[STAGE]) == (Action.CREATE, expected)


def test_so_does_one_that_was_deleted_in_hubspot_and_comes_back_by_an_edit() -> None:
    answers, ours, theirs = persons("lead", {WON}, STANDARD)
    gone = in_step(ours, theirs, phone=Pair("1", "0")).changed(
        state=LinkState.ENDED, ended=Ended.HUBSPOT_DELETED
    )
    answers.links = [gone]
    answers.records[ours.ref] = replace(ours, deleted=True)
    answers.records[theirs.ref] = replace(theirs, fields={**theirs.fields, "Phone": "2"})
    decision = answers.decide(notice(theirs.ref), settings=replace(ON, create_from_contacts=True))
    (write,) = decision.writes
    assert (write.action, write.values[STAGE]) == (Action.CREATE, "customer")


def test_so_does_one_whose_creation_was_sent_once_and_never_answered() -> None:
    answers, ours, theirs = persons("lead", {WON}, STANDARD)
    del answers.records[ours.ref]
    sent = intent(Side.HUBSPOT, seconds_ago=60, before=None)
    base = {"phone": Pair(None, None)}
    answers.links = [link(None, theirs.ref, state=LinkState.CREATING, base=base, intents=(sent,))]
    decision = answers.decide(notice(theirs.ref), settings=replace(ON, create_from_contacts=True))
    (write,) = decision.writes
    assert (write.action, write.values[STAGE]) == (Action.CREATE, "customer")
