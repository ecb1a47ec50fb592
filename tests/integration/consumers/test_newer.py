"""Two-way: of two edits of one field the later one wins, whatever else was touched since."""

from __future__ import annotations

from tests.fakes.office import Office


def test_trap_15_the_later_edit_of_the_field_wins_though_the_other_record_was_touched_last(
    office: Office,
) -> None:
    contact, lead = office.pair(phone="1")
    office.edit_contact(contact, phone="earlier")
    office.clock.sleep(60)
    office.edit_lead(lead, Phone="later")
    office.clock.sleep(60)
    office.edit_contact(contact, jobtitle="Countess")
    office.rest()
    assert office.contact(contact)["phone"] == office.row(lead)["Phone"] == "later"
    assert office.row(lead)["Title"] == "Countess"


def test_the_later_edit_wins_in_the_other_direction_too(office: Office) -> None:
    contact, lead = office.pair(phone="1")
    office.edit_lead(lead, Phone="earlier")
    office.clock.sleep(60)
    office.edit_contact(contact, phone="later")
    office.rest()
    assert office.contact(contact)["phone"] == office.row(lead)["Phone"] == "later"
