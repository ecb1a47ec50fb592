"""Preview: what other settings would do to the records as they stand, without a single write."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from functools import partial

import pytest

from consumers.deciding import Decide
from consumers.effects import Act, Key
from consumers.preview import Difference, Group, Preview, Previewer, cost
from consumers.sampling import pairs
from contract.changes import Kind
from contract.decisions import Again, Decision
from contract.facts import Facts
from contract.links import Ended
from contract.mappings import MappingRule
from contract.own_rules import Place, Proposal, Seen
from contract.records import Side
from contract.settings import CreateAs, Settings
from rules import decide
from tests.contract.crm.benches import NUMBER
from tests.fakes.lookout import READS, lookout_of
from tests.fakes.office import ON, Office
from tests.fakes.premises import lead_ref
from tests.integration.consumers.conftest import TWO_WAY

LEAD_PHONE = Key(act=Act.UPDATE, side=Side.SALESFORCE, object_type="Lead", field="Phone")
CONTACT_PHONE = Key(act=Act.UPDATE, side=Side.HUBSPOT, object_type="contact", field="phone")
NEW_LEAD = Key(act=Act.CREATE, side=Side.SALESFORCE, object_type="Lead")
NEW_CONTACT = Key(act=Act.CREATE, side=Side.SALESFORCE, object_type="Contact")
NEW_IN_HUBSPOT = Key(act=Act.CREATE, side=Side.HUBSPOT, object_type="contact")
ARCHIVED = Key(act=Act.ARCHIVE, side=Side.HUBSPOT, object_type="contact")
CLEARED = Key(act=Act.CLEAR, side=Side.SALESFORCE, object_type="Lead", field="Title")


class Watching:
    """A rule of a user's own that notes which phone and fax numbers it was shown."""

    place = Place.AFTER_MAPPING

    def __init__(self) -> None:
        self.seen: set[tuple[bool, bool]] = set()

    def decide(self, seen: Seen) -> tuple[Proposal, ...]:
        record = seen.hubspot
        self.seen |= {("phone" in record.fields, "fax" in record.fields)} if record else set()
        return ()


def preview(office: Office, proposed: Settings, sample: int = 200, rules: Decide = decide) -> Preview:
    previewer = Previewer(
        portal=office.portal, lookout=lookout_of(office), database=office.database, decide=rules
    )
    return previewer.compare(proposed, now=office.clock(), sample=sample)


def by_key(found: Preview) -> dict[Key, Difference]:
    return {one.key: one for one in found.differences}


def counts(found: Preview) -> dict[Key, tuple[int, int]]:
    return {one.key: (one.now, one.proposed) for one in found.differences}


def everything(office: Office) -> str:
    """Both CRMs and our tables."""
    crms = [office.hubspot.state(NUMBER), *(office.salesforce.state(kind) for kind in ("Lead", "Contact"))]
    tables = [office.links(), office.activity(), office.letters(), office.counts()]
    return json.dumps([crms, list(map(repr, tables))], default=str)


@pytest.fixture
def busy(office: Office) -> Office:
    """Two pairs with an edit each, one deleted since, and somebody new on either side."""
    phone, _ = office.pair("phone@x.example", phone="1")
    title, _ = office.pair("title@x.example", jobtitle="CTO")
    _, doomed = office.pair("gone@x.example")
    office.edit_contact(phone, phone="2")
    office.edit_contact(title, jobtitle="")
    office.salesforce.ui_delete("Lead", doomed.id)
    office.add_contact("new@x.example")
    office.add_lead("rest@x.example")
    office.clock.sleep(120)
    return office


def test_both_settings_are_told_side_by_side_with_what_only_one_would_do(busy: Office) -> None:
    proposed = replace(ON, create_as=CreateAs.CONTACT, create_from_leads=False, delete_when_lead_deleted=True)
    found = preview(busy, proposed)
    assert counts(found) == {
        NEW_LEAD: (1, 0),
        NEW_CONTACT: (0, 1),
        NEW_IN_HUBSPOT: (1, 0),
        LEAD_PHONE: (1, 0),
        CONTACT_PHONE: (0, 1),
        CLEARED: (1, 0),
        Key(act=Act.UPDATE, side=Side.HUBSPOT, object_type="contact", field="jobtitle"): (0, 1),
        ARCHIVED: (0, 1),
    }
    (change,) = by_key(found)[LEAD_PHONE].only_now
    assert (change.before, change.after) == ("1", "2")
    assert found.looked_at == {
        Group.PAIRS: 3,
        Group.HUBSPOT: 1,
        Group.SALESFORCE: 1,
        Group.DELETIONS: 1,
    }


