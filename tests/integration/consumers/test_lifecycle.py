"""Contact roles in Salesforce move HubSpot's lifecycle stages on, in a whole office, and never back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
import requests

from contract.errors import CrmError
from contract.lifecycle import STAGE
from contract.records import RecordRef
from sandbox.kit import HOSTILE, Faults
from tests.contract.crm.benches import NUMBER
from tests.fakes.canned import answer
from tests.fakes.office import ON, Office, opened
from tests.fakes.premises import contact_ref
from tests.unit.consumers.kit import meanwhile

AUTOMATIC = replace(ON, automatic_stages=True)


@pytest.fixture
def office() -> Iterator[Office]:
    with opened(AUTOMATIC) as found:
        found.sweep()
        yield found


def pair(office: Office, stage: str = "lead", name: str = "ada") -> tuple[RecordRef, RecordRef]:
    """A HubSpot contact at this stage and the Salesforce contact that it is linked with, at rest."""
    seller = {"Email": f"{name}@x.example", "FirstName": "Ada", "LastName": "Byron"}
    theirs = contact_ref(office.salesforce.ui_create("Contact", seller))
    ours = office.add_contact(f"{name}@x.example", lifecyclestage=stage)
    office.rest()
    assert [link.hubspot for link in office.links() if link.salesforce == theirs] == [ours]
    later(office)
    return ours, theirs


def deal(office: Office, stage: str = "Prospecting") -> str:
    values = {"Name": "Engine", "StageName": stage, "CloseDate": "2026-12-24"}
    return office.salesforce.ui_create("Opportunity", values)


def role(office: Office, who: RecordRef, what: str) -> str:
    values = {"ContactId": who.id, "OpportunityId": what}
    return office.salesforce.ui_create("OpportunityContactRole", values)


def later(office: Office) -> None:
    """The sweep comes round twice, or as often as it takes, and all that it found is done."""
    done = 0
    while done < 2:
        office.clock.sleep(60)
        with suppress(CrmError):
            office.sweep()
            done += 1
        office.rest()


def stage(office: Office, contact: RecordRef) -> Any:
    return office.contact(contact)[STAGE]


def sent_stages(office: Office) -> list[Any]:
    """Every stage that we ever wrote; HubSpot would ignore a step back in silence."""
    writes = (write for entry in office.activity() for write in entry.writes)
    return [write["values"][STAGE] for write in writes if STAGE in write["values"]]


def test_a_role_on_an_open_opportunity_makes_an_opportunity_and_the_win_a_customer(office: Office) -> None:
    ours, theirs = pair(office)
    engine = deal(office)
    role(office, theirs, engine)
    later(office)
    assert stage(office, ours) == "opportunity"
    office.salesforce.ui_update("Opportunity", engine, {"StageName": "Closed Won"})
    later(office)
    assert stage(office, ours) == "customer"
    assert office.letters() == []


def test_trap_17_a_role_added_after_the_win_makes_a_customer(office: Office) -> None:
    ours, theirs = pair(office)
    engine = deal(office, "Closed Won")
    office.clock.sleep(86_400)
    later(office)
    assert stage(office, ours) == "lead"
    role(office, theirs, engine)
    later(office)
    assert stage(office, ours) == "customer"
    says = [
        one["says"] for entry in office.activity() for one in entry.verdicts if one["rule"] == "lifecycle"
    ]
    assert "it has a contact role on a won opportunity: the stage becomes customer" in says


def test_trap_16_an_older_stage_never_comes_back(office: Office) -> None:
    ours, theirs = pair(office)
    engine = deal(office, "Closed Won")
    won = role(office, theirs, engine)
    later(office)
    assert stage(office, ours) == "customer"
    role(office, theirs, deal(office))
    later(office)
    office.salesforce.ui_update("Opportunity", engine, {"StageName": "Negotiation/Review"})
    later(office)
    office.salesforce.ui_update("Opportunity", engine, {"StageName": "Closed Lost"})
    later(office)
    office.salesforce.ui_delete("OpportunityContactRole", won)
    later(office)
    office.edit_lead(theirs, Title="CTO")
    later(office)
    assert (stage(office, ours), office.contact(ours)["jobtitle"]) == ("customer", "CTO")
    assert sent_stages(office) == ["customer"]


def test_trap_16_nor_does_one_that_was_read_before_a_person_moved_the_contact_on(office: Office) -> None:
    ours, theirs = pair(office)
    role(office, theirs, deal(office))
    office.clock.sleep(30)
    office.hubspot.faults = Faults(stale_read=1.0, stale_seconds=30.0, drop_notice=1.0)
    office.edit_contact(ours, lifecyclestage="customer")
    later(office)
    assert stage(office, ours) == "customer"


def test_what_a_person_says_of_a_stage_further_on_stays(office: Office) -> None:
    told = {name: pair(office, stage=name, name=name)[0] for name in ("customer", "evangelist", "other")}
    for link in office.links():
        assert link.salesforce is not None
        role(office, link.salesforce, deal(office))
    later(office)
    assert {name: stage(office, contact) for name, contact in told.items()} == {name: name for name in told}


def test_stages_of_the_portals_own_count_by_its_order(office: Office) -> None:
    order = ("lead", "opportunity", "4711", "customer", "4712")
    definitions = office.hubspot.portal(NUMBER).shelf("contacts").definitions
    definitions[STAGE] = replace(definitions[STAGE], options=tuple((name, name) for name in order))
    middle, last = pair(office, "4711", "middle"), pair(office, "4712", "last")
    for _, theirs in (middle, last):
        role(office, theirs, deal(office))
    later(office)
    assert (stage(office, middle[0]), stage(office, last[0])) == ("4711", "4712")
    for _, theirs in (middle, last):
        role(office, theirs, deal(office, "Closed Won"))
    later(office)
    assert (stage(office, middle[0]), stage(office, last[0])) == ("customer", "4712")


def test_a_pair_that_was_just_linked_gets_its_stage_however_its_first_write_fares(office: Office) -> None:
    office.hubspot.faults = Faults(drop_notice=1.0)
    ours = office.add_contact("ada@x.example", lifecyclestage="lead")
    theirs = office.salesforce.ui_create("Contact", {"LastName": "B", "Email": "ada@x.example"})
    role(office, contact_ref(theirs), deal(office, "Closed Won"))
    meanwhile(office, "hubspot", "batch/update", lambda: office.hubspot.refuse_for(NUMBER, 3))
    office.rest()
    assert stage(office, ours) == "customer"


def test_off_no_stage_changes() -> None:
    with opened() as office:
        ours, theirs = pair(office)
        role(office, theirs, deal(office, "Closed Won"))
        later(office)
        assert stage(office, ours) == "lead"


def test_a_lead_that_is_converted_with_an_opportunity_is_one_at_once(office: Office) -> None:
    contact, lead = office.pair("ada@example.org", lifecyclestage="lead")
    office.salesforce.ui_convert(lead.id, opportunity_name="Engine")
    office.rest()
    assert stage(office, contact) == "opportunity"


@pytest.mark.parametrize(("deal_stage", "expected"), [("Closed Won", "customer"), ("Closed Lost", "lead")])
def test_a_contact_made_from_salesforce_starts_where_its_roles_have_it(
    office: Office, deal_stage: str, expected: str
) -> None:
    office.hubspot.faults = office.salesforce.faults = Faults(drop_notice=1.0)
    theirs = office.salesforce.ui_create("Contact", {"LastName": "B", "Email": "b@x.example"})
    role(office, contact_ref(theirs), deal(office, deal_stage))
    later(office)
    (link,) = office.links()
    assert link.hubspot is not None
    assert stage(office, link.hubspot) == expected


def test_a_contact_that_is_not_on_the_list_is_moved_when_it_enters(office: Office) -> None:
    ours, theirs = pair(office)
    portal = office.hubspot.portal(NUMBER)
    chosen = portal.lists.create("Chosen", portal.shelf("contacts").type, "MANUAL")
    office.change_settings(replace(AUTOMATIC, inclusion_list=chosen.id))
    later(office)
    role(office, theirs, deal(office, "Closed Won"))
    later(office)
    assert stage(office, ours) == "lead"
    portal.lists.add(chosen, ours.id)
    for _ in range(3):
        later(office)
    assert stage(office, ours) == "customer"


def test_ordinary_edits_cost_no_call_more() -> None:
    told = []
    for settings in (ON, AUTOMATIC):
        with opened(settings) as office:
            _, theirs = pair(office)
            ours = office.links()[0].hubspot
            assert ours is not None
            role(office, theirs, deal(office, "Closed Won"))
            later(office)
            office.calls()
            office.edit_lead(theirs, Title="CTO")
            office.rest()
            office.clock.sleep(60)
            office.edit_contact(ours, city="Oslo")
            office.rest()
            told.append(office.calls())
    assert told[0] == told[1]


def test_a_hundred_people_of_one_deal_take_one_query_and_few_calls(office: Office) -> None:
    people = crowd(office, 100)
    engine = deal(office, "Closed Won")
    for _, theirs in people:
        role(office, theirs, engine)
    office.clock.sleep(60)
    office.sweep()
    office.calls()
    office.rest()
    calls = office.calls()
    assert {stage(office, ours) for ours, _ in people} == {"customer"}
    assert calls["GET /query"] == 1
    assert calls["GET /crm/v3/properties/{kind}/{name}"] == 1
    assert sum(calls.values()) <= 6


def crowd(office: Office, count: int) -> list[tuple[RecordRef, RecordRef]]:
    """So many linked pairs at rest."""
    for number in range(count):
        office.salesforce.ui_create("Contact", {"LastName": "B", "Email": f"p{number}@x.example"})
    office.rest()
    later(office)
    found = [(one.hubspot, one.salesforce) for one in office.links()]
    assert len(found) == count
    return [(ours, theirs) for ours, theirs in found if ours and theirs]


def test_a_stage_that_hubspot_refuses_is_told_and_the_other_fields_are_written(office: Office) -> None:
    ours, theirs = pair(office)
    refuse_stages(office)
    office.edit_lead(theirs, Title="CTO")
    role(office, theirs, deal(office, "Closed Won"))
    office.clock.sleep(60)
    office.sweep()
    office.rest()
    assert (stage(office, ours), office.contact(ours)["jobtitle"]) == ("lead", "CTO")
    (letter,) = office.letters()
    assert (letter.field, letter.code) == (STAGE, "INVALID_OPTION")


def refuse_stages(office: Office) -> None:
    """HubSpot refuses every write of the stage, as it might a step back."""
    send = office.hubspot_wire.send
    error = {"message": "refused", "code": "INVALID_OPTION", "context": {"propertyName": [STAGE]}}
    body = {"status": "error", "category": "VALIDATION_ERROR", "message": "refused", "errors": [error]}

    def refusing(request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if request.method != "GET" and f'"{STAGE}": "' in str(request.body):
            office.hubspot_wire.answers.appendleft(answer(400, body))
        return send(request, *args, **options)

    office.hubspot_wire.send = refusing  # type: ignore[method-assign]


@pytest.mark.parametrize("seed", range(4))
def test_hostile_crms_change_nothing_of_it(seed: int) -> None:
    with opened(AUTOMATIC, faults=HOSTILE, seed=seed) as office:
        later(office)
        people = crowd(office, 6)
        engine, other = deal(office), deal(office, "Closed Won")
        for number, (_, theirs) in enumerate(people):
            role(office, theirs, (engine, other)[number % 2])
        later(office)
        office.salesforce.ui_update("Opportunity", engine, {"StageName": "Closed Won"})
        later(office)
        office.salesforce.ui_update("Opportunity", other, {"StageName": "Prospecting"})
        later(office)
        assert {stage(office, ours) for ours, _ in people} == {"customer"}
        assert office.letters() == []
