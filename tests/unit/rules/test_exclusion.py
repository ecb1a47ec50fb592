"""Whom an operator keeps out takes no part on either side, under whatever id, until it is lifted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest

from contract.changes import Kind
from contract.decisions import Decision
from contract.exclusions import Cover, Exclusion
from contract.facts import Notice, RecordAt
from contract.links import Ended, Link, LinkState
from contract.records import Record, RecordRef
from contract.settings import Settings
from tests.fakes.people import (
    NOW,
    WorldAnswers,
    ago,
    contact,
    contact_ref,
    hs,
    in_step,
    intent,
    lead,
    lead_ref,
    link,
    notice,
    rules_of,
    said,
    sf_contact,
    world,
)

BOXES = Settings(
    delete_when_lead_deleted=True,
    delete_when_contact_deleted=True,
    create_from_leads=True,
    create_from_contacts=True,
)
ONE = contact(1, email="a@x.com", phone="1")
LEAD = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="2")
IN_STEP = in_step(contact(1, email="a@x.com", phone="0"), lead(1, Email="a@x.com", Phone="0"))
MOVED = lead(1, Email="a@x.com", converted=True, converted_to=contact_ref(4).id)
GONE = lead(1, Email="a@x.com", deleted=True)
OPTED_OUT = contact(1, email="a@x.com", hs_email_optout="true")


def exclusion(*refs: RecordRef, number: int = 7) -> Exclusion:
    return Exclusion(id=number, author="ada", reason="a test person", since=NOW, refs=tuple(sorted(refs)))


def keeping_out(*refs: RecordRef, records: Iterable[Record], links: Iterable[Link] = ()) -> WorldAnswers:
    asked = world(*records, links=links)
    asked.exclusions = [exclusion(*refs)]
    return asked


def nothing_done(decision: Decision) -> bool:
    done = (decision.writes, decision.link, decision.others, decision.reports, decision.look_at)
    return done == ((), None, (), (), ()) and decision.again is None and decision.fault is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A record that is kept out, what is there, and what was noticed."""

    out: RecordRef
    records: tuple[Record, ...]
    links: tuple[Link, ...] = ()
    noticed: Notice
    kind: Kind = Kind.UPDATED


TABLE = {
    "an edit in HubSpot": Row(out=hs(1), records=(ONE, LEAD), links=(IN_STEP,), noticed=notice(ONE.ref)),
    "an edit in Salesforce": Row(out=hs(1), records=(ONE, LEAD), links=(IN_STEP,), noticed=notice(LEAD.ref)),
    "the other end of the pair": Row(
        out=LEAD.ref, records=(ONE, LEAD), links=(IN_STEP,), noticed=notice(ONE.ref)
    ),
    "an unlinked contact": Row(out=hs(1), records=(ONE,), noticed=notice(ONE.ref, Kind.CREATED)),
    "an unlinked lead": Row(out=LEAD.ref, records=(LEAD,), noticed=notice(LEAD.ref)),
    "a contact with a match": Row(out=hs(1), records=(ONE, LEAD), noticed=notice(ONE.ref)),
    "a contact whose match is kept out": Row(out=LEAD.ref, records=(ONE, LEAD), noticed=notice(ONE.ref)),
    "a lead whose match is kept out": Row(out=hs(1), records=(ONE, LEAD), noticed=notice(LEAD.ref)),
    "a deletion in Salesforce": Row(
        out=hs(1), records=(ONE, GONE), links=(IN_STEP,), noticed=notice(GONE.ref, Kind.DELETED)
    ),
    "a deletion in HubSpot": Row(
        out=LEAD.ref,
        records=(replace(ONE, deleted=True), LEAD),
        links=(IN_STEP,),
        noticed=notice(ONE.ref, Kind.DELETED),
    ),
    "a deletion whose heir is kept out": Row(
        out=lead_ref(2),
        records=(ONE, GONE, lead(2, Email="a@x.com")),
        links=(IN_STEP,),
        noticed=notice(GONE.ref, Kind.DELETED),
    ),
    "an opt-out": Row(
        out=LEAD.ref, records=(OPTED_OUT, LEAD), links=(IN_STEP,), noticed=notice(OPTED_OUT.ref)
    ),
    "a merge in Salesforce into somebody kept out": Row(
        out=lead_ref(2),
        records=(ONE, replace(GONE, merged_into=lead_ref(2).id), lead(2, Email="b@x.com")),
        links=(IN_STEP,),
        noticed=notice(LEAD.ref, Kind.MERGED),
    ),
    "an unlinked one merged into somebody kept out": Row(
        out=lead_ref(2),
        records=(replace(GONE, merged_into=lead_ref(2).id), lead(2, Email="b@x.com")),
        noticed=notice(LEAD.ref, Kind.MERGED),
    ),
    "a creation that waits for its answer": Row(
        out=hs(1),
        records=(ONE,),
        links=(link(hs(1), None, state=LinkState.CREATING),),
        noticed=notice(ONE.ref),
    ),
    "a restored contact": Row(
        out=LEAD.ref,
        records=(ONE, LEAD),
        links=(IN_STEP.changed(state=LinkState.ENDED, ended=Ended.HUBSPOT_DELETED),),
        noticed=notice(ONE.ref, Kind.RESTORED),
    ),
    "a record that cannot be seen": Row(out=hs(1), records=(LEAD,), links=(IN_STEP,), noticed=notice(hs(1))),
}


