"""An opt-out in one CRM arrives in the other, through the calls that they really have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from contract.records import RecordRef
from tests.contract.crm.benches import NUMBER
from tests.fakes.canned import answer
from tests.fakes.office import ON, Office, opened


@pytest.fixture
def office() -> Iterator[Office]:
    with opened() as found:
        yield found


def opt_out_in_hubspot(office: Office, contact: RecordRef, out: str = "true") -> None:
    office.edit_contact(contact, hs_email_optout=out)


def words(office: Office, contact: RecordRef, lead: RecordRef) -> tuple[object, object]:
    """What both CRMs say."""
    return office.contact(contact).get("hs_email_optout"), office.row(lead)["HasOptedOutOfEmail"]


def test_an_opt_out_travels_both_ways(office: Office) -> None:
    here, there = office.pair("here@example.org"), office.pair("there@example.org")
    opt_out_in_hubspot(office, here[0])
    office.edit_lead(there[1], HasOptedOutOfEmail=True)
    office.rest()
    assert [words(office, *pair) for pair in (here, there)] == [("true", True)] * 2
    assert office.letters() == []


def test_opting_in_travels_nowhere_and_both_sides_keep_what_they_say(office: Office) -> None:
    here, there = office.pair("here@example.org"), office.pair("there@example.org")
    for contact, _ in (here, there):
        opt_out_in_hubspot(office, contact)
    office.rest()
    opt_out_in_hubspot(office, here[0], "false")
    office.edit_lead(there[1], HasOptedOutOfEmail=False)
    office.rest()
    assert words(office, *here) == ("false", True)
    assert words(office, *there) == ("true", False)


def test_who_is_opted_out_arrives_opted_out(office: Office) -> None:
    contact = office.add_contact("here@example.org", hs_email_optout="true")
    lead = office.add_lead("there@example.org", HasOptedOutOfEmail=True)
    office.rest()
    ends = {link.hubspot: link.salesforce for link in office.links()}
    (made,) = [end for end in ends if end not in {contact, None}]
    assert made is not None
    theirs = ends[contact]
    assert theirs is not None
    assert words(office, contact, theirs) == ("true", True)
    assert words(office, made, lead) == ("true", True)


def test_it_travels_for_a_linked_contact_that_has_left_the_inclusion_list(office: Office) -> None:
    contact, lead = office.pair("ada@example.org", city="Rome")
    chosen = office.hubspot.add_dynamic_list(NUMBER, "Open", "hs_lead_status", "EQ", "OPEN")
    office.change_settings(replace(ON, inclusion_list=chosen))
    office.edit_lead(lead, HasOptedOutOfEmail=True, City="Oslo")
    office.rest()
    assert words(office, contact, lead) == ("true", True)
    assert office.contact(contact)["city"] == "Rome"


def test_a_person_stays_opted_out_under_a_new_address(office: Office) -> None:
    here, there = office.pair("here@example.org"), office.pair("there@example.org")
    for _, lead in (here, there):
        office.edit_lead(lead, HasOptedOutOfEmail=True)
    office.rest()
    office.clock.sleep(60)
    office.edit_contact(here[0], email="moved@example.org")
    office.edit_lead(there[1], Email="moved.too@example.org")
    office.rest()
    assert office.contact(there[0])["email"] == "moved.too@example.org"
    assert [words(office, *pair) for pair in (here, there)] == [("true", True)] * 2


def test_an_opt_out_takes_one_call_and_no_opt_out_takes_none(office: Office) -> None:
    leads = [office.pair(f"p{number}@example.org")[1] for number in range(3)]
    office.calls()
    for lead in leads:
        office.edit_lead(lead, Title="CTO")
    office.rest()
    assert unsubscribed(office) == 0
    for lead in leads:
        office.edit_lead(lead, HasOptedOutOfEmail=True)
    office.rest()
    assert unsubscribed(office) == 3


def unsubscribed(office: Office) -> int:
    """How many calls opted somebody out since this was last asked."""
    return sum(count for call, count in office.calls().items() if call.endswith("/unsubscribe-all"))


def test_without_the_scope_the_rest_is_written_and_an_operator_is_told(office: Office) -> None:
    contact, lead = office.pair("ada@example.org")
    office.edit_lead(lead, HasOptedOutOfEmail=True, City="Oslo")
    sending = refuse_opt_outs(office)
    office.rest()
    (letter,) = office.letters()
    assert (letter.field, letter.ref, letter.code) == ("hs_email_optout", lead, "MISSING_SCOPES")
    assert words(office, contact, lead) == (None, True)
    assert office.contact(contact)["city"] == "Oslo"
    office.hubspot_wire.send = sending  # type: ignore[method-assign]  # the scope is given
    office.edit_lead(lead, Title="CTO")
    office.rest()
    assert (words(office, contact, lead), office.letters()) == (("true", True), [])


def refuse_opt_outs(office: Office) -> Any:
    """HubSpot refuses this one call, as it does an app without the scope; returns what was in its place."""
    send = office.hubspot_wire.send

    def refusing(request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if "unsubscribe-all" in str(request.url):
            office.hubspot_wire.answers.appendleft(answer(403, {"category": "MISSING_SCOPES"}))
        return send(request, *args, **options)

    office.hubspot_wire.send = refusing  # type: ignore[method-assign]
    return send
