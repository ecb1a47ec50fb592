"""A field that vanished and comes back as another one of its name clears nobody's value on the other side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sandbox.salesforce.fields import text
from tests.fakes.hall import Hall
from tests.integration.consumers.test_schema_watch import HOUR, SETTINGS, idle, save, watched, work


@pytest.fixture
def hall() -> Iterator[Hall]:
    yield from watched()


def test_a_field_made_anew_under_the_old_name_clears_nobody(hall: Hall) -> None:
    office = hall.office
    contacts = [office.add_contact(f"p{n}@x.example", tier="gold") for n in range(3)]
    work(hall, rounds=3)
    leads = [link.salesforce for link in office.links()]
    office.salesforce.deny_field("Lead", "Tier__c")
    work(hall, HOUR)
    office.edit_contact(contacts[1], tier="silver")
    work(hall, rounds=3)
    office.salesforce.add_field("Lead", text("Tier__c", 40))
    office.salesforce.allow_field("Lead", "Tier__c")
    assert leads[2] is not None
    office.edit_lead(leads[2], Phone="1")
    work(hall, HOUR, rounds=4)
    assert [office.contact(one)["tier"] for one in contacts] == ["gold", "silver", "gold"]
    assert [office.row(one)["Tier__c"] for one in leads if one] == ["gold", "silver", "gold"]
    assert [link.out_of_sight for link in office.links()] == [frozenset()] * 3
    office.edit_lead(leads[2], Tier__c=None)
    work(hall, rounds=3)
    assert not office.contact(contacts[2]).get("tier")


def test_what_was_cleared_while_a_field_was_read_only_is_cleared(hall: Hall) -> None:
    office = hall.office
    contact = office.add_contact("ada@x.example", tier="gold")
    work(hall, rounds=3)
    [lead] = office.live_leads()
    office.salesforce.deny_field("Lead", "Tier__c", read_only=True)
    work(hall, HOUR)
    office.edit_lead(lead, Tier__c=None)
    work(hall, rounds=3)
    assert office.contact(contact)["tier"] == "gold"
    office.salesforce.allow_field("Lead", "Tier__c")
    work(hall, HOUR, rounds=4)
    assert (office.contact(contact).get("tier"), office.row(lead)["Tier__c"]) == (None, None)


def test_a_field_made_anew_is_no_clear_either_where_its_mapping_was_taken_away_meanwhile(hall: Hall) -> None:
    office = hall.office
    contact = office.add_contact("ada@x.example", tier="gold")
    work(hall, rounds=3)
    office.salesforce.deny_field("Lead", "Tier__c")
    work(hall, HOUR)
    save(hall, replace(SETTINGS, mappings=SETTINGS.mappings[:-1]))
    work(hall)
    assert idle(hall) == []
    office.salesforce.add_field("Lead", text("Tier__c", 40))
    office.salesforce.allow_field("Lead", "Tier__c")
    save(hall, SETTINGS)
    work(hall)
    office.edit_contact(contact, phone="1")
    [lead] = office.live_leads()
    office.edit_lead(lead, Fax="2")
    work(hall, HOUR, rounds=4)
    assert (office.contact(contact)["tier"], office.row(lead)["Tier__c"]) == ("gold", "gold")
