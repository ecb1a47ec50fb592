"""Adopting the native connector's pairs: what is checked, linked, left out and told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from consumers.adopt import Fate
from consumers.effects import Act, Key
from contract.decisions import Erasure
from contract.records import Side
from contract.settings import SyncMode
from tests.contract.crm.benches import NUMBER
from tests.fakes.adopting import native_pair, pairs, planned, report, store
from tests.fakes.lookout import READS, install_native_connector
from tests.fakes.office import Office, opened
from tests.fakes.premises import contact_ref
from tests.integration.consumers.conftest import TWO_WAY
from tests.integration.consumers.test_preview import everything

OFF = replace(TWO_WAY, mode=SyncMode.OFF)
CONTACT_PHONE = Key(act=Act.UPDATE, side=Side.HUBSPOT, object_type="contact", field="phone")
NEW_LEAD = Key(act=Act.CREATE, side=Side.SALESFORCE, object_type="Lead")


@pytest.fixture
def office() -> Iterator[Office]:
    """Sync is off, and the native connector was here."""
    with opened(OFF) as found:
        install_native_connector(found)
        yield found


def test_pairs_of_the_native_connector_are_linked_by_the_ids_it_wrote(office: Office) -> None:
    contact, lead = native_pair(office, "ada@x.example")
    plan = planned(office)
    assert pairs(plan) == [(contact, lead)]
    assert office.links() == []
    assert store(office, plan) == 1
    (link,) = office.links()
    assert (link.hubspot, link.salesforce, link.email) == (contact, lead, "ada@x.example")
    assert link.base["email"].hubspot == "ada@x.example"
    assert office.counts().by_class == {"backfill": 2}


def test_neither_planning_nor_storing_writes_to_a_crm_and_planning_changes_no_table(office: Office) -> None:
    native_pair(office, "ada@x.example", Phone="7")
    office.add_contact("new@x.example")
    office.clock.sleep(120)
    before = everything(office)
    office.calls()
    plan = planned(office)
    assert everything(office) == before
    store(office, plan)
    called = {template for template, number in office.calls().items() if number}
    assert called <= READS, called


def test_a_pair_whose_e_mails_differ_is_linked_and_said(office: Office) -> None:
    lead = office.add_lead("old@x.example")
    office.add_contact("new@x.example", salesforceleadid=lead.id)
    native_pair(office, "same@x.example")
    plan = planned(office)
    assert [one.emails_agree for one in plan.adoptions if one.partner == lead] == [False]
    assert [one.emails_agree for one in plan.adoptions if one.partner != lead] == [True]


def test_a_converted_lead_is_followed_to_its_contact(office: Office) -> None:
    contact, lead = native_pair(office, "ada@x.example")
    office.salesforce.ui_convert(lead.id)
    (one,) = planned(office).adoptions
    assert (one.contact, one.partner.object_type, one.moved) == (contact, "Contact", True)


def test_a_merged_lead_is_followed_to_its_master(office: Office) -> None:
    _, loser = native_pair(office, "ada@x.example")
    master = office.add_lead("ada@x.example")
    office.salesforce.ui_merge("Lead", master.id, [loser.id])
    (one,) = planned(office).adoptions
    assert (one.partner, one.moved) == (master, True)


def test_what_is_deleted_hidden_or_erased_is_left_out_with_the_reason(office: Office) -> None:
    deleted, lead = native_pair(office, "deleted@x.example")
    office.salesforce.ui_delete("Lead", lead.id)
    hidden, lead = native_pair(office, "hidden@x.example")
    office.salesforce.org.access.hidden_records.add(lead.id)
    erased, lead = native_pair(office, "erased@x.example")
    with office.database.transaction() as tx:
        tx.tombstones.erase(
            NUMBER, Erasure(refs=(erased, lead), emails=("erased@x.example",)), at=office.clock()
        )
    plan = planned(office)
    assert plan.left_out == {Fate.DELETED: [deleted], Fate.UNSEEN: [hidden], Fate.ERASED: [erased]}
    assert (plan.adoptions, store(office, plan), office.links()) == ([], 0, [])


def test_whom_an_operator_keeps_out_is_left_out(office: Office) -> None:
    contact, lead = native_pair(office, "ada@x.example")
    with office.database.transaction() as tx:
        tx.exclusions.begin(NUMBER, [lead], author="ada", reason="", at=office.clock())
    plan = planned(office)
    assert (plan.adoptions, plan.left_out) == ([], {Fate.KEPT_OUT: [contact]})


def test_of_two_contacts_that_name_one_record_the_one_with_its_e_mail_is_taken(office: Office) -> None:
    lead = office.add_lead("ada@x.example")
    older = office.add_contact("other@x.example", salesforceleadid=lead.id)
    newer = office.add_contact("ada@x.example", salesforceleadid=lead.id)
    plan = planned(office)
    assert pairs(plan) == [(newer, lead)]
    assert plan.left_out == {Fate.SHARED: [older]}
    store(office, plan)
    (said,) = report(office).duplicates
    assert set(said.refs) == {older, newer, lead}


def test_a_record_that_is_linked_with_another_contact_is_left_with_it(office: Office) -> None:
    office.change_settings(TWO_WAY)
    _, lead = office.pair("ada@x.example")
    office.change_settings(OFF)
    rival = office.add_contact("rival@x.example", salesforceleadid=lead.id)
    plan = planned(office)
    assert plan.left_out == {Fate.TAKEN: [rival]}
    assert [set(one.refs) >= {rival, lead} for one in plan.reports] == [True]
    assert len(office.links()) == 1


def test_an_e_mail_alone_adopts_nobody(office: Office) -> None:
    gone = "00QDp0000hp9zzZMAY"
    office.add_lead("ada@x.example")
    contact = office.add_contact("ada@x.example", salesforceleadid=gone)
    plan = planned(office)
    assert (plan.adoptions, plan.left_out) == ([], {Fate.UNSEEN: [contact]})


def test_the_go_live_report_counts_what_would_be_done_by_field(office: Office) -> None:
    native_pair(office, "ada@x.example", Phone="7")
    native_pair(office, "bea@x.example", Phone="8")
    office.add_contact("new@x.example")
    office.add_contact("other@x.example")
    plan = planned(office)
    assert plan.effects[CONTACT_PHONE] == 2
    assert plan.unlinked == {NEW_LEAD: 2}
    assert plan.looked_at == {Side.HUBSPOT: 2, Side.SALESFORCE: 0}


def test_the_native_connector_is_caught_writing(office: Office) -> None:
    now = office.clock()
    for hours, email in ((30, "long.ago@x.example"), (2, "lately@x.example"), (1, "just.now@x.example")):
        at = (now - timedelta(hours=hours)).isoformat(timespec="milliseconds")
        office.add_contact(email, salesforcelastsynctime=at)
    found = planned(office).native
    assert found.contacts == 2
    assert found.last is not None
    assert abs(found.last - (now - timedelta(hours=1))) < timedelta(seconds=1)


def test_where_it_never_was_there_is_nothing_to_adopt() -> None:
    with opened(OFF) as office:
        office.add_contact("ada@x.example")
        plan = planned(office)
    assert (plan.adoptions, plan.left_out, plan.native.contacts) == ([], {}, 0)


def test_more_contacts_than_a_page_of_a_search_are_all_found(office: Office) -> None:
    for number in range(205):
        native_pair(office, f"p{number}@x.example")
    plan = planned(office, sample=0)
    assert len({one.partner for one in plan.adoptions}) == 205
    assert store(office, plan) == 205


def test_a_contact_of_salesforce_is_adopted_like_a_lead(office: Office) -> None:
    account = office.salesforce.ui_create("Account", {"Name": "Engines"})
    values = {"Email": "ada@x.example", "LastName": "Byron", "AccountId": account}
    partner = contact_ref(office.salesforce.ui_create("Contact", values))
    contact = office.add_contact("ada@x.example", salesforcecontactid=partner.id)
    assert pairs(planned(office)) == [(contact, partner)]


def test_a_person_account_is_left_out(office: Office) -> None:
    office.salesforce.enable_person_accounts()
    values = {"Email": "ada@x.example", "LastName": "Byron"}
    partner = office.salesforce.ui_create("Contact", values)
    store = office.salesforce.org.store
    entry = store.entry("Contact", partner)
    assert entry is not None
    store.put_entry("Contact", partner, replace(entry, row={**entry.row, "IsPersonAccount": True}))
    contact = office.add_contact("ada@x.example", salesforcecontactid=partner)
    assert planned(office).left_out == {Fate.PERSON_ACCOUNT: [contact]}
