"""Deduplication: who is tied to whom, in which order, and when nobody is; one row per case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contract.facts import Notice
from contract.links import Ended, LinkState, Pair
from contract.records import Record
from contract.settings import CreateAs, Settings
from tests.fakes.people import (
    KEY_FIELD,
    LONG_AGO,
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

NEVER = Settings(create_as=CreateAs.NONE, mappings=())
CREATE = Settings(create_from_leads=True, create_from_contacts=True, mappings=())
LISTED = Settings(create_as=CreateAs.NONE, inclusion_list="7")
OLDER, OLDEST = LONG_AGO - timedelta(days=1), LONG_AGO - timedelta(days=2)


def one(number: int = 1, email: str | None = "ann@x.com", **values: Any) -> Record:
    """A HubSpot contact."""
    return contact(number, email=email, lastname="L", company="X", **values)


def a_lead(number: int, email: str | None = "ann@x.com", **values: Any) -> Record:
    """A lead."""
    return lead(number, Email=email, LastName="L", Company="X", **values)


def a_contact(number: int, email: str | None = "ann@x.com", **values: Any) -> Record:
    """A Salesforce contact."""
    return sf_contact(number, Email=email, LastName="L", **values)


SECONDARY = one(hs_additional_emails="ann@home.org;a@y.com")
NAMED = one(salesforcecontactid=contact_ref(1).id, salesforceleadid=lead_ref(2).id)
NAMES_LEAD = one(salesforceleadid=lead_ref(2).id)
SHORT = one(salesforcecontactid=contact_ref(1).id[:15])
BY_CONTACT_ID, BY_LEAD_ID = a_contact(1, "b@x.com"), a_lead(2, "c@x.com")
BY_KEY = a_lead(3, "d@x.com", **{KEY_FIELD: "4242-1"})
BY_EMAIL, LEAD_BY_EMAIL = a_contact(4), a_lead(5, created_at=OLDEST)
SECONDARY_LEAD, SPACED = a_lead(6, "A@y.com"), a_lead(1, "ANN@x.COM ")
YOUNG, OLD = a_lead(1), a_lead(2, created_at=OLDER)
CONVERTED = lead(2, Email="ann@x.com", converted=True, converted_to=contact_ref(4).id)
GONE, KEY_GONE = sf_contact(1, deleted=True), lead(3, deleted=True, **{KEY_FIELD: "4242-1"})
NAMES_GONE = one(salesforcecontactid=GONE.ref.id)
CONVERTED_GONE = (lead(2, converted=True, converted_to=GONE.ref.id), GONE)
NAMED_GONE = "HubSpot 1 - Contact 1 ended: salesforce_deleted"
RIVAL, RIVAL_GONE = one(2, "r@x.com"), one(2, "r@x.com", deleted=True)
RIVAL_MERGED, RIVAL_UNSEEN = one(2, "r@x.com", merged_into="1"), one(9, "r@x.com")
NO_EMAIL, NO_EMAIL_LEAD = contact(1, lastname="L", phone="2"), a_lead(1, None)
DUPLICATE, OURS_GONE = "; reported: duplicate", "HubSpot 1 - Lead 3 ended: salesforce_deleted"


def hub(name: str, there: WorldAnswers, comes: str, settings: Settings = NEVER) -> Any:
    """HubSpot contact 1 was noticed."""
    return row(name, there, notice(hs(1)), settings, comes)


def sf(name: str, noticed: Record, there: WorldAnswers, comes: str, settings: Settings = CREATE) -> Any:
    """A Salesforce record was noticed."""
    return row(name, there, notice(noticed.ref), settings, comes)


def rivals(rival: Record, match: Record, *others: Record) -> WorldAnswers:
    """Contact 1 without a link, whose match is tied to somebody else."""
    there = () if rival is RIVAL_UNSEEN else (rival,)
    return world(one(), match, *there, *others, links=[in_step(rival, match)])


def mine(match: Record, *others: Record) -> WorldAnswers:
    """Contact 1, tied to the first of these records."""
    return world(one(), match, *others, links=[in_step(one(), match)])


def anothers_gone() -> WorldAnswers:
    """Contact 1 names a deleted record that another contact was linked with."""
    ended = link(hs(2), GONE.ref, state=LinkState.ENDED, ended=Ended.SALESFORCE_DELETED)
    return world(NAMES_GONE, RIVAL, GONE, links=[ended])


def being_made(seconds_ago: float) -> WorldAnswers:
    """A lead, and contact 1 whose own lead was sent so long ago and never answered."""
    sent = intent(YOUNG.ref.side, before=None, seconds_ago=seconds_ago)
    creating = link(hs(1), None, state=LinkState.CREATING, intents=(sent,))
    return world(one(), YOUNG, links=[creating])


def both_given_up() -> WorldAnswers:
    """The same, where the lead's own contact was sent as long ago."""
    there = being_made(130)
    sent = intent(one().ref.side, before=None, seconds_ago=130)
    there.links.append(link(None, YOUNG.ref, id=2, state=LinkState.CREATING, intents=(sent,)))
    return there


