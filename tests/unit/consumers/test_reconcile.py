"""One batch: read, decided, written, settled; whatever fails in between loses and doubles nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from consumers.reconcile import BATCH
from contract.changes import Kind
from contract.links import Pair
from contract.mappings import MappingRule
from contract.pending import Postponed, WorkClass
from contract.settings import SyncMode
from sandbox.kit import Faults
from tests.contract.crm.benches import NUMBER
from tests.fakes.office import ON, Office, opened
from tests.fakes.premises import hubspot_ref
from tests.unit.consumers.kit import meanwhile, noticed

TWO_WAY = replace(ON, mappings=tuple(replace(row, rule=MappingRule.TWO_WAY) for row in ON.mappings))


@pytest.fixture
def office() -> Iterator[Office]:
    """The most recent edit wins in every field."""
    with opened(TWO_WAY) as found:
        yield found


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
    # Salesforce is read once more, for another edit of the same second would have had the same stamp.
    assert office.calls() == {"POST /composite/sobjects/<object>": 1}


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


# --- waiting and waking ---


def test_a_stored_form_is_looked_at_a_moment_later_also_when_its_record_was_noticed_too(
    office: Office,
) -> None:
    contact, lead = office.pair(phone="1")
    office.edit_contact(contact, phone="2")
    office.notice(lead, occurred_at=office.clock() - timedelta(seconds=90))
    noticed(office)
    office.step()
    due = office.next_due()
    assert due is not None
    assert due - office.clock() == timedelta(seconds=1.5)


def test_trap_22_who_waits_for_a_record_is_woken_when_it_is_created(office: Office) -> None:
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


def test_two_edits_of_one_second_of_which_a_read_that_lags_shows_the_first_alone_both_travel() -> None:
    with opened() as office:
        contact, lead = office.pair()
        office.clock.sleep(0.2)
        office.edit_lead(lead, Title="Chief")
        office.edit_lead(lead, Phone="5")
        office.salesforce.faults = Faults(stale_read=1.0)
        office.deliver()
        office.receive()
        office.step()
        office.salesforce.faults = Faults()
        office.rest()
        held = office.contact(contact)
        assert (held["jobtitle"], held["phone"]) == ("Chief", "5")
