"""Known traps: merged, converted and matched records; `tests/unit/test_traps.py` lists all traps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from contract.records import RecordRef
from tests.contract.crm.benches import NUMBER
from tests.fakes.canned import answer
from tests.fakes.office import Office, opened
from tests.fakes.premises import contact_ref, hubspot_ref
from tests.integration.consumers.conftest import TWO_WAY
from tests.integration.consumers.trapping import after_sweeps, partner, reported
from tests.unit.consumers.kit import noticed

BOXES = replace(TWO_WAY, delete_when_lead_deleted=True, delete_when_contact_deleted=True)


@pytest.fixture
def boxed() -> Iterator[Office]:
    """Whoever is deleted in Salesforce is deleted in HubSpot."""
    with opened(BOXES) as office:
        yield office


# --- merged, converted, deleted ---


def test_trap_05_a_merge_in_salesforce_deletes_nobody_in_hubspot(boxed: Office) -> None:
    contact, loser = boxed.pair("a@x.example")
    master = boxed.add_lead("b@x.example")
    boxed.rest()
    boxed.clock.sleep(60)
    boxed.salesforce.ui_merge("Lead", master.id, [loser.id])
    after_sweeps(boxed)
    assert contact in boxed.live_contacts()
    assert any(set(boxed.live_contacts()) <= set(report.refs) for report in reported(boxed))


def test_trap_05_a_merge_in_hubspot_unlinks_nobody_who_lives_on(boxed: Office) -> None:
    first, second = boxed.pair("a@x.example"), boxed.pair("b@x.example")
    survivor = hubspot_ref(boxed.hubspot.ui_merge(NUMBER, "contacts", first[0].id, second[0].id))
    after_sweeps(boxed)
    assert set(boxed.live_leads()) == {first[1], second[1]}
    assert partner(boxed, survivor) in {first[1], second[1]}
    assert len(boxed.links()) == 1
    boxed.edit_contact(survivor, phone="7")
    boxed.rest()
    assert boxed.row(partner(boxed, survivor))["Phone"] == "7"


@pytest.mark.parametrize("told", ["the lead first", "the contact first"])
def test_trap_06_a_conversion_makes_no_second_contact_and_writes_no_converted_lead(
    boxed: Office, told: str
) -> None:
    contact, lead = boxed.pair("a@x.example")
    person = contact_ref(boxed.salesforce.ui_convert(lead.id)["contact_id"] or "")
    frozen = boxed.row(lead)
    boxed.notice(*((lead, person) if told == "the lead first" else (person,)))
    boxed.step()
    boxed.edit_contact(contact, phone="7")
    after_sweeps(boxed)
    assert (boxed.live_contacts(), partner(boxed, contact)) == ([contact], person)
    assert (boxed.row(person)["Phone"], boxed.row(lead)) == ("7", frozen)
    assert boxed.letters() == []


# --- who is who ---


def test_trap_07_contacts_go_before_leads_and_the_oldest_before_the_younger(office: Office) -> None:
    lead = office.add_lead("a@x.example")
    office.clock.sleep(60)
    older, younger = (_seller_adds_contact(office, "A@x.example", at) for at in (0.0, 60.0))
    contact = office.add_contact("a@x.example")
    noticed(office)
    with office.database.transaction() as tx:
        tx.pending.finish(tx.pending.take(NUMBER, now=office.clock(), limit=9), [], now=office.clock())
    office.notice(contact)
    office.rest()
    assert partner(office, contact) == older
    assert [set(report.refs) for report in reported(office)] == [{contact, lead, older, younger}]


def _seller_adds_contact(office: Office, email: str, seconds_later: float) -> RecordRef:
    office.clock.sleep(seconds_later)
    return contact_ref(office.salesforce.ui_create("Contact", {"Email": email, "LastName": "Byron"}))


@pytest.mark.parametrize("side", ["hubspot", "salesforce"])
def test_trap_09_an_edited_address_forks_nobody(office: Office, side: str) -> None:
    office.change_settings(replace(TWO_WAY, create_from_leads=False))
    contact, lead = office.pair("a@x.example")
    other = office.add_lead("taken@x.example")
    office.rest()
    if side == "hubspot":
        office.edit_contact(contact, email="taken@x.example")
    else:
        office.edit_lead(lead, Email="taken@x.example")
    after_sweeps(office)
    assert office.contact(contact)["email"] == office.row(lead)["Email"] == "taken@x.example"
    assert (office.live_contacts(), set(office.live_leads())) == ([contact], {lead, other})
    assert partner(office, contact) == lead


@pytest.mark.parametrize("search", ["finds them", "lags"])
def test_trap_10_a_secondary_address_links_though_the_search_may_lag(office: Office, search: str) -> None:
    contact = office.add_contact("a@x.example", hs_additional_emails="second@x.example")
    office.change_settings(replace(TWO_WAY, create_as=TWO_WAY.create_as.NONE))
    office.rest()
    lead = office.add_lead("Second@x.example", Phone="7")
    if search == "lags":
        noticed(office)
        office.hubspot_wire.answers.append(answer(200, {"status": "COMPLETE", "results": []}))
    office.rest()
    assert (office.live_contacts(), partner(office, contact)) == ([contact], lead)
    assert (office.contact(contact)["phone"], office.letters()) == ("7", [])


def test_trap_10_a_clash_with_somebody_who_is_never_found_is_an_operators_and_not_tried_for_ever(
    office: Office,
) -> None:
    contact = office.add_contact("a@x.example", hs_additional_emails="second@x.example")
    office.rest()
    _find_nobody_by_email(office)
    office.add_lead("second@x.example")
    office.rest()
    assert ([letter.error for letter in office.letters()], office.live_contacts()) == (
        ["conflict"],
        [contact],
    )
    office.calls()
    office.clock.sleep(7 * 86_400)
    office.rest()
    assert office.calls() == {}


def _find_nobody_by_email(office: Office) -> None:
    wire: Any = office.hubspot_wire
    send = wire.send

    def blind(request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if b'"idProperty": "email"' in (request.body or b""):
            wire.answers.append(answer(200, {"status": "COMPLETE", "results": []}))
        response: requests.Response = send(request, *args, **options)
        return response

    wire.send = blind
