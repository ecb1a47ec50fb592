"""Deletion at its edges: heirs that are no heirs, links that never had a second end, and what is said."""

from __future__ import annotations

from typing import Any

import pytest

from contract.changes import Kind
from contract.decisions import Action, Decision, ReportKind
from contract.links import Ended, Link, LinkState, Pair
from contract.records import Record, RecordRef, Side
from contract.settings import Settings
from tests.fakes.people import (
    ago,
    contact,
    hs,
    in_step,
    intent,
    lead,
    lead_ref,
    link,
    notice,
    said,
    sf_contact,
    world,
)
from tests.unit.rules.kit import only_write

BOXES = Settings(delete_when_lead_deleted=True, delete_when_contact_deleted=True)
CREATE = Settings(create_from_leads=True)
ONE = contact(1, email="a@x.com", phone="1")
GONE_ONE = contact(1, email="a@x.com", phone="1", deleted=True)
LEAD = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="1")
GONE = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="1", deleted=True)
HEIR = lead(5, Email="a@x.com", LastName="L", Company="[not provided]", Phone="1")
MADE_UP = {"Company": "[not provided]"}
TIE = in_step(ONE, LEAD, lastname=Pair(None, "L"), company=Pair(None, "X")).changed(
    placeholders=MADE_UP, intents=(intent(Side.SALESFORCE, pairs={"phone": Pair("9", "9")}),)
)


def ended(why: Ended, tie: Link = TIE) -> Link:
    return tie.changed(state=LinkState.ENDED, ended=why)


def assert_nothing_done(decision: Decision, words: str) -> None:
    """Nothing is written, and no link comes to life, for this reason and no other."""
    assert said(decision) == words
    assert (decision.writes, decision.others, decision.reports) == ((), (), ())
    assert decision.link is None or decision.link.state is LinkState.ENDED


def relinked(
    heir: Record,
    *,
    gone: Record = GONE,
    tie: Link = TIE,
    beside: Link | None = None,
    now: Record | None = None,
) -> Decision:
    """The linked lead is deleted while another has its address, which may be another by `now`."""
    asked = world(ONE, gone, heir, links=[tie, *([beside] if beside is not None else [])])
    asked.overlook = {now.ref: now} if now is not None else {}
    return asked.decide(notice(gone.ref, Kind.DELETED), settings=BOXES)


def test_an_heir_starts_afresh_whatever_the_link_knew_of_the_deleted_record() -> None:
    gone = lead(1, Email="a@x.com", deleted=True, modified_at=ago(5))
    decision = relinked(HEIR, gone=gone, tie=TIE.changed(salesforce_seen=ago(5)))
    assert decision.link is not None
    assert (decision.link.salesforce, decision.link.salesforce_seen) == (HEIR.ref, HEIR.modified_at)
    assert (decision.link.placeholders, decision.link.intents) == ({}, ())
    assert f"{GONE.ref} was deleted, but its e-mail lives on in {HEIR.ref}: the link moves there" in said(
        decision
    )


def test_a_person_account_is_no_heir() -> None:
    account = sf_contact(5, Email="a@x.com", LastName="L", person_account=True)
    assert only_write(relinked(account)).action is Action.ARCHIVE


@pytest.mark.parametrize(("seconds_ago", "inherits"), [(5, False), (119, False), (120, True)])
def test_an_heir_whose_own_contact_is_being_created_is_one_once_that_is_given_up(
    seconds_ago: float, *, inherits: bool
) -> None:
    making = link(
        None,
        HEIR.ref,
        id=2,
        state=LinkState.CREATING,
        intents=(intent(Side.HUBSPOT, seconds_ago=seconds_ago, before=None),),
    )
    decision = relinked(HEIR, beside=making)
    assert Action.ARCHIVE not in {write.action for write in decision.writes}
    assert [report.kind for report in decision.reports] == ([] if inherits else [ReportKind.DUPLICATE])
    given_up = making.changed(state=LinkState.ENDED, ended=Ended.MERGED, salesforce=None, intents=())
    assert decision.others == ((given_up,) if inherits else ())


