"""What a CRM refuses: the rest is written, an operator is told, and what has come to agree is closed."""

from __future__ import annotations

import pytest

from contract.activity import DeadLetter, DeadLetterScope, DeadLetterState, StoredReport
from contract.records import RecordRef, Side
from diptych.cli.letters import put_back
from tests.contract.crm.benches import NUMBER
from tests.fakes.office import Office


def reports(office: Office) -> list[StoredReport]:
    with office.database.transaction() as tx:
        return tx.activity.reports(NUMBER)


def resolved(office: Office) -> list[DeadLetter]:
    with office.database.transaction() as tx:
        return tx.dead_letters.find(portal=NUMBER, state=DeadLetterState.RESOLVED)


@pytest.fixture
def refused(office: Office) -> tuple[RecordRef, RecordRef]:
    """A contact and its lead; Salesforce refused the contact's website, which is no address."""
    rule = {"object": "Lead", "field": "Website", "regex": "https?://.*", "message": "no address"}
    office.salesforce.add_validation_rule(rule)
    contact, lead = office.pair(website="https://old.example")
    office.edit_contact(contact, website="n/a", jobtitle="CTO")
    office.rest()
    return contact, lead


def test_a_refused_field_is_a_letter_and_the_rest_of_the_record_is_written(
    office: Office, refused: tuple[RecordRef, RecordRef]
) -> None:
    contact, lead = refused
    (letter,) = office.letters()
    assert (letter.scope, letter.ref, letter.field) == (DeadLetterScope.FIELD, contact, "Website")
    assert (letter.side, letter.code) == (Side.SALESFORCE, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert (office.row(lead)["Title"], office.row(lead)["Website"]) == ("CTO", "https://old.example")
    assert office.links()[0].base["website"].hubspot == "https://old.example"
    assert office.activity()[-1].writes[0]["outcome"]["left_out"] == {"Website": letter.code}


def test_a_letter_closes_itself_when_its_value_is_corrected_where_it_comes_from(
    office: Office, refused: tuple[RecordRef, RecordRef]
) -> None:
    contact, lead = refused
    office.edit_contact(contact, website="https://new.example")
    office.rest()
    assert (office.letters(), len(resolved(office))) == ([], 1)
    assert office.row(lead)["Website"] == "https://new.example"


def test_a_letter_closes_itself_when_its_value_is_put_back(
    office: Office, refused: tuple[RecordRef, RecordRef]
) -> None:
    office.edit_contact(refused[0], website="https://old.example")
    office.rest()
    assert (office.letters(), len(resolved(office))) == ([], 1)


def test_a_letter_closes_itself_when_the_other_side_comes_to_agree(
    office: Office, refused: tuple[RecordRef, RecordRef]
) -> None:
    contact, lead = refused
    office.salesforce.org.validation_rules.clear()
    office.edit_lead(lead, Website="n/a")
    office.rest()
    assert (office.letters(), len(resolved(office))) == ([], 1)
    assert office.contact(contact)["website"] == "n/a"


def test_a_letter_stays_open_while_other_fields_of_its_record_travel(
    office: Office, refused: tuple[RecordRef, RecordRef]
) -> None:
    contact, lead = refused
    office.edit_contact(contact, phone="7")
    office.edit_lead(lead, City="Oslo")
    office.rest()
    assert (office.row(lead)["Phone"], office.contact(contact)["city"]) == ("7", "Oslo")
    assert [letter.field for letter in office.letters()] == ["Website"]


def test_a_letter_replayed_before_its_cause_is_gone_comes_back_and_afterwards_does_not(
    office: Office, refused: tuple[RecordRef, RecordRef]
) -> None:
    replay(office)
    assert [letter.field for letter in office.letters()] == ["Website"]
    office.salesforce.org.validation_rules.clear()
    replay(office)
    assert office.letters() == []
    assert office.row(refused[1])["Website"] == "n/a"


def replay(office: Office) -> None:
    """An operator replays all open letters."""
    letters = office.letters()
    with office.database.transaction() as tx:
        _, failed = put_back(tx, letters, now=office.clock())
    assert failed == []
    office.rest()


def test_a_value_that_hubspot_refuses_is_a_letter_of_the_salesforce_record(office: Office) -> None:
    contact, lead = office.pair()
    office.edit_lead(lead, NumberOfEmployees=7, Title="CTO")  # HubSpot's property knows ranges only
    office.notice(contact)
    office.rest()
    (letter,) = office.letters()
    assert (letter.ref, letter.field, letter.side) == (lead, "numemployees", Side.HUBSPOT)
    assert office.contact(contact)["jobtitle"] == "CTO"
    replay(office)
    assert [again.ref for again in office.letters()] == [lead]
    office.edit_lead(lead, NumberOfEmployees=None)
    office.rest()
    assert office.letters() == []


def test_a_value_without_a_form_on_the_other_side_is_a_letter_and_the_rest_is_written(office: Office) -> None:
    contact, lead = office.pair()
    office.edit_contact(contact, email=f"{'a' * 75}@example.org", jobtitle="CTO")
    office.rest()
    (letter,) = office.letters()
    assert (letter.ref, letter.field, letter.code) == (contact, "Email", "UNCONVERTIBLE")
    assert (office.row(lead)["Title"], office.row(lead)["Email"]) == ("CTO", "ada@example.org")
    office.edit_contact(contact, email="short@example.org")
    office.rest()
    assert (office.letters(), office.row(lead)["Email"]) == ([], "short@example.org")


def test_a_refused_creation_is_a_letter_of_its_contact_and_closes_itself_once_it_succeeds(
    office: Office,
) -> None:
    rule = {"object": "Lead", "field": "LastName", "regex": "[A-Z].*", "message": "a capital, please"}
    office.salesforce.add_validation_rule(rule)
    contact = office.add_contact("a@x.example", lastname="byron")
    office.rest()
    (letter,) = office.letters()
    assert (letter.scope, letter.ref, letter.field) == (DeadLetterScope.RECORD, contact, None)
    assert office.live_leads() == []
    office.edit_contact(contact, lastname="Byron")
    office.rest()
    assert (office.letters(), len(office.live_leads()), len(office.links())) == ([], 1, 1)


def test_an_e_mail_that_another_contact_holds_is_left_out_and_both_are_reported(office: Office) -> None:
    contact, lead = office.pair("ada@x.example")
    other = office.add_contact("taken@x.example")
    office.rest()
    office.clock.sleep(60)
    office.edit_lead(lead, Email="taken@x.example", Title="CTO")
    office.rest()
    assert (office.contact(contact)["email"], office.contact(contact)["jobtitle"]) == ("ada@x.example", "CTO")
    (report,) = reports(office)
    assert (report.kind, set(report.refs)) == ("duplicate", {contact, lead, other})
    assert office.letters() == []
    assert "taken@x.example" not in report.says


def test_a_clash_that_is_gone_is_written_with_the_next_look(office: Office) -> None:
    contact, lead = office.pair("ada@x.example")
    other = office.add_contact("taken@x.example")
    office.rest()
    office.clock.sleep(60)
    office.edit_lead(lead, Email="taken@x.example")
    office.rest()
    office.edit_contact(other, email="o@x.example")
    office.rest()
    office.edit_lead(lead, Title="CTO")
    office.rest()
    assert office.contact(contact)["email"] == "taken@x.example"


def test_a_record_that_we_may_not_write_is_a_letter_that_says_so(office: Office) -> None:
    contact, lead = office.pair()
    office.salesforce.org.access.fixed_records.add(lead.id)
    office.edit_contact(contact, phone="7")
    office.rest()
    (letter,) = office.letters()
    assert (letter.error, letter.ref) == ("permission", contact)
    assert "access" in letter.fix
