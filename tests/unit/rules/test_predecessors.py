"""Whom a record lives on for has a say before a HubSpot contact is made of it; one row per case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from contract.changes import Kind
from contract.decisions import Erasure
from contract.exclusions import Cover, Exclusion
from contract.facts import Notice, Predecessors
from contract.links import Ended, Link, LinkState
from contract.records import Record, RecordRef
from contract.settings import Settings
from tests.fakes.people import (
    LONG_AGO,
    NOW,
    WorldAnswers,
    contact,
    contact_ref,
    hs,
    in_step,
    lead,
    lead_ref,
    link,
    notice,
    said,
    sf_contact,
    world,
)
from tests.unit.rules.tables import comes_of, row

BOTH, NONE = Settings(create_from_leads=True, create_from_contacts=True), Settings()
WAS, OLD = lead(1, Email="old@x.com", LastName="L"), contact(1, email="old@x.com", lastname="L")
LEAD = lead(1, Email="new@x.com", LastName="L", converted=True, converted_to=contact_ref(1).id)
LOSER = lead(1, Email="old@x.com", LastName="L", deleted=True, merged_into=lead_ref(2).id)
MADE, MASTER = sf_contact(1, Email="new@x.com", LastName="L"), lead(2, Email="new@x.com", LastName="L")
MASTER_GONE = replace(MASTER, converted=True, converted_to=contact_ref(1).id)
LOST_TOO = sf_contact(2, Email="b@x.com", deleted=True, merged_into=contact_ref(1).id)
NO_ADDRESS = sf_contact(1, LastName="L")
FREE = contact(3, email="new@x.com", lastname="L")
OF_FREE = notice(hs(3))
OF_MADE, OF_MASTER = notice(MADE.ref), notice(MASTER.ref)
OF_LEAD, OF_LOSER = notice(lead_ref(1)), notice(lead_ref(1), Kind.MERGED)
TOLD_NEW = notice(MADE.ref, Kind.CREATED)
TIE = in_step(OLD, WAS)
BEGUN = link(None, lead_ref(1), state=LinkState.CREATING)
CREATED, HANDED_ON = "create HubSpot contact", "forgotten; reported: erased"


def converted(*links: Link, made: Record = MADE, erased: RecordRef | str = "nobody") -> WorldAnswers:
    """A lead that was converted under a new address, and the contact that it became."""
    return world(LEAD, OLD, made, links=links, erased=[erased])


def merged(*links: Link, erased: RecordRef | str = "nobody") -> WorldAnswers:
    """A lead that was merged into one with another address."""
    return world(LOSER, OLD, MASTER, links=links, erased=[erased])


def free(*links: Link, erased: RecordRef | str = "nobody") -> WorldAnswers:
    """A lead that was converted under an address that a HubSpot contact without a link has."""
    return world(LEAD, OLD, MADE, FREE, links=links, erased=[erased])


def chain(*links: Link, erased: RecordRef | str = "nobody") -> WorldAnswers:
    """A lead, merged into another, which became a contact, into which another one was merged."""
    return world(LOSER, MASTER_GONE, MADE, LOST_TOO, links=links, erased=[erased])


def ended(why: Ended) -> Link:
    """The lead's link, ended."""
    return TIE.changed(state=LinkState.ENDED, ended=why)


MASTERS = link(hs(2), lead_ref(2), id=2)
MASTERS_LEFT = MASTERS.changed(state=LinkState.ENDED, ended=Ended.HUBSPOT_DELETED)

TABLE = [
    # what, what stands where, what was noticed, settings -> what comes of it
    # --- erased: nobody comes back, and the mark goes on ---
    row("erased, its contact noticed first", converted(erased=WAS.ref), OF_MADE, BOTH, HANDED_ON),
    row("erased, just converted", converted(erased=WAS.ref), TOLD_NEW, BOTH, HANDED_ON),
    row("erased, the lead noticed", converted(erased=WAS.ref), OF_LEAD, BOTH, HANDED_ON),
    row("erased, the loser noticed", merged(erased=WAS.ref), OF_LOSER, BOTH, HANDED_ON),
    row("erased, its master noticed first", merged(erased=WAS.ref), OF_MASTER, BOTH, HANDED_ON),
    row("its address erased", merged(erased="old@x.com"), OF_MASTER, BOTH, HANDED_ON),
    row("its address erased, the loser noticed", merged(erased="old@x.com"), OF_LOSER, BOTH, HANDED_ON),
    row("a chain that begins with one erased", chain(erased=WAS.ref), OF_MADE, BOTH, HANDED_ON),
    row("a chain with one erased beside it", chain(erased=LOST_TOO.ref), OF_MADE, BOTH, HANDED_ON),
    row("erased, nothing is created", converted(erased=WAS.ref), OF_MADE, NONE, "nothing"),
    row("erased, merged into a linked one", merged(MASTERS, erased=WAS.ref), OF_LOSER, BOTH, "nothing"),
    row("its pair ended before", merged(MASTERS_LEFT, erased=WAS.ref), OF_LOSER, BOTH, HANDED_ON),
    # --- linked: the link comes first ---
    row("its lead's link comes first", converted(TIE), OF_MADE, BOTH, "look at Lead 1"),
    row("the loser's link comes first", merged(TIE), OF_MASTER, BOTH, "look at Lead 1"),
    row("a chain that begins with a pair", chain(TIE), OF_MADE, BOTH, "look at Lead 1"),
    row("its partner is being created", converted(BEGUN), OF_MADE, BOTH, "look at Lead 1"),
    row(
        "deleted in HubSpot before", converted(ended(Ended.HUBSPOT_DELETED)), OF_MADE, BOTH, "look at Lead 1"
    ),
    row("left over by a merge", converted(ended(Ended.MERGED)), OF_MADE, BOTH, CREATED),
    # --- a free contact has the new address ---
    row("erased, a free contact matches", free(erased=WAS.ref), OF_MADE, NONE, HANDED_ON),
    row("erased, the free contact noticed", free(erased=WAS.ref), OF_FREE, NONE, HANDED_ON),
    row("its link comes before a free contact", free(TIE), OF_MADE, NONE, "look at Lead 1"),
    row("a free contact waits for the link", free(TIE), OF_FREE, NONE, "look at Lead 1"),
    row("nobody's, a free contact matches", free(), OF_MADE, NONE, "HubSpot 3 - Contact 1"),
    # --- nobody's ---
    row("never linked", converted(), OF_MADE, BOTH, CREATED),
    row("never linked, merged", merged(), OF_MASTER, BOTH, CREATED),
    row("a chain of nobody's", chain(), OF_MADE, BOTH, CREATED),
]


