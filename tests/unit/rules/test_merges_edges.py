"""Merges at their edges: creations under way meanwhile, and what is said and left of each contact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contract.changes import Kind
from contract.decisions import Decision, Verdict
from contract.exclusions import Exclusion
from contract.links import Ended, LinkState
from contract.records import Record, Side
from contract.settings import Settings
from tests.fakes.people import ago, contact, hs, in_step, intent, lead, lead_ref, link, notice, said, world
from tests.unit.rules.test_mirroring import HOLDER, KEPT, LOSER, LOST, MASTER, ON, SURVIVOR, TIE, decide

ONE = contact(1, email="a@x.com", merged_ids=("2",))
OTHER = lead(1, Email="a@x.com", LastName="L", Company="X")
OWN = in_step(ONE, OTHER)


def making(seconds_ago: float, **values: Any) -> Any:
    """A link whose Salesforce record is being created since then."""
    sent = intent(Side.SALESFORCE, seconds_ago=seconds_ago, before=None, settled=False)
    return link(hs(2), None, id=2, state=LinkState.CREATING, intents=(sent,), **values)


GIVEN_UP = {"hubspot": None, "state": LinkState.ENDED, "ended": Ended.MERGED, "intents": ()}


@pytest.mark.parametrize("own", [True, False])
def test_a_losers_record_that_is_being_created_is_waited_for(*, own: bool) -> None:
    asked = world(ONE, OTHER, links=[*([OWN] if own else []), making(119)])
    decision = asked.decide(notice(ONE.ref))
    assert decision.again is not None
    assert (decision.again.seconds, decision.again.waiting) == (2.0, hs(2))
    assert decision.again.because == f"the partner of {hs(2)} is being created just now"
    assert [verdict.rule for verdict in decision.trace] == ["merges"]


def test_a_losers_creation_that_nobody_carries_on_is_given_up() -> None:
    abandoned = making(120)
    decision = world(ONE, OTHER, links=[OWN, abandoned]).decide(notice(ONE.ref))
    assert decision.again is None
    assert decision.others == (abandoned.changed(**GIVEN_UP),)


def test_a_survivors_own_creation_gives_way_to_the_losers_pair() -> None:
    survivor = contact(9, email="a@x.com", merged_ids=("1",))
    mine = making(5).changed(hubspot=hs(9))
    losers = in_step(contact(1, email="a@x.com"), OTHER)
    decision = world(survivor, OTHER, links=[mine, losers]).decide(notice(hs(9)))
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot, decision.link.salesforce) == (1, hs(9), OTHER.ref)
    assert decision.others == (mine.changed(**GIVEN_UP, hubspot_seen=survivor.modified_at),)


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        (Settings(), ""),
        (ON, ". Salesforce has no call by which it could be merged, too: that is for a person to do"),
    ],
)
def test_what_is_said_of_the_record_that_a_merge_in_hubspot_leaves_alone(
    settings: Settings, more: str
) -> None:
    left = lead(2, Email="b@x.com", LastName="L", Company="X")
    links = [OWN, in_step(contact(2, email="b@x.com"), left).changed(id=2)]
    decision = world(ONE, OTHER, left, links=links).decide(notice(ONE.ref), settings=settings)
    says = f"{hs(2)} was merged into {hs(1)}; {left.ref} is left without a partner{more}"
    assert says in [verdict.says for verdict in decision.trace]
    (report,) = decision.reports
    assert (report.says, set(report.refs)) == (says, {hs(1), OTHER.ref, left.ref})
    assert (decision.look_at, decision.again) == ((left.ref,), None)


# --- mirrored merges ---


def mirrored(decision: Decision) -> list[Verdict]:
    return [verdict for verdict in decision.trace if verdict.rule == "mirrored merges"]


def test_what_becomes_of_each_value_is_told_in_words_and_for_the_survivor() -> None:
    lost = replace(LOST, fields={**LOST.fields, "city": "Rome"})
    told = {
        one.field: (one.says, one.writes, one.value, one.lost) for one in mirrored(decide(lost)) if one.field
    }
    assert told == {
        "email": (
            "the survivor keeps its address, and has this one as a further one",
            Side.HUBSPOT,
            "a@x.com",
            None,
        ),
        "city": ("the survivor takes over what it lacks", Side.HUBSPOT, "Rome", None),
        "phone": ("the survivor keeps its own value", Side.HUBSPOT, "2", "1"),
    }


def test_contacts_that_are_one_already_end_the_losers_link_and_have_the_survivor_looked_at() -> None:
    lost, kept = (replace(one, deleted=True, merged_into="9") for one in (LOST, KEPT))
    decision = decide(lost, kept, SURVIVOR)
    assert decision.writes == ()
    assert decision.look_at == (SURVIVOR.ref,)
    assert decision.link is not None
    assert (decision.link.id, decision.link.ended) == (1, Ended.MERGED)
    assert said(decision).endswith(
        f"{LOSER.ref} was merged into {MASTER.ref} in Salesforce; "
        f"their contacts are merged already, as {SURVIVOR.ref}: this link ends"
    )


def test_a_masters_contact_that_is_gone_without_a_word_is_not_merged_into() -> None:
    """Nobody can read it: an operator hears of that record, not of the one that was noticed."""
    asked = world(LOST, LOSER, MASTER, links=[TIE, HOLDER])
    decision = asked.decide(notice(LOSER.ref, Kind.MERGED), settings=ON)
    assert decision.writes == ()
    assert decision.fault is not None
    assert decision.fault.says == f"{KEPT.ref}: not visible to the integration user"
    assert [report.refs for report in decision.reports] == [(KEPT.ref,)]


def test_a_master_whose_pair_is_only_waiting_for_its_contact_mirrors_nothing() -> None:
    waiting = link(None, MASTER.ref, id=2, state=LinkState.CREATING, intents=())
    decision = decide(links=(TIE, waiting))
    assert mirrored(decision) == []
    assert decision.link is not None
    assert (decision.link.salesforce, decision.link.state) == (lead_ref(2), LinkState.LIVE)


@pytest.mark.parametrize("erased", [True, False])
def test_who_was_merged_into_somebody_erased_or_kept_out_is_no_duplicate(*, erased: bool) -> None:
    """Though the master is linked with another contact, nothing of either is told or moved."""
    asked = world(LOST, KEPT, LOSER, MASTER, links=[TIE, HOLDER], erased=[MASTER.ref] if erased else [])
    if not erased:
        asked.exclusions = [Exclusion(id=1, refs=(MASTER.ref,), author="ann", since=ago(9), reason="")]
    decision = asked.decide(notice(LOSER.ref, Kind.MERGED))
    assert (decision.writes, decision.reports) == ((), ())
    assert "was erased" in said(decision) if erased else "never synced" in said(decision)


def test_a_pair_that_both_systems_merged_at_once_goes_on_and_nothing_is_merged_again() -> None:
    survivor = replace(LOST, merged_ids=("2",))
    gone = replace(KEPT, deleted=True, merged_into="1")
    asked = world(survivor, gone, LOSER, MASTER, links=[TIE, HOLDER])
    decision = asked.decide(notice(survivor.ref), notice(LOSER.ref, Kind.MERGED), settings=ON)
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot, decision.link.salesforce, decision.link.state) == (
        1,
        survivor.ref,
        MASTER.ref,
        LinkState.LIVE,
    )
    assert [(one.id, one.ended) for one in decision.others] == [(2, Ended.MERGED)]
    assert mirrored(decision) == []


def test_a_masters_contact_that_was_merged_into_one_that_we_cannot_see_is_reported() -> None:
    decision = decide(replace(KEPT, deleted=True, merged_into="9"))
    assert decision.writes == ()
    assert decision.fault is not None
    assert decision.fault.says == f"{KEPT.ref}: not visible to the integration user"


def test_a_merged_record_that_never_got_its_contact_ends_without_a_report() -> None:
    waiting = link(None, LOSER.ref, state=LinkState.CREATING)
    asked = world(KEPT, LOSER, MASTER, links=[waiting, HOLDER])
    decision = asked.decide(notice(LOSER.ref, Kind.MERGED))
    assert decision.link is not None
    assert (decision.link.ended, decision.reports, decision.look_at) == (Ended.MERGED, (), ())


@pytest.mark.parametrize("whose", [LOST, KEPT])
def test_contacts_of_which_one_has_an_erased_address_are_not_merged(whose: Record) -> None:
    record = replace(whose, fields={**whose.fields, "hs_additional_emails": "erased@x.com"})
    contacts = (record if one is whose else one for one in (LOST, KEPT))
    asked = world(*contacts, LOSER, MASTER, links=[TIE, HOLDER])
    asked.erased = {"erased@x.com"}
    decision = asked.decide(notice(LOSER.ref, Kind.MERGED), settings=ON)
    assert (decision.writes, decision.reports) == ((), ())
    assert said(decision) == "this e-mail belongs to an erased person: nothing is written"


# --- several losers, several links ---


def survivor_of_two(*links: Any, own: bool = False) -> Decision:
    """Contact 9, of contacts 1 and 2, is noticed; contact 1, if not itself the survivor of both."""
    survivor = contact(9, email="b@x.com", merged_ids=("1", "2"))
    lost = contact(1, email="a@x.com", merged_into="9")
    asked = world(survivor, lost, OTHER, lead(2, Email="b@x.com", LastName="L", Company="X"), links=links)
    return asked.decide(notice(lost.ref if own else survivor.ref))


TWOS = in_step(contact(2, email="b@x.com"), lead(2, Email="b@x.com", LastName="L", Company="X"))


def test_a_losers_complete_pair_goes_before_one_that_is_being_made_whoevers_address_was_kept() -> None:
    losers = in_step(contact(1, email="a@x.com"), OTHER)
    decision = survivor_of_two(losers, making(120).changed(email="b@x.com"))
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot, decision.link.salesforce) == (1, hs(9), OTHER.ref)
    assert [(one.id, one.ended) for one in decision.others] == [(2, Ended.MERGED)]


def test_who_leaves_it_to_the_survivor_ends_nothing_of_the_survivors_either() -> None:
    """The survivor's own creation, which nobody carries on, is given up when the survivor is looked at."""
    losers, mine = in_step(contact(1, email="a@x.com"), OTHER), making(120).changed(hubspot=hs(9), id=3)
    decision = survivor_of_two(losers, TWOS.changed(id=2), mine, own=True)
    assert (decision.writes, decision.link, decision.others) == ((), None, ())
    assert decision.look_at == (hs(9),)


def test_a_pair_does_not_move_to_anothers_record_because_a_third_pair_ended() -> None:
    survivor, holder = contact(9, email="a@x.com", merged_ids=("1", "2")), contact(5, email="c@x.com")
    gone = replace(OTHER, deleted=True, merged_into=lead_ref(3).id)
    master = lead(3, Email="c@x.com", LastName="L", Company="X")
    links = [
        in_step(contact(1, email="a@x.com"), OTHER),
        TWOS.changed(id=2),
        in_step(holder, master).changed(id=3),
    ]
    decision = world(survivor, holder, gone, master, links=links).decide(notice(survivor.ref))
    assert decision.link is not None
    assert (decision.link.id, decision.link.ended) == (1, Ended.MERGED)
    assert [(one.id, one.ended) for one in decision.others] == [(2, Ended.MERGED)]


def test_why_nobody_is_created_for_who_was_left_without_a_partner_is_told() -> None:
    left = OWN.changed(state=LinkState.ENDED, ended=Ended.MERGED)
    assert said(world(contact(1, email="a@x.com"), links=[left]).decide(notice(hs(1)))).endswith(
        " | its pair ended in a merge and was reported then: no partner is created for it"
    )