def mine_without_email() -> WorldAnswers:
    """A pair without an address, whose contact has a new phone number."""
    tie = in_step(NO_EMAIL, NO_EMAIL_LEAD, phone=Pair("1", None), company=Pair(None, "X"))
    return world(NO_EMAIL, NO_EMAIL_LEAD, links=[tie])


ALL = (BY_CONTACT_ID, BY_LEAD_ID, BY_KEY, BY_EMAIL, LEAD_BY_EMAIL)
TABLE = [
    # what, what stands where, what was noticed, settings -> what comes of it
    # --- a HubSpot contact: in which order ---
    hub("1: its salesforcecontactid", world(NAMED, *ALL), "HubSpot 1 - Contact 1" + DUPLICATE),
    hub("1: of 15 characters", world(SHORT, BY_CONTACT_ID), "HubSpot 1 - Contact 1"),
    hub("1: both ids name somebody", world(NAMED, *ALL[:2]), "HubSpot 1 - Contact 1" + DUPLICATE),
    hub("2: its salesforceleadid", world(NAMES_LEAD, *ALL), "HubSpot 1 - Lead 2" + DUPLICATE),
    hub("2: the contact id names nobody", world(NAMED, BY_LEAD_ID), "HubSpot 1 - Lead 2"),
    hub("2: our key is another's", world(NAMES_LEAD, BY_LEAD_ID, BY_KEY), "HubSpot 1 - Lead 2" + DUPLICATE),
    hub("2: the contact id's is deleted", world(NAMED, GONE, BY_LEAD_ID), "HubSpot 1 - Lead 2"),
    hub("2: of a lead converted since", world(NAMES_LEAD, CONVERTED, BY_EMAIL), "HubSpot 1 - Contact 4"),
    hub("3: our key", world(one(), *ALL[2:]), "HubSpot 1 - Lead 3" + DUPLICATE),
    hub("4: a contact by e-mail", world(one(), *ALL[3:]), "HubSpot 1 - Contact 4" + DUPLICATE),
    hub("5: a lead by e-mail", world(one(), LEAD_BY_EMAIL), "HubSpot 1 - Lead 5"),
    hub("no converted lead by e-mail", world(one(), CONVERTED), "nothing"),
    hub("nobody", world(one(), a_lead(1, "b@x.com")), "nothing"),
    # --- what an e-mail is ---
    hub("trimmed, case-folded", world(one(email=" Ann@X.com"), SPACED), "HubSpot 1 - Lead 1"),
    hub("a secondary one", world(SECONDARY, SECONDARY_LEAD), "HubSpot 1 - Lead 6"),
    hub("nothing else compares", world(one(phone="1"), a_lead(1, "b@x.com", Phone="1")), "nothing"),
    # --- a Salesforce record ---
    sf("a lead", YOUNG, world(one(), YOUNG), "HubSpot 1 - Lead 1"),
    sf("a contact", BY_EMAIL, world(one(), BY_EMAIL), "HubSpot 1 - Contact 4"),
    sf("by a secondary one", SECONDARY_LEAD, world(SECONDARY, SECONDARY_LEAD), "HubSpot 1 - Lead 6"),
    sf("while nobody is created", YOUNG, world(one(), YOUNG), "HubSpot 1 - Lead 1", NEVER),
    sf("a converted lead", CONVERTED, world(one(), CONVERTED, BY_EMAIL), "look at Contact 4"),
    # --- several hits ---
    hub("the oldest", world(one(), YOUNG, OLD), "HubSpot 1 - Lead 2" + DUPLICATE),
    hub("the linked one, its contact gone", rivals(RIVAL_GONE, YOUNG, OLD), "HubSpot 1 - Lead 1" + DUPLICATE),
    hub("the linked one, its contact alive", rivals(RIVAL, YOUNG, OLD), "reported: duplicate" + DUPLICATE),
    # --- a match that is linked: its other end is read again ---
    hub("its contact alive", rivals(RIVAL, YOUNG), "reported: duplicate"),
    hub("its contact deleted", rivals(RIVAL_GONE, YOUNG), "HubSpot 1 - Lead 1"),
    hub("its contact merged into this one", rivals(RIVAL_MERGED, YOUNG), "HubSpot 1 - Lead 1"),
    hub("its contact not to be read", rivals(RIVAL_UNSEEN, YOUNG), "reported: duplicate"),
    sf("its lead converted to this", BY_EMAIL, mine(CONVERTED, BY_EMAIL), "HubSpot 1 - Contact 4"),
    sf("its lead alive", OLD, mine(YOUNG, OLD), "reported: duplicate"),
    sf("its contact deleted in Salesforce", OLD, mine(GONE, OLD), "HubSpot 1 - Lead 2"),
    sf("its own creation under way", YOUNG, being_made(5), "look again"),
    hub("both creations given up", both_given_up(), "HubSpot 1 - Lead 1; a link ended: merged"),
    sf("its own creation given up", YOUNG, being_made(130), "HubSpot 1 - Lead 1; a link ended: merged"),
    # --- once linked, joined by ids ---
    hub("the e-mail is another's now", mine(a_contact(4, "b@x.com"), LEAD_BY_EMAIL), "nothing", CREATE),
    hub("no e-mail, not linked", world(NO_EMAIL, NO_EMAIL_LEAD), "nothing", CREATE),
    hub("no e-mail, but linked", mine_without_email(), "Salesforce: Phone=2", Settings()),
    # --- who is not tied ---
    hub("not on the list: tied, not written", world(one(phone="1"), YOUNG), "HubSpot 1 - Lead 1", LISTED),
    hub("a person account", world(one(), a_contact(1, person_account=True)), "nothing", CREATE),
    hub("an erased person's record", world(one(), YOUNG, erased=[YOUNG.ref]), "nothing", CREATE),
    hub("names one that was deleted", world(NAMES_GONE, GONE), NAMED_GONE, CREATE),
    hub("names a lead whose contact was deleted", world(NAMES_LEAD, *CONVERTED_GONE), NAMED_GONE, CREATE),
    hub("names one that nobody can read", world(NAMES_GONE), "create Salesforce lead", CREATE),
    hub("names a deleted one, has a match", world(NAMES_GONE, GONE, BY_EMAIL), "HubSpot 1 - Contact 4"),
    hub("names another pair's deleted one", anothers_gone(), "nothing", CREATE),
    hub("ours, deleted since", world(one(), KEY_GONE), OURS_GONE, CREATE),
]


@pytest.mark.parametrize(("there", "noticed", "settings", "comes"), TABLE)
def test_who_is_tied_to_whom(
    there: WorldAnswers, noticed: tuple[Notice, ...], settings: Settings, comes: str
) -> None:
    assert comes_of(there, noticed, settings) == comes
