"""What moves lifecycle stages: Salesforce's contact roles, and HubSpot's order of stages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from contract.errors import CrmError, ErrorClass, InvalidInput
from contract.lifecycle import RoleChange, Standing
from tests.contract.crm.benches import HubSpotBench, SalesforceBench
from tests.fakes.canned import answer

OPEN, WON, LOST = Standing.OPEN, Standing.WON, Standing.LOST
NOW = datetime.fromisoformat("2026-11-24T10:00:00Z")
STAGES = {OPEN: "Prospecting", WON: "Closed Won", LOST: "Closed Lost"}


def contact(bench: SalesforceBench) -> str:
    return bench.sandbox.ui_create("Contact", {"LastName": "Byron"})


def deal(bench: SalesforceBench, standing: Standing = OPEN) -> str:
    values = {"Name": "Engine", "StageName": STAGES[standing], "CloseDate": "2026-12-24"}
    return bench.sandbox.ui_create("Opportunity", values)


def role(bench: SalesforceBench, who: str, standing: Standing = OPEN, what: str = "") -> str:
    values = {"ContactId": who, "OpportunityId": what or deal(bench, standing)}
    return bench.sandbox.ui_create("OpportunityContactRole", values)


def changed(bench: SalesforceBench, since: datetime) -> set[RoleChange]:
    return {one for page in bench.crm.roles_changed(since) for one in page}


# --- roles of contacts ---


def test_how_the_opportunities_of_contacts_stand(salesforce: SalesforceBench) -> None:
    expected = {OPEN: {OPEN}, WON: {WON}, LOST: {LOST}}
    people = {who: contact(salesforce) for who in expected}
    for standing, who in people.items():
        role(salesforce, who, standing)
    busy, idle = contact(salesforce), contact(salesforce)
    for standing in (OPEN, WON, LOST, WON):
        role(salesforce, busy, standing)

    found = salesforce.crm.roles({*people.values(), busy, idle, "nonsense", salesforce.add("a@x.com")})

    assert found == {**{people[key]: value for key, value in expected.items()}, busy: {OPEN, WON, LOST}}
    assert salesforce.crm.roles(()) == {}


def test_deleted_roles_and_roles_on_deleted_opportunities_are_none(salesforce: SalesforceBench) -> None:
    who, kept = contact(salesforce), contact(salesforce)
    salesforce.sandbox.ui_delete("OpportunityContactRole", role(salesforce, who))
    gone = deal(salesforce, WON)
    role(salesforce, who, what=gone)
    role(salesforce, kept, what=gone)
    role(salesforce, kept)
    salesforce.sandbox.ui_delete("Opportunity", gone)
    assert salesforce.crm.roles({who, kept}) == {kept: {OPEN}}


def test_an_id_of_fifteen_characters_is_answered_as_it_was_asked(salesforce: SalesforceBench) -> None:
    who = contact(salesforce)
    role(salesforce, who)
    assert salesforce.crm.roles({who[:15]}) == {who[:15]: {OPEN}}


def test_a_thousand_contacts_take_two_queries(salesforce: SalesforceBench) -> None:
    salesforce.crm.check()
    known = {contact(salesforce) for _ in range(3)}
    for who in known:
        role(salesforce, who, WON)
    others = {f"003Dp{number:010d}" for number in range(997)}
    before = len(salesforce.wire.seen)
    assert set(salesforce.crm.roles(known | others)) == known
    assert len(salesforce.wire.seen) - before == 2
    assert max(len(str(one.url)) for one in salesforce.wire.seen) < 16_000


def test_an_opportunity_that_we_may_not_see_says_nothing(salesforce: SalesforceBench) -> None:
    row: dict[str, Any] = {"ContactId": "003000000000001", "Opportunity": None}
    page = {"totalSize": 1, "done": True, "records": [row]}
    salesforce.crm.check()
    salesforce.wire.answers.append(answer(200, page))
    assert salesforce.crm.roles({"003000000000001"}) == {}


# --- roles that were changed ---


def test_roles_are_found_by_their_own_change_and_by_that_of_their_opportunity(
    salesforce: SalesforceBench,
) -> None:
    clock, sandbox = salesforce.clock, salesforce.sandbox
    old, who, other = contact(salesforce), contact(salesforce), contact(salesforce)
    role(salesforce, old)
    touched = deal(salesforce)
    known = role(salesforce, who, what=touched)
    clock.sleep(600)
    since = clock()
    fresh = role(salesforce, other)
    clock.sleep(60)
    sandbox.ui_update("Opportunity", touched, {"NextStep": "call"})

    assert changed(salesforce, since) == {
        RoleChange(role=fresh, contact=other, at=since),
        RoleChange(role=known, contact=who, at=since + timedelta(seconds=60)),
    }
    assert changed(salesforce, clock() + timedelta(seconds=1)) == set()


def test_a_role_added_after_the_win_is_found_and_one_on_a_lost_opportunity_is_not(
    salesforce: SalesforceBench,
) -> None:
    clock = salesforce.clock
    won, lost = deal(salesforce, WON), deal(salesforce, LOST)
    who = contact(salesforce)
    clock.sleep(86_400)
    since = clock()
    added = role(salesforce, who, what=won)
    role(salesforce, who, what=lost)
    assert {one.role for one in changed(salesforce, since)} == {added}


def test_deleted_roles_are_not_among_the_changed_ones(salesforce: SalesforceBench) -> None:
    since = salesforce.clock()
    who = contact(salesforce)
    salesforce.sandbox.ui_delete("OpportunityContactRole", role(salesforce, who))
    assert changed(salesforce, since) == set()


def test_looking_for_changed_roles_takes_two_calls(salesforce: SalesforceBench) -> None:
    salesforce.crm.check()
    before = len(salesforce.wire.seen)
    changed(salesforce, salesforce.clock())
    assert len(salesforce.wire.seen) - before == 2


@pytest.mark.parametrize("hidden", ["OpportunityContactRole", "Opportunity.IsWon"])
def test_what_the_integration_user_may_not_see_is_a_matter_of_permissions(
    salesforce: SalesforceBench, hidden: str
) -> None:
    object_name, _, field = hidden.partition(".")
    if field:
        salesforce.sandbox.org.access.hidden_fields[object_name].add(field)
    else:
        salesforce.sandbox.org.access.denied_objects[object_name].add("read")
    for ask in (lambda: salesforce.crm.roles({contact(salesforce)}), lambda: changed(salesforce, NOW)):
        with pytest.raises(CrmError) as refused:
            ask()
        assert refused.value.fault.error is ErrorClass.PERMISSION


# --- the order of stages ---


def ordered(*options: tuple[str, int | None]) -> dict[str, Any]:
    shown = [
        {"value": value, **({} if place is None else {"displayOrder": place})} for value, place in options
    ]
    return {"name": "lifecyclestage", "options": shown}


def test_the_stages_of_a_new_account(hubspot: HubSpotBench) -> None:
    assert hubspot.crm.stages() == (
        *("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead"),
        *("opportunity", "customer", "evangelist", "other"),
    )


def test_stages_come_in_the_order_shown_whatever_the_order_told(hubspot: HubSpotBench) -> None:
    told = ordered(("other", -1), ("customer", 2), ("39710", 1), ("late", None), ("lead", 0))
    hubspot.wire.answers.append(answer(200, told))
    assert hubspot.crm.stages() == ("lead", "39710", "customer", "other", "late")


def test_stages_are_read_once_in_five_minutes(hubspot: HubSpotBench) -> None:
    calls = []
    for wait in (0, 1, 298, 1, 299):
        hubspot.clock.sleep(wait)
        hubspot.crm.stages()
        calls.append(len(hubspot.wire.seen))
    assert calls == [1, 1, 1, 2, 2]


def test_each_side_knows_its_own_half(hubspot: HubSpotBench, salesforce: SalesforceBench) -> None:
    for ask in (
        salesforce.crm.stages,
        lambda: hubspot.crm.roles({"1"}),
        lambda: hubspot.crm.roles_changed(NOW),
    ):
        with pytest.raises(InvalidInput):
            ask()
