"""`dedup.mirror_merges`: what Salesforce merged is merged in HubSpot, once, and only where both may be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from contract.changes import Kind
from contract.decisions import Action, Decision, ReportKind, Write
from contract.exclusions import Exclusion
from contract.links import Ended, Link, LinkState
from contract.records import Record, RecordRef
from contract.settings import Settings
from tests.fakes.people import (
    NOW,
    ago,
    contact,
    hs,
    in_step,
    lead,
    lead_ref,
    link,
    notice,
    rules_of,
    said,
    sf_contact,
    world,
)

ON = Settings(mirror_merges=True)
LOST = contact(1, email="a@x.com", phone="1")
KEPT = contact(2, email="b@x.com", phone="2", modified_at=ago(90))
LOSER = lead(1, Email="a@x.com", deleted=True, merged_into=lead_ref(2).id)
MASTER = lead(2, Email="b@x.com", LastName="L", Company="X", Phone="2")
TIE = in_step(LOST, LOSER)
HOLDER = in_step(KEPT, MASTER).changed(id=2)
SURVIVOR = contact(9, email="b@x.com", phone="2", merged_ids=("1", "2"))
TWO_LEFT = {hs(1), hs(2)}


def decide(
    *changed: Record,
    links: tuple[Link, ...] = (TIE, HOLDER),
    settings: Settings = ON,
    noticed: RecordRef = LOSER.ref,
) -> Decision:
    records = {one.ref: one for one in (LOST, KEPT, LOSER, MASTER, *changed)}
    asked = world(*records.values(), links=links)
    return asked.decide(notice(noticed, Kind.MERGED), settings=settings)


@pytest.mark.parametrize("noticed", [LOSER.ref, LOST.ref])
def test_the_losers_contact_is_merged_into_the_masters(noticed: RecordRef) -> None:
    edited = replace(LOST, fields={**LOST.fields, "phone": "5"})
    decision = decide(edited, noticed=noticed)
    (write,) = decision.writes
    assert write == Write(
        action=Action.MERGE,
        side=KEPT.ref.side,
        object_type="contact",
        record_id="1",
        into="2",
        before=LOST.modified_at,
        reason=f"{LOSER.ref} was merged into {MASTER.ref} in Salesforce",
    )
    assert decision.link is not None
    assert (decision.link.id, decision.link.ended) == (1, Ended.MERGED)
    assert (decision.reports, decision.others, decision.fault) == ((), (), None)
    assert f"{LOST.ref} is merged into {KEPT.ref}, whose values win" in said(decision)


def test_each_value_that_gives_way_or_is_taken_over_is_told() -> None:
    lost = replace(LOST, fields={**LOST.fields, "city": "Rome", "state": "x", "jobtitle": " ", "fax": "9"})
    kept = replace(KEPT, fields={**KEPT.fields, "state": "x", "jobtitle": "Boss", "fax": "8"})
    told = [
        (one.field, one.value, one.lost) for one in decide(lost, kept).trace if one.rule == "mirrored merges"
    ]
    assert sorted(told, key=str) == [
        ("city", "Rome", None),
        ("email", "a@x.com", None),
        ("fax", "8", "9"),
        ("phone", "2", "1"),
        (None, None, None),
    ]


def test_off_nothing_is_merged_and_both_contacts_are_reported() -> None:
    decision = decide(settings=Settings())
    assert decision.writes == ()
    assert [(one.kind, set(one.refs)) for one in decision.reports] == [(ReportKind.DUPLICATE, TWO_LEFT)]


def test_a_master_without_a_contact_takes_the_losers_and_nothing_is_merged() -> None:
    decision = decide(links=(TIE,))
    assert Action.MERGE not in {write.action for write in decision.writes}
    assert decision.link is not None
    assert (decision.link.salesforce, decision.link.state) == (MASTER.ref, LinkState.LIVE)


def test_a_chain_of_merges_is_followed_to_the_last_master() -> None:
    middle = replace(MASTER, deleted=True, merged_into=lead_ref(3).id)
    last = replace(MASTER, ref=lead_ref(3))
    (write,) = decide(middle, last, links=(TIE, HOLDER.changed(salesforce=last.ref))).writes
    assert (write.record_id, write.into) == ("1", "2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What differs from two live pairs whose leads were merged."""

    records: tuple[Record, ...] = ()
    links: tuple[Link, ...] = (TIE, HOLDER)
    says: str


