"""Settling: what becomes of the rows, what is told, and what observing leaves for later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from consumers.retry import MOST_ATTEMPTS, Hold
from consumers.settle import UNTIL_ON
from contract.changes import Kind
from contract.decisions import Action, Again, Decision, Erasure, Outcome, Report, ReportKind, Write
from contract.errors import ErrorClass
from contract.links import Ended, LinkState
from contract.pending import WorkClass
from contract.records import Side
from contract.settings import SyncMode
from tests.fakes.people import NOW, contact_ref, hs, lead_ref, link
from tests.unit.consumers.kit import (
    archive,
    creation,
    failed,
    fault,
    later,
    merging,
    opting_out,
    pair_link,
    person,
    result,
    row,
    settled,
    update,
    written,
)


def test_looking_again_decides_nothing_and_counts_nothing_against_the_row() -> None:
    again = Again(seconds=2.0, because="stale", waiting=hs(9))
    one = person(row(hs(1), attempts=3), row(lead_ref(1)), stored=pair_link(), decision=Decision(again=again))
    found = settled(one)
    assert (found.link, found.done) == (None, False)
    assert [(p.row.ref, p.due_at, p.work_class, p.attempts, p.waits_on) for p in found.postponed] == [
        (hs(1), later(2), WorkClass.LIVE, 3, str(hs(9))),
        (lead_ref(1), later(2), WorkClass.LIVE, 0, str(hs(9))),
    ]


def test_a_passing_fault_is_tried_again_in_the_retry_class_with_one_more_attempt() -> None:
    found = settled(written(result(update(phone="1"), failed(ErrorClass.TRANSIENT)), attempts=2))
    (postponed,) = found.postponed
    assert (postponed.work_class, postponed.attempts) == (WorkClass.RETRY, 3)
    assert postponed.due_at > later(1)
    assert found.letters == ()


def test_what_has_not_passed_for_hours_is_told_once_and_the_row_stays() -> None:
    write = result(update(phone="1"), failed(ErrorClass.TRANSIENT, code="HTTP 503"))
    found = settled(written(write, attempts=MOST_ATTEMPTS))
    assert [(letter.code, letter.field) for letter in found.letters] == [("HTTP 503", None)]
    assert [postponed.attempts for postponed in found.postponed] == [MOST_ATTEMPTS + 1]
    assert not found.done
    assert settled(written(write, attempts=MOST_ATTEMPTS + 1)).letters == ()


def test_a_backfill_row_stays_in_its_class_when_it_is_tried_again() -> None:
    fault_ = failed(ErrorClass.TRANSIENT)
    found = settled(written(result(update(phone="1"), fault_), work_class=WorkClass.BACKFILL))
    assert [postponed.work_class for postponed in found.postponed] == [WorkClass.BACKFILL]


def test_a_quota_holds_the_portal_by_the_longest_wait_and_the_row_is_due_as_before() -> None:
    waits = [failed(ErrorClass.QUOTA, retry_after=seconds) for seconds in (3.0, 9.0)]
    one = written(result(update(Side.HUBSPOT, phone="1"), waits[0]), result(update(title="b"), waits[1]))
    found = settled(one)
    assert found.hold == Hold(wait=timedelta(seconds=9))
    assert [(p.due_at, p.work_class, p.attempts) for p in found.postponed] == [(NOW, WorkClass.LIVE, 0)]


def test_refused_credentials_suspend_and_the_row_is_due_as_before() -> None:
    found = settled(written(result(update(phone="1"), failed(ErrorClass.AUTH, code="INVALID_SESSION_ID"))))
    assert found.suspend is not None
    assert found.suspend.code == "INVALID_SESSION_ID"
    assert [(p.due_at, p.attempts) for p in found.postponed] == [(NOW, 0)]


def test_a_fault_of_the_decision_itself_is_treated_like_one_of_a_write() -> None:
    lost = settled(person(decision=Decision(fault=fault(ErrorClass.PERMISSION, "NOT_VISIBLE"))))
    assert (lost.done, [letter.code for letter in lost.letters]) == (True, ["NOT_VISIBLE"])
    soon = settled(person(decision=Decision(fault=fault(ErrorClass.TRANSIENT))))
    assert (soon.done, len(soon.postponed)) == (False, 1)


@pytest.mark.parametrize(("attempts", "done"), [(0, False), (9, False), (10, False), (30, True)])
def test_a_clash_while_creating_is_matched_again_before_it_is_given_up(attempts: int, *, done: bool) -> None:
    half = link(hs(1), None, state=LinkState.CREATING)
    clash = result(creation(email="a@x.example"), failed(ErrorClass.CONFLICT))
    found = settled(written(clash, tie=half, attempts=attempts))
    assert (found.done, len(found.letters)) == (done, int(done))
    if attempts < 10:
        assert [p.due_at for p in found.postponed] == [later(1)]


# --- what is told ---


def test_an_e_mail_that_another_record_holds_is_reported_with_both_and_files_no_letter() -> None:
    clash = failed(ErrorClass.CONFLICT, existing_id="99", fields=("email",))
    write = replace(update(Side.HUBSPOT, email="b@x.example", phone="1"))
    found = settled(written(result(write, Outcome(record_id="1"), email=clash)))
    (report,) = found.reports
    assert (report.kind, set(report.refs)) == (ReportKind.DUPLICATE, {hs(1), lead_ref(1), hs(99)})
    assert "b@x.example" not in report.says
    assert found.letters == ()


def test_decided_reports_and_further_looks_are_passed_on() -> None:
    report = Report(kind=ReportKind.MERGE, refs=(hs(1),), says="left without a partner")
    found = settled(person(decision=Decision(reports=(report,), look_at=(contact_ref(3),))))
    assert found.reports == (report,)
    assert [(look.ref, look.kind) for look in found.look_at] == [(contact_ref(3), Kind.UPDATED)]


# --- observing ---

WRITE: Write = update(phone="1")
CHANGING = {
    "a write": Decision(writes=(WRITE,)),
    "a link": Decision(link=pair_link(state=LinkState.ENDED)),
    "another link": Decision(others=(pair_link(),)),
}


@pytest.mark.parametrize("name", CHANGING)
def test_what_was_only_observed_waits_until_sync_is_on(name: str) -> None:
    found = settled(person(row(hs(1), attempts=2), decision=CHANGING[name]), SyncMode.OBSERVE)
    assert (found.link, found.done, found.letters) == (None, False, ())
    (postponed,) = found.postponed
    assert (postponed.waits_on, postponed.attempts, postponed.work_class) == (UNTIL_ON, 2, WorkClass.LIVE)
    assert postponed.due_at > later(86_400)


def test_observing_finishes_what_calls_for_nothing() -> None:
    assert settled(person(decision=Decision()), SyncMode.OBSERVE).done


def test_an_erasure_does_not_wait_for_sync_to_be_on() -> None:
    ended = pair_link(state=LinkState.ENDED, ended=Ended.ERASED)
    decision = Decision(link=ended, erasure=Erasure(refs=(hs(1),), emails=("a@x.example",)))
    found = settled(person(row(hs(1), Kind.ERASED), decision=decision), SyncMode.OBSERVE)
    assert (found.link, found.done) == (ended, True)


@pytest.mark.parametrize("action", Action)
def test_every_action_is_settled(action: Action) -> None:
    write = {
        Action.CREATE: creation(lastname="x"),
        Action.UPDATE: WRITE,
        Action.ARCHIVE: archive(),
        Action.MERGE: merging(),
        Action.OPT_OUT: opting_out(),
    }[action]
    assert settled(written(result(write, Outcome(record_id=lead_ref(1).id)))).done
