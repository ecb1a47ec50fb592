"""Merges: the survivor keeps the link, a loser is never a deletion; one row per case."""

from __future__ import annotations

import pytest

from contract.changes import Kind
from contract.facts import Notice
from contract.links import Ended, Link, LinkState
from contract.records import Record
from contract.settings import Settings
from tests.fakes.people import (
    WorldAnswers,
    contact,
    contact_ref,
    hs,
    in_step,
    intent,
    lead,
    lead_ref,
    link,
    notice,
    sf_contact,
    world,
)
from tests.unit.rules.tables import comes_of, row

BOXES = Settings(
    mappings=(),
    delete_when_lead_deleted=True,
    delete_when_contact_deleted=True,
    create_from_leads=True,
    create_from_contacts=True,
)
PLAIN = Settings()
LISTED = Settings(inclusion_list="7", delete_when_lead_deleted=True)
EMAIL = {"Email": "a@x.com"}

ONE, TWO = contact(1, email="a@x.com"), contact(2, email="b@x.com")
EDITED = contact(1, email="a@x.com", phone="2")
LOSER = lead(1, **EMAIL, deleted=True, merged_into=lead_ref(2).id)
MASTER = lead(2, **EMAIL)
CHAINED, END = lead(2, deleted=True, merged_into=lead_ref(3).id), lead(3, **EMAIL)
MASTER_CONVERTED = lead(2, converted=True, converted_to=contact_ref(5).id)
PERSON = sf_contact(5, Email="a@x.com")
PERSON_LOSER = sf_contact(4, Email="a@x.com", deleted=True, merged_into=contact_ref(5).id)
TIE = in_step(ONE, LOSER)
MASTERS = in_step(TWO, MASTER).changed(id=2)
BEING_MADE = link(None, MASTER.ref, id=2, state=LinkState.CREATING, intents=(intent(hs(1).side),))
TOLD, TOLD_DELETED, TOLD_EDIT = notice(LOSER.ref, Kind.MERGED), notice(LOSER.ref, Kind.DELETED), notice(hs(1))

LEAD, OTHER_LEAD = lead(1, **EMAIL), lead(2, Email="b@x.com")
LOST = contact(1, merged_into="9")
NEW = contact(9, email="a@x.com", merged_ids=("1", "2"))
KEPT = contact(2, email="b@x.com", merged_ids=("1",))
FIRST, SECOND = in_step(ONE, LEAD), in_step(TWO, OTHER_LEAD).changed(id=2)
TOLD_HUBSPOT = notice(hs(9), Kind.MERGED, merged_ids=frozenset({"1", "2"}))
KEPT_TOLD = notice(hs(2), Kind.MERGED, merged_ids=frozenset({"1"}))
CREATING = link(hs(1), None, state=LinkState.CREATING, intents=(intent(LEAD.ref.side, before=None),))

TAKEN = "Salesforce: Phone=2; HubSpot 1 - Lead 2"
LEFT = "HubSpot 1 - Lead 1 ended: merged; reported: duplicate; look at HubSpot 1"
MOVED = "HubSpot 9 - Lead 1; HubSpot 2 - Lead 2 ended: merged; reported: merge; look at Lead 2"
KEEPS_ITS_OWN = "HubSpot 1 - Lead 1 ended: merged; reported: merge; look at Lead 1"


def merged(*records: Record, also: Link | None = None) -> WorldAnswers:
    """Contact 1, tied to the lead that lost, and these."""
    return world(ONE, LOSER, *records, links=[TIE, *([also] if also else [])])


def left_over(*records: Record, also: Link | None = None) -> WorldAnswers:
    """Contact 1, whose pair ended in a merge that was reported."""
    over = TIE.changed(state=LinkState.ENDED, ended=Ended.MERGED)
    return world(ONE, *records, links=[over, *([also] if also else [])])


def persons() -> WorldAnswers:
    """Contact 1, tied to a Salesforce contact that lost."""
    return world(ONE, PERSON_LOSER, PERSON, links=[in_step(ONE, PERSON_LOSER)])


def both(*records: Record) -> WorldAnswers:
    """Two contacts that were tied to a lead each, as they are after a merge in HubSpot."""
    return world(*records, LEAD, OTHER_LEAD, links=[FIRST, SECOND])


def one_tied() -> WorldAnswers:
    """The survivor of two contacts of which one was tied to a lead."""
    return world(NEW, LEAD, links=[FIRST])


TABLE = [
    # what, what stands where, what was noticed, settings -> what comes of it
    # --- in Salesforce: the link moves to the master ---
    row("told as a merge", merged(MASTER), TOLD, BOXES, "HubSpot 1 - Lead 2"),
    row("told as a deletion, boxes ticked", merged(MASTER), TOLD_DELETED, BOXES, "HubSpot 1 - Lead 2"),
    row("not told, found from HubSpot", world(EDITED, LOSER, MASTER, links=[TIE]), TOLD_EDIT, PLAIN, TAKEN),
    row("of contacts", persons(), notice(PERSON_LOSER.ref), BOXES, "HubSpot 1 - Contact 5"),
    row("in a chain", merged(CHAINED, END), TOLD, BOXES, "HubSpot 1 - Lead 3"),
    row("into one converted since", merged(MASTER_CONVERTED, PERSON), TOLD, BOXES, "HubSpot 1 - Contact 5"),
    row("into one not to be read", merged(), TOLD, BOXES, "reported: not_visible; letter: NOT_VISIBLE"),
    row("into another contact's", merged(TWO, MASTER, also=MASTERS), TOLD, BOXES, LEFT),
    row("into one whose contact is being made", merged(MASTER, also=BEING_MADE), TOLD, BOXES, "look again"),
    row("of one never linked", world(LOSER, MASTER), TOLD, BOXES, "look at Lead 2"),
    row("of a non-member", merged(MASTER), TOLD, LISTED, "HubSpot 1 - Lead 2"),
    row("the master noticed", merged(MASTER), notice(MASTER.ref), BOXES, "HubSpot 1 - Lead 2"),
    # --- in HubSpot: the survivor, new or not, keeps a link, the other's record is reported ---
    row("both had one", both(NEW), TOLD_HUBSPOT, BOXES, MOVED),
    row("both had one, a loser noticed", both(LOST, NEW), TOLD_EDIT, BOXES, MOVED),
    row("the survivor is one of them", both(KEPT), KEPT_TOLD, BOXES, KEEPS_ITS_OWN),
    row("one had one", one_tied(), TOLD_HUBSPOT, BOXES, "HubSpot 9 - Lead 1"),
    row("one had one, nothing told", one_tied(), notice(hs(9)), BOXES, "HubSpot 9 - Lead 1"),
    row("none had one", world(NEW), TOLD_HUBSPOT, PLAIN, "create Salesforce lead"),
    row("a loser's lead is being made", world(NEW, links=[CREATING]), TOLD_HUBSPOT, BOXES, "look again"),
    # --- who was left over ---
    row("finds a free partner", left_over(lead(3, **EMAIL)), TOLD_EDIT, BOXES, "HubSpot 1 - Lead 3"),
    row("finds another's", left_over(TWO, MASTER, also=MASTERS), TOLD_EDIT, BOXES, "reported: duplicate"),
    row("finds nobody", left_over(), TOLD_EDIT, BOXES, "nothing"),
]


@pytest.mark.parametrize(("there", "noticed", "settings", "comes"), TABLE)
def test_who_keeps_the_link(
    there: WorldAnswers, noticed: tuple[Notice, ...], settings: Settings, comes: str
) -> None:
    assert comes_of(there, noticed, settings) == comes