MANY = tuple(str(number) for number in range(100, 225))
REPORTED = {
    "the master's contact is deleted": Row(
        records=(replace(KEPT, deleted=True),), says=f"but {KEPT.ref} is deleted: the contacts are not merged"
    ),
    "too many merges": Row(
        records=(
            replace(LOST, merged_ids=MANY),
            replace(KEPT, merged_ids=tuple(str(number) for number in range(300, 424))),
        ),
        says="HubSpot merges no contact more than 250 times",
    ),
    "the master's contact lives on as somebody else's": Row(
        records=(contact(2, merged_into="7"), contact(7, email="c@x.com")),
        links=(TIE, HOLDER, link(hs(7), lead_ref(7), id=3)),
        says=f"but {hs(7)} is linked with {lead_ref(7)}: the contacts are not merged",
    ),
}


@pytest.mark.parametrize("case", REPORTED)
def test_what_may_not_be_merged_is_reported_and_the_reason_said(case: str) -> None:
    row = REPORTED[case]
    decision = decide(*row.records, links=row.links)
    assert decision.writes == ()
    assert row.says in said(decision)
    assert [(one.kind, set(one.refs)) for one in decision.reports] == [(ReportKind.DUPLICATE, TWO_LEFT)]


def test_as_many_merges_as_hubspot_allows_are_made() -> None:
    lost, kept = replace(LOST, merged_ids=MANY[:124]), replace(KEPT, merged_ids=MANY[1:])
    most = replace(kept, merged_ids=(*kept.merged_ids, *(str(number) for number in range(300, 423))))
    assert len({"1", "2", *lost.merged_ids, *most.merged_ids}) == 250
    assert len(decide(lost, most).writes) == 1


def test_a_losers_contact_that_is_deleted_leaves_nothing_to_merge() -> None:
    decision = decide(replace(LOST, deleted=True))
    assert (decision.writes, decision.reports) == ((), ())
    assert decision.link is not None
    assert decision.link.ended is Ended.MERGED
    assert "is deleted" in said(decision)


DONE = {
    "under a new id": (contact(1, merged_into="9"), contact(2, merged_into="9"), SURVIVOR),
    "under the master's id": (contact(1, merged_into="2"), replace(KEPT, merged_ids=("1",))),
}


@pytest.mark.parametrize("case", DONE)
@pytest.mark.parametrize("noticed", [LOSER.ref, LOST.ref])
def test_a_merge_that_was_done_already_is_recognised_by_reading(case: str, noticed: RecordRef) -> None:
    decision = decide(*DONE[case], noticed=noticed)
    assert (decision.writes, decision.fault) == ((), None)
    if decision.link is None:  # left to the survivor, whose own look ends the link
        assert decision.look_at == (SURVIVOR.ref,)
    else:
        assert (decision.link.hubspot, decision.link.ended) == (LOST.ref, Ended.MERGED)


@pytest.mark.parametrize("case", DONE)
def test_the_survivor_takes_the_masters_pair_over_and_reports_nothing(case: str) -> None:
    survivor = DONE[case][-1].ref
    decision = decide(*DONE[case], noticed=survivor)
    ended = [one.id for one in decision.others if one.ended is Ended.MERGED]
    assert (decision.writes, decision.reports, ended) == ((), (), [1])
    if decision.link is not None:
        assert (decision.link.id, decision.link.hubspot) == (2, survivor)


