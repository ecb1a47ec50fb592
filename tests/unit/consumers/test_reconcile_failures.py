"""What fails within a batch: one person, one side, the lease, the database, the worker itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from consumers.retry import CRASHES_ALONE
from contract.decisions import Decision
from contract.errors import DatabaseUnavailable, LeaseLost
from contract.facts import Facts, RecordAt, Unanswered
from contract.mappings import MappingRule
from contract.records import RecordRef
from contract.settings import Settings
from rules import decide
from tests.contract.crm.benches import NUMBER
from tests.fakes.away import AwayDatabase
from tests.fakes.canned import answer
from tests.fakes.office import ON, Office, opened
from tests.fakes.premises import hubspot_ref
from tests.unit.consumers.kit import meanwhile, noticed

TWO_WAY = replace(ON, mappings=tuple(replace(row, rule=MappingRule.TWO_WAY) for row in ON.mappings))


@pytest.fixture
def office() -> Iterator[Office]:
    """The most recent edit wins in every field."""
    with opened(TWO_WAY) as found:
        yield found


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


def test_trap_08_two_records_of_one_person_noticed_at_once_become_one_pair(office: Office) -> None:
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


def test_a_worker_that_got_its_lost_lease_anew_writes_nothing_of_what_it_read_before(office: Office) -> None:
    office.add_contact("a@x.example")
    noticed(office)
    meanwhile(office, "hubspot", "batch/read", lambda: office.clock.sleep(11))
    with pytest.raises(LeaseLost):
        office.reconciler.step(office.portal, office.our_lease, office.crms)
    assert (office.live_leads(), office.counts().pending) == ([], 1)
    office.rest()
    assert len(office.live_leads()) == 1


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
