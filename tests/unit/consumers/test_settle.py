"""Settling: what one person's outcomes come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consumers.people import Person, Result
from consumers.retry import Hold
from consumers.settle import UNTIL_ON, Settled, settle
from contract.changes import Kind
from contract.decisions import Action, Again, Decision, Erasure, Outcome, Report, ReportKind, Write
from contract.errors import ErrorClass
from contract.links import Ended, Link, LinkState, Pair
from contract.pending import WorkClass
from contract.records import Side
from contract.settings import SyncMode
from tests.fakes.people import NOW, ago, contact_ref, hs, lead_ref, link
from tests.unit.consumers.kit import (
    HALF,
    archive,
    creation,
    failed,
    fault,
    later,
    pair_link,
    person,
    result,
    row,
    sent,
    update,
)

BASE = {"phone": Pair("0", "0"), "title": Pair("a", "a")}


def settled(one: Person, mode: SyncMode = SyncMode.ON) -> Settled:
    return settle(one, now=NOW, mode=mode, version=7, jitter=HALF)


def written(*results: Result, tie: Link | None = None, **values: Any) -> Person:
    """A person whose writes were sent, each under an intent of its own."""
    tie = tie or pair_link(base=BASE)
    intents = tuple(sent(one.write, number) for number, one in enumerate(results))
    return person(
        row(hs(1), **values),
        stored=tie,
        decision=Decision(link=tie, writes=tuple(one.write for one in results)),
        results=list(results),
        link=tie.changed(intents=tie.intents + intents, version=tie.version + 1),
        sent=frozenset(intent.id for intent in intents),
    )


def test_a_successful_write_moves_the_base_of_its_fields_alone() -> None:
    found = settled(written(result(update(phone="1"))))
    assert found.link is not None
    assert found.link.base == {"phone": Pair("1", "1"), "title": Pair("a", "a")}
    assert (found.done, found.letters, found.postponed) == (True, (), ())


def test_the_base_keeps_the_form_in_which_hubspot_stored_the_value() -> None:
    outcome = Outcome(record_id="1", stamp=NOW, fields={"phone": "+1"})
    found = settled(written(result(update(Side.HUBSPOT, phone="1"), outcome)))
    assert found.link is not None
    assert found.link.base["phone"] == Pair("+1", "1")
    assert (found.link.hubspot_seen, found.link.intents) == (NOW, ())


def test_a_salesforce_intent_stays_to_see_the_stored_form_and_the_record_is_looked_at_soon() -> None:
    found = settled(written(result(update(phone="1"))))
    assert found.link is not None
    assert [intent.settled for intent in found.link.intents] == [True]
    (look,) = found.stored_forms
    assert (look.ref, look.kind, look.occurred_at.year) == (lead_ref(1), Kind.UPDATED, 1970)


def test_an_outcome_with_stored_values_needs_no_second_look() -> None:
    outcome = Outcome(record_id="1", fields={"phone": "1"})
    assert settled(written(result(update(Side.HUBSPOT, phone="1"), outcome))).stored_forms == ()


@pytest.mark.parametrize("created", [True, False])
def test_a_creation_makes_the_link_live_whether_the_record_was_new_or_there_already(*, created: bool) -> None:
    half = link(hs(1), None, state=LinkState.CREATING)
    write = creation(lastname="x")
    found = settled(written(result(write, Outcome(record_id=lead_ref(5).id, created=created)), tie=half))
    assert found.link is not None
    assert (found.link.state, found.link.salesforce) == (LinkState.LIVE, lead_ref(5))
    assert found.link.base == {"lastname": Pair("x", "x")}
    assert [look.ref for look in found.stored_forms] == [lead_ref(5)]


def test_a_new_hubspot_contact_is_the_links_other_end() -> None:
    half = link(None, contact_ref(1), state=LinkState.CREATING)
    outcome = Outcome(record_id="77", created=True, stamp=NOW, fields={"email": "a@x.example"})
    found = settled(written(result(creation(Side.HUBSPOT, email="a@x.example"), outcome), tie=half))
    assert found.link is not None
    assert (found.link.hubspot, found.link.salesforce) == (hs(77), contact_ref(1))
    assert found.link.hubspot_seen == NOW


def test_a_left_out_field_keeps_its_base_and_its_intent_means_only_what_was_written() -> None:
    whole = update(phone="1", title="b")
    rest = replace(whole, values={"title": "b"}, pairs={"title": Pair("b", "b")})
    one = written(result(rest, phone=failed(fields=("phone",))))
    one.link = one.link and one.link.changed(intents=(sent(whole, 0),))
    found = settled(one)
    assert found.link is not None
    assert found.link.base == {"phone": Pair("0", "0"), "title": Pair("b", "b")}
    assert [dict(intent.pairs) for intent in found.link.intents] == [{"title": Pair("b", "b")}]
    assert [letter.field for letter in found.letters] == ["phone"]
    assert found.done


def test_a_refused_write_loses_its_intent_and_leaves_the_base() -> None:
    found = settled(written(result(update(phone="1"), failed())))
    assert found.link is not None
    assert (found.link.intents, found.link.base) == ((), BASE)


def test_a_write_that_may_have_been_done_keeps_its_intent_open() -> None:
    found = settled(written(result(update(phone="1"), failed(ErrorClass.TRANSIENT, maybe_done=True))))
    assert found.link is not None
    assert [(intent.settled, dict(intent.pairs)) for intent in found.link.intents] == [
        (False, {"phone": Pair("1", "1")})
    ]
    assert found.link.base == BASE


@pytest.mark.parametrize(
    "outcome",
    [Outcome(record_id="x"), Outcome(record_id="x", fields={"phone": "2"}), failed()],
    ids=["answered", "answered with values", "refused"],
)
def test_an_earlier_write_without_an_answer_may_still_arrive_whatever_the_newer_one_came_to(
    outcome: Outcome,
) -> None:
    earlier = sent(update(phone="1"), 90, sent_at=ago(30))
    found = settled(written(result(update(phone="2"), outcome), tie=pair_link(base=BASE, intents=(earlier,))))
    assert found.link is not None
    assert found.link.intents[0] == earlier


def test_one_side_done_and_one_failed_keeps_what_was_done() -> None:
    hubspot = result(update(Side.HUBSPOT, phone="1"), Outcome(record_id="1", fields={"phone": "1"}))
    found = settled(written(hubspot, result(update(title="b"), failed(ErrorClass.TRANSIENT))))
    assert found.link is not None
    assert found.link.base == {"phone": Pair("1", "1"), "title": Pair("a", "a")}
    assert (found.done, [row_.row.ref for row_ in found.postponed]) == (False, [hs(1)])


@pytest.mark.parametrize("order", [0, 1])
def test_a_permanent_refusal_beside_a_passing_one_files_a_letter_and_keeps_the_row(order: int) -> None:
    results = [
        result(update(Side.HUBSPOT, phone="1"), failed(ErrorClass.DATA, code="BAD")),
        result(update(title="b"), failed(ErrorClass.TRANSIENT)),
    ]
    found = settled(written(*(results if order else results[::-1])))
    assert ([letter.code for letter in found.letters], found.done, len(found.postponed)) == (
        ["BAD"],
        False,
        1,
    )


def archiving(outcome: Outcome) -> Person:
    tie = pair_link()
    decision = Decision(
        link=tie.changed(state=LinkState.ENDED, ended=Ended.SALESFORCE_DELETED), writes=(archive(),)
    )
    return person(
        row(lead_ref(1), Kind.DELETED), stored=tie, decision=decision, results=[result(archive(), outcome)]
    )


def test_a_done_archive_ends_the_link() -> None:
    found = settled(archiving(Outcome(record_id="1")))
    assert found.link is not None
    assert (found.link.state, found.done, found.stored_forms) == (LinkState.ENDED, True, ())


def test_a_failed_archive_leaves_the_link_as_it_was_so_that_it_is_tried_again() -> None:
    found = settled(archiving(failed(ErrorClass.TRANSIENT)))
    assert (found.link, found.done, len(found.postponed)) == (None, False, 1)


def test_a_decision_without_writes_stores_its_link() -> None:
    tie = pair_link(base=BASE)
    assert settled(person(decision=Decision(link=tie))).link == tie
    assert settled(person(decision=Decision())).link is None


# --- what becomes of the rows ---


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
    write = {Action.CREATE: creation(lastname="x"), Action.UPDATE: WRITE, Action.ARCHIVE: archive()}[action]
    assert settled(written(result(write, Outcome(record_id=lead_ref(1).id)))).done
