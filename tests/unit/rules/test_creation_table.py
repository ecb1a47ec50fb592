"""Creation: who gets a partner on the other side, as what, and under which names; one row per case."""

from __future__ import annotations

from typing import Any

import pytest

from contract.changes import Kind
from contract.facts import Notice
from contract.links import Ended, LinkState
from contract.records import Record
from contract.settings import CreateAs, CreateAsWhen, Settings
from tests.fakes.people import (
    WorldAnswers,
    contact,
    contact_ref,
    hs,
    in_step,
    lead,
    lead_ref,
    notice,
    sf_contact,
    world,
)
from tests.unit.rules.kit import only_write
from tests.unit.rules.tables import comes_of, row

PLAIN = Settings()
LEADS, CONTACTS = Settings(create_from_leads=True), Settings(create_from_contacts=True)
BOTH = Settings(create_from_leads=True, create_from_contacts=True)
AS_CONTACT, AS_NONE = Settings(create_as=CreateAs.CONTACT), Settings(create_as=CreateAs.NONE)


def when(name: str, value: str, create_as: CreateAs) -> CreateAsWhen:
    """One exception."""
    return CreateAsWhen(hubspot_property=name, values=frozenset({value}), create_as=create_as)


CUSTOMER = when("lifecyclestage", "customer", CreateAs.CONTACT)
CUSTOMER_NOT, JUNK_NOT = when("lifecyclestage", "customer", CreateAs.NONE), when("junk", "yes", CreateAs.NONE)
EXCEPTIONS = Settings(create_as_when=(JUNK_NOT, CUSTOMER, CUSTOMER_NOT))
ONLY_CUSTOMERS = Settings(create_as=CreateAs.NONE, create_as_when=(CUSTOMER,))


def one(email: str | None = "a@x.com", **values: Any) -> Record:
    """A HubSpot contact."""
    return contact(1, email=email, lastname="L", **values)


LEAD, PERSON = lead(1, Email="a@x.com", LastName="L"), sf_contact(1, Email="a@x.com", LastName="L")
BUYER, STARTER = one(lifecyclestage="customer"), one(lifecyclestage="lead")
JUNK = one(lifecyclestage="customer", junk="yes")
ACCOUNT = sf_contact(1, Email="a@x.com", person_account=True)
CONVERTED = lead(1, Email="a@x.com", converted=True, converted_to=contact_ref(1).id)
LEFT_OVER = in_step(one(), LEAD).changed(state=LinkState.ENDED, ended=Ended.MERGED)
HUBSPOT, NEW = notice(hs(1)), notice(hs(1), Kind.CREATED)
OF_LEAD, OF_NEW_LEAD = notice(lead_ref(1)), notice(lead_ref(1), Kind.CREATED)
OF_PERSON, OF_NEW_PERSON = notice(contact_ref(1)), notice(contact_ref(1), Kind.CREATED)
TO_LEAD, TO_PERSON = "create Salesforce lead", "create Salesforce contact"
TO_HUBSPOT = "create HubSpot contact"

