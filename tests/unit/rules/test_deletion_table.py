"""Deletions: only the box of its own object deletes, and only on positive evidence; one row per case."""

from __future__ import annotations

import pytest

from contract.changes import Kind
from contract.facts import Notice
from contract.links import Ended, Link, LinkState, Pair
from contract.records import Record
from contract.settings import Settings
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
from tests.unit.rules.tables import comes_of, row

OFF = Settings()
LEADS = Settings(delete_when_lead_deleted=True)
CONTACTS = Settings(delete_when_contact_deleted=True)
BOTH = Settings(delete_when_lead_deleted=True, delete_when_contact_deleted=True)
LISTED = Settings(delete_when_lead_deleted=True, inclusion_list="7")
CREATE = Settings(create_from_leads=True, create_from_contacts=True)
NAMES = {"Email": "a@x.com", "LastName": "L", "Company": "X"}

ONE, ONE_GONE = (contact(1, email="a@x.com", lastname="L", deleted=gone) for gone in (False, True))
ONE_EDITED = contact(1, email="a@x.com", lastname="L", phone="9")
LEAD, LEAD_GONE = (lead(1, **NAMES, deleted=gone) for gone in (False, True))
LEAD_EDITED, NO_EMAIL = lead(1, **NAMES, Phone="2"), lead(1, LastName="L", Company="X")
PERSON, PERSON_GONE = (sf_contact(1, Email="a@x.com", LastName="L", deleted=gone) for gone in (False, True))
HEIR = sf_contact(5, Email="A@x.com ", LastName="L")
ACCOUNT = sf_contact(5, Email="a@x.com", LastName="L", person_account=True)
TIE, PERSON_TIE = in_step(ONE, LEAD, company=Pair(None, "X")), in_step(ONE, PERSON)
HEIRS_TIE = in_step(contact(2, email="b@x.com"), HEIR).changed(id=2)

LEAD_TOLD, PERSON_TOLD = notice(lead_ref(1), Kind.DELETED), notice(contact_ref(1), Kind.DELETED)
JUST_TOLD = notice(lead_ref(1), Kind.DELETED, seconds_ago=2)
ONE_TOLD, ONE_BACK, ONE_NOTED = notice(hs(1), Kind.DELETED), notice(hs(1), Kind.RESTORED), notice(hs(1))
LEAD_BACK = LEAD_NOTED = notice(lead_ref(1))

LEAD_ENDS, PERSON_ENDS = (f"HubSpot 1 - {who} 1 ended: salesforce_deleted" for who in ("Lead", "Contact"))
LEAD_TOLD_OF = f"{LEAD_ENDS}; reported: duplicate"
LEAD_ARCHIVES, PERSON_ARCHIVES = (f"archive HubSpot 1; {ends}" for ends in (LEAD_ENDS, PERSON_ENDS))
UNLINKED, UNSEEN = "HubSpot 1 - Lead 1 ended: hubspot_deleted", "reported: not_visible; letter: NOT_VISIBLE"
RELINKED, LINKED, CREATED = "HubSpot 1 - Contact 5", "HubSpot 1 - Lead 1", "create HubSpot contact"


def tied(*records: Record, also: tuple[Link, ...] = ()) -> WorldAnswers:
    """These records, the first two of them linked."""
    return world(*records, links=[PERSON_TIE if PERSON_GONE in records else TIE, *also])


def lead_was_deleted(*records: Record) -> WorldAnswers:
    """These records, whose pair ended when the lead was deleted."""
    return world(*records, links=[TIE.changed(state=LinkState.ENDED, ended=Ended.SALESFORCE_DELETED)])


def contact_was_deleted(*records: Record) -> WorldAnswers:
    """These records, whose pair ended when the HubSpot contact was deleted."""
    return world(*records, links=[TIE.changed(state=LinkState.ENDED, ended=Ended.HUBSPOT_DELETED)])


