"""Erasure: who is forgotten, and what a tombstone stops; one row per case."""

from __future__ import annotations

import pytest

from contract.changes import Kind
from contract.facts import Notice
from contract.links import Ended, LinkState, Pair
from contract.records import Record, RecordRef
from contract.settings import Settings
from tests.fakes.people import (
    WorldAnswers,
    contact,
    contact_ref,
    hs,
    in_step,
    lead,
    lead_ref,
    link,
    notice,
    sf_contact,
    world,
)
from tests.unit.rules.tables import comes_of, row

ALL = Settings(
    create_from_leads=True,
    create_from_contacts=True,
    delete_when_lead_deleted=True,
    delete_when_contact_deleted=True,
)
ONE = contact(1, email="a@x.com", hs_additional_emails="second@x.com", phone="2")
LEAD, EDITED = lead(1, Email="sf@x.com", Phone="2"), lead(1, Email="sf@x.com", Phone="3")
GONE, LEAD_GONE = contact(1, deleted=True), lead(1, Email="sf@x.com", deleted=True)
TWIN, AS_PERSON = lead(2, Email="A@X.com"), sf_contact(1, Email="a@x.com")
CONVERTED = lead(1, converted=True, converted_to=contact_ref(1).id)
TIE = in_step(ONE, LEAD, phone=Pair("1", "1"), email=Pair("a@x.com", "sf@x.com"))
TIE_ENDED = TIE.changed(state=LinkState.ENDED, ended=Ended.MERGED)
NEW, BY_SECOND = contact(3, email="a@x.com"), contact(3, email="c@x.com", hs_additional_emails="a@x.com")
OTHERS = link(hs(2), lead_ref(2), id=2, email="b@x.com")

ERASED, BOTH_AT_ONCE = notice(hs(1), Kind.ERASED), notice(hs(1), Kind.ERASED, Kind.DELETED)
WITH_LOSER = notice(hs(1), Kind.ERASED, merged_ids=frozenset({"2"}))
LATE_LOSER = notice(hs(1), Kind.MERGED, merged_ids=frozenset({"2"}))
DELETED, UPDATED, BACK = notice(hs(1), Kind.DELETED), notice(hs(1)), notice(hs(1), Kind.RESTORED)
OF_NEW, OF_PERSON = notice(hs(3)), notice(contact_ref(1))
OF_LEAD, LEAD_DELETED = notice(lead_ref(1)), notice(lead_ref(1), Kind.DELETED)
FORGOTTEN = "HubSpot 1 - Lead 1 ended: erased; forgotten; reported: erased"
FORGOTTEN_LOSER = "HubSpot 2 - Lead 2 ended: erased; forgotten; reported: erased"
ENDS = "HubSpot 1 - Lead 1 ended: erased"


def tied(*erased: RecordRef | str, one: bool = True) -> WorldAnswers:
    """A pair whose phone numbers were edited on both sides, and who of it was erased before."""
    records = (ONE, EDITED) if one else (EDITED,)
    return world(*records, links=[TIE], erased=erased)


def after_erasure(*erased: RecordRef | str) -> WorldAnswers:
    """What is left a while later: the lead, edited."""
    closed = link(hs(1), lead_ref(1), state=LinkState.ENDED, ended=Ended.ERASED)
    return world(EDITED, TWIN, links=[closed], erased=erased)


def anew(*records: Record, erased: RecordRef | str = "a@x.com") -> WorldAnswers:
    """Records that nobody is tied to, some time after the address, or that record, was erased."""
    return world(*records, erased=[erased])


def lead_gone() -> WorldAnswers:
    """A pair whose lead was deleted, and whose address is an erased person's."""
    return world(ONE, LEAD_GONE, links=[TIE], erased=["a@x.com"])


TABLE = [
    # what, what stands where, what was noticed, settings -> what comes of it
    # --- told ---
    row("a pair", tied(), ERASED, ALL, FORGOTTEN),
    row("gone from HubSpot already", tied(one=False), ERASED, ALL, FORGOTTEN),
    row("with its deletion in one", tied(one=False), BOTH_AT_ONCE, ALL, FORGOTTEN),
    row("whose pair ended before", world(LEAD, links=[TIE_ENDED]), ERASED, ALL, FORGOTTEN),
    row("never linked", world(), ERASED, ALL, "forgotten"),
    row("told twice", after_erasure(hs(1), lead_ref(1)), ERASED, ALL, "nothing"),
    row("with one merged into it", world(links=[OTHERS]), WITH_LOSER, ALL, FORGOTTEN_LOSER),
    row("whose merge is told after", world(links=[OTHERS], erased=[hs(1)]), LATE_LOSER, ALL, FORGOTTEN_LOSER),
    # --- a tombstone of a pair stops it ---
    row("of the contact", tied(hs(1)), UPDATED, ALL, "nothing"),
    row("of the lead", tied(lead_ref(1)), UPDATED, ALL, "nothing"),
    row("of the address", tied("a@x.com"), UPDATED, ALL, "nothing"),
    row("of a secondary one", tied("second@x.com"), UPDATED, ALL, "nothing"),
    row("of the one in Salesforce", tied("sf@x.com"), OF_LEAD, ALL, "nothing"),
    row("a deletion told after the erasure", tied(hs(1)), DELETED, ALL, "nothing"),
    row("a restoration", tied(hs(1)), BACK, ALL, "nothing"),
    row("the lead deleted, box ticked", lead_gone(), LEAD_DELETED, ALL, ENDS),
    # --- nobody creates the person again, on either side ---
    row("the lead edited", after_erasure(hs(1), lead_ref(1), "a@x.com"), OF_LEAD, ALL, "nothing"),
    row("a new lead of the address", after_erasure("a@x.com"), notice(TWIN.ref), ALL, "nothing"),
    row("a new contact in HubSpot", anew(contact(3, email="A@x.com ")), OF_NEW, ALL, "nothing"),
    row("by its secondary address", anew(BY_SECOND), OF_NEW, ALL, "nothing"),
    row("a match that was erased", anew(NEW, TWIN, erased=TWIN.ref), OF_NEW, ALL, "nothing"),
    row("converted into it", anew(CONVERTED, AS_PERSON), OF_PERSON, ALL, "nothing"),
    # --- somebody else ---
    row("somebody else", tied("other@x.com", hs(5)), UPDATED, ALL, "HubSpot: phone=3"),
]


@pytest.mark.parametrize(("there", "noticed", "settings", "comes"), TABLE)
def test_who_is_forgotten(
    there: WorldAnswers, noticed: tuple[Notice, ...], settings: Settings, comes: str
) -> None:
    assert comes_of(there, noticed, settings) == comes
