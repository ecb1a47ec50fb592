"""Inclusion list: who passes, in which direction, and what travels all the same; one row per case."""

from __future__ import annotations

import pytest

from contract.changes import Kind
from contract.facts import Notice
from contract.links import Pair
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

NO_LIST = Settings(create_from_leads=True, delete_when_lead_deleted=True)
LIST = Settings(inclusion_list="7", create_from_leads=True, delete_when_lead_deleted=True)
NO_CREATION = Settings(inclusion_list="7")

ONE = contact(1, email="a@x.com", phone="1", hs_email_optout=None)
LEAD = lead(1, Email="a@x.com", Phone="1", HasOptedOutOfEmail=False)
EDITED = contact(1, email="a@x.com", phone="2")
LEAD_EDITED, LEAD_BLANK = lead(1, Email="a@x.com", Phone="3"), lead(1, Email="a@x.com")
OUT = contact(1, email="a@x.com", phone="2", hs_email_optout="true")
LEAD_OUT = lead(1, Email="a@x.com", Phone="3", HasOptedOutOfEmail=True)
GONE, LEAD_GONE = contact(1, deleted=True), lead(1, Email="a@x.com", deleted=True)
CONVERTED = lead(1, Email="a@x.com", converted=True, converted_to=contact_ref(1).id)
MADE = sf_contact(1, Email="a@x.com", Phone="3")
SURVIVOR = contact(9, email="a@x.com", phone="2", merged_ids=("1",))
HUBSPOT, ENTERED, DELETED, ERASED = (
    notice(hs(1), kind) for kind in (Kind.UPDATED, Kind.LISTED, Kind.DELETED, Kind.ERASED)
)
SALESFORCE, LEAD_DELETED = notice(lead_ref(1)), notice(lead_ref(1), Kind.DELETED)
MERGED = notice(hs(9), Kind.MERGED)


def pair(one: Record, lead_: Record, *others: Record, member: bool) -> WorldAnswers:
    """These two, tied and once in step at phone number 1."""
    tie = in_step(ONE, LEAD, phone=Pair("1", "1"))
    return world(one, lead_, *others, links=[tie], members={"1"} if member else ())


def alone(record: Record, *, member: bool) -> WorldAnswers:
    """This one, tied to nobody."""
    return world(record, members={"1"} if member else ())


IN, OFF_IT = True, False
TO_HUBSPOT, TO_SALESFORCE = "HubSpot: phone=3", "Salesforce: Phone=2"
ARCHIVED = "archive HubSpot 1; HubSpot 1 - Lead 1 ended: salesforce_deleted"
UNLINKED = "HubSpot 1 - Lead 1 ended: hubspot_deleted"
FORGOTTEN = "HubSpot 1 - Lead 1 ended: erased; forgotten; reported: erased"
TIED, TO_LEAD, TO_CONTACT = "HubSpot 1 - Lead 1", "create Salesforce lead", "create HubSpot contact"
OPTED_OUT = "Salesforce: HasOptedOutOfEmail=True"
TABLE = [
    # what, what stands where, what was noticed, settings -> what comes of it
    # --- none chosen: all contacts ---
    row("no list, from Salesforce", pair(ONE, LEAD_EDITED, member=OFF_IT), SALESFORCE, NO_LIST, TO_HUBSPOT),
    row("no list, creation", alone(ONE, member=OFF_IT), HUBSPOT, NO_LIST, TO_LEAD),
    # --- chosen: members pass, in both directions ---
    row("member, from Salesforce", pair(ONE, LEAD_EDITED, member=IN), SALESFORCE, LIST, TO_HUBSPOT),
    row("member, from HubSpot", pair(EDITED, LEAD_BLANK, member=IN), HUBSPOT, LIST, TO_SALESFORCE),
    row("member, creation", alone(ONE, member=IN), HUBSPOT, LIST, TO_LEAD),
    row("off it, from Salesforce", pair(ONE, LEAD_EDITED, member=OFF_IT), SALESFORCE, LIST, "nothing"),
    row("off it, from HubSpot", pair(EDITED, LEAD_BLANK, member=OFF_IT), HUBSPOT, LIST, "nothing"),
    row("off it, creation", alone(ONE, member=OFF_IT), HUBSPOT, LIST, "nothing"),
    row("off it, a match", world(EDITED, LEAD_EDITED), HUBSPOT, LIST, TIED),
    row("off it, matched from Salesforce", world(EDITED, LEAD_EDITED), SALESFORCE, LIST, TIED),
    # --- entering and leaving ---
    row("entered, both edited meanwhile", pair(EDITED, LEAD_EDITED, member=IN), ENTERED, LIST, TO_HUBSPOT),
    row("entered, never linked", alone(ONE, member=IN), ENTERED, LIST, TO_LEAD),
    row("left: keeps link and base", pair(ONE, LEAD, member=OFF_IT), HUBSPOT, LIST, "nothing"),
    # --- once from Salesforce ---
    row("creation from Salesforce", alone(LEAD, member=OFF_IT), SALESFORCE, LIST, TO_CONTACT),
    row("creation from Salesforce, off", alone(LEAD, member=OFF_IT), SALESFORCE, NO_CREATION, "nothing"),
    # --- what travels for non-members all the same ---
    row("deleted in Salesforce", pair(ONE, LEAD_GONE, member=OFF_IT), LEAD_DELETED, LIST, ARCHIVED),
    row("deleted in HubSpot", pair(GONE, LEAD, member=OFF_IT), DELETED, LIST, UNLINKED),
    row("opted out in HubSpot", pair(OUT, LEAD, member=OFF_IT), HUBSPOT, LIST, OPTED_OUT),
    row("opted out in Salesforce", pair(ONE, LEAD_OUT, member=OFF_IT), SALESFORCE, LIST, "opt out a@x.com"),
    row("converted", pair(ONE, CONVERTED, MADE, member=OFF_IT), SALESFORCE, LIST, "HubSpot 1 - Contact 1"),
    row("merged in HubSpot", pair(SURVIVOR, LEAD, member=OFF_IT), MERGED, LIST, "HubSpot 9 - Lead 1"),
    row("erased", pair(GONE, LEAD, member=OFF_IT), ERASED, LIST, FORGOTTEN),
]


@pytest.mark.parametrize(("there", "noticed", "settings", "comes"), TABLE)
def test_what_passes(
    there: WorldAnswers, noticed: tuple[Notice, ...], settings: Settings, comes: str
) -> None:
    assert comes_of(there, noticed, settings) == comes