TABLE = [
    # what, what stands where, what was noticed, settings -> what comes of it
    # --- from HubSpot: as what ---
    row("a lead by default", world(one()), HUBSPOT, PLAIN, TO_LEAD),
    row("just created", world(one()), NEW, PLAIN, TO_LEAD),
    row("a contact", world(one()), HUBSPOT, AS_CONTACT, TO_PERSON),
    row("nothing", world(one()), HUBSPOT, AS_NONE, "nothing"),
    row("an exception", world(BUYER), HUBSPOT, EXCEPTIONS, TO_PERSON),
    row("the first that fits", world(JUNK), HUBSPOT, EXCEPTIONS, "nothing"),
    row("none that fits", world(STARTER), HUBSPOT, EXCEPTIONS, TO_LEAD),
    row("an exception from nothing", world(BUYER), HUBSPOT, ONLY_CUSTOMERS, TO_PERSON),
    # --- from Salesforce: each object by its own switch, on creation or update ---
    row("lead, off", world(LEAD), OF_LEAD, PLAIN, "nothing"),
    row("lead, on", world(LEAD), OF_LEAD, LEADS, TO_HUBSPOT),
    row("lead, just created", world(LEAD), OF_NEW_LEAD, LEADS, TO_HUBSPOT),
    row("lead, the other's on", world(LEAD), OF_LEAD, CONTACTS, "nothing"),
    row("contact, off", world(PERSON), OF_PERSON, PLAIN, "nothing"),
    row("contact, on", world(PERSON), OF_PERSON, CONTACTS, TO_HUBSPOT),
    row("contact, just created", world(PERSON), OF_NEW_PERSON, CONTACTS, TO_HUBSPOT),
    row("contact, the other's on", world(PERSON), OF_PERSON, LEADS, "nothing"),
    # --- who is not eligible ---
    row("no e-mail", world(one(None)), HUBSPOT, PLAIN, "nothing"),
    row("a blank one", world(one(" ")), HUBSPOT, PLAIN, "nothing"),
    row("none that can be", world(one("a@x")), HUBSPOT, PLAIN, "nothing"),
    row("lead without e-mail", world(lead(1, LastName="L")), OF_LEAD, BOTH, "nothing"),
    row("deleted", world(one(deleted=True)), HUBSPOT, PLAIN, "nothing"),
    row("lead, deleted", world(lead(1, Email="a@x.com", deleted=True)), OF_LEAD, BOTH, "nothing"),
    row("lead, converted", world(CONVERTED, PERSON), OF_LEAD, BOTH, "look at Contact 1"),
    row("erased", world(one(), erased=[hs(1)]), HUBSPOT, PLAIN, "nothing"),
    row("of an erased address", world(LEAD, erased=["a@x.com"]), OF_LEAD, BOTH, "nothing"),
    row("a person account", world(ACCOUNT), OF_PERSON, BOTH, "nothing"),
    row("left over by a merge", world(one(), links=[LEFT_OVER]), HUBSPOT, PLAIN, "nothing"),
    row("its partner is there", world(one(), LEAD), HUBSPOT, PLAIN, "HubSpot 1 - Lead 1"),
]


@pytest.mark.parametrize(("there", "noticed", "settings", "comes"), TABLE)
def test_who_is_created(
    there: WorldAnswers, noticed: tuple[Notice, ...], settings: Settings, comes: str
) -> None:
    assert comes_of(there, noticed, settings) == comes


NAMES = [
    # what; first name, last name, company, e-mail -> last name and company of a new lead
    ("all there", "Ann", "Lee", "Acme", "ann@x.io", "Lee", "Acme"),
    ("no last name: the full name's last word", "Ann Mary Lee", None, "Acme", "ann@x.io", "Lee", "Acme"),
    ("a blank last name", "Ann Lee", " ", "Acme", "ann@x.io", "Lee", "Acme"),
    ("one name only: the address", "Ann", None, "Acme", "ann.lee@x.io", "ann.lee", "Acme"),
    ("no name at all: the address", None, None, "Acme", "ann@x.io", "ann", "Acme"),
    ("no company: the domain", "Ann", "Lee", None, "ann@x.io", "Lee", "x.io"),
    ("a blank company", "Ann", "Lee", "", "ann@x.io", "Lee", "x.io"),
    ("no company, a free mailer", "Ann", "Lee", None, "ann@gmail.com", "Lee", "[not provided]"),
]


@pytest.mark.parametrize(
    ("first", "last", "company", "email", "last_name", "company_name"),
    [pytest.param(*cells, id=name) for name, *cells in NAMES],
)
def test_what_a_new_lead_is_called(  # the columns of the table
    first: str | None, last: str | None, company: str | None, email: str, last_name: str, company_name: str
) -> None:
    given = contact(1, email=email, firstname=first, lastname=last, company=company)
    write = only_write(world(given).decide(notice(given.ref)))
    assert (write.values["LastName"], write.values["Company"]) == (last_name, company_name)
