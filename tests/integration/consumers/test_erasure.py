"""An erased person leaves our tables and stays away, whatever the mode and whoever enters them again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import inspect, text

from contract.decisions import ReportKind
from contract.links import Ended, LinkState
from contract.records import RecordRef
from contract.settings import SyncMode
from tests.contract.crm.benches import NUMBER
from tests.fakes.office import Office
from tests.integration.consumers.conftest import TWO_WAY

EMAIL, PHONE, NAME = "emma.novak@x.example", "+420 555 1234", "Novakemma"


def everything(office: Office) -> str:
    """All that stands in our database, value by value."""
    with office.database.transaction() as tx:
        tables = inspect(tx.connection).get_table_names()
        rows = [list(tx.connection.execute(text(f'SELECT * FROM "{name}"'))) for name in tables]
    return "\n".join(str(tuple(row)) for table in rows for row in table)


def remains(office: Office) -> list[str]:
    """Which of the person's values our database still holds."""
    stored = everything(office)
    return [value for value in (EMAIL, PHONE, NAME) if value in stored]


@pytest.fixture
def emma(office: Office) -> tuple[RecordRef, RecordRef]:
    """A linked person with a past: edits both ways, a dead letter, a report of a duplicate."""
    rule = {"object": "Lead", "field": "Website", "regex": "https?://.*", "message": "no address"}
    office.salesforce.add_validation_rule(rule)
    contact, lead = office.pair(EMAIL, phone=PHONE, lastname=NAME)
    office.edit_contact(contact, website=NAME, jobtitle=f"{NAME}'s boss")
    office.rest()
    office.edit_lead(lead, City=NAME)
    office.rest()
    return contact, lead


def erase(office: Office, contact: RecordRef) -> None:
    office.hubspot.ui_gdpr_delete(NUMBER, contact.id)
    office.rest()
    office.clock.sleep(60)


def test_before_the_erasure_the_person_stands_in_our_tables(
    office: Office, emma: tuple[RecordRef, RecordRef]
) -> None:
    assert remains(office) == [EMAIL, PHONE, NAME]
    assert len(office.letters()) == 1


def test_trap_25_afterwards_no_table_holds_anything_of_the_person_and_the_operator_knows_who_survives(
    office: Office, emma: tuple[RecordRef, RecordRef]
) -> None:
    contact, lead = emma
    erase(office, contact)
    assert remains(office) == []
    link = office.link_of(contact)
    assert link is not None
    assert (link.state, link.ended, link.base, link.email) == (LinkState.ENDED, Ended.ERASED, {}, "")
    with office.database.transaction() as tx:
        (report,) = [r for r in tx.activity.reports(NUMBER) if r.kind == ReportKind.ERASED]
    assert lead in report.refs
    assert office.activity()[-1].verdicts[-1]["rule"] == "erasure"


@pytest.mark.parametrize("mode", [SyncMode.OBSERVE, SyncMode.ON])
def test_trap_25_nothing_brings_the_person_back_into_hubspot(
    office: Office, emma: tuple[RecordRef, RecordRef], mode: SyncMode
) -> None:
    contact, lead = emma
    office.change_settings(replace(TWO_WAY, mode=mode))
    erase(office, contact)
    office.change_settings(TWO_WAY)
    office.edit_lead(lead, Title="Ghost")
    twin = office.add_lead(EMAIL.upper())
    office.rest()
    office.sweep()
    office.rest()
    assert office.live_contacts() == []
    assert (office.link_of(twin), remains(office)) == (None, [])


def test_an_erasure_while_sync_is_off_is_kept_and_carried_out_before_anything_else_on_the_person(
    office: Office, emma: tuple[RecordRef, RecordRef]
) -> None:
    contact, lead = emma
    office.hubspot.ui_gdpr_delete(NUMBER, contact.id)
    office.edit_lead(lead, Title="Ghost")
    office.deliver()
    office.receive()
    assert office.counts().pending == 2
    office.clock.sleep(30 * 86_400)
    office.rest()
    assert (office.live_contacts(), remains(office)) == ([], [])


def test_trap_25_while_sync_is_off_our_tables_forget_the_person_as_soon_as_the_notice_comes(
    office: Office, emma: tuple[RecordRef, RecordRef]
) -> None:
    contact, lead = emma
    office.change_settings(replace(TWO_WAY, mode=SyncMode.OFF))
    office.hubspot.ui_gdpr_delete(NUMBER, contact.id)
    office.clock.sleep(60)
    office.deliver()
    office.receive()
    assert remains(office) == []
    with office.database.transaction() as tx:
        assert tx.tombstones.erased_refs(NUMBER, [contact, lead]) == {contact, lead}
        assert tx.tombstones.erased_emails(NUMBER, [EMAIL]) == {EMAIL}
    office.change_settings(TWO_WAY)
    office.rest()
    link = office.link_of(lead)
    assert link is not None
    assert link.ended is Ended.ERASED


def test_an_address_that_only_salesforce_knew_is_forgotten_too_on_both_sides(
    office: Office, emma: tuple[RecordRef, RecordRef]
) -> None:
    contact, lead = emma
    office.salesforce.ui_update("Lead", lead.id, {"Email": "private@x.example"})
    erase(office, contact)
    office.add_lead("private@x.example")
    office.rest()
    assert office.live_contacts() == []
    before = len(office.live_leads())
    office.add_contact("private@x.example")
    office.rest()
    assert (len(office.live_leads()), office.links()) == (before, [])


def test_an_erased_contact_that_was_never_linked_leaves_a_tombstone_too(office: Office) -> None:
    office.change_settings(replace(TWO_WAY, create_as=TWO_WAY.create_as.NONE))
    contact = office.add_contact(EMAIL)
    office.rest()
    office.hubspot.ui_gdpr_delete(NUMBER, contact.id)
    office.rest()
    with office.database.transaction() as tx:
        assert tx.tombstones.erased_refs(NUMBER, [contact]) == {contact}
    assert remains(office) == []