@pytest.mark.parametrize("case", TABLE)
def test_nothing_is_done_about_a_person_who_is_kept_out(case: str) -> None:
    row = TABLE[case]
    decision = keeping_out(row.out, records=row.records, links=row.links).decide(row.noticed, settings=BOXES)
    assert nothing_done(decision)
    assert rules_of(decision)[-1] == "never sync"
    assert "never synced since 2026-11-24 12:00 UTC, by ada: a test person" in said(decision)


@pytest.mark.parametrize("case", TABLE)
def test_each_of_these_would_be_dealt_with_otherwise(case: str) -> None:
    row = TABLE[case]
    decision = world(*row.records, links=row.links).decide(row.noticed, settings=BOXES)
    assert not nothing_done(decision)


def test_without_a_reason_none_is_given() -> None:
    asked = world(ONE)
    asked.exclusions = [replace(exclusion(hs(1)), reason="")]
    assert "never synced since 2026-11-24 12:00 UTC, by ada: nothing" in said(asked.decide(notice(ONE.ref)))


def covers(decision: Decision) -> set[RecordRef]:
    return {ref for cover in decision.covers for ref in cover.refs}


@pytest.mark.parametrize(
    ("records", "links", "noticed", "further"),
    [
        ((ONE, LEAD), (IN_STEP,), notice(ONE.ref), {LEAD.ref}),
        ((ONE, LEAD), (IN_STEP,), notice(LEAD.ref), {LEAD.ref}),
        ((ONE, MOVED, sf_contact(4)), (IN_STEP,), notice(LEAD.ref), {LEAD.ref, contact_ref(4)}),
        (
            (ONE, MOVED, sf_contact(4, merged_into=contact_ref(5).id, deleted=True), sf_contact(5)),
            (IN_STEP,),
            notice(LEAD.ref),
            {LEAD.ref, contact_ref(4), contact_ref(5)},
        ),
        ((ONE, MOVED), (IN_STEP,), notice(LEAD.ref), {LEAD.ref, contact_ref(4)}),
        ((contact(1, merged_into="9"), contact(9)), (), notice(ONE.ref, Kind.MERGED), {hs(9)}),
        ((contact(9, merged_ids=("1", "2", "9")),), (), notice(hs(9)), {hs(9), hs(2)}),
        ((), (), notice(hs(9), Kind.MERGED, merged_ids=frozenset({"1"})), {hs(9)}),
        ((ONE, LEAD), (IN_STEP.changed(state=LinkState.ENDED, ended=Ended.MERGED),), notice(ONE.ref), set()),
    ],
)
def test_the_mark_follows_the_person_to_its_other_ids(
    records: tuple[Record, ...], links: tuple[Link, ...], noticed: Notice, further: set[RecordRef]
) -> None:
    decision = keeping_out(hs(1), records=records, links=links).decide(noticed, settings=BOXES)
    assert nothing_done(decision)
    assert covers(decision) == further


def test_where_both_records_live_on_both_new_ids_are_kept_out_and_told() -> None:
    records = (contact(1, merged_into="9"), contact(9), MOVED, sf_contact(4))
    asked = keeping_out(hs(1), LEAD.ref, records=records, links=[IN_STEP])
    decision = asked.decide(notice(hs(1), Kind.MERGED), notice(LEAD.ref))
    assert covers(decision) == {hs(9), contact_ref(4)}
    assert f"{hs(9)}, {contact_ref(4)}: the same person, so never synced either" in said(decision)


