"""Known traps that bite in the whole of the sync; `tests/unit/test_traps.py` lists all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from sqlalchemy import text

from contract.changes import Kind
from contract.links import Ended
from contract.mappings import MappingRule
from contract.settings import SyncMode
from tests.contract.crm.benches import NUMBER
from tests.fakes.office import Office, opened
from tests.integration.consumers.conftest import TWO_WAY
from tests.integration.consumers.trapping import after_sweeps, partner, reported
from tests.unit.consumers.kit import meanwhile, noticed

BOXES = replace(TWO_WAY, delete_when_lead_deleted=True, delete_when_contact_deleted=True)


@pytest.fixture
def boxed() -> Iterator[Office]:
    """Whoever is deleted in Salesforce is deleted in HubSpot."""
    with opened(BOXES) as office:
        yield office


# --- what is refused, hidden, made up ---


def test_trap_11_what_can_never_succeed_costs_one_call_and_no_more(office: Office) -> None:
    rule = {"object": "Lead", "field": "LastName", "regex": "[A-Z].*", "message": "a capital, please"}
    office.salesforce.add_validation_rule(rule)
    office.add_contact("a@x.example", lastname="byron")
    office.rest()
    assert sum(count for call, count in office.calls().items() if "PATCH" in call) == 1
    office.clock.sleep(86_400)
    office.rest()
    assert (office.calls(), len(office.letters())) == ({}, 1)


LETS_SALESFORCE_CLEAR = (MappingRule.PREFER_SALESFORCE, MappingRule.ALWAYS_SALESFORCE, MappingRule.TWO_WAY)


@pytest.mark.parametrize("rule", LETS_SALESFORCE_CLEAR)
def test_trap_13_a_field_that_is_hidden_from_us_is_not_taken_for_cleared(
    office: Office, rule: MappingRule
) -> None:
    contact, lead = office.pair("a@x.example", phone="1", jobtitle="CTO")
    rows = (replace(row, rule=rule) if row.key == "phone" else row for row in TWO_WAY.mappings)
    office.change_settings(replace(TWO_WAY, mappings=tuple(rows)))
    office.salesforce.deny_field("Lead", "Phone")
    office.clock.sleep(400)
    office.edit_lead(lead, Title="CEO")
    after_sweeps(office)
    office.edit_contact(contact, city="Rome")
    after_sweeps(office)
    assert (office.contact(contact)["phone"], office.contact(contact)["jobtitle"]) == ("1", "CEO")
    assert (office.row(lead)["Phone"], office.row(lead)["City"]) == ("1", "Rome")


@pytest.mark.parametrize("rule", LETS_SALESFORCE_CLEAR)
def test_trap_21_a_placeholder_never_comes_back_as_a_value(office: Office, rule: MappingRule) -> None:
    office.change_settings(replace(TWO_WAY, mappings=tuple(replace(m, rule=rule) for m in TWO_WAY.mappings)))
    contact = office.add_contact("ada@gmail.com", lastname="", firstname="", company="")
    office.rest()
    lead = partner(office, contact)
    assert (office.row(lead)["LastName"], office.row(lead)["Company"]) == ("ada", "[not provided]")
    office.clock.sleep(60)
    office.edit_lead(lead, Title="CTO")
    after_sweeps(office)
    office.edit_contact(contact, city="Rome")
    after_sweeps(office)
    held = office.contact(contact)
    assert {held.get("lastname") or "", held.get("company") or ""} == {""}
    assert (office.row(lead)["LastName"], office.row(lead)["Company"]) == ("ada", "[not provided]")


# --- waiting, on and off the list, on and off ---


def test_trap_22_who_waits_for_another_record_is_tried_again_and_is_no_dead_letter(office: Office) -> None:
    contact = office.add_contact("a@x.example")
    noticed(office)
    meanwhile(office, "salesforce", "PATCH", _no_answer)
    office.step()
    lead = office.add_lead("a@x.example")
    noticed(office)
    office.step()
    with office.database.transaction() as tx:
        waits_on = tx.connection.execute(text("SELECT waits_on FROM pending WHERE waits_on IS NOT NULL"))
        assert waits_on.scalars().all() == [str(contact)]
    assert (office.letters(), office.links()) == ([], [])
    office.rest()
    assert (partner(office, contact), office.live_leads()) == (lead, [lead])
    assert (office.letters(), office.counts().pending) == ([], 0)


def _no_answer() -> None:
    raise requests.ConnectionError("reset by the other end")


def test_trap_19_leaving_the_list_deletes_nothing_and_ends_no_link(boxed: Office) -> None:
    contact, lead = boxed.pair("a@x.example", phone="1", hs_lead_status="OPEN")
    chosen = boxed.hubspot.add_dynamic_list(NUMBER, "Open", "hs_lead_status", "EQ", "OPEN")
    boxed.change_settings(replace(BOXES, inclusion_list=chosen))
    after_sweeps(boxed)
    boxed.edit_contact(contact, hs_lead_status="NEW")
    boxed.clock.sleep(61)
    boxed.edit_lead(lead, Phone="2")
    after_sweeps(boxed)
    assert (boxed.live_contacts(), boxed.live_leads(), partner(boxed, contact)) == ([contact], [lead], lead)
    assert (boxed.contact(contact)["phone"], boxed.row(lead)["Phone"]) == ("1", "2")
    boxed.edit_contact(contact, hs_lead_status="OPEN")
    boxed.clock.sleep(61)
    after_sweeps(boxed)
    assert boxed.contact(contact)["phone"] == "2"


@pytest.mark.parametrize("crm", ["hubspot", "salesforce"])
def test_trap_23_on_again_neither_loses_what_was_kept_nor_bursts_through_a_limit(
    office: Office, crm: str
) -> None:
    office.change_settings(replace(TWO_WAY, mode=SyncMode.OFF))
    contacts = [office.add_contact(f"p{n}@x.example") for n in range(120)]
    noticed(office)
    assert (office.counts().pending, office.calls()) == (120, {})
    office.change_settings(TWO_WAY)
    if crm == "hubspot":
        office.hubspot.refuse_for(NUMBER, 30)
    else:
        office.salesforce.refuse_for(30)
    held = office.step()
    assert held.hold is not None
    office.clock.sleep(30)
    office.calls()
    office.rest()
    assert {link.hubspot for link in office.links()} == set(contacts)
    assert (office.letters(), office.counts().pending) == ([], 0)
    assert sum(office.calls().values()) < 30


# --- erased ---


@pytest.mark.parametrize("order", [(Kind.ERASED, Kind.DELETED), (Kind.DELETED, Kind.ERASED)])
def test_trap_25_erasure_and_deletion_may_come_in_either_order(
    office: Office, order: tuple[Kind, Kind]
) -> None:
    contact, lead = office.pair("a@x.example", phone="1")
    office.hubspot.ui_gdpr_delete(NUMBER, contact.id)
    office.hubspot.notices.waiting.clear()  # told by hand, in the order at stake
    for kind in order:
        office.notice(contact, kind=kind)
        office.step()
        office.clock.sleep(30)
    office.edit_lead(lead, Phone="2")
    after_sweeps(office)
    link = office.link_of(contact)
    assert link is not None
    assert (link.ended, link.base, link.email) == (Ended.ERASED, {}, "")
    assert (office.live_contacts(), len(reported(office))) == ([], 1)
