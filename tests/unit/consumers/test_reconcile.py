"""One batch: read, decided, written, settled; whatever fails in between loses and doubles nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from consumers.reconcile import BATCH
from consumers.retry import CRASHES_ALONE
from contract.changes import Kind
from contract.decisions import Decision
from contract.errors import DatabaseUnavailable, LeaseLost
from contract.facts import Facts, RecordAt, Unanswered
from contract.links import Pair
from contract.mappings import MappingRule
from contract.pending import Postponed, WorkClass
from contract.records import RecordRef
from contract.settings import Settings, SyncMode
from rules import decide
from tests.contract.crm.benches import NUMBER
from tests.fakes.away import AwayDatabase
from tests.fakes.canned import answer
from tests.fakes.office import ON, Office, hubspot_ref, opened

TWO_WAY = replace(ON, mappings=tuple(replace(row, rule=MappingRule.TWO_WAY) for row in ON.mappings))


@pytest.fixture
def office() -> Iterator[Office]:
    """The most recent edit wins in every field."""
    with opened(TWO_WAY) as found:
        yield found


def meanwhile(office: Office, side: str, path: str, act: Callable[[], object]) -> None:
    """Let somebody act once, just before the next API call on this path is carried out."""
    wire: Any = getattr(office, f"{side}_wire")
    send = wire.send
    done: list[bool] = []

    def first(request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if not done and path in (request.url or "") and request.method != "GET":
            done.append(True)
            act()
        response: requests.Response = send(request, *args, **options)
        return response

    wire.send = first


def noticed(office: Office) -> None:
    """What the CRMs have to tell is pending."""
    office.deliver()
    office.receive()


def test_nothing_due_is_an_empty_batch_without_a_call(office: Office) -> None:
    assert (office.step().rows, office.calls()) == (0, {})


def test_an_edit_takes_one_read_per_side_and_one_write_and_moves_the_base(office: Office) -> None:
    contact, lead = office.pair(phone="1")
    office.calls()
    office.edit_contact(contact, phone="2")
    office.rest()
    assert office.row(lead)["Phone"] == "2"
    assert office.links()[0].base["phone"] == Pair("2", "2")
    calls = office.calls()
    assert (calls["POST /crm/v3/objects/{kind}/batch/read"], calls["PATCH /composite/sobjects"]) == (1, 1)


def test_a_hundred_edits_take_no_more_calls_than_one(office: Office) -> None:
    refs = [office.add_contact(f"p{n}@x.example") for n in range(100)]
    office.rest()
    office.clock.sleep(60)
    office.calls()
    for ref in refs:
        office.edit_contact(ref, phone="2")
    noticed(office)
    assert office.step().rows == 100
    assert sum(office.calls().values()) == 3
    assert {office.row(link.salesforce)["Phone"] for link in office.links() if link.salesforce} == {"2"}


def test_a_batch_takes_a_thousand_rows_at_most(office: Office) -> None:
    office.notice(*(hubspot_ref(str(n)) for n in range(BATCH + 5)))
    assert [office.step().rows, office.step().rows] == [BATCH, 5]


# --- the echo of our own writes, and edits that hide behind them ---


def test_the_echo_of_our_own_write_causes_no_call_in_hubspot(office: Office) -> None:
    contact, lead = office.pair()
    office.edit_lead(lead, Phone="2")
    noticed(office)
    office.step()
    assert office.contact(contact)["phone"] == "2"
    office.calls()
    office.rest()
    assert office.calls() == {}


def test_an_edit_made_between_our_read_and_our_write_is_not_taken_for_the_echo(office: Office) -> None:
    contact, lead = office.pair()
    office.edit_lead(lead, Phone="2")
    noticed(office)
    meanwhile(office, "hubspot", "batch/update", lambda: office.edit_contact(contact, jobtitle="CTO"))
    office.clock.sleep(1)
    office.rest()
    assert (office.contact(contact)["phone"], office.row(lead)["Title"]) == ("2", "CTO")


def test_an_edit_in_salesforce_during_our_write_there_survives(office: Office) -> None:
    contact, lead = office.pair()
    office.edit_contact(contact, phone="2")
    noticed(office)
    meanwhile(office, "salesforce", "composite/sobjects?", lambda: None)
    office.step()
    office.edit_lead(lead, Title="CTO")
    office.rest()
    assert (office.row(lead)["Phone"], office.contact(contact)["jobtitle"]) == ("2", "CTO")


def test_a_notice_that_comes_during_the_batch_keeps_the_row(office: Office) -> None:
    contact, lead = office.pair(phone="1")
    office.edit_contact(contact, phone="2")
    noticed(office)

    def again() -> None:
        office.edit_contact(contact, phone="3")
        noticed(office)

    meanwhile(office, "salesforce", "composite/sobjects", again)
    office.step()
    assert office.counts().due >= 1
    office.rest()
    assert office.row(lead)["Phone"] == "3"


# --- one person's trouble is nobody else's ---


def deciding(bad: RecordRef, trouble: Callable[[Facts], Decision]) -> Callable[[Facts, Settings], Decision]:
    """The rules, but for one person."""

    def found(facts: Facts, settings: Settings) -> Decision:
        if any(notice.ref == bad for notice in facts.notices):
            return trouble(facts)
        return decide(facts, settings)

    return found


def raising(_: Facts) -> Decision:
    raise ZeroDivisionError("ada@example.org / 0")


def asking_on(facts: Facts) -> Decision:
    raise Unanswered(RecordAt(hubspot_ref(str(len(facts.answers)))))


@pytest.mark.parametrize(("trouble", "code"), [(raising, "RULE_FAILED"), (asking_on, "ENDLESS_QUESTIONS")])
def test_a_person_on_whom_the_rules_fail_is_a_dead_letter_and_the_others_are_written(
    office: Office, trouble: Callable[[Facts], Decision], code: str
) -> None:
    bad, good = office.add_contact("bad@x.example"), office.add_contact("good@x.example")
    office.reconciler = replace(office.reconciler, decide=deciding(bad, trouble))
    office.rest()
    assert [(letter.ref, letter.code) for letter in office.letters()] == [(bad, code)]
    assert [link.hubspot for link in office.links()] == [good]
    assert "ada@example.org" not in office.letters()[0].says


def test_a_side_that_cannot_be_read_postpones_only_those_who_need_it(office: Office) -> None:
    contact = office.add_contact("a@x.example")
    noticed(office)
    office.hubspot_wire.answers.append(answer(503, "busy"))
    office.step()
    assert (office.counts().pending, office.letters()) == (1, [])
    office.rest()
    assert [link.hubspot for link in office.links()] == [contact]


def test_two_records_of_one_person_noticed_at_once_become_one_pair(office: Office) -> None:
    office.add_contact("a@x.example")
    office.add_lead("a@x.example")
    office.rest()
    assert (len(office.links()), len(office.live_contacts()), len(office.live_leads())) == (1, 1, 1)


# --- the lease ---


def test_without_the_lease_nothing_is_read_or_written(office: Office) -> None:
    office.add_contact("a@x.example")
    noticed(office)
    lost = replace(office.our_lease(), epoch=99)
    with pytest.raises(LeaseLost):
        office.reconciler.step(office.portal, lambda: lost, office.crms)
    assert office.calls() == {}


def taken_over(office: Office) -> None:
    """We freeze; another worker takes the portal."""
    office.clock.sleep(11)
    now = office.clock()
    with office.database.transaction() as tx:
        tx.leases.acquire(NUMBER, "other", now=now, until=now + timedelta(seconds=10))


@pytest.mark.parametrize(
    ("side", "path", "written"),
    [("hubspot", "batch/read", 0), ("salesforce", "composite/sobjects/Lead/Diptych_Key__c", 1)],
)
def test_a_worker_that_was_frozen_settles_nothing(office: Office, side: str, path: str, written: int) -> None:
    office.add_contact("a@x.example")
    noticed(office)
    lease = office.our_lease()
    meanwhile(office, side, path, lambda: taken_over(office))
    with pytest.raises(LeaseLost):
        office.reconciler.step(office.portal, lambda: lease, office.crms)
    assert (len(office.live_leads()), office.links(), office.counts().pending) == (written, [], 1)


def test_what_a_frozen_worker_wrote_is_found_and_not_made_again_by_the_next(office: Office) -> None:
    office.add_contact("a@x.example")
    noticed(office)
    lease = office.our_lease()
    meanwhile(office, "salesforce", "Diptych_Key__c", lambda: taken_over(office))
    with pytest.raises(LeaseLost):
        office.reconciler.step(office.portal, lambda: lease, office.crms)
    office.clock.sleep(11)
    office.rest()
    assert (len(office.live_leads()), len(office.links())) == (1, 1)


# --- a death at any point ---


@pytest.mark.parametrize("commits", range(4))
def test_a_database_that_goes_away_at_any_commit_of_a_batch_neither_loses_nor_doubles(
    office: Office, commits: int
) -> None:
    contact = office.add_contact("a@x.example", phone="1")
    noticed(office)
    away = AwayDatabase(office.database)
    away.commits_left = commits
    broken = replace(office.reconciler, database=away)
    try:
        broken.step(office.portal, office.our_lease, office.crms)
    except DatabaseUnavailable:
        assert office.counts().pending == 1
    office.rest()
    assert [row["Phone"] for row in office.salesforce.state("Lead")] == ["1"]
    assert [link.hubspot for link in office.links()] == [contact]


def test_a_row_that_kills_its_worker_is_tried_with_few_then_alone_then_given_up(office: Office) -> None:
    class Killed(BaseException):
        pass

    def killing(facts: Facts) -> Decision:
        raise Killed

    bad = office.add_contact("bad@x.example")
    others = [office.add_contact(f"p{n}@x.example") for n in range(60)]
    office.reconciler = replace(office.reconciler, decide=deciding(bad, killing))
    noticed(office)
    deaths = 0
    while office.counts().pending > 0 and deaths < 50:
        try:
            office.rest()
        except Killed:
            deaths += 1
    assert deaths == CRASHES_ALONE
    assert [(letter.ref, letter.code) for letter in office.letters()] == [(bad, "WORKER_DIED")]
    assert {link.hubspot for link in office.links()} == set(others)


# --- waiting and waking ---


def test_a_stored_form_is_looked_at_a_moment_later_also_when_its_record_was_noticed_too(
    office: Office,
) -> None:
    contact, lead = office.pair(phone="1")
    office.edit_contact(contact, phone="2")
    office.notice(lead, occurred_at=office.clock() - timedelta(seconds=60))
    noticed(office)
    office.step()
    due = office.next_due()
    assert due is not None
    assert due - office.clock() == timedelta(seconds=1.5)


def test_who_waits_for_a_record_is_woken_when_it_is_created(office: Office) -> None:
    contact = office.add_contact("a@x.example")
    waiting = hubspot_ref("999")
    office.notice(waiting, kind=Kind.DELETED)
    with office.database.transaction() as tx:
        (row,) = tx.pending.take(NUMBER, now=office.clock(), limit=1)
        far = office.clock() + timedelta(days=2)
        later = Postponed(row=row, due_at=far, work_class=WorkClass.RETRY, attempts=0, waits_on=str(contact))
        tx.pending.finish([], [later], now=office.clock())
    noticed(office)
    office.step()
    assert office.next_due() == office.clock()


def test_observing_reads_and_decides_and_writes_nothing(office: Office) -> None:
    contact, lead = office.pair(phone="1")
    office.change_settings(replace(TWO_WAY, mode=SyncMode.OBSERVE, version=2))
    office.edit_contact(contact, phone="2")
    office.rest()
    assert (office.row(lead)["Phone"], office.counts().pending) == ("1", 1)
    assert office.activity()[-1].writes == ()
    office.change_settings(TWO_WAY)
    office.rest()
    assert (office.row(lead)["Phone"], office.counts().pending) == ("2", 0)
