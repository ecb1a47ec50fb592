"""No stale decisions: how old a read may be, by the notice and by what was seen before; one row per case."""

from __future__ import annotations

from typing import Any

import pytest

from contract.changes import Kind
from contract.facts import Notice
from contract.links import Link, Pair
from contract.records import Record
from contract.settings import CreateAs, Settings
from tests.fakes.people import WorldAnswers, ago, contact, hs, in_step, lead, lead_ref, notice, world
from tests.unit.rules.tables import comes_of, row


def one(seconds: float) -> Record:
    """A contact, last modified so many seconds ago."""
    return contact(1, email="a@x.com", phone="2", modified_at=ago(seconds))


def a_lead(seconds: float) -> Record:
    """Its lead."""
    return lead(1, Email="a@x.com", Phone="1", modified_at=ago(seconds))


def pair(ours: Record, theirs: Record, **seen: float) -> WorldAnswers:
    """Both, tied; in HubSpot a phone number was edited since. `seen` names sides and seconds ago."""
    tie: Link = in_step(ours, theirs, phone=Pair("1", "1"))
    return world(ours, theirs, links=[tie.changed(**{f"{side}_seen": ago(at) for side, at in seen.items()})])


def told(seconds: float, *kinds: Kind, edited: float | None = None, first: float | None = None) -> Notice:
    """A notice of the contact, received so many seconds ago, of an edit `edited` seconds ago."""
    stamps = {"noticed_at": ago(seconds if edited is None else edited)}
    if first is not None:
        stamps["first_received_at"] = ago(first)
    return notice(hs(1), *kinds, seconds_ago=seconds, **stamps)


def lead_told(seconds: float, edited: float) -> Notice:
    """The same of the lead."""
    return notice(lead_ref(1), seconds_ago=seconds, noticed_at=ago(edited))


def case(what: str, there: WorldAnswers, noticed: Notice, comes: str) -> Any:
    """One row, where nobody is created."""
    return row(what, there, noticed, Settings(create_as=CreateAs.NONE), comes)


DECIDED, AGAIN = "HubSpot: phone=1", "look again"
LETTER = "reported: not_visible; letter: NOT_VISIBLE"
ONLY_LEAD = world(a_lead(90), links=[in_step(one(60), a_lead(90))])
TABLE = [
    # what, what stands where, what was noticed -> what comes of it
    # --- older than its notice ---
    case("as new as its notice", pair(one(5), a_lead(90)), told(5), DECIDED),
    case("older, told 9 s ago", pair(one(60), a_lead(90)), told(9), AGAIN),
    case("older, told 11 s ago", pair(one(60), a_lead(90)), told(11), DECIDED),
    case("older, told ever anew for 9 minutes", pair(one(900), a_lead(90)), told(1, first=540), AGAIN),
    case("older, told ever anew for 10 minutes", pair(one(900), a_lead(90)), told(1, first=600), DECIDED),
    case("older by a tenth, HubSpot", pair(one(5.1), a_lead(90)), told(5), AGAIN),
    case("older within the second, Salesforce", pair(one(60), a_lead(5)), lead_told(5, 4.3), "nothing"),
    case("older by a second, Salesforce", pair(one(60), a_lead(5)), lead_told(5, 4), AGAIN),
    case("of a kind that modifies nothing", pair(one(900), a_lead(90)), told(2, Kind.LISTED), DECIDED),
    # --- older than what the link saw ---
    case("than seen 59 s ago", pair(one(70), a_lead(90), hubspot=59), told(30, edited=900), AGAIN),
    case("than seen 60 s ago", pair(one(70), a_lead(90), hubspot=60), told(30, edited=900), DECIDED),
    case("the other side, seen 59 s ago", pair(one(60), a_lead(90), salesforce=59), told(60), AGAIN),
    case("the other side, seen 60 s ago", pair(one(60), a_lead(90), salesforce=60), told(60), DECIDED),
    # --- not found ---
    case("just told of", world(), told(9), AGAIN),
    case("told of a while ago, not linked", world(), told(11), "nothing"),
    case("told of a while ago, linked", ONLY_LEAD, told(11), LETTER),
    case("said to be deleted, linked", ONLY_LEAD, told(11, Kind.DELETED), LETTER),
    # --- said to be deleted, and alive ---
    case("9 s ago", pair(one(5), a_lead(90)), told(9, Kind.DELETED), AGAIN),
    case("11 s ago", pair(one(5), a_lead(90)), told(11, Kind.DELETED), DECIDED),
    case("and restored", pair(one(5), a_lead(90)), told(5, Kind.DELETED, Kind.RESTORED), DECIDED),
]


@pytest.mark.parametrize(("there", "noticed", "settings", "comes"), TABLE)
def test_what_an_old_read_decides(
    there: WorldAnswers, noticed: tuple[Notice, ...], settings: Settings, comes: str
) -> None:
    assert comes_of(there, noticed, settings) == comes