@pytest.mark.parametrize(("there", "noticed", "settings", "comes"), TABLE)
def test_whose_successor_is_created(
    there: WorldAnswers, noticed: tuple[Notice, ...], settings: Settings, comes: str
) -> None:
    assert comes_of(there, noticed, settings) == comes


def test_the_tombstone_is_for_the_successors_id_alone_and_an_operator_reads_which() -> None:
    decision = converted(erased=WAS.ref).decide(OF_MADE, settings=BOTH)
    assert decision.erasure == Erasure(refs=(MADE.ref,), emails=())
    assert [report.refs for report in decision.reports] == [(MADE.ref,)]
    assert f"{MADE.ref}: what an erased person lives on as, and forgotten, too" in said(decision)


def test_of_two_that_live_on_both_get_a_tombstone_and_both_are_told() -> None:
    further = sf_contact(5, Email="new@x.com", LastName="L")
    there = world(LEAD, replace(MADE, deleted=True, merged_into=further.ref.id), further, erased=[LEAD.ref])
    decision = there.decide(OF_LEAD, OF_MADE, settings=BOTH)
    assert decision.erasure == Erasure(refs=(MADE.ref, further.ref), emails=())
    assert f"{MADE.ref}, {further.ref}: what an erased person lives on as" in said(decision)


def test_once_it_is_handed_on_it_is_not_handed_on_again() -> None:
    there = world(LEAD, MADE, erased=[LEAD.ref, MADE.ref])
    assert comes_of(there, [OF_LEAD], BOTH) == "nothing"


@pytest.mark.parametrize("there", [converted(), converted(TIE), converted(BEGUN)])
def test_the_mark_of_who_is_kept_out_goes_over_to_what_it_lives_on_as(there: WorldAnswers) -> None:
    there.exclusions = [Exclusion(id=7, author="ada", reason="", since=NOW, refs=(LEAD.ref,))]
    decision = there.decide(OF_MADE, settings=BOTH)
    assert decision.covers == (Cover(exclusion=7, refs=(MADE.ref,)),)
    assert (decision.writes, decision.link, decision.look_at) == ((), None, ())
    assert "never synced since 2026-11-24 12:00 UTC, by ada" in said(decision)


def test_a_mark_further_back_covers_all_on_the_way() -> None:
    there = chain()
    there.exclusions = [Exclusion(id=7, author="ada", reason="", since=NOW, refs=(LOSER.ref,))]
    (cover,) = there.decide(OF_MADE, settings=BOTH).covers
    assert set(cover.refs) == {MADE.ref, MASTER.ref, LOST_TOO.ref}


@pytest.mark.parametrize(
    ("there", "settings"),
    [
        (world(MADE), NONE),
        (world(NO_ADDRESS), BOTH),
        (world(MADE, erased=[MADE.ref]), BOTH),
    ],
)
def test_it_is_asked_only_where_somebody_is_really_created(there: WorldAnswers, settings: Settings) -> None:
    assert there.decide(OF_MADE, settings=settings).writes == ()
    assert not any(isinstance(question, Predecessors) for question in there.asked)


def test_who_has_no_predecessor_costs_one_question() -> None:
    there = world(MADE)
    (write,) = there.decide(OF_MADE, settings=BOTH).writes
    assert write.email == "new@x.com"
    assert [q for q in there.asked if isinstance(q, Predecessors)] == [Predecessors(MADE.ref)]


@pytest.mark.parametrize(("modified_at", "asked"), [(LONG_AGO, False), (NOW, True)])
def test_a_lead_that_nobody_has_touched_is_nobodys_successor(modified_at: datetime, *, asked: bool) -> None:
    there = world(replace(MASTER, modified_at=modified_at))
    (write,) = there.decide(notice(MASTER.ref, seconds_ago=3600), settings=BOTH).writes
    assert write.email == "new@x.com"
    assert (Predecessors(MASTER.ref) in there.asked) is asked


def test_a_free_contact_is_not_tied_to_what_somebody_kept_out_lives_on_as() -> None:
    there = free()
    there.exclusions = [Exclusion(id=7, author="ada", reason="", since=NOW, refs=(LEAD.ref,))]
    for noticed in (OF_MADE, OF_FREE):
        decision = there.decide(noticed, settings=NONE)
        assert decision.covers == (Cover(exclusion=7, refs=(MADE.ref,)),)
        assert (decision.writes, decision.link) == ((), None)
