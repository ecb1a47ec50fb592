"""Going live after adopting: what is stored, what observing tells since, and that it is what is done then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from consumers.effects import Act, Key
from contract.errors import InvalidInput
from contract.links import LinkState
from contract.records import Side
from contract.settings import CreateAs, SyncMode
from tests.contract.crm.benches import NUMBER
from tests.fakes.adopting import native_pair, planned, report, store
from tests.fakes.hall import Hall
from tests.fakes.lookout import install_native_connector
from tests.fakes.office import Office, opened
from tests.integration.consumers.conftest import TWO_WAY
from tests.integration.consumers.test_modes import work

OFF = replace(TWO_WAY, mode=SyncMode.OFF)
CONTACT_PHONE = Key(act=Act.UPDATE, side=Side.HUBSPOT, object_type="contact", field="phone")
NEW_LEAD = Key(act=Act.CREATE, side=Side.SALESFORCE, object_type="Lead")


@pytest.fixture
def office() -> Iterator[Office]:
    """Sync is off, and the native connector was here."""
    with opened(OFF) as found:
        install_native_connector(found)
        yield found


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
