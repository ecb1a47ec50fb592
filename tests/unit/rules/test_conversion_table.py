"""Lead conversion: the link moves, the lead is neither written nor a deletion; one row per case."""

from __future__ import annotations

import pytest

from contract.changes import Kind
from contract.facts import Notice
from contract.links import Ended, LinkState
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
    link,
    notice,
    sf_contact,
    world,
)
from tests.unit.rules.tables import comes_of, row

ALL = Settings(
    delete_when_lead_deleted=True,
    delete_when_contact_deleted=True,
    create_from_leads=True,
    create_from_contacts=True,
)
LISTED = Settings(inclusion_list="7")
ONE = contact(1, email="a@x.com", lastname="L")
EDITED = contact(1, email="a@x.com", lastname="L", phone="2")
TWO = contact(2, email="b@x.com")
LEAD = lead(1, Email="a@x.com", LastName="L", converted=True, converted_to=contact_ref(1).id)
UNNAMED = lead(1, Email="a@x.com", LastName="L", converted=True)
MADE, OTHER_PHONE = (sf_contact(1, Email="a@x.com", LastName="L", Phone=phone) for phone in (None, "7"))
MERGED = sf_contact(1, deleted=True, merged_into=contact_ref(2).id)
MASTER = sf_contact(2, Email="a@x.com", LastName="L")
ACCOUNT = sf_contact(1, Email="a@x.com", LastName="L", person_account=True)
TIE = in_step(ONE, LEAD)
MADES = in_step(TWO, MADE).changed(id=2)
OVER = MADES.changed(state=LinkState.ENDED, ended=Ended.HUBSPOT_DELETED)
BEGUN = link(None, LEAD.ref, state=LinkState.CREATING)
BEING_MADE = link(None, MADE.ref, id=2, state=LinkState.CREATING, intents=(intent(ONE.ref.side),))
TOLD, TOLD_DELETED = notice(LEAD.ref), notice(LEAD.ref, Kind.DELETED)
MOVED, UNSEEN = "HubSpot 1 - Contact 1", "reported: not_visible; letter: NOT_VISIBLE"
LEFT = "HubSpot 1 - Lead 1 ended: merged; reported: duplicate; look at HubSpot 1"


def tied(*records: Record) -> WorldAnswers:
    """These records; contact 1 is tied to the converted lead."""
    return world(LEAD, *records, links=[TIE])


def unlinked(*records: Record) -> WorldAnswers:
    """The same, after contact 1 was deleted in HubSpot."""
    return world(LEAD, *records, links=[TIE.changed(state=LinkState.ENDED, ended=Ended.HUBSPOT_DELETED)])


TABLE = [
    # what, what stands where, what was noticed, settings -> what comes of it
    row("the lead noticed", tied(ONE, MADE), TOLD, ALL, MOVED),
    row("said to be deleted, its box ticked", tied(ONE, MADE), TOLD_DELETED, ALL, MOVED),
    row("its contact noticed first", tied(ONE, MADE), notice(MADE.ref), ALL, MOVED),
    row("HubSpot edited since", tied(EDITED, MADE), notice(hs(1)), ALL, f"Salesforce: Phone=2; {MOVED}"),
    row("its contact differs", tied(ONE, OTHER_PHONE), TOLD, ALL, f"HubSpot: phone=7; {MOVED}"),
    row("a non-member", tied(ONE, OTHER_PHONE), TOLD, LISTED, MOVED),
    row("its contact merged since", tied(ONE, MERGED, MASTER), TOLD, ALL, "HubSpot 1 - Contact 2"),
    row("into one that another has", world(ONE, TWO, LEAD, MADE, links=[TIE, MADES]), TOLD, ALL, LEFT),
    row("into one whose own pair is over", world(ONE, LEAD, MADE, links=[TIE, OVER]), TOLD, ALL, MOVED),
    row(
        "into one whose contact is made",
        world(LEAD, MADE, links=[BEGUN, BEING_MADE]),
        TOLD,
        ALL,
        "look again",
    ),
    row("never got its own contact", world(LEAD, MADE, links=[BEGUN]), TOLD, ALL, "create HubSpot contact"),
    row("into one not to be read", tied(ONE), TOLD, ALL, UNSEEN),
    row("into nobody we may see", world(ONE, UNNAMED, links=[TIE]), TOLD, ALL, "nothing"),
    row("never linked", world(LEAD, MADE), TOLD, ALL, "look at Contact 1"),
    row("unlinked before", unlinked(MADE), TOLD, ALL, "HubSpot 1 - Contact 1 ended: hubspot_deleted"),
    row("into a person account", tied(ONE, ACCOUNT), TOLD, ALL, "nothing"),
]


@pytest.mark.parametrize(("there", "noticed", "settings", "comes"), TABLE)
def test_where_the_link_goes(
    there: WorldAnswers, noticed: tuple[Notice, ...], settings: Settings, comes: str
) -> None:
    assert comes_of(there, noticed, settings) == comes
