"""Reads that lag behind our own writes: what they show is no edit, whoever wrote in between."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contract.records import RecordRef
from sandbox.kit import Faults
from tests.fakes.office import Office
from tests.unit.consumers.kit import meanwhile, noticed

LAGGING = Faults(stale_read=1.0, stale_seconds=4.0)
"""For four seconds every read shows a record as it was before its last change."""

BETWEEN: dict[str, Callable[[Office, RecordRef], None]] = {
    "nobody": lambda _office, _lead: None,
    "an automation that only touches": lambda office, lead: office.edit_lead(lead, Description="touched"),
    "a person": lambda office, lead: office.edit_lead(lead, City="Oslo"),
}


@pytest.mark.parametrize("who", BETWEEN)
@pytest.mark.parametrize("value", ["CTO", ""], ids=["a value", "a clear"])
def test_a_state_from_before_our_write_in_salesforce_is_not_taken_for_an_edit(
    office: Office, who: str, value: str
) -> None:
    contact, lead = office.pair(jobtitle="a")

    def between() -> None:
        office.clock.sleep(1.2)
        BETWEEN[who](office, lead)
        office.clock.sleep(0.1)
        office.salesforce.faults = LAGGING

    office.edit_contact(contact, jobtitle=value)
    noticed(office)
    meanwhile(office, "salesforce", "PATCH ", between)
    office.step()
    office.rest()
    assert (office.contact(contact).get("jobtitle", ""), office.row(lead)["Title"] or "") == (value, value)


@pytest.mark.parametrize("apart", [0.2, 2.0])
def test_an_edit_right_after_our_write_wins_although_reads_lag(office: Office, apart: float) -> None:
    """Within one second Salesforce's stamps tell nothing, and the sweep makes it good."""
    contact, lead = office.pair(jobtitle="a")
    office.edit_contact(contact, jobtitle="b")
    noticed(office)
    office.step()
    office.salesforce.faults = LAGGING.changed(stale_seconds=1.0)
    office.clock.sleep(apart)
    office.edit_lead(lead, Title="c")
    office.rest()
    office.clock.sleep(60)
    office.sweep()
    office.rest()
    assert (office.contact(contact)["jobtitle"], office.row(lead)["Title"]) == ("c", "c")
