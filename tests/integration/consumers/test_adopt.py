"""Adopting the native connector's pairs: what is checked, told, stored, and what observing tells since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from consumers.adopt import Adopter, Fate, Plan
from consumers.effects import Act, Key
from consumers.golive import Observed, PlanStore, observed
from contract.decisions import Erasure
from contract.errors import InvalidInput
from contract.links import LinkState
from contract.ports import Survey
from contract.records import RecordRef, Side
from contract.settings import CreateAs, Settings, SyncMode
from rules import decide
from tests.contract.crm.benches import NUMBER
from tests.fakes.hall import Hall
from tests.fakes.lookout import READS, hubspot_survey, install_native_connector, salesforce_survey
from tests.fakes.office import Office, opened
from tests.fakes.premises import contact_ref
from tests.integration.consumers.conftest import TWO_WAY
from tests.integration.consumers.test_modes import work
from tests.integration.consumers.test_preview import everything

OFF: Settings = replace(TWO_WAY, mode=SyncMode.OFF)
LEAD_PHONE = Key(act=Act.UPDATE, side=Side.SALESFORCE, object_type="Lead", field="Phone")
CONTACT_PHONE = Key(act=Act.UPDATE, side=Side.HUBSPOT, object_type="contact", field="phone")
NEW_LEAD = Key(act=Act.CREATE, side=Side.SALESFORCE, object_type="Lead")


@pytest.fixture
def office() -> Iterator[Office]:
    """Sync is off, and the native connector was here."""
    with opened(OFF) as found:
        install_native_connector(found)
        yield found


def native_pair(office: Office, email: str, **fields: str) -> tuple[RecordRef, RecordRef]:
    """A lead, and a contact that the native connector linked with it. `fields` are the lead's."""
    lead = office.add_lead(email, **fields)
    return office.add_contact(email, salesforceleadid=lead.id[:15]), lead


def planned(office: Office, sample: int = 50) -> Plan:
    office.clock.sleep(120)
    survey = hubspot_survey(office)
    surveys: dict[Side, Survey] = {Side.HUBSPOT: survey, Side.SALESFORCE: salesforce_survey(office)}
    adopter = Adopter(
        portal=office.portal,
        crms=office.crms,
        surveys=surveys,
        native=survey,
        database=office.database,
        decide=decide,
        clock=office.clock,
    )
    return adopter.plan(sample=sample)


def store(office: Office, plan: Plan) -> int:
    keeper = PlanStore(
        portal=office.portal, database=office.database, clock=office.clock, new_id=office.new_id
    )
    return keeper.store(plan)


def pairs(plan: Plan) -> list[tuple[RecordRef, RecordRef]]:
    return [(one.contact, one.partner) for one in plan.adoptions]


def report(office: Office) -> Observed:
    with office.database.transaction() as tx:
        return observed(tx, NUMBER, now=office.clock())


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


def test_what_is_linked_already_is_counted_and_adopting_twice_changes_nothing(office: Office) -> None:
    native_pair(office, "ada@x.example")
    store(office, planned(office))
    links = office.links()
    again = planned(office)
    assert (again.linked, again.adoptions) == (1, [])
    assert (store(office, again), office.links()) == (0, links)


@pytest.mark.parametrize("state", [LinkState.LIVE, LinkState.CREATING])
def test_who_was_linked_meanwhile_stays_as_he_is_and_the_others_are_linked(
    office: Office, state: LinkState
) -> None:
    for name in ("ada", "bea", "cleo"):
        native_pair(office, f"{name}@x.example")
    plan = planned(office)
    first, *others = plan.adoptions
    with office.database.transaction() as tx:
        tx.links.store([first.link.changed(hubspot=replace(first.contact, id="999"), state=state)])
    assert store(office, plan) == 2
    assert {link.hubspot for link in office.links()} >= {one.contact for one in others}
    assert office.link_of(first.contact) is None
    assert len(office.activity()) == 2


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


def test_nothing_is_stored_once_sync_is_on(office: Office) -> None:
    native_pair(office, "ada@x.example")
    plan = planned(office)
    office.change_settings(TWO_WAY)
    with pytest.raises(InvalidInput, match="--observe"):
        store(office, plan)
    assert office.links() == []


def test_observing_keeps_the_report_live(office: Office) -> None:
    contact, lead = native_pair(office, "ada@x.example", Phone="7")
    office.edit_contact(contact, company="Engines")
    store(office, planned(office))
    assert report(office).waiting == 0
    office.change_settings(replace(TWO_WAY, mode=SyncMode.OBSERVE))
    office.rest()
    assert (report(office).links, report(office).effects[CONTACT_PHONE]) == (1, 1)
    office.add_contact("new@x.example")
    office.rest()
    assert (report(office).effects[NEW_LEAD], report(office).told) == (1, 2)
    office.edit_contact(contact, phone="7")
    office.clock.sleep(60)
    office.rest()
    assert report(office).waiting == 3
    assert set(report(office).effects) == {NEW_LEAD}
    assert office.row(lead)["Phone"] == "7"


def test_what_was_reported_is_what_going_live_does(office: Office) -> None:
    contact, lead = native_pair(office, "ada@x.example", Phone="7")
    plan = planned(office)
    store(office, plan)
    office.change_settings(TWO_WAY)
    office.rest()
    assert office.contact(contact)["phone"] == "7"
    assert len(office.live_leads()) == len(office.live_contacts()) == 1
    assert office.link_of(lead) == office.link_of(contact)
    written = [w for entry in office.activity() for w in entry.writes]
    assert sum(len(write["values"]) for write in written) == sum(plan.effects.values())


def test_why_tells_that_a_pair_was_adopted(office: Office) -> None:
    native_pair(office, "ada@x.example")
    store(office, planned(office))
    (entry,) = office.activity()
    assert "as the native connector had linked them" in entry.verdicts[0]["says"]
    assert entry.settings_version == office.portal.settings.version


def test_a_contact_of_salesforce_is_adopted_like_a_lead(office: Office) -> None:
    account = office.salesforce.ui_create("Account", {"Name": "Engines"})
    values = {"Email": "ada@x.example", "LastName": "Byron", "AccountId": account}
    partner = contact_ref(office.salesforce.ui_create("Contact", values))
    contact = office.add_contact("ada@x.example", salesforcecontactid=partner.id)
    assert pairs(planned(office)) == [(contact, partner)]


def test_a_new_version_has_all_that_was_observed_decided_anew(office: Office) -> None:
    office.add_contact("new@x.example")
    observing = replace(TWO_WAY, mode=SyncMode.OBSERVE)
    office.change_settings(observing)
    with office.database.transaction() as tx:
        tx.leases.release(NUMBER, "office")
    hall = Hall(office)
    hall.worker._renew()
    work(hall)
    assert dict(report(office).effects) == {NEW_LEAD: 1}
    office.change_settings(replace(observing, create_as=CreateAs.CONTACT))
    assert report(office).outdated == 1
    work(hall)
    assert dict(report(office).effects) == {replace(NEW_LEAD, object_type="Contact"): 1}
    assert report(office).outdated == 0


def test_a_version_that_differs_by_its_mode_alone_makes_nothing_outdated(office: Office) -> None:
    office.add_contact("new@x.example")
    office.change_settings(replace(TWO_WAY, mode=SyncMode.OBSERVE))
    office.rest()
    office.change_settings(OFF)
    assert (report(office).told, report(office).outdated) == (1, 0)
