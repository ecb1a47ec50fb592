"""What the tests of known traps look at."""

from __future__ import annotations

from contract.activity import StoredReport
from contract.records import RecordRef
from tests.contract.crm.benches import NUMBER
from tests.fakes.office import Office


def after_sweeps(office: Office) -> None:
    """At rest, with all that sweeps may find."""
    for _ in range(2):
        office.rest()
        office.clock.sleep(61)
        office.sweep()
    office.rest()


def reported(office: Office) -> list[StoredReport]:
    """All reports."""
    with office.database.transaction() as tx:
        return tx.activity.reports(NUMBER)


def partner(office: Office, contact: RecordRef) -> RecordRef:
    """The Salesforce end of a contact's live link."""
    link = office.link_of(contact)
    assert link is not None
    assert link.ended is None
    assert link.salesforce is not None
    return link.salesforce
