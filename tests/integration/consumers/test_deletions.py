"""Deleted in Salesforce, which tells nobody: found, undone, or gone for good."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.office import Office
from tests.integration.consumers.conftest import TWO_WAY
from tests.integration.consumers.trapping import after_sweeps, partner


def test_an_undeleted_lead_is_found_and_goes_on_with_its_contact(office: Office) -> None:
    contact, lead = office.pair("a@x.example", phone="1")
    office.salesforce.ui_delete("Lead", lead.id)
    after_sweeps(office)
    assert (office.links(), office.live_contacts()) == ([], [contact])
    office.salesforce.ui_undelete("Lead", lead.id)
    after_sweeps(office)
    assert partner(office, contact) == lead
    office.edit_lead(lead, Phone="2")
    office.rest()
    assert office.contact(contact)["phone"] == "2"


def test_an_undeleted_lead_whose_contact_was_archived_gets_a_new_one(office: Office) -> None:
    office.change_settings(replace(TWO_WAY, delete_when_lead_deleted=True))
    contact, lead = office.pair("a@x.example")
    office.salesforce.ui_delete("Lead", lead.id)
    after_sweeps(office)
    assert office.live_contacts() == []
    office.salesforce.ui_undelete("Lead", lead.id)
    after_sweeps(office)
    (made,) = office.live_contacts()
    assert (made != contact, partner(office, made)) == (True, lead)
    assert any("cannot restore" in one["says"] for entry in office.activity() for one in entry.verdicts)


@pytest.mark.parametrize("ticked", [True, False])
def test_a_lead_whose_row_is_gone_for_good_is_held_for_an_operator(office: Office, *, ticked: bool) -> None:
    office.change_settings(replace(TWO_WAY, delete_when_lead_deleted=ticked))
    contact, lead = office.pair("a@x.example")
    office.salesforce.ui_delete("Lead", lead.id)
    office.salesforce.ui_purge("Lead", lead.id)
    office.edit_contact(contact, phone="2")
    after_sweeps(office)
    assert office.live_contacts() == [contact]
    assert [letter.code for letter in office.letters()] == ["NOT_VISIBLE"]
