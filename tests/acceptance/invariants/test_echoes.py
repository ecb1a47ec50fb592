"""The echo of our own write causes no write, in whatever form it was stored; two people keep both edits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from sandbox.kit import Faults
from tests.acceptance.invariants.conftest import TWO_WAY
from tests.fakes.office import Office, opened

REWRITING = Faults(normalise=True)
"""E-mails are lower-cased, texts trimmed, numbers rounded on save."""


def writes(office: Office) -> int:
    """Calls that changed anything since the last time this was asked."""
    words = ("batch/update", "batch/create", "PATCH ")
    return sum(count for call, count in office.calls().items() if any(word in call for word in words))


def settle(office: Office) -> int:
    """Rest, sweep and rest again; how many writes that took."""
    office.rest()
    office.clock.sleep(61)
    office.sweep()
    office.rest()
    return writes(office)


FROM_HUBSPOT: Mapping[str, Any] = {
    "a plain text": {"phone": "+1 555"},
    "spaces around it": {"jobtitle": "  CTO  "},
    "capitals in an address": {"email": "ADA.Byron@X.example"},
    "more decimals than are kept": {"annualrevenue": "1234567.891"},
    "a text too long for the field": {"jobtitle": "x" * 200},
    "a clear": {"phone": ""},
    "line breaks": {"address": "1 Road\r\nTown"},
}
FROM_SALESFORCE: Mapping[str, Any] = {
    "a plain text": {"Phone": "+1 555"},
    "capitals in an address": {"Email": "ADA.Byron@X.example"},
    "more decimals than are kept": {"AnnualRevenue": 1234567.891},
    "a clear": {"Phone": None},
    "line breaks": {"Street": "1 Road\r\nTown"},
}


@pytest.fixture
def rewriting() -> Iterator[Office]:
    with opened(TWO_WAY, faults=REWRITING) as office:
        yield office


@pytest.mark.parametrize("name", FROM_HUBSPOT)
def test_trap_01_one_edit_in_hubspot_is_one_write_in_salesforce_and_none_back(
    rewriting: Office, name: str
) -> None:
    contact, _ = rewriting.pair(phone="0")
    writes(rewriting)
    rewriting.edit_contact(contact, **FROM_HUBSPOT[name])
    assert settle(rewriting) == 1
    assert settle(rewriting) == 0


@pytest.mark.parametrize("name", FROM_SALESFORCE)
def test_trap_01_one_edit_in_salesforce_is_one_write_in_hubspot_and_none_back(
    rewriting: Office, name: str
) -> None:
    _, lead = rewriting.pair(phone="0")
    writes(rewriting)
    rewriting.edit_lead(lead, **FROM_SALESFORCE[name])
    assert settle(rewriting) == 1
    assert settle(rewriting) == 0


@pytest.mark.parametrize("side", ["hubspot", "salesforce"])
def test_a_new_person_is_one_creation_and_nothing_after_it(rewriting: Office, side: str) -> None:
    if side == "hubspot":
        rewriting.add_contact("New.Person@X.example", company=" Engines ", annualrevenue="10.005")
    else:
        rewriting.add_lead("New.Person@X.example", Company=" Engines ", AnnualRevenue=10.005)
    assert settle(rewriting) == 1
    assert settle(rewriting) == 0


def test_trap_01_automation_that_touches_what_we_wrote_causes_no_write(office: Office) -> None:
    office.salesforce.faults = Faults(automation=1.0)
    contact, lead = office.pair(phone="0")
    writes(office)
    office.edit_contact(contact, phone="1")
    assert settle(office) == 1
    assert office.row(lead)["Phone"] == "1"


@pytest.mark.parametrize("first", ["hubspot", "salesforce"])
@pytest.mark.parametrize("apart", [0.0, 0.4, 3.0])
def test_two_people_editing_different_fields_both_keep_their_edit(
    office: Office, first: str, apart: float
) -> None:
    contact, lead = office.pair(phone="0", jobtitle="a")
    edits: list[Callable[[], None]] = [
        lambda: office.edit_contact(contact, phone="1"),
        lambda: office.edit_lead(lead, Title="b"),
    ]
    for edit in edits if first == "hubspot" else edits[::-1]:
        edit()
        office.clock.sleep(apart)
    office.rest()
    assert (office.contact(contact)["phone"], office.row(lead)["Phone"]) == ("1", "1")
    assert (office.contact(contact)["jobtitle"], office.row(lead)["Title"]) == ("b", "b")


def test_an_edit_right_after_our_write_is_an_edit_and_not_its_echo(office: Office) -> None:
    contact, lead = office.pair(phone="0")
    office.edit_contact(contact, phone="1")
    office.deliver()
    office.receive()
    office.step()
    office.edit_lead(lead, Phone="2")
    office.rest()
    assert (office.contact(contact)["phone"], office.row(lead)["Phone"]) == ("2", "2")


def test_a_cut_text_never_flows_back(office: Office) -> None:
    contact, lead = office.pair()
    long = "Chief " * 40
    office.edit_contact(contact, jobtitle=long)
    office.rest()
    office.edit_lead(lead, City="Oslo")
    office.rest()
    assert office.contact(contact)["jobtitle"] == long
    assert len(office.row(lead)["Title"]) <= 128
