"""Known traps that bite in the whole of the sync; `tests/unit/test_traps.py` lists all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from sqlalchemy import text

from contract.activity import StoredReport
from contract.changes import Kind
from contract.links import Ended
from contract.mappings import MappingRule
from contract.records import RecordRef
from contract.settings import SyncMode
from tests.contract.crm.benches import NUMBER
from tests.fakes.canned import answer
from tests.fakes.office import Office, opened
from tests.fakes.premises import contact_ref, hubspot_ref
from tests.integration.consumers.conftest import TWO_WAY
from tests.unit.consumers.kit import meanwhile, noticed

BOXES = replace(TWO_WAY, delete_when_lead_deleted=True, delete_when_contact_deleted=True)


@pytest.fixture
def boxed() -> Iterator[Office]:
    """Whoever is deleted in Salesforce is deleted in HubSpot."""
    with opened(BOXES) as office:
        yield office


def after_sweeps(office: Office) -> None:
    """At rest, with all that sweeps may find."""
    for _ in range(2):
        office.rest()
        office.clock.sleep(61)
        office.sweep()
    office.rest()


def reported(office: Office) -> list[StoredReport]:
    with office.database.transaction() as tx:
        return tx.activity.reports(NUMBER)


def partner(office: Office, contact: RecordRef) -> RecordRef:
    """The Salesforce end of a contact's live link."""
    link = office.link_of(contact)
    assert link is not None
    assert link.ended is None
    assert link.salesforce is not None
    return link.salesforce


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
@pytest.mark.parametrize("address", ["new@x.example", "taken@x.example"])
def test_trap_09_an_edited_address_forks_nobody(office: Office, side: str, address: str) -> None:
    office.change_settings(replace(TWO_WAY, create_from_leads=False))
    contact, lead = office.pair("a@x.example")
    other = office.add_lead("taken@x.example")
    office.rest()
    if side == "hubspot":
        office.edit_contact(contact, email=address)
    else:
        office.edit_lead(lead, Email=address)
    after_sweeps(office)
    assert office.contact(contact)["email"] == office.row(lead)["Email"] == address
    assert (office.live_contacts(), set(office.live_leads())) == ([contact], {lead, other})
    assert partner(office, contact) == lead


@pytest.mark.parametrize("search", ["finds them", "lags"])
def test_trap_10_a_secondary_address_links_and_its_clash_is_not_tried_for_ever(
    office: Office, search: str
) -> None:
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
    office.calls()
    office.clock.sleep(86_400)
    office.rest()
    assert office.calls() == {}


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


@pytest.mark.parametrize("rule", [rule for rule in MappingRule if rule is not MappingRule.DONT_SYNC])
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


PLACEHOLDERS: dict[str, dict[str, Any]] = {
    "nothing known": {"lastname": "", "firstname": "", "company": ""},
    "an address at a free mailer": {"lastname": "Byron", "company": ""},
}


@pytest.mark.parametrize("known", PLACEHOLDERS)
@pytest.mark.parametrize("rule", [rule for rule in MappingRule if rule is not MappingRule.DONT_SYNC])
def test_trap_21_a_placeholder_never_comes_back_as_a_value(
    office: Office, known: str, rule: MappingRule
) -> None:
    office.change_settings(replace(TWO_WAY, mappings=tuple(replace(m, rule=rule) for m in TWO_WAY.mappings)))
    contact = office.add_contact("ada@gmail.com", **PLACEHOLDERS[known])
    office.rest()
    lead = partner(office, contact)
    assert office.row(lead)["Company"] == "[not provided]"
    office.clock.sleep(60)
    office.edit_lead(lead, Title="CTO")
    after_sweeps(office)
    office.edit_contact(contact, city="Rome")
    after_sweeps(office)
    held = office.contact(contact)
    assert {name: held.get(name) or "" for name in PLACEHOLDERS[known]} == PLACEHOLDERS[known]
    assert office.row(lead)["Company"] == "[not provided]"


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
    contacts = [office.add_contact(f"p{n}@x.example") for n in range(250)]
    noticed(office)
    assert (office.counts().pending, office.calls()) == (250, {})
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
    assert sum(office.calls().values()) < 40


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