@pytest.mark.parametrize(
    "now", [lead(5, Email="a@x.com", deleted=True), lead(5, Email="a@x.com", converted=True)]
)
def test_an_heir_that_has_changed_since_it_was_found_is_looked_at_first(now: Record) -> None:
    decision = relinked(HEIR, now=now)
    assert (decision.writes, decision.link, decision.look_at) == ((), None, (HEIR.ref,))
    assert said(decision).endswith(f"{HEIR.ref} has changed meanwhile: look again")


def test_deleting_a_hubspot_contact_that_never_got_a_partner_ends_its_link() -> None:
    waiting = link(hs(1), None, state=LinkState.CREATING)
    decision = world(GONE_ONE, links=[waiting]).decide(notice(hs(1), Kind.DELETED))
    assert decision.link is not None
    assert decision.link == ended(Ended.HUBSPOT_DELETED, waiting).changed(
        email="a@x.com", hubspot_seen=GONE_ONE.modified_at
    )


def test_deleting_a_hubspot_contact_unlinks_also_a_record_that_we_cannot_read() -> None:
    decision = world(GONE_ONE, links=[TIE]).decide(notice(hs(1), Kind.DELETED))
    assert decision.link is not None
    assert (decision.link.ended, decision.link.salesforce_seen) == (Ended.HUBSPOT_DELETED, None)
    assert said(decision) == f"{hs(1)} was deleted: the pair is unlinked, nothing is deleted in Salesforce"


HUBSPOT_GONE = "the HubSpot contact is deleted and the pair unlinked: nothing to do"
OVER = "the pair of this record has ended: nothing is written"
NOTHING_TO_DO = [
    # link, records, noticed -> what is said
    (ended(Ended.HUBSPOT_DELETED), [GONE_ONE, LEAD], hs(1), HUBSPOT_GONE),
    (ended(Ended.HUBSPOT_DELETED), [GONE_ONE, GONE], lead_ref(1), HUBSPOT_GONE),
    (
        ended(Ended.SALESFORCE_DELETED, link(None, lead_ref(1))),
        [GONE],
        lead_ref(1),
        f"{lead_ref(1)} is deleted and the pair unlinked: nothing to do",
    ),
    (
        ended(Ended.SALESFORCE_DELETED),
        [ONE, GONE],
        hs(1),
        "its Salesforce record was deleted; nothing is created there again",
    ),
    (ended(Ended.MERGED), [GONE_ONE, LEAD], hs(1), OVER),
    (ended(Ended.ERASED), [ONE, LEAD], hs(1), OVER),  # the tombstone was lifted, the pair stays apart
    (None, [GONE_ONE], hs(1), f"{hs(1)} is deleted and was never linked: nothing to do"),
]


@pytest.mark.parametrize(("tie", "records", "noticed", "words"), NOTHING_TO_DO)
def test_why_nothing_is_done_about_a_pair_that_has_ended(
    tie: Link | None, records: list[Record], noticed: RecordRef, words: str
) -> None:
    asked = world(*records, links=[tie] if tie is not None else [])
    assert_nothing_done(asked.decide(notice(noticed), settings=BOXES), words)


def test_an_edit_in_salesforce_brings_a_person_back_also_where_the_dead_contact_is_noticed_beside() -> None:
    edited = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="2")
    asked = world(GONE_ONE, edited, links=[ended(Ended.HUBSPOT_DELETED)])
    decision = asked.decide(notice(edited.ref), notice(hs(1), Kind.DELETED), settings=CREATE)
    assert (only_write(decision).action, only_write(decision).side) == (Action.CREATE, Side.HUBSPOT)
    assert decision.link is not None
    assert (decision.link.id, decision.link.intents) == (1, ())


