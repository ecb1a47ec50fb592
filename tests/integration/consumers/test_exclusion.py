"""Whom an operator keeps out: nothing travels either way, whatever becomes of the records, until lifted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from contract.changes import Kind
from contract.errors import LeaseLost
from contract.links import LinkState
from contract.records import RecordRef
from contract.settings import Settings, SyncMode
from tests.contract.crm.benches import NUMBER
from tests.fakes.office import Office, opened
from tests.fakes.premises import contact_ref, hubspot_ref
from tests.integration.consumers.conftest import TWO_WAY
from tests.unit.consumers.kit import meanwhile

BOXES: Settings = replace(TWO_WAY, delete_when_lead_deleted=True, delete_when_contact_deleted=True)


@pytest.fixture
def office() -> Iterator[Office]:
    with opened(BOXES) as found:
        yield found


def keep_out(office: Office, *refs: RecordRef) -> None:
    """What `diptych records never-sync` does."""
    with office.database.transaction() as tx:
        tx.exclusions.begin(NUMBER, refs, author="ada", reason="a test person", at=office.clock())


def sync_again(office: Office, ref: RecordRef) -> None:
    """What `diptych records sync-again` does."""
    with office.database.transaction() as tx:
        lifted = tx.exclusions.end(NUMBER, [ref], author="ada", at=office.clock())
    assert lifted
    office.notice(*(ref for one in lifted for ref in one.refs))
    office.rest()


def kept_out(office: Office) -> set[RecordRef]:
    with office.database.transaction() as tx:
        return {ref for one in tx.exclusions.standing(NUMBER) for ref in one.refs}


def test_no_edit_travels_either_way_and_all_do_once_it_is_lifted(office: Office) -> None:
    contact, lead = office.pair(phone="1", city="Rome")
    keep_out(office, contact, lead)
    office.edit_contact(contact, phone="2")
    office.edit_lead(lead, City="Oslo")
    office.rest()
    assert (office.row(lead)["Phone"], office.contact(contact)["city"]) == ("1", "Rome")
    assert (office.counts().pending, office.letters()) == (0, [])
    assert "never synced since" in office.activity()[-1].verdicts[-1]["says"]
    sync_again(office, lead)
    assert (office.row(lead)["Phone"], office.contact(contact)["city"]) == ("2", "Oslo")


@pytest.mark.parametrize("side", ["hubspot", "salesforce"])
def test_nobody_is_created_for_who_is_kept_out_until_it_is_lifted(office: Office, side: str) -> None:
    made = office.add_contact("new@x.example") if side == "hubspot" else office.add_lead("new@x.example")
    keep_out(office, made)
    office.rest()
    assert len(office.live_contacts()) + len(office.live_leads()) == 1
    sync_again(office, made)
    assert len(office.live_contacts()) + len(office.live_leads()) == 2
    assert len(office.links()) == 1


@pytest.mark.parametrize("side", ["hubspot", "salesforce"])
def test_who_comes_with_the_same_address_is_not_linked_and_no_third_record_is_made(
    office: Office, side: str
) -> None:
    first = office.add_contact("new@x.example") if side == "hubspot" else office.add_lead("new@x.example")
    keep_out(office, first)
    office.rest()
    if side == "hubspot":
        office.add_lead("new@x.example")
    else:
        office.add_contact("new@x.example")
    office.rest()
    assert (len(office.live_contacts()), len(office.live_leads()), office.links()) == (1, 1, [])
    sync_again(office, first)
    assert (len(office.live_contacts()), len(office.live_leads()), len(office.links())) == (1, 1, 1)


def test_neither_deletions_nor_opt_outs_travel(office: Office) -> None:
    gone, out = office.pair("gone@x.example"), office.pair("out@x.example")
    keep_out(office, *gone)
    keep_out(office, *out)
    office.salesforce.ui_delete("Lead", gone[1].id)
    office.edit_lead(out[1], HasOptedOutOfEmail=True)
    office.sweep()
    office.rest()
    assert set(office.live_contacts()) == {gone[0], out[0]}
    assert office.contact(out[0]).get("hs_email_optout") is None
    sync_again(office, gone[0])
    sync_again(office, out[0])
    assert office.live_contacts() == [out[0]]
    assert office.contact(out[0])["hs_email_optout"] == "true"


def test_the_mark_follows_a_conversion(office: Office) -> None:
    contact, lead = office.pair(phone="1")
    keep_out(office, contact, lead)
    made = contact_ref(str(office.salesforce.ui_convert(lead.id)["contact_id"]))
    office.rest()
    office.edit_lead(made, Phone="2", Email="other@x.example")
    office.rest()
    assert office.contact(contact)["phone"] == "1"
    assert kept_out(office) == {contact, lead, made}
    assert office.live_contacts() == [contact]
    sync_again(office, contact)
    assert office.contact(contact)["phone"] == "2"
    link = office.link_of(made)
    assert link is not None
    assert (link.hubspot, link.state) == (contact, LinkState.LIVE)


def test_the_mark_follows_a_merge_to_the_survivor_and_its_pair(office: Office) -> None:
    contact, lead = office.pair("a@x.example", phone="1")
    other, its_lead = office.pair("b@x.example", phone="1")
    keep_out(office, contact, lead)
    survivor = hubspot_ref(office.hubspot.ui_merge(NUMBER, "contacts", other.id, contact.id))
    office.rest()
    office.edit_contact(survivor, phone="2")
    office.edit_lead(its_lead, City="Oslo")
    office.rest()
    assert [office.row(ref)["Phone"] for ref in (lead, its_lead)] == ["1", "1"]
    assert office.contact(survivor).get("city") is None
    assert survivor in kept_out(office)
    sync_again(office, survivor)
    assert (office.row(its_lead)["Phone"], office.contact(survivor)["city"]) == ("2", "Oslo")


def test_it_holds_while_observing_and_follows_there_too(office: Office) -> None:
    contact, lead = office.pair(phone="1")
    office.change_settings(replace(BOXES, mode=SyncMode.OBSERVE))
    keep_out(office, contact)
    office.edit_contact(contact, phone="2")
    office.rest()
    assert (office.counts().pending, kept_out(office)) == (0, {contact, lead})


def test_an_erasure_is_carried_out_all_the_same(office: Office) -> None:
    contact, lead = office.pair("a@x.example")
    keep_out(office, contact, lead)
    office.hubspot.ui_gdpr_delete(NUMBER, contact.id)
    office.rest()
    with office.database.transaction() as tx:
        assert tx.tombstones.erased_emails(NUMBER, {"a@x.example"}) == {"a@x.example"}
    assert "test person" not in str(office.activity()[-1])


def test_what_a_worker_has_in_hands_is_not_settled_over_it(office: Office) -> None:
    contact, lead = office.pair(phone="1")
    office.edit_contact(contact, phone="2")
    office.deliver()
    office.receive()
    meanwhile(office, "salesforce", "POST", lambda: keep_out(office, contact, lead))
    with pytest.raises(LeaseLost):
        office.step()
    office.rest()
    assert office.row(lead)["Phone"] == "1"
    office.notice(contact, kind=Kind.UPDATED)
    sync_again(office, contact)
    assert office.row(lead)["Phone"] == "2"


@pytest.mark.parametrize("side", ["hubspot", "salesforce"])
def test_who_is_kept_out_and_deleted_is_not_looked_at_by_every_sweep(office: Office, side: str) -> None:
    contact, lead = office.pair("gone@x.example")
    keep_out(office, contact, lead)
    if side == "hubspot":
        office.hubspot.ui_delete(NUMBER, "contacts", contact.id)
    else:
        office.salesforce.ui_delete("Lead", lead.id)
    office.rest()
    looks = len(office.activity())
    for _ in range(3):
        office.clock.sleep(60.0)
        office.sweep()
        office.rest()
    assert len(office.activity()) == looks
    sync_again(office, lead)
    link = office.link_of(lead)
    assert link is None or link.state is LinkState.ENDED


def test_who_is_converted_into_somebody_kept_out_is_kept_out_and_looked_at_once_it_is_lifted(
    office: Office,
) -> None:
    contact, lead = office.pair("a@x.example", phone="1")
    into = contact_ref(office.salesforce.ui_create("Contact", {"LastName": "B", "Email": "b@x.example"}))
    office.rest()
    keep_out(office, into)
    office.salesforce.ui_convert(lead.id, contact_id=into.id)
    office.rest()
    office.sweep()
    office.rest()
    assert {contact, lead, into} <= kept_out(office)
    sync_again(office, into)
    link = office.link_of(lead)
    assert link is None or link.state is LinkState.ENDED