def test_no_call_writes_and_no_table_changes_whatever_is_switched_on(busy: Office) -> None:
    account = busy.salesforce.ui_create("Account", {"Name": "Engines"})
    fields = {"Email": "con@x.example", "LastName": "Con", "AccountId": account}
    busy.salesforce.ui_create("Contact", fields)
    busy.clock.sleep(60)
    before = everything(busy)
    busy.calls()
    all_on = replace(
        ON,
        delete_when_lead_deleted=True,
        delete_when_contact_deleted=True,
        inclusion_list="9",
        automatic_stages=True,
        picklists=True,
    )
    preview(busy, all_on)
    called = busy.calls()
    assert {template for template, number in called.items() if number} <= READS, called
    assert everything(busy) == before


@pytest.mark.parametrize("master", [0, 1])
def test_merges_are_told_whichever_pair_is_older(office: Office, master: int) -> None:
    leads = [office.pair(f"{name}@x.example")[1].id for name in ("one", "two")]
    office.salesforce.ui_merge("Lead", leads[master], [leads[1 - master]])
    office.clock.sleep(120)
    merged = Key(act=Act.MERGE, side=Side.HUBSPOT, object_type="contact")
    assert counts(preview(office, replace(TWO_WAY, mirror_merges=True))) == {merged: (0, 1)}


def test_the_same_settings_do_the_same(busy: Office) -> None:
    found = preview(busy, TWO_WAY)
    assert found.alike
    assert counts(found)[LEAD_PHONE] == (1, 1)


def test_the_same_field_with_another_value_is_a_difference(office: Office) -> None:
    contact, _ = office.pair("a@x.example", phone="1")
    office.edit_contact(contact, phone="2")
    office.clock.sleep(60)
    mapped = tuple(replace(row, length=1) if row.hubspot == "phone" else row for row in TWO_WAY.mappings)
    office.edit_contact(contact, phone="23")
    found = by_key(preview(office, replace(TWO_WAY, mappings=mapped)))[LEAD_PHONE]
    assert (found.now, found.proposed) == (1, 1)
    assert [one.after for one in (*found.only_now, *found.only_proposed)] == ["23", "2"]


def settle_deletions(office: Office) -> None:
    """The worker hears of them, and unlinks their pairs."""
    deleted = [lead_ref(row["Id"]) for row in office.salesforce.state("Lead") if row["IsDeleted"]]
    office.notice(*deleted, kind=Kind.DELETED)
    office.rest()
    office.clock.sleep(60)
    for ref in deleted:
        link = office.link_of(ref)
        assert link is not None
        assert link.ended is Ended.SALESFORCE_DELETED


def test_a_deletion_that_was_settled_is_decided_as_if_it_came_now(busy: Office) -> None:
    settle_deletions(busy)
    found = preview(busy, replace(TWO_WAY, delete_when_lead_deleted=True))
    assert (found.looked_at[Group.DELETIONS], counts(found)[ARCHIVED]) == (1, (0, 1))


def test_a_contact_that_has_another_partner_by_now_is_no_example_of_a_deletion(busy: Office) -> None:
    settle_deletions(busy)
    busy.add_lead("gone@x.example")
    busy.rest()
    busy.clock.sleep(60)
    found = preview(busy, replace(TWO_WAY, delete_when_lead_deleted=True))
    assert (found.looked_at[Group.DELETIONS], ARCHIVED in counts(found)) == (0, False)


def test_a_new_inclusion_list_decides_by_its_own_members(busy: Office) -> None:
    with_list = busy.hubspot.add_dynamic_list(NUMBER, "chosen", "email", "EQ", "phone@x.example")
    found = preview(busy, replace(TWO_WAY, inclusion_list=with_list))
    assert [counts(found)[key] for key in (NEW_LEAD, LEAD_PHONE, CLEARED)] == [(1, 0), (1, 1), (1, 0)]