def test_a_restored_contact_that_never_had_a_partner_is_taken_as_new() -> None:
    lonely = ended(Ended.HUBSPOT_DELETED, link(hs(1), None, id=7))
    decision = world(ONE, links=[lonely]).decide(notice(hs(1), Kind.RESTORED))
    assert (only_write(decision).action, only_write(decision).side) == (Action.CREATE, Side.SALESFORCE)
    assert decision.link is not None
    assert (decision.link.id, decision.link.state, decision.link.ended) == (7, LinkState.CREATING, None)


def test_an_undeleted_record_that_never_had_a_partner_keeps_its_link() -> None:
    lonely = ended(Ended.SALESFORCE_DELETED, link(None, lead_ref(1), id=7))
    decision = world(LEAD, links=[lonely]).decide(notice(lead_ref(1), Kind.RESTORED), settings=CREATE)
    assert decision.link is not None
    assert (decision.link.id, decision.link.salesforce) == (7, lead_ref(1))


REVIVED = [
    (Ended.HUBSPOT_DELETED, hs(1), f"{hs(1)} was restored: the pair is linked again"),
    (Ended.SALESFORCE_DELETED, lead_ref(1), f"{lead_ref(1)} was undeleted: the pair is linked again"),
]


@pytest.mark.parametrize(("why", "noticed", "words"), REVIVED)
def test_a_revived_pair_has_no_old_intents_and_is_not_kept_apart_by_another_link_that_ended(
    why: Ended, noticed: RecordRef, words: str
) -> None:
    others = [
        ended(Ended.SALESFORCE_DELETED, link(hs(9), lead_ref(1), id=2)),
        ended(Ended.SALESFORCE_DELETED, link(hs(1), lead_ref(9), id=3)),
    ]
    other = [one for one in others if noticed not in {one.hubspot, one.salesforce}]
    decision = world(ONE, LEAD, links=[ended(why), *other]).decide(notice(noticed))
    assert decision.link is not None
    assert (decision.link.id, decision.link.state, decision.link.intents) == (1, LinkState.LIVE, ())
    assert said(decision).startswith(words)


@pytest.mark.parametrize(("why", "noticed", "words"), REVIVED)
def test_a_pair_whose_end_has_another_partner_is_reported_with_all_who_are_concerned(
    why: Ended, noticed: RecordRef, words: str
) -> None:
    taken: Any = lead_ref(1) if why is Ended.HUBSPOT_DELETED else hs(1)
    rival = link(hs(7), lead_ref(1), id=2) if taken == lead_ref(1) else link(hs(1), lead_ref(7), id=2)
    decision = world(ONE, LEAD, links=[ended(why), rival]).decide(notice(noticed))
    (report,) = decision.reports
    assert report.kind is ReportKind.DUPLICATE
    ends = {hs(1), lead_ref(1), rival.hubspot, rival.salesforce}
    assert set(report.refs) == ends
    says = f"{words.split(':', maxsplit=1)[0]}, but {taken} is linked with another record now: nothing to do"
    assert (report.says, said(decision)) == (says, says)


def test_what_is_said_of_a_record_that_comes_back_and_its_contact_does_not() -> None:
    decision = world(GONE_ONE, LEAD, links=[ended(Ended.SALESFORCE_DELETED)]).decide(notice(LEAD.ref))
    assert (
        f"{LEAD.ref} was undeleted; HubSpot's API cannot restore an archived contact, "
        "so a new one is created where the settings allow it"
    ) in said(decision)
    both = world(ONE, GONE, links=[ended(Ended.HUBSPOT_DELETED)]).decide(notice(hs(1), Kind.RESTORED))
    assert said(both) == (
        "the HubSpot contact was restored, but its Salesforce record is deleted: they stay unlinked"
    )


def test_an_undeleted_lead_whose_other_pairs_are_over_too_is_nobody_elses() -> None:
    over = link(hs(2), LEAD.ref, id=2, state=LinkState.ENDED, ended=Ended.HUBSPOT_DELETED)
    asked = world(GONE_ONE, LEAD, links=[ended(Ended.SALESFORCE_DELETED), over])
    decision = asked.decide(notice(hs(1)), settings=CREATE)
    assert [write.action for write in decision.writes] == [Action.CREATE]
