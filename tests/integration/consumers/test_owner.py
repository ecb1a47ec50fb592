"""The owner of a person is the same user in both CRMs, known by e-mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from contract.records import RecordRef
from tests.contract.crm.benches import NUMBER
from tests.fakes.office import ON, Office, opened

OWNERS = "GET /crm/v3/owners"


@pytest.fixture
def office() -> Iterator[Office]:
    with opened() as found:
        yield found


@pytest.fixture
def petra(office: Office) -> str:
    """Petra's owner id; she is a user of both."""
    return office.hubspot.add_owner(NUMBER, "Petra.Person@Example.com")


@pytest.fixture
def carl(office: Office) -> str:
    """Carl's owner id."""
    return office.hubspot.add_owner(NUMBER, "carl.colleague@example.com")


def owners(office: Office, contact: RecordRef, lead: RecordRef) -> tuple[object, object]:
    return office.contact(contact).get("hubspot_owner_id"), office.row(lead)["OwnerId"]


def test_the_owner_travels_both_ways(office: Office, petra: str, carl: str) -> None:
    users = office.salesforce.org.users
    contact, lead = office.pair("ada@example.org", hubspot_owner_id=petra)
    assert owners(office, contact, lead) == (petra, users.person)
    office.edit_contact(contact, hubspot_owner_id=carl)
    office.rest()
    assert owners(office, contact, lead) == (carl, users.colleague)
    office.clock.sleep(60)
    office.edit_lead(lead, OwnerId=users.person)
    office.rest()
    assert owners(office, contact, lead) == (petra, users.person)
    assert office.letters() == []


def test_whom_salesforce_gives_a_new_lead_is_carried_back(office: Office, carl: str) -> None:
    users = office.salesforce.org.users
    office.salesforce.org.assignment_rules["Lead"] = users.colleague
    office.change_settings(replace(ON, use_assignment_rules=True))
    contact, lead = office.pair("ada@example.org")
    assert owners(office, contact, lead) == (carl, users.colleague)


def test_a_queue_and_an_unknown_owner_are_left_as_is_and_said(office: Office, petra: str) -> None:
    users = office.salesforce.org.users
    stranger = office.hubspot.add_owner(NUMBER, "stranger@example.org")
    contact, lead = office.pair("ada@example.org", hubspot_owner_id=petra)
    office.edit_lead(lead, OwnerId=users.queue)
    office.rest()
    assert owners(office, contact, lead) == (petra, users.queue)
    office.edit_contact(contact, hubspot_owner_id=stranger)
    office.rest()
    assert owners(office, contact, lead) == (stranger, users.queue)
    told = [verdict["says"] for entry in office.activity() for verdict in entry.verdicts]
    assert [says for says in told if says.startswith("its owner in Salesforce is a queue")]
    assert [says for says in told if says.startswith("nobody active in Salesforce has the e-mail")]
    assert (office.letters(), office.counts().pending) == ([], 0)


def test_a_lead_of_a_colleague_becomes_a_contact_of_the_same(office: Office, carl: str) -> None:
    users = office.salesforce.org.users
    lead = office.add_lead("ada@example.org", OwnerId=users.colleague)
    office.rest()
    (link,) = office.links()
    assert link.hubspot is not None
    assert owners(office, link.hubspot, lead) == (carl, users.colleague)


def test_a_hundred_edits_ask_nothing_about_owners_and_a_hundred_new_owners_ask_once(
    office: Office, petra: str, carl: str
) -> None:
    contacts = [office.add_contact(f"p{n}@example.org", hubspot_owner_id=petra) for n in range(100)]
    office.rest()
    office.clock.sleep(60)
    office.calls()
    for contact in contacts:
        office.edit_contact(contact, jobtitle="CTO")
    office.rest()
    plain = office.calls()
    for contact in contacts:
        office.edit_contact(contact, hubspot_owner_id=carl)
    office.rest()
    given = office.calls()
    assert OWNERS not in plain
    assert sum(given.values()) - sum(plain.values()) <= 2