def test_a_mapping_that_only_the_proposed_settings_have_is_read_for_them(office: Office) -> None:
    office.pair("a@x.example", fax="")
    contact, _ = office.pair("b@x.example")
    office.edit_contact(contact, fax="7")
    without = replace(TWO_WAY, mappings=tuple(row for row in TWO_WAY.mappings if row.hubspot != "fax"))
    office.change_settings(without)
    office.clock.sleep(60)
    found = preview(office, TWO_WAY)
    fax = Key(act=Act.UPDATE, side=Side.SALESFORCE, object_type="Lead", field="Fax")
    assert counts(found) == {fax: (0, 1)}


def test_a_rule_of_ones_own_is_shown_the_fields_of_its_settings_and_no_others(office: Office) -> None:
    office.pair("a@x.example", fax="7")
    without = tuple(row for row in TWO_WAY.mappings if row.hubspot not in {"fax", "phone"})
    watching = {"old": Watching(), "new": Watching()}
    office.change_settings(replace(TWO_WAY, own_rules=("old",)))
    office.clock.sleep(60)
    preview(
        office, replace(TWO_WAY, mappings=without, own_rules=("new",)), rules=partial(decide, own=watching)
    )
    assert (watching["old"].seen, watching["new"].seen) == ({(True, True)}, {(False, False)})


def test_a_sample_is_spread_over_all_pairs_and_no_larger_than_asked(office: Office) -> None:
    for number in range(60):
        office.add_contact(f"p{number}@x.example")
    office.rest()
    office.clock.sleep(60)
    found = preview(office, TWO_WAY, sample=20)
    assert found.looked_at[Group.PAIRS] == 20
    ids = [link.id or 0 for link in office.links()]
    chosen = sorted(link.id or 0 for link in pairs(office.database, NUMBER, 20).links.values())
    assert chosen[0] == ids[0]
    assert chosen[-1] > ids[-5]


def test_who_cannot_be_decided_is_counted_with_the_reason_and_left_out(busy: Office) -> None:
    first = busy.links()[0].salesforce
    assert first is not None
    busy.salesforce.org.access.hidden_records.add(first.id)
    found = preview(busy, TWO_WAY)
    assert found.undecided == {"NOT_VISIBLE": 1}
    assert LEAD_PHONE not in counts(found)


def test_who_can_be_decided_under_one_settings_only_is_no_difference(busy: Office) -> None:
    def slow_with_contacts(facts: Facts, settings: Settings) -> Decision:
        if settings.create_as is CreateAs.CONTACT and facts.link is not None:
            return Decision(again=Again(seconds=1, because="stale"))
        return decide(facts, settings)

    found = preview(busy, replace(TWO_WAY, create_as=CreateAs.CONTACT), rules=slow_with_contacts)
    assert sum(found.undecided.values()) == 4
    assert set(counts(found)) == {NEW_LEAD, NEW_CONTACT, NEW_IN_HUBSPOT}


@pytest.mark.parametrize("rule", [MappingRule.TWO_WAY, MappingRule.PREFER_SALESFORCE])
def test_it_takes_no_more_calls_than_it_said(busy: Office, rule: MappingRule) -> None:
    proposed = replace(TWO_WAY, mappings=tuple(replace(row, rule=rule) for row in ON.mappings))
    price = cost(busy.portal, proposed, links=3)
    busy.calls()
    preview(busy, proposed)
    called = busy.calls()
    hubspot = sum(count for template, count in called.items() if " /crm/" in template)
    assert 0 < hubspot <= price[Side.HUBSPOT]
    assert 0 < sum(called.values()) - hubspot <= price[Side.SALESFORCE]


def test_no_value_is_logged_or_shown_by_repr(busy: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    busy.edit_contact(busy.live_contacts()[0], phone="+49 secret")
    busy.clock.sleep(60)
    found = preview(busy, replace(ON, create_as=CreateAs.CONTACT))
    for text in (repr(found), caplog.text):
        assert "+49 secret" not in text
        assert "x.example" not in text
