"""What was converted or merged lives on under another id and address: the person stays one, and stays out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.links import LinkState
from contract.records import RecordRef
from tests.contract.crm.benches import NUMBER
from tests.fakes.office import Office, opened
from tests.fakes.premises import contact_ref
from tests.integration.consumers.conftest import TWO_WAY
from tests.integration.consumers.test_exclusion import keep_out, kept_out


@pytest.fixture
def office() -> Iterator[Office]:
    with opened(TWO_WAY) as found:
        yield found


def convert(office: Office, lead: RecordRef) -> RecordRef:
    """A seller converts the lead; which contact it became."""
    return contact_ref(str(office.salesforce.ui_convert(lead.id)["contact_id"]))


def settle(office: Office) -> None:
    """All notices, and a sweep."""
    office.rest()
    office.sweep()
    office.rest()
    office.clock.sleep(60)


def test_an_erased_person_does_not_come_back_by_a_new_address_and_a_conversion(office: Office) -> None:
    contact, lead = office.pair("old@x.example")
    office.hubspot.ui_gdpr_delete(NUMBER, contact.id)
    settle(office)
    office.edit_lead(lead, Email="new@x.example")
    settle(office)
    made = convert(office, lead)
    settle(office)
    office.edit_lead(made, Email="newest@x.example")
    settle(office)
    assert office.live_contacts() == []
    with office.database.transaction() as tx:
        assert tx.tombstones.erased_refs(NUMBER, [lead, made]) == {lead, made}


def test_an_erased_person_does_not_come_back_by_a_merge(office: Office) -> None:
    contact, lead = office.pair("old@x.example")
    office.hubspot.ui_gdpr_delete(NUMBER, contact.id)
    settle(office)
    master = office.add_lead("")
    settle(office)
    office.salesforce.ui_merge("Lead", master.id, [lead.id])
    office.edit_lead(master, Email="new@x.example")
    settle(office)
    assert office.live_contacts() == []
    with office.database.transaction() as tx:
        assert tx.tombstones.erased_refs(NUMBER, [master]) == {master}


def test_who_is_never_synced_is_not_created_as_the_contact_of_a_conversion(office: Office) -> None:
    lead = office.add_lead("solo@x.example")
    keep_out(office, lead)
    settle(office)
    made = convert(office, lead)
    settle(office)
    assert (office.live_contacts(), office.links()) == ([], [])
    assert kept_out(office) == {lead, made}


def test_a_never_synced_pair_gets_no_second_contact_by_a_new_address_and_a_conversion(office: Office) -> None:
    contact, lead = office.pair("old@x.example")
    keep_out(office, contact, lead)
    office.edit_lead(lead, Email="new@x.example")
    settle(office)
    made = convert(office, lead)
    settle(office)
    assert office.live_contacts() == [contact]
    assert kept_out(office) == {contact, lead, made}


def test_the_mark_of_a_merged_record_without_a_link_reaches_its_master(office: Office) -> None:
    loser = office.add_lead("solo@x.example")
    keep_out(office, loser)
    settle(office)
    contact, master = office.pair("other@x.example")
    office.salesforce.ui_merge("Lead", master.id, [loser.id])
    settle(office)
    office.edit_lead(master, Phone="77")
    settle(office)
    assert master in kept_out(office)
    assert office.contact(contact).get("phone") is None


def test_a_conversion_seen_on_the_contact_first_moves_the_link(office: Office) -> None:
    contact, lead = office.pair("old@x.example")
    office.salesforce.ui_update("Lead", lead.id, {"Email": "new@x.example"})
    made = convert(office, lead)
    office.notice(made)
    office.step()
    assert office.live_contacts() == [contact]
    settle(office)
    link = office.link_of(made)
    assert link is not None
    assert (link.hubspot, link.state, office.live_contacts()) == (contact, LinkState.LIVE, [contact])
    assert office.contact(contact)["email"] == "new@x.example"
    assert office.letters() == []


def test_a_merge_seen_on_the_master_first_moves_the_link(office: Office) -> None:
    contact, loser = office.pair("old@x.example")
    master = office.add_lead("")
    office.rest()
    office.salesforce.ui_merge("Lead", master.id, [loser.id], {"Email": "new@x.example"})
    office.notice(master)
    office.step()
    assert office.live_contacts() == [contact]
    settle(office)
    link = office.link_of(master)
    assert link is not None
    assert (link.hubspot, link.state, office.live_contacts()) == (contact, LinkState.LIVE, [contact])
    assert office.letters() == []


def test_a_burst_of_new_contacts_costs_two_queries_more(office: Office) -> None:
    made = [
        contact_ref(office.salesforce.ui_create("Contact", {"LastName": "L", "Email": f"{n}@x.example"}))
        for n in range(80)
    ]
    office.rest()
    assert len(office.live_contacts()) == len(made)
    assert office.calls()["GET /queryAll"] == 2  # one for leads, one for contacts
