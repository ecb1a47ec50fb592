"""An object that Salesforce does not show us: the portal stops once, says what to grant, and goes on then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.records import Side
from contract.settings import Suspension, SuspensionCause
from tests.contract.crm.benches import NUMBER
from tests.fakes.canned import answer
from tests.fakes.hall import Hall
from tests.fakes.office import Office
from tests.unit.consumers.kit import noticed

A_CHECK_LATER = 3_661.0
"""Seconds."""


@pytest.fixture
def hall(office: Office) -> Iterator[Hall]:
    """A worker that has checked both accounts a moment ago."""
    with office.database.transaction() as tx:
        tx.leases.release(NUMBER, "office")
    found = Hall(office)
    found.worker._renew()
    found.worker._check()
    yield found
    found.worker.ownership.release_all()


def work(hall: Hall, seconds: float = 3.0) -> Suspension | None:
    """The worker looks around, some time later; how the portal stands then."""
    hall.office.clock.sleep(seconds)
    hall.worker._renew()
    noticed(hall.office)
    hall.worker._check()
    hall.dispatch()
    with hall.office.database.transaction() as tx:
        return tx.portals.suspension(NUMBER)


@pytest.mark.parametrize("hidden", ["Lead", "Contact"])
def test_it_suspends_once_and_clears_by_itself_when_granted(hall: Hall, hidden: str) -> None:
    office = hall.office
    office.salesforce.deny_object(hidden, "read")
    for number in range(3):
        office.add_contact(f"p{number}@x.example")
    found = work(hall)
    assert found is not None
    with office.database.transaction() as tx:
        check = tx.credentials.of(NUMBER)[Side.SALESFORCE]
    assert check.valid
    assert found.reason == (
        f"salesforce: {hidden}: the object is not there, or not visible to the integration user "
        f"(INVALID_TYPE); integration user: {check.user}; grant read access to the object, as the permission "
        "set `Diptych` does"
    )
    assert (found.cause, found.clears_at) == (SuspensionCause.INVISIBLE, None)
    assert (office.letters(), office.counts().pending) == ([], 3)
    for _ in range(3):
        assert work(hall, A_CHECK_LATER) == found
    office.salesforce.deny_object(hidden)
    assert work(hall, A_CHECK_LATER) is None
    assert (len(office.live_leads()), office.letters()) == (3, [])


def test_a_check_finds_it_before_any_work_does(hall: Hall) -> None:
    hall.office.salesforce.deny_object("Contact", "read")
    found = work(hall, A_CHECK_LATER)
    assert found is not None
    assert found.cause is SuspensionCause.INVISIBLE


def test_a_look_that_nobody_answers_lifts_nothing(hall: Hall) -> None:
    hall.office.salesforce.deny_object("Contact", "read")
    found = work(hall, A_CHECK_LATER)
    assert found is not None
    hall.office.clock.sleep(A_CHECK_LATER)
    hall.worker._renew()
    wire = hall.office.salesforce_wire
    identity = {"user_id": "005", "preferred_username": "u", "organization_id": "00DDp0000000001MAA"}
    wire.answers.extend([answer(200, identity), answer(503, "")])
    hall.worker._check()
    with hall.office.database.transaction() as tx:
        assert tx.portals.suspension(NUMBER) == found
