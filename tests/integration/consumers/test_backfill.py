"""A backfill has every linked pair looked at once, behind whatever is live, and fills what is new to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from consumers import backfill
from contract.changes import Kind
from contract.links import LinkState
from contract.mappings import DEFAULT_MAPPINGS, FieldMapping
from contract.pending import WorkClass
from contract.records import RecordRef
from contract.settings import Settings, SyncMode
from sandbox.hubspot.schema import text as hubspot_text
from sandbox.salesforce.fields import text
from tests.contract.crm.benches import NUMBER
from tests.fakes.office import ON, Office, opened

TIER = FieldMapping(key="tier", hubspot="tier", fields={"Lead": "Tier__c", "Contact": "Tier__c"}, length=40)
WITH_TIER: Settings = replace(ON, version=2, mappings=(*DEFAULT_MAPPINGS, TIER))


@pytest.fixture
def office() -> Iterator[Office]:
    """Both CRMs have a field of their own, `tier`, that is not mapped yet."""
    with opened() as found:
        definitions = found.hubspot.portal(NUMBER).shelf("contacts").definitions
        definitions["tier"] = hubspot_text("tier", "Tier", custom=True)
        found.salesforce.add_field("Lead", text("Tier__c", 40))
        yield found


def fill(office: Office) -> int:
    return backfill.all_pairs(office.database, NUMBER, clock=office.clock, new_id=office.new_id)


def by_class(office: Office) -> dict[str, int]:
    return {name: count for name, count in office.counts().by_class.items() if count}


def pairs(office: Office, count: int) -> list[tuple[RecordRef, RecordRef]]:
    return [office.pair(f"p{n}@example.org", phone="1") for n in range(count)]


def test_an_old_pair_s_new_field_is_filled_from_whichever_side_holds_something(office: Office) -> None:
    (left, left_lead), (right, right_lead), (both, both_lead), (none, _) = pairs(office, 4)
    office.edit_contact(left, tier="gold")
    office.edit_lead(right_lead, Tier__c="silver")
    office.edit_contact(both, tier="HubSpot's")
    office.edit_lead(both_lead, Tier__c="Salesforce's")
    office.rest()
    assert office.row(left_lead)["Tier__c"] is None
    office.change_settings(WITH_TIER)
    assert fill(office) == 4
    office.rest()
    contacts, leads = (left, right, both), (left_lead, right_lead, both_lead)
    assert [office.contact(one)["tier"] for one in contacts] == ["gold", "silver", "Salesforce's"]
    assert [office.row(one)["Tier__c"] for one in leads] == ["gold", "silver", "Salesforce's"]
    assert (office.contact(none).get("tier"), office.letters()) == (None, [])


def test_a_mapping_onto_another_field_fills_that_and_clears_nobody(office: Office) -> None:
    (contact, lead), *_ = pairs(office, 1)
    onto_tier = next(row for row in DEFAULT_MAPPINGS if row.key == "phone").onto("Lead", "Tier__c")
    rows = tuple(onto_tier if row.key == "phone" else row for row in DEFAULT_MAPPINGS)
    office.change_settings(replace(ON, version=2, mappings=rows))
    fill(office)
    office.rest()
    assert office.contact(contact)["phone"] == "1"
    assert (office.row(lead)["Tier__c"], office.row(lead)["Phone"]) == ("1", "1")


def test_what_agrees_costs_reads_alone(office: Office) -> None:
    pairs(office, 3)
    office.calls()
    fill(office)
    office.rest()
    assert {name for name in office.calls() if "PATCH" in name or "update" in name.lower()} == set()
    assert office.counts().pending == 0


def test_again_makes_no_difference_and_what_is_live_stays_live(office: Office) -> None:
    found = pairs(office, 2)
    office.notice(found[0][0])
    for _ in range(2):
        assert fill(office) == 2
        assert by_class(office) == {"live": 1, "backfill": 3}


@pytest.mark.parametrize("chunk", [1, 2, 3])
def test_only_live_links_are_looked_at_each_once_in_however_many_transactions(
    office: Office, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    (contact, _), *_ = pairs(office, 4)
    link = office.link_of(contact)
    assert link is not None
    with office.database.transaction() as tx:
        tx.links.store([link.changed(state=LinkState.ENDED)])
    monkeypatch.setattr(backfill, "CHUNK", chunk)
    assert fill(office) == 3
    assert by_class(office) == {"backfill": 6}


def test_an_observing_portal_tells_what_it_would_carry_and_writes_nothing(office: Office) -> None:
    (contact, lead), *_ = pairs(office, 1)
    office.edit_contact(contact, tier="gold")
    office.rest()
    office.change_settings(replace(WITH_TIER, mode=SyncMode.OBSERVE))
    fill(office)
    office.rest()
    assert office.row(lead)["Tier__c"] is None
    entry = office.activity()[-1]
    assert "tier" in str(entry)
    office.change_settings(replace(WITH_TIER, version=3))
    office.rest()
    assert office.row(lead)["Tier__c"] == "gold"


def test_live_notices_go_first(office: Office) -> None:
    found = pairs(office, 3)
    fill(office)
    office.notice(found[2][0], kind=Kind.UPDATED)
    with office.database.transaction() as tx:
        first, *others = tx.pending.take(NUMBER, now=office.clock(), limit=10)
    assert (first.ref, first.work_class) == (found[2][0], WorkClass.LIVE)
    assert {row.work_class for row in others} == {WorkClass.BACKFILL}
