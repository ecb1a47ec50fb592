"""A pause stops a batch under way before its next call that writes, and loses nothing of what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from consumers import worker as worker_module
from contract.settings import Suspension, SyncMode
from tests.contract.crm.benches import NUMBER
from tests.fakes.hall import Hall
from tests.fakes.office import Office
from tests.integration.consumers.conftest import TWO_WAY
from tests.unit.consumers.kit import meanwhile, noticed

PEOPLE = 250


def pause_all(office: Office) -> None:
    with office.database.transaction() as tx:
        tx.pauses.begin(author="ada", comment="", at=office.clock())


def resume_all(office: Office) -> None:
    with office.database.transaction() as tx:
        tx.pauses.end(author="ada", at=office.clock())


def set_mode(mode: SyncMode) -> Callable[[Office], None]:
    def act(office: Office) -> None:
        with office.database.transaction() as tx:
            tx.portals.set_mode(NUMBER, mode, author="ada", at=office.clock())

    return act


def suspend(office: Office) -> None:
    with office.database.transaction() as tx:
        tx.portals.suspend(NUMBER, Suspension(reason="refused", since=office.clock()))


def clear(office: Office) -> None:
    with office.database.transaction() as tx:
        tx.portals.suspend(NUMBER, None)


STOPS = {
    "all": (pause_all, resume_all),
    "portal": (set_mode(SyncMode.OFF), set_mode(SyncMode.ON)),
    "observe": (set_mode(SyncMode.OBSERVE), set_mode(SyncMode.ON)),
    "suspended": (suspend, clear),
}


@pytest.fixture
def hall(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    monkeypatch.setattr(worker_module, "_AFTER_FAULT", 0.0)
    office.change_settings(replace(TWO_WAY))
    with office.database.transaction() as tx:
        tx.leases.release(NUMBER, "office")
    found = Hall(office)
    found.worker._renew()
    yield found
    found.worker.ownership.release_all()


def work(hall: Hall) -> None:
    hall.office.clock.sleep(3)
    hall.worker._renew()
    noticed(hall.office)
    hall.dispatch()


@pytest.mark.parametrize("stop", STOPS)
def test_a_batch_under_way_stops_before_its_next_call_that_writes(hall: Hall, stop: str) -> None:
    office = hall.office
    pause, resume = STOPS[stop]
    for number in range(PEOPLE):
        office.add_contact(f"p{number}@x.example")
    noticed(office)
    meanwhile(office, "salesforce", "PATCH", lambda: pause(office))
    hall.dispatch()
    assert len(office.live_leads()) == len(office.links()) == 200
    assert (office.letters(), office.counts().due) == ([], PEOPLE - 200)
    office.calls()
    work(hall)
    assert ((office.calls() == {}), len(office.live_leads())) == (stop != "observe", 200)
    resume(office)
    for _ in range(4):
        work(hall)
    assert (len(office.live_leads()), len(office.links()), office.counts().pending) == (PEOPLE, PEOPLE, 0)
    assert {row["Email"] for row in office.salesforce.state("Lead")} == {
        f"p{number}@x.example" for number in range(PEOPLE)
    }


def test_what_was_not_written_says_why(hall: Hall) -> None:
    office = hall.office
    office.add_contact("a@x.example")
    noticed(office)
    meanwhile(office, "hubspot", "batch/read", lambda: pause_all(office))
    hall.dispatch()
    (write,) = office.activity()[-1].writes
    assert write["outcome"] == {
        "ok": False,
        "error": "waiting",
        "code": "STOPPED",
        "says": "all portals were paused before this was written",
    }
    assert office.live_leads() == []


def test_the_switch_is_seen_within_seconds_and_each_portal_keeps_its_mode(hall: Hall) -> None:
    office = hall.office
    pause_all(office)
    office.add_contact("a@x.example")
    noticed(office)
    office.calls()
    work(hall)
    hall.worker._sweep()
    assert (office.calls(), office.counts().pending) == ({}, 1)
    assert hall.portal.portal.settings.mode is SyncMode.ON
    resume_all(office)
    work(hall)
    assert len(office.live_leads()) == 1