TABLE = [
    # what, what stands where, what was noticed, settings -> what comes of it
    # --- the boxes: off by default, each for its own object ---
    row("lead, no box", tied(ONE, LEAD_GONE), LEAD_TOLD, OFF, LEAD_ENDS),
    row("lead, its box", tied(ONE, LEAD_GONE), LEAD_TOLD, LEADS, LEAD_ARCHIVES),
    row("lead, the other box", tied(ONE, LEAD_GONE), LEAD_TOLD, CONTACTS, LEAD_ENDS),
    row("lead, both boxes", tied(ONE, LEAD_GONE), LEAD_TOLD, BOTH, LEAD_ARCHIVES),
    row("contact, no box", tied(ONE, PERSON_GONE), PERSON_TOLD, OFF, PERSON_ENDS),
    row("contact, its box", tied(ONE, PERSON_GONE), PERSON_TOLD, CONTACTS, PERSON_ARCHIVES),
    row("contact, the other box", tied(ONE, PERSON_GONE), PERSON_TOLD, LEADS, PERSON_ENDS),
    row("contact, both boxes", tied(ONE, PERSON_GONE), PERSON_TOLD, BOTH, PERSON_ARCHIVES),
    row("lead of a non-member, its box", tied(ONE, LEAD_GONE), LEAD_TOLD, LISTED, LEAD_ARCHIVES),
    row("lead, found by an edit in HubSpot", tied(ONE_EDITED, LEAD_GONE), ONE_NOTED, LEADS, LEAD_ARCHIVES),
    # --- once ---
    row("lead, told again", lead_was_deleted(ONE, LEAD_GONE), LEAD_TOLD, LEADS, "nothing"),
    row("lead, its contact gone already", tied(ONE_GONE, LEAD_GONE), LEAD_TOLD, LEADS, LEAD_ENDS),
    row("lead that was never linked", world(LEAD_GONE, ONE), LEAD_TOLD, LEADS, "nothing"),
    # --- only on evidence ---
    row("told, and not to be read", tied(ONE), LEAD_TOLD, BOTH, UNSEEN),
    row("told just now, and not to be read", tied(ONE), JUST_TOLD, BOTH, "look again"),
    row("told just now, and alive", tied(ONE, LEAD), JUST_TOLD, BOTH, "look again"),
    row("told long ago, and alive", tied(ONE, LEAD), LEAD_TOLD, BOTH, "nothing"),
    row("not told, and not to be read", tied(ONE_EDITED), ONE_NOTED, BOTH, UNSEEN),
    # --- its e-mail lives on ---
    row("in a free record", tied(ONE, LEAD_GONE, HEIR), LEAD_TOLD, BOTH, RELINKED),
    row("in a free record, no box", tied(ONE, LEAD_GONE, HEIR), LEAD_TOLD, OFF, RELINKED),
    row("in another's", tied(ONE, LEAD_GONE, HEIR, also=(HEIRS_TIE,)), LEAD_TOLD, LEADS, LEAD_TOLD_OF),
    row("in a person account", tied(ONE, LEAD_GONE, ACCOUNT), LEAD_TOLD, LEADS, LEAD_ARCHIVES),
    row("in a free record, HubSpot's gone", tied(ONE_GONE, LEAD_GONE, HEIR), LEAD_TOLD, BOTH, LEAD_ENDS),
    # --- undeleted in Salesforce ---
    row("undeleted", lead_was_deleted(ONE, LEAD), LEAD_BACK, OFF, LINKED),
    row("undeleted, contact archived", lead_was_deleted(ONE_GONE, LEAD), LEAD_BACK, CREATE, CREATED),
    row("undeleted, nothing is created", lead_was_deleted(ONE_GONE, LEAD), LEAD_BACK, OFF, "nothing"),
    row("undeleted, not eligible", lead_was_deleted(ONE_GONE, NO_EMAIL), LEAD_BACK, CREATE, "nothing"),
    row("edited in HubSpot", lead_was_deleted(ONE_EDITED, LEAD_GONE), ONE_NOTED, OFF, "nothing"),
    # --- deleted in HubSpot: nothing is ever deleted in Salesforce ---
    row("HubSpot contact", tied(ONE_GONE, LEAD), ONE_TOLD, BOTH, UNLINKED),
    row("HubSpot contact, not to be read", tied(LEAD), ONE_TOLD, BOTH, UNSEEN),
    row("restored", contact_was_deleted(ONE, LEAD), ONE_BACK, OFF, LINKED),
    row("restored, its lead gone", contact_was_deleted(ONE, LEAD_GONE), ONE_BACK, BOTH, LEAD_ENDS),
    row("edited in Salesforce", contact_was_deleted(ONE_GONE, LEAD_EDITED), LEAD_NOTED, CREATE, CREATED),
    row("edited, none created", contact_was_deleted(ONE_GONE, LEAD_EDITED), LEAD_NOTED, OFF, "nothing"),
    row("told late, no edit", contact_was_deleted(ONE_GONE, LEAD), LEAD_NOTED, CREATE, "nothing"),
]


@pytest.mark.parametrize(("there", "noticed", "settings", "comes"), TABLE)
def test_what_comes_of_a_deletion(
    there: WorldAnswers, noticed: tuple[Notice, ...], settings: Settings, comes: str
) -> None:
    assert comes_of(there, noticed, settings) == comes
