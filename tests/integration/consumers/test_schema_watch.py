"""A mapping whose field vanishes or becomes read-only takes no part meanwhile, and comes back by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consumers import schema_watch
from contract.mappings import DEFAULT_MAPPINGS, FieldMapping, MappingRule
from contract.records import Side
from contract.settings import Settings, SyncMode
from contract.standing import IdleMapping
from sandbox.hubspot.schema import text as hubspot_text
from sandbox.salesforce.fields import text
from tests.contract.crm.benches import NUMBER
from tests.fakes.canned import answer
from tests.fakes.hall import Hall
from tests.fakes.office import ON, Office, opened
from tests.unit.consumers.kit import noticed

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HOUR = timedelta(hours=1).total_seconds() + 1
TIER = FieldMapping(
    key="tier",
    hubspot="tier",
    fields={"Lead": "Tier__c", "Contact": "Tier__c"},
    rule=MappingRule.TWO_WAY,
    length=40,
)
SETTINGS: Settings = replace(
    ON, mappings=(*(replace(row, rule=MappingRule.TWO_WAY) for row in DEFAULT_MAPPINGS), TIER)
)


def watched() -> Iterator[Hall]:
    """A worker over an office whose CRMs have a field of their own, `tier`, mapped two-way."""
    with opened(SETTINGS) as office:
        property_tier(office)
        for object_type in ("Lead", "Contact"):
            office.salesforce.add_field(object_type, text("Tier__c", 40))
        with office.database.transaction() as tx:
            tx.leases.release(NUMBER, "office")
        found = Hall(office)
        work(found)
        yield found
        found.worker.ownership.release_all()


@pytest.fixture
def hall() -> Iterator[Hall]:
    yield from watched()


def property_tier(office: Office, **more: bool) -> None:
    definitions = office.hubspot.portal(NUMBER).shelf("contacts").definitions
    definitions["tier"] = hubspot_text("tier", "Tier", custom=True, **more)


def work(hall: Hall, seconds: float = 3.0, *, rounds: int = 1) -> None:
    """The worker looks around, some time later, and again for what that has made due."""
    for _ in range(rounds):
        hall.office.clock.sleep(seconds)
        hall.worker._renew()
        noticed(hall.office)
        hall.worker._check()
        hall.dispatch()
        seconds = 3.0
    assert hall.reported == []


def idle(hall: Hall) -> Sequence[IdleMapping]:
    with hall.office.database.transaction() as tx:
        return tx.idle.of(NUMBER)


def save(hall: Hall, settings: Settings) -> None:
    """An operator saves other settings, as `portals apply` does."""
    with hall.office.database.transaction() as tx:
        tx.credentials.forget(NUMBER)
        tx.portals.save(replace(hall.office.portal, settings=settings), author="t", comment="", at=NOW)


def test_all_mappings_that_the_schemas_bear_take_part(hall: Hall) -> None:
    assert idle(hall) == []
    assert hall.portal.working is hall.portal.portal


def test_a_hidden_field_is_marked_with_why_and_since_and_the_other_fields_flow_on(hall: Hall) -> None:
    office = hall.office
    contact = office.add_contact("ada@x.example", tier="gold", phone="1")
    work(hall, rounds=3)
    [lead] = office.live_leads()
    office.salesforce.deny_field("Lead", "Tier__c")
    work(hall, HOUR)
    [mark] = idle(hall)
    assert (mark.mapping, mark.side, mark.object_type) == ("tier", Side.SALESFORCE, "Lead")
    assert mark.says.startswith("Salesforce shows us no field Tier__c of leads")
    assert mark.since == office.clock()
    office.edit_contact(contact, tier="silver", phone="2")
    work(hall, rounds=3)
    assert (office.row(lead)["Phone"], office.row(lead)["Tier__c"]) == ("2", "gold")
    assert office.contact(contact)["tier"] == "silver"
    assert office.letters() == []


def test_it_comes_back_by_itself_and_both_sides_edits_of_the_meantime_are_carried(hall: Hall) -> None:
    office = hall.office
    contacts = [office.add_contact(f"p{n}@x.example", tier="gold") for n in range(2)]
    work(hall, rounds=3)
    leads = [link.salesforce for link in office.links()]
    assert leads[1] is not None
    office.salesforce.deny_field("Lead", "Tier__c")
    work(hall, HOUR)
    office.edit_contact(contacts[0], tier="silver")
    office.edit_lead(leads[1], Tier__c="bronze")
    work(hall, rounds=3)
    assert [office.contact(one)["tier"] for one in contacts] == ["silver", "gold"]
    office.salesforce.allow_field("Lead", "Tier__c")
    work(hall, HOUR, rounds=4)
    assert idle(hall) == []
    assert [office.contact(one)["tier"] for one in contacts] == ["silver", "bronze"]
    assert [office.row(one)["Tier__c"] for one in leads if one] == ["silver", "bronze"]


def test_a_field_that_became_read_only_is_no_dead_letter_for_each_record(hall: Hall) -> None:
    office = hall.office
    contact = office.add_contact("ada@x.example", phone="1")
    work(hall, rounds=3)
    for object_type in ("Lead", "Contact"):
        office.salesforce.deny_field(object_type, "Phone", read_only=True)
    work(hall, HOUR)
    assert [(one.mapping, one.object_type) for one in idle(hall)] == [("phone", "Contact"), ("phone", "Lead")]
    assert "Lead.Phone may not be written by the integration user" in idle(hall)[1].says
    office.edit_contact(contact, phone="2", fax="3")
    new = office.add_contact("bea@x.example", phone="4")
    work(hall, rounds=3)
    rows = {office.row(lead)["Email"]: office.row(lead) for lead in office.live_leads()}
    assert (rows["ada@x.example"]["Phone"], rows["ada@x.example"]["Fax"]) == ("1", "3")
    assert rows["bea@x.example"]["Phone"] is None
    assert (office.contact(new)["phone"], office.letters()) == ("4", [])


def test_the_first_refusal_has_the_schemas_checked_and_its_letter_ends_with_the_cause(hall: Hall) -> None:
    office = hall.office
    contact = office.add_contact("ada@x.example", phone="1")
    work(hall, rounds=3)
    office.clock.sleep(301)
    office.salesforce.deny_field("Lead", "Phone", read_only=True)
    office.edit_contact(contact, phone="2")
    work(hall, rounds=2)
    assert [one.mapping for one in idle(hall)] == ["phone"]
    [letter] = office.letters()
    assert letter.field == "Phone"
    office.salesforce.allow_field("Lead", "Phone")
    work(hall, HOUR, rounds=4)
    [lead] = office.live_leads()
    assert (idle(hall), office.row(lead)["Phone"], office.letters()) == ([], "2", [])


def test_refusals_of_which_a_check_finds_no_cause_cost_one_check_an_hour(hall: Hall) -> None:
    clock, checks = hall.office.clock, []
    for _ in range(13):
        hall.portal.doubt(clock())
        checks.append(hall.portal.unchecked)
        work(hall, 300)
    assert checks == [True, *[False] * 11, True]


@pytest.mark.parametrize("how", ["archived", "read-only"])
def test_a_property_that_is_gone_or_read_only_idles_the_mapping_for_both_objects(
    hall: Hall, how: str
) -> None:
    office = hall.office
    if how == "archived":
        del office.hubspot.portal(NUMBER).shelf("contacts").definitions["tier"]
    else:
        property_tier(office, read_only=True)
    work(hall, HOUR)
    [mark] = idle(hall)
    assert (mark.mapping, mark.side, mark.object_type) == ("tier", Side.HUBSPOT, "contact")
    lead = office.add_lead("ada@x.example", Tier__c="gold", Phone="1")
    work(hall, rounds=3)
    [contact] = office.live_contacts()
    assert (office.contact(contact)["phone"], office.contact(contact).get("tier")) == ("1", None)
    assert office.letters() == []
    property_tier(office)
    work(hall, HOUR, rounds=4)
    assert (idle(hall), office.contact(contact)["tier"]) == ([], "gold")
    assert office.row(lead)["Tier__c"] == "gold"


def test_leads_made_while_company_was_away_keep_their_placeholder_to_themselves(hall: Hall) -> None:
    office = hall.office
    definitions = office.hubspot.portal(NUMBER).shelf("contacts").definitions
    away = definitions.pop("company")
    work(hall, HOUR)
    contacts = [office.add_contact(f"{name}@gmail.com", lastname="L") for name in ("ada", "bea")]
    work(hall, rounds=3)
    leads = [link.salesforce for link in office.links()]
    assert [office.row(one)["Company"] for one in leads if one] == ["[not provided]"] * 2
    definitions["company"] = away
    office.edit_contact(contacts[0], company="Acme Inc")
    work(hall, HOUR, rounds=4)
    assert idle(hall) == []
    assert [office.contact(one).get("company") or "" for one in contacts] == ["Acme Inc", ""]
    assert [office.row(one)["Company"] for one in leads if one] == ["Acme Inc", "[not provided]"]


def test_a_side_that_does_not_tell_its_schema_changes_no_mark(hall: Hall) -> None:
    office = hall.office
    office.salesforce.deny_field("Lead", "Tier__c")
    work(hall, HOUR)
    before = idle(hall)
    office.salesforce.allow_field("Lead", "Tier__c")
    office.salesforce_wire.answers.extend(answer(503, {}) for _ in range(2))
    work(hall, HOUR)
    assert idle(hall) == before != []
    office.salesforce_wire.answers.clear()
    work(hall, HOUR, rounds=2)
    assert idle(hall) == []


def test_new_settings_are_checked_soon_and_a_mapping_that_is_gone_has_no_mark(hall: Hall) -> None:
    wrong = TIER.onto("Lead", "Rank__c")
    save(hall, replace(SETTINGS, mappings=(*SETTINGS.mappings[:-1], wrong)))
    work(hall)
    assert [one.says.partition(":")[0] for one in idle(hall)] == [
        "Salesforce shows us no field Rank__c of leads"
    ]
    assert hall.portal.working.settings.mappings[-1].salesforce("Lead") is None
    save(hall, replace(SETTINGS, mappings=SETTINGS.mappings[:-1]))
    work(hall)
    assert (idle(hall), hall.pending()) == ([], 0)


def test_a_portal_that_is_resumed_is_checked_soon_and_not_within_the_hour(hall: Hall) -> None:
    office = hall.office
    office.salesforce.deny_field("Lead", "Tier__c")
    office.clock.sleep(600)
    work(hall)
    assert idle(hall) == []
    with office.database.transaction() as tx:
        tx.portals.set_mode(NUMBER, SyncMode.OBSERVE, author="t", at=office.clock())
    work(hall)
    assert [one.mapping for one in idle(hall)] == ["tier"]


def test_a_worker_that_dies_before_it_caught_up_leaves_that_to_the_next_check(hall: Hall) -> None:
    office = hall.office
    contact = office.add_contact("ada@x.example", tier="gold")
    work(hall, rounds=3)
    office.salesforce.deny_field("Lead", "Tier__c")
    work(hall, HOUR)
    office.edit_contact(contact, tier="silver")
    work(hall, rounds=3)
    office.salesforce.allow_field("Lead", "Tier__c")
    office.clock.sleep(HOUR)
    schemas = schema_watch.look(office.crms, list(Side))
    with office.database.transaction() as tx:
        back = schema_watch.learn(tx, hall.portal.portal, schemas, now=office.clock())
    schema_watch.let_back(office.database, hall.portal.portal, back)
    assert [one.returned for one in idle(hall)] == [True]
    work(hall, HOUR, rounds=4)
    [lead] = office.live_leads()
    assert (idle(hall), office.row(lead)["Tier__c"]) == ([], "silver")
