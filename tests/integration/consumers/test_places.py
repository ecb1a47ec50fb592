"""States and countries between free texts and an org with its picklists on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from contract.mappings import MappingRule
from contract.records import RecordRef
from contract.settings import CreateAs, Settings
from tests.fakes.office import ON, Office, opened

CODES: Settings = replace(
    ON, picklists=True, mappings=tuple(replace(row, rule=MappingRule.TWO_WAY) for row in ON.mappings)
)


@pytest.fixture
def office() -> Iterator[Office]:
    with opened(CODES) as found:
        found.salesforce.enable_places()
        yield found


def codes(office: Office, ref: RecordRef, prefix: str = "") -> tuple[Any, Any]:
    row = office.row(ref)
    return row[f"{prefix}CountryCode"], row[f"{prefix}StateCode"]


def texts(office: Office, contact: RecordRef) -> tuple[Any, Any]:
    held = office.contact(contact)
    return held.get("country"), held.get("state")


def test_free_text_arrives_as_codes_and_stays_as_it_was_typed(office: Office) -> None:
    contact, lead = office.pair("ada@example.org", country="États-Unis", state="Calif.")
    assert codes(office, lead) == ("US", "CA")
    assert (office.row(lead)["Country"], office.row(lead)["State"]) == ("United States", "California")
    assert texts(office, contact) == ("États-Unis", "Calif.")
    assert office.letters() == []


def test_codes_arrive_as_names(office: Office) -> None:
    contact, lead = office.pair("ada@example.org", country="USA", state="Texas")
    office.edit_lead(lead, CountryCode="DE", StateCode="BY")
    office.rest()
    assert texts(office, contact) == ("Germany", "Bavaria")
    office.clock.sleep(60)
    office.edit_contact(contact, state="Hessen")
    office.rest()
    assert codes(office, lead) == ("DE", "HE")


def test_a_new_country_takes_a_state_that_it_does_not_have_away_and_hubspot_keeps_its_text(
    office: Office,
) -> None:
    contact, lead = office.pair("ada@example.org", country="Deutschland", state="Bayern")
    office.edit_contact(contact, country="France")
    office.rest()
    assert codes(office, lead) == ("FR", None)
    assert texts(office, contact) == ("France", "Bayern")
    assert office.letters() == []


def test_what_cannot_be_looked_up_is_left_out_and_told_and_closes_itself(office: Office) -> None:
    contact, lead = office.pair("ada@example.org", country="Deutschland")
    office.edit_contact(contact, country="Atlantis", jobtitle="CTO")
    office.rest()
    assert (office.row(lead)["Title"], codes(office, lead)) == ("CTO", ("DE", None))
    (letter,) = office.letters()
    assert (letter.field, letter.ref) == ("CountryCode", contact)
    assert "Atlantis" not in letter.says
    office.edit_contact(contact, country="Schweiz")
    office.rest()
    assert (codes(office, lead), office.letters()) == (("CH", None), [])


def test_a_contact_has_a_mailing_address(office: Office) -> None:
    office.change_settings(replace(CODES, create_as=CreateAs.CONTACT))
    _, there = office.pair("ada@example.org", country="Kanada", state="Québec")
    assert codes(office, there, "Mailing") == ("CA", "QC")


def test_looking_places_up_takes_no_calls(office: Office) -> None:
    contacts = [office.add_contact(f"p{n}@example.org", country="USA") for n in range(100)]
    office.rest()
    office.clock.sleep(60)
    office.calls()
    for contact in contacts:
        office.edit_contact(contact, jobtitle="CTO")
    office.rest()
    plain = office.calls()
    for contact in contacts:
        office.edit_contact(contact, country="Schweiz")
    office.rest()
    assert sum(office.calls().values()) <= sum(plain.values())


def test_trap_20_a_text_that_an_org_of_codes_refuses_does_not_sink_the_record(office: Office) -> None:
    """The setting must match the org; where it does not, only the texts that are no labels suffer."""
    office.change_settings(replace(CODES, picklists=False))
    _, lead = office.pair("bob@example.org", country="Germany", city="Ulm")
    assert office.row(lead)["CountryCode"] == "DE"
    contact = office.links()[0].hubspot
    assert contact is not None
    office.edit_contact(contact, country="Allemagne", city="Bonn")
    office.rest()
    assert (office.row(lead)["City"], office.row(lead)["CountryCode"]) == ("Bonn", "DE")
    assert [letter.field for letter in office.letters()] == ["Country"]