def test_ten_records_are_followed_and_no_more_lest_they_go_round_in_a_ring() -> None:
    line = [contact(number, merged_into=str(number + 1)) for number in range(1, 15)]
    asked = keeping_out(hs(1), records=line)
    assert covers(asked.decide(notice(hs(1), Kind.MERGED))) == {hs(number) for number in range(2, 12)}


def test_what_a_merge_had_come_to_is_not_done_where_the_pair_meets_somebody_kept_out() -> None:
    survivor = contact(9, email="a@x.com", merged_ids=("1", "2"))
    lost, other = replace(GONE, merged_into=lead_ref(3).id), lead(2, Email="b@x.com")
    master = lead(3, Email="c@x.com")
    asked = world(survivor, lost, other, master, links=[IN_STEP, link(hs(2), other.ref, id=5)])
    merged = asked.decide(notice(survivor.ref))
    assert () not in (merged.others, merged.reports, merged.look_at)
    asked.exclusions = [exclusion(master.ref)]
    assert nothing_done(asked.decide(notice(survivor.ref)))


def test_what_is_covered_is_covered_by_the_exclusion_that_was_there_first() -> None:
    asked = world(ONE, LEAD, links=[IN_STEP])
    asked.exclusions = [exclusion(LEAD.ref, number=9), exclusion(hs(1), number=7)]
    assert asked.decide(notice(ONE.ref)).covers == (Cover(exclusion=7, refs=(LEAD.ref,)),)


def test_a_record_left_over_by_a_merge_does_not_take_the_survivor_along() -> None:
    lost = replace(GONE, merged_into=lead_ref(2).id)
    over = IN_STEP.changed(state=LinkState.ENDED, ended=Ended.MERGED)
    decision = keeping_out(hs(1), records=(ONE, lost, lead(2)), links=[over]).decide(notice(lost.ref))
    assert "never sync" not in rules_of(decision)
    assert decision.covers == ()


def test_a_survivor_does_not_take_over_the_pair_of_a_loser_who_is_kept_out() -> None:
    lost, other = contact(1, email="a@x.com", merged_into="9"), lead(2, Email="b@x.com")
    survivor = contact(9, email="b@x.com", merged_ids=("1", "2"))
    links = [IN_STEP, link(hs(2), other.ref, id=5)]
    decision = keeping_out(other.ref, records=(lost, survivor, LEAD, other), links=links).decide(
        notice(lost.ref), settings=BOXES
    )
    assert nothing_done(decision)


def test_new_ids_are_read_only_where_the_read_does_not_lag_behind_its_notice() -> None:
    asked = keeping_out(hs(1), records=(ONE, LEAD), links=[IN_STEP])
    young = notice(LEAD.ref, seconds_ago=1)
    assert asked.decide(young).again is not None
    late = replace(young, received_at=ago(60), first_received_at=ago(60))
    assert nothing_done(asked.decide(late))


def test_whom_it_does_not_concern_is_read_and_written_as_ever() -> None:
    decision = keeping_out(hs(3), records=(ONE, LEAD), links=[IN_STEP]).decide(notice(ONE.ref))
    assert decision.writes
    assert "never sync" not in rules_of(decision)


def test_no_crm_is_asked_about_the_other_side_of_who_is_kept_out() -> None:
    asked = keeping_out(hs(1), records=(ONE, LEAD), links=[IN_STEP])
    asked.decide(notice(ONE.ref))
    assert RecordAt(LEAD.ref) not in asked.asked


def test_an_erasure_outranks_it() -> None:
    asked = keeping_out(hs(1), LEAD.ref, records=(LEAD,), links=[IN_STEP])
    decision = asked.decide(notice(hs(1), Kind.ERASED))
    assert decision.erasure is not None
    assert decision.link is not None
    assert (decision.link.ended, decision.link.base) == (Ended.ERASED, {})


def test_a_pair_that_waits_for_a_write_keeps_what_it_meant() -> None:
    waiting = IN_STEP.changed(intents=(intent(ONE.ref.side),))
    decision = keeping_out(hs(1), LEAD.ref, records=(ONE, LEAD), links=[waiting]).decide(notice(ONE.ref))
    assert decision.link is None
