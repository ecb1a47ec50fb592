"""What concerns the whole portal suspends it, says why and what clears it, and buries no record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from contract.records import RecordRef, Side
from contract.settings import Suspension, SuspensionCause, SyncMode
from contract.standing import CredentialCheck
from tests.contract.crm.benches import NUMBER
from tests.fakes.canned import answer
from tests.fakes.hall import Hall
from tests.fakes.office import Office
from tests.unit.consumers.kit import noticed

TOKEN_REFUSED = (401, {"status": "error", "category": "INVALID_AUTHENTICATION", "message": "no"})
SESSION_REFUSED = (401, [{"errorCode": "INVALID_SESSION_ID", "message": "no"}])
LOGIN_REFUSED = (400, {"error": "invalid_client", "error_description": "invalid client credentials"})
API_DISABLED = (403, [{"errorCode": "API_DISABLED_FOR_ORG", "message": "no"}])
MISSING_SCOPES = (403, {"status": "error", "category": "MISSING_SCOPES", "message": "no"})
HOUR = timedelta(hours=1)


@pytest.fixture
def hall(office: Office) -> Iterator[Hall]:
    """A worker that has checked the credentials a moment ago."""
    with office.database.transaction() as tx:
        tx.leases.release(NUMBER, "office")
    found = Hall(office)
    found.worker._renew()
    found.worker._check()
    yield found
    found.worker.ownership.release_all()


def work(hall: Hall, seconds: float = 3.0) -> None:
    """The worker looks around, some time later."""
    hall.office.clock.sleep(seconds)
    hall.worker._renew()
    noticed(hall.office)
    hall.worker._check()
    hall.dispatch()


def suspended(office: Office) -> Suspension | None:
    with office.database.transaction() as tx:
        return tx.portals.suspension(NUMBER)


def credentials(office: Office) -> dict[Side, CredentialCheck]:
    with office.database.transaction() as tx:
        return dict(tx.credentials.of(NUMBER))


def refuse(office: Office, side: str, told: tuple[int, object], times: int = 1) -> None:
    wire = office.hubspot_wire if side == "hubspot" else office.salesforce_wire
    wire.answers.extend(answer(*told) for _ in range(times))


def people(office: Office, count: int = 3) -> list[RecordRef]:
    return [office.add_contact(f"p{number}@x.example") for number in range(count)]


# --- access ---


def test_a_missing_object_permission_suspends_and_names_object_and_user(hall: Hall) -> None:
    office = hall.office
    office.salesforce.deny_object("Lead", "create")
    people(office)
    work(hall)
    found = suspended(office)
    assert found is not None
    user = credentials(office)[Side.SALESFORCE].user
    assert user
    assert found.reason == (
        "salesforce: Lead: the integration user may not create records of this object (OBJECT_FORBIDDEN); "
        f"integration user: {user}; grant create and edit access to the object, as the permission set "
        "`Diptych` does"
    )
    assert (found.cause, found.clears_at) == (SuspensionCause.ACCESS, found.since + HOUR)
    assert (office.letters(), office.counts().pending, office.counts().due) == ([], 3, 3)


def test_many_rows_refused_for_a_permission_taken_meanwhile_are_no_letters(hall: Hall) -> None:
    office = hall.office
    pairs = [office.add_contact(f"p{number}@x.example") for number in range(3)]
    for _ in range(3):
        work(hall)
    assert len(office.live_leads()) == 3
    for contact in pairs:
        office.edit_contact(contact, phone="7")
    office.salesforce.deny_object("Lead", "edit")
    work(hall)
    found = suspended(office)
    assert found is not None
    assert "Lead: the integration user may not edit records of this object" in found.reason
    assert office.letters() == []


def test_an_org_without_api_access_suspends_the_portal(hall: Hall) -> None:
    office = hall.office
    people(office)
    refuse(office, "salesforce", API_DISABLED)
    work(hall)
    found = suspended(office)
    assert found is not None
    assert "the org does not allow API access (API_DISABLED_FOR_ORG)" in found.reason
    assert (found.cause, office.letters()) == (SuspensionCause.ACCESS, [])
    assert credentials(office)[Side.SALESFORCE].valid


def test_a_missing_scope_names_object_and_app(hall: Hall) -> None:
    office = hall.office
    people(office)
    refuse(office, "hubspot", MISSING_SCOPES)
    work(hall)
    found = suspended(office)
    assert found is not None
    assert found.reason == (
        "hubspot: contact: the app lacks a scope that this call needs (MISSING_SCOPES); "
        "integration user: app 7; add the scope to the app, and install it again"
    )


def test_access_is_tried_again_within_the_hour_and_the_portal_goes_on_once_it_is_there(hall: Hall) -> None:
    office = hall.office
    office.salesforce.deny_object("Lead", "create")
    people(office)
    work(hall)
    first = suspended(office)
    work(hall, HOUR.total_seconds() - 10)
    assert suspended(office) == first
    work(hall, 20)
    again = suspended(office)
    assert first is not None
    assert again is not None
    assert again.since > first.since
    office.salesforce.org.access.denied_objects.clear()
    work(hall, HOUR.total_seconds() + 10)
    work(hall)
    assert (suspended(office), len(office.live_leads()), office.letters()) == (None, 3, [])


# --- credentials ---


def test_a_single_refusal_of_the_token_suspends_nothing(hall: Hall) -> None:
    office = hall.office
    people(office)
    refuse(office, "hubspot", TOKEN_REFUSED)
    work(hall)
    assert (suspended(office), len(office.live_leads())) == (None, 3)


@pytest.mark.parametrize(("side", "told"), [("hubspot", TOKEN_REFUSED), ("salesforce", LOGIN_REFUSED)])
def test_credentials_refused_to_a_batch_are_tried_again_hourly_and_then_clear_by_themselves(
    hall: Hall, side: str, told: tuple[int, object]
) -> None:
    office = hall.office
    people(office)
    if side == "salesforce":
        refuse(office, side, SESSION_REFUSED)
    refuse(office, side, told, 2)
    work(hall)
    found = suspended(office)
    assert found is not None
    assert (found.reason.startswith(f"{side}: "), found.cause) == (True, SuspensionCause.CREDENTIALS)
    check = credentials(office)[Side(side)]
    assert (check.valid, check.checked_at) == (False, found.since)
    office_wire = office.hubspot_wire if side == "hubspot" else office.salesforce_wire
    office_wire.answers.clear()
    work(hall, HOUR.total_seconds() / 2)
    assert suspended(office) == found
    work(hall, HOUR.total_seconds() / 2)
    assert credentials(office)[Side(side)].valid
    assert (suspended(office), len(office.live_leads()), office.letters()) == (None, 3, [])


def test_credentials_refused_to_a_sweep_suspend_too(hall: Hall) -> None:
    office = hall.office
    hall.worker._sweep()
    office.clock.sleep(61)
    hall.worker._renew()
    refuse(office, "salesforce", SESSION_REFUSED)
    refuse(office, "salesforce", LOGIN_REFUSED)
    hall.worker._sweep()
    found = suspended(office)
    assert found is not None
    assert (found.reason.startswith("salesforce: "), found.cause) == (True, SuspensionCause.CREDENTIALS)
    assert not credentials(office)[Side.SALESFORCE].valid


def test_credentials_that_only_a_check_finds_refused_suspend_too(hall: Hall) -> None:
    office = hall.office
    refuse(office, "hubspot", TOKEN_REFUSED, 2)
    work(hall, HOUR.total_seconds() + 1)
    found = suspended(office)
    assert found is not None
    assert found.reason.startswith("hubspot: HubSpot does not accept the access token")
    assert [check.valid for check in credentials(office).values()] == [False, True]


def test_credentials_are_checked_hourly_and_no_oftener(hall: Hall) -> None:
    office = hall.office
    first = credentials(office)
    assert {side: check.valid for side, check in first.items()} == dict.fromkeys(Side, True)
    office.calls()
    for seconds in (10, 1000, 2000):
        work(hall, seconds)
    assert (office.calls(), credentials(office)) == ({}, first)
    work(hall, 600)
    assert {check.checked_at for check in credentials(office).values()} == {office.clock()}


def test_credentials_are_checked_soon_after_a_portal_file_was_saved(hall: Hall) -> None:
    office = hall.office
    people(office)
    refuse(office, "hubspot", TOKEN_REFUSED, 2)
    work(hall)
    assert suspended(office) is not None
    with office.database.transaction() as tx:
        tx.credentials.forget(NUMBER)
    work(hall, 61)
    assert (suspended(office), len(office.live_leads())) == (None, 3)


def test_the_credentials_of_another_account_suspend(hall: Hall) -> None:
    office = hall.office
    office.salesforce.org.org_id = "00DDp0000000009MAA"
    work(hall, HOUR.total_seconds() + 1)
    found = suspended(office)
    assert found is not None
    assert "the credentials belong to org 00DDp0000000009MAA" in found.reason


def test_a_crm_that_is_away_says_nothing_of_its_credentials(hall: Hall) -> None:
    office = hall.office
    first = credentials(office)
    refuse(office, "hubspot", (503, {}), 1)
    office.salesforce.refuse_for(30)
    work(hall, HOUR.total_seconds() + 1)
    assert (credentials(office)[Side.HUBSPOT], suspended(office)) == (first[Side.HUBSPOT], None)
    work(hall, 61)
    assert credentials(office)[Side.HUBSPOT].checked_at == office.clock()


def test_one_side_s_valid_credentials_do_not_lift_the_other_s_suspension(hall: Hall) -> None:
    office = hall.office
    refuse(office, "hubspot", TOKEN_REFUSED, 2)
    work(hall, HOUR.total_seconds() + 1)
    assert suspended(office) is not None
    refuse(office, "hubspot", (503, {}), 1)
    work(hall, HOUR.total_seconds() + 1)
    assert credentials(office)[Side.SALESFORCE].checked_at == office.clock()
    assert suspended(office) is not None
    work(hall, 61)
    assert suspended(office) is None


def test_a_paused_portal_has_its_credentials_checked_and_is_not_suspended(hall: Hall) -> None:
    office = hall.office
    with office.database.transaction() as tx:
        tx.portals.set_mode(NUMBER, SyncMode.OFF, author="ada", at=office.clock())
    refuse(office, "hubspot", TOKEN_REFUSED, 2)
    work(hall, HOUR.total_seconds() + 1)
    assert not credentials(office)[Side.HUBSPOT].valid
    assert suspended(office) is None
