"""No stale decisions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contract.changes import Kind
from contract.decisions import ReportKind
from contract.errors import ErrorClass
from contract.links import Ended, LinkState, Pair
from contract.records import Record
from contract.settings import Settings
from tests.fakes.people import ago, contact, hs, in_step, lead, link, notice, said, sf_contact, world
from tests.unit.rules.kit import written

ONE = contact(1, email="a@x.com", phone="1")
OTHER = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="1")


@pytest.mark.parametrize("record", [contact(1, modified_at=ago(9)), lead(1, modified_at=ago(9))])
def test_a_read_older_than_its_notice_is_taken_again_while_the_notice_is_young(record: Record) -> None:
    decision = world(record).decide(notice(record.ref, seconds_ago=5))
    assert decision.again is not None
    assert decision.again.seconds == 1
    assert "stale" in decision.again.because
    assert (decision.writes, decision.link, decision.reports) == ((), None, ())


def test_a_read_older_than_its_notice_is_accepted_once_the_notice_is_old() -> None:
    record = contact(1, modified_at=ago(60))
    decision = world(record).decide(notice(record.ref, seconds_ago=11))
    assert decision.again is None


def test_salesforce_stamps_are_compared_by_whole_seconds() -> None:
    fine = timedelta(milliseconds=700)
    sure = lead(1, modified_at=ago(5))
    assert world(sure).decide(notice(sure.ref, seconds_ago=5, noticed_at=ago(5) + fine)).again is None
    finer = contact(1, modified_at=ago(5))
    assert world(finer).decide(notice(finer.ref, seconds_ago=5, noticed_at=ago(5) + fine)).again is not None


def test_a_notice_that_leaves_the_record_unmodified_makes_no_read_stale() -> None:
    record = contact(1, modified_at=ago(500))
    assert world(record).decide(notice(record.ref, Kind.LISTED, seconds_ago=2)).again is None


def test_a_live_record_that_is_said_to_be_deleted_is_read_again_before_anything_is_created_for_it() -> None:
    record = lead(1, Email="a@x.com", LastName="L", Company="X", modified_at=ago(2))
    asked, on = world(record), Settings(create_from_leads=True)
    assert asked.decide(notice(record.ref, Kind.DELETED, seconds_ago=2), settings=on).again is not None
    assert asked.decide(notice(record.ref, Kind.DELETED, Kind.RESTORED, seconds_ago=2), settings=on).writes
    assert asked.decide(notice(record.ref, Kind.DELETED, seconds_ago=11), settings=on).writes


def test_a_missing_record_is_read_again_while_the_notice_is_young() -> None:
    decision = world().decide(notice(hs(1), seconds_ago=3))
    assert decision.again is not None


def test_a_missing_record_that_was_never_linked_is_let_be() -> None:
    decision = world().decide(notice(hs(1), seconds_ago=30))
    assert decision.fault is None
    assert decision.reports == ()
    assert "not visible to us and not synced" in said(decision)


@pytest.mark.parametrize("kind", [Kind.UPDATED, Kind.DELETED])
def test_a_missing_linked_record_is_reported_and_never_taken_for_deleted(kind: Kind) -> None:
    decision = world(OTHER, links=[in_step(ONE, OTHER)]).decide(notice(ONE.ref, kind, seconds_ago=30))
    assert decision.link is None
    assert decision.writes == ()
    assert decision.fault is not None
    assert (decision.fault.error, decision.fault.code) == (ErrorClass.PERMISSION, "NOT_VISIBLE")
    assert "not visible to the integration user" in decision.fault.says
    assert [report.kind for report in decision.reports] == [ReportKind.NOT_VISIBLE]


def test_the_missing_other_end_of_a_link_is_reported_too() -> None:
    tie = in_step(ONE, OTHER, phone=Pair("0", "0"))
    decision = world(ONE, links=[tie]).decide(notice(ONE.ref))
    assert decision.fault is not None
    assert decision.fault.code == "NOT_VISIBLE"
    assert str(OTHER.ref) in decision.fault.says


def test_a_missing_record_of_an_ended_link_is_let_be() -> None:
    tie = link(hs(1), OTHER.ref, state=LinkState.ENDED, ended=Ended.HUBSPOT_DELETED)
    decision = world(links=[tie]).decide(notice(hs(1), seconds_ago=30))
    assert decision.fault is None


@pytest.mark.parametrize(("received", "seconds"), [(5.0, 1.0), (30.0, 5.0), (4000.0, 5.0)])
def test_a_read_older_than_the_state_we_saw_is_taken_again(received: float, seconds: float) -> None:
    """However long the row has waited, as long as the state we saw is recent."""
    tie = in_step(ONE, OTHER).changed(hubspot_seen=ago(10))
    decision = world(ONE, OTHER, links=[tie]).decide(
        notice(ONE.ref, seconds_ago=received, noticed_at=ago(9000))
    )
    assert decision.again is not None
    assert decision.again.seconds == seconds


def test_a_read_older_than_the_state_we_saw_is_accepted_after_a_minute() -> None:
    old = contact(1, email="a@x.com", phone="1", modified_at=ago(70))
    tie = in_step(old, OTHER).changed(hubspot_seen=ago(61))
    decision = world(old, OTHER, links=[tie]).decide(notice(old.ref, seconds_ago=5, noticed_at=ago(100)))
    assert decision.again is None


@pytest.mark.parametrize(("waited", "stale"), [(300.0, True), (601.0, False)])
def test_a_row_that_waited_long_is_held_to_its_newest_notice_but_not_for_ever(
    waited: float, *, stale: bool
) -> None:
    old = contact(1, modified_at=ago(100))
    decision = world(old).decide(notice(old.ref, seconds_ago=1, first_received_at=ago(waited)))
    assert (decision.again is not None) is stale


def test_the_other_side_is_held_to_the_state_we_saw_as_well() -> None:
    tie = in_step(ONE, OTHER, phone=Pair("0", "1")).changed(salesforce_seen=ago(10))
    decision = world(ONE, OTHER, links=[tie]).decide(notice(ONE.ref, seconds_ago=20, noticed_at=ago(100)))
    assert decision.again is not None
    assert str(OTHER.ref) in decision.again.because


def test_both_records_noticed_at_once_are_asked_for_in_one_round() -> None:
    other = sf_contact(2, Email="a@x.com", LastName="L", Phone="2")
    asked = world(ONE, other, links=[in_step(ONE, other, phone=Pair("1", "1"))])
    decision = asked.decide(notice(ONE.ref), notice(other.ref))
    assert written(decision, ONE.ref.side) == {"phone": "2"}
    assert asked.rounds == 1


@pytest.mark.parametrize(("kinds", "stale"), [({Kind.DELETED}, False), ({Kind.DELETED, Kind.UPDATED}, True)])
def test_a_dead_record_is_all_that_a_deletions_notice_announces(
    kinds: set[Kind],
    stale: bool,  # noqa: FBT001  # a table column
) -> None:
    gone = lead(1, deleted=True, modified_at=ago(60))
    decision = world(ONE, gone, links=[in_step(ONE, gone)]).decide(notice(gone.ref, *kinds, seconds_ago=1))
    assert (decision.again is not None) is stale
