"""Off, observe, on, and suspended: what each does to notices, records and tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from contract.settings import Suspension, SyncMode
from tests.contract.crm.benches import NUMBER
from tests.fakes.canned import answer
from tests.fakes.hall import Hall
from tests.fakes.office import Office
from tests.integration.consumers.conftest import TWO_WAY
from tests.unit.consumers.kit import meanwhile, noticed


def contents(office: Office) -> str:
    """Both CRMs, every field of every record."""
    hubspot = office.hubspot.state(NUMBER)
    salesforce = [office.salesforce.state(name) for name in ("Lead", "Contact", "Account")]
    return json.dumps([hubspot, salesforce], default=str, sort_keys=True)


def writes(office: Office) -> list[str]:
    """Requests since the beginning that change anything."""
    seen = [*office.hubspot_wire.seen, *office.salesforce_wire.seen]
    harmless = ("read", "search", "token", "composite/sobjects/Lead", "composite/sobjects/Contact")
    return [
        f"{request.method} {request.url}"
        for request in seen
        if request.method != "GET"
        and not (request.method == "POST" and any(word in (request.url or "") for word in harmless))
    ]


@pytest.fixture
def observing(office: Office) -> Office:
    """A linked pair from before; sync is being observed now."""
    office.pair("linked@x.example", phone="1", jobtitle="a")
    office.change_settings(replace(TWO_WAY, mode=SyncMode.OBSERVE, delete_when_lead_deleted=True))
    return office


def test_observing_writes_nothing_to_either_crm_whatever_happens(observing: Office) -> None:
    (link,) = observing.links()
    assert link.hubspot is not None
    assert link.salesforce is not None
    observing.edit_contact(link.hubspot, phone="2")
    observing.edit_lead(link.salesforce, Title="b")
    observing.add_contact("new@x.example")
    doomed = observing.add_lead("new@y.example")
    before, sent = contents(observing), len(writes(observing))
    observing.rest()
    observing.salesforce.ui_delete("Lead", doomed.id)
    after = contents(observing)
    observing.sweep()
    observing.rest()
    assert contents(observing) == after
    assert before != after
    assert len(writes(observing)) == sent


def test_observing_stores_no_link_and_moves_no_base_but_tells_what_it_would_do(observing: Office) -> None:
    before = observing.links()
    assert before[0].hubspot is not None
    observing.edit_contact(before[0].hubspot, phone="2")
    new = observing.add_contact("new@x.example")
    observing.rest()
    assert observing.links() == before
    assert observing.link_of(new) is None
    told = {ref: entry for entry in observing.activity()[1:] for ref in entry.refs}
    assert told[new].writes == ()
    assert "a new Salesforce lead is created" in told[new].verdicts[-1]["says"]
    (verdict,) = [v for v in told[before[0].hubspot].verdicts if v.get("field") == "phone"]
    assert (verdict["writes"], verdict["value"], verdict["lost"]) == ("salesforce", "2", "1")


def test_what_was_observed_is_carried_out_once_sync_is_on(observing: Office) -> None:
    (link,) = observing.links()
    assert link.hubspot is not None
    assert link.salesforce is not None
    observing.edit_contact(link.hubspot, phone="2")
    observing.add_contact("new@x.example")
    observing.rest()
    observing.clock.sleep(3 * 86_400)
    observing.change_settings(TWO_WAY)
    observing.rest()
    assert (observing.row(link.salesforce)["Phone"], len(observing.live_leads())) == ("2", 2)
    assert observing.counts().pending == 0


@pytest.fixture
def hall(office: Office) -> Iterator[Hall]:
    with office.database.transaction() as tx:
        tx.leases.release(NUMBER, "office")
    found = Hall(office)
    found.worker._renew()
    yield found
    found.worker.ownership.release_all()


def work(hall: Hall, seconds: float = 0.0) -> None:
    """The worker looks around, some time later."""
    hall.office.clock.sleep(seconds)
    hall.worker._renew()
    hall.office.deliver()
    hall.office.receive()
    hall.dispatch()


def test_trap_23_months_off_cost_one_row_per_record_and_are_worked_off_by_the_records_as_they_are(
    hall: Hall,
) -> None:
    office = hall.office
    office.change_settings(replace(TWO_WAY, mode=SyncMode.OFF))
    contact = office.add_contact("a@x.example", phone="0")
    for day in range(90):
        office.edit_contact(contact, phone=str(day))
        work(hall, seconds=86_400)
    assert (office.counts().pending, office.live_leads()) == (1, [])
    assert writes(office) == []
    office.change_settings(TWO_WAY)
    work(hall)
    assert [row["Phone"] for row in office.salesforce.state("Lead")] == ["89"]


REFUSALS = {
    "hubspot": (401, {"status": "error", "category": "INVALID_AUTHENTICATION", "message": "no"}),
    "salesforce": (400, {"error": "invalid_client", "error_description": "invalid client credentials"}),
}


@pytest.mark.parametrize("side", REFUSALS)
@pytest.mark.parametrize("mode", [SyncMode.ON, SyncMode.OBSERVE])
def test_refused_credentials_suspend_the_portal_with_the_reason_and_clearing_resumes_it(
    hall: Hall, side: str, mode: SyncMode
) -> None:
    office = hall.office
    office.change_settings(replace(TWO_WAY, mode=mode))
    office.add_contact("a@x.example")
    wire = office.hubspot_wire if side == "hubspot" else office.salesforce_wire
    wire.answers.extend(answer(*REFUSALS[side]) for _ in range(2))
    work(hall)
    suspension = suspended(office)
    assert suspension is not None
    assert suspension.reason.startswith(side)
    assert (suspension.clears_at, office.letters()) == (None, [])
    wire.answers.clear()
    office.calls()
    work(hall, seconds=3600)
    assert (office.calls(), office.counts().pending) == ({}, 1)
    with office.database.transaction() as tx:
        tx.portals.suspend(NUMBER, None)
    work(hall)
    assert (len(office.live_leads()) == 1) is (mode is SyncMode.ON)
    assert suspended(office) is None


def suspended(office: Office) -> Suspension | None:
    with office.database.transaction() as tx:
        return tx.portals.suspension(NUMBER)


@pytest.mark.parametrize("side", ["hubspot", "salesforce"])
def test_a_crm_that_wants_fewer_calls_is_left_alone_for_a_while_and_nothing_is_lost(
    hall: Hall, side: str
) -> None:
    office = hall.office
    office.add_contact("a@x.example")
    if side == "hubspot":
        office.hubspot.refuse_for(NUMBER, 3)
    else:
        office.salesforce.refuse_for(3)
    work(hall)
    assert hall.portal.hold_until is not None
    assert hall.portal.hold_until > office.clock()
    office.calls()
    work(hall)
    assert office.calls() == {}
    work(hall, seconds=(hall.portal.hold_until - office.clock()).total_seconds())
    assert (len(office.live_leads()), office.letters(), suspended(office)) == (1, [], None)


def test_what_was_observed_by_a_batch_during_which_sync_was_switched_on_does_not_wait(office: Office) -> None:
    office.change_settings(replace(TWO_WAY, mode=SyncMode.OBSERVE))
    office.add_contact("new@x.example")
    noticed(office)
    meanwhile(office, "hubspot", "batch/read", lambda: office.change_settings(TWO_WAY))
    office.step()
    assert office.live_leads() == []
    office.rest()
    assert len(office.live_leads()) == 1