def test_of_three_leads_merged_at_once_the_second_contact_goes_into_what_the_first_became() -> None:
    third, its_lead = contact(3, email="c@x.com"), replace(LOSER, ref=lead_ref(3))
    survivor = contact(9, email="b@x.com", merged_ids=("1", "2"))
    decision = decide(
        contact(1, merged_into="9"),
        contact(2, merged_into="9"),
        survivor,
        third,
        its_lead,
        links=(in_step(third, its_lead).changed(id=3), HOLDER),
        noticed=its_lead.ref,
    )
    (write,) = decision.writes
    assert (write.record_id, write.into) == ("3", "9")


@pytest.mark.parametrize("who", [MASTER.ref, LOST.ref, KEPT.ref, "a@x.com", "b@x.com", "other@x.com"])
def test_no_erased_person_is_merged(who: RecordRef | str) -> None:
    kept = replace(KEPT, fields={**KEPT.fields, "hs_additional_emails": "other@x.com"})
    asked = world(LOST, kept, LOSER, MASTER, links=[TIE, HOLDER], erased=[who])
    decision = asked.decide(notice(LOSER.ref, Kind.MERGED), settings=ON)
    assert (decision.writes, decision.reports) == ((), ())
    assert rules_of(decision)[-1] == "erasure"


@pytest.mark.parametrize("who", [LOSER.ref, MASTER.ref, LOST.ref, KEPT.ref])
def test_nobody_who_is_kept_out_is_merged(who: RecordRef) -> None:
    asked = world(LOST, KEPT, LOSER, MASTER, links=[TIE, HOLDER])
    asked.exclusions = [Exclusion(id=1, author="ada", reason="", since=NOW, refs=(who,))]
    decision = asked.decide(notice(LOSER.ref, Kind.MERGED), settings=ON)
    assert (decision.writes, decision.reports) == ((), ())
    assert rules_of(decision)[-1] == "never sync"


def test_a_contact_that_cannot_be_read_yet_is_waited_for_and_later_reported() -> None:
    asked = world(LOST, LOSER, MASTER, links=[TIE, HOLDER])
    assert asked.decide(notice(LOSER.ref, seconds_ago=1, noticed_at=ago(60)), settings=ON).again is not None
    late = asked.decide(notice(LOSER.ref), settings=ON)
    assert (late.writes, [one.kind for one in late.reports]) == ((), [ReportKind.NOT_VISIBLE])


def test_a_masters_contact_that_is_read_in_an_older_state_than_known_is_read_again() -> None:
    decision = decide(links=(TIE, HOLDER.changed(hubspot_seen=ago(5))))
    assert decision.again is not None


def test_a_master_that_is_deleted_since_mirrors_nothing() -> None:
    decision = decide(replace(MASTER, deleted=True))
    assert Action.MERGE not in {write.action for write in decision.writes}


def test_a_loser_whose_pair_had_ended_before_mirrors_nothing() -> None:
    decision = decide(links=(TIE.changed(state=LinkState.ENDED, ended=Ended.MERGED), HOLDER))
    assert decision.writes == ()


def test_a_conversion_into_somebody_elses_contact_is_no_merge() -> None:
    made = sf_contact(2, Email="b@x.com", LastName="L", Phone="2")
    converted = lead(1, Email="a@x.com", converted=True, converted_to=made.ref.id)
    decision = decide(converted, made, links=(TIE, in_step(KEPT, made).changed(id=2)))
    assert (decision.writes, [set(one.refs) for one in decision.reports]) == ((), [TWO_LEFT])


def test_what_hubspot_merged_stays_with_a_person_in_salesforce_in_words() -> None:
    survivor = replace(KEPT, merged_ids=("1",))
    alive = replace(LOSER, deleted=False, merged_into=None)
    decision = decide(survivor, contact(1, merged_into="2"), alive, noticed=KEPT.ref)
    (report,) = decision.reports
    assert report.kind is ReportKind.MERGE
    assert (
        "Salesforce has no call by which it could be merged, too: that is for a person to do" in report.says
    )
