"""Facts: all questions of a batch in as few calls as there can be; a failing call fails its own questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from consumers.facts import FactReader
from contract.decisions import Erasure
from contract.errors import ErrorClass
from contract.facts import (
    EditedAt,
    ErasedEmail,
    ErasedRef,
    HubSpotByEmail,
    LinkOf,
    Member,
    Predecessors,
    Question,
    RecordAt,
    SalesforceByEmail,
    SalesforceByKey,
)
from contract.links import Link, LinkState
from contract.mappings import Converter, FieldMapping
from contract.records import RecordRef
from contract.settings import CreateAs, CreateAsWhen
from tests.contract.crm.benches import NUMBER
from tests.fakes.canned import answer as canned
from tests.fakes.office import ON, Office, opened
from tests.fakes.premises import contact_ref, hubspot_ref, lead_ref

READ, QUERY = "POST /crm/v3/objects/{kind}/batch/read", "GET /query"
RETRIEVE = "POST /composite/sobjects/<object>"


def reader(office: Office) -> FactReader:
    crms = office.crms
    return FactReader(
        portal=office.portal, hubspot=crms.hubspot, salesforce=crms.salesforce, database=office.database
    )


def contacts(office: Office, count: int) -> list[RecordRef]:
    return [office.add_contact(f"p{n}@x.example") for n in range(count)]


def calls(office: Office, questions: Iterable[Question]) -> dict[str, int]:
    """The calls it takes to answer these, the schema known already."""
    reader(office).answer([SalesforceByEmail("nobody@x.example")])
    office.calls()
    found, failed = reader(office).answer(list(questions))
    assert (len(found), failed) == (len(list(questions)), {})
    return office.calls()


def test_records_of_both_sides_are_read_in_hundreds_and_in_thousands(office: Office) -> None:
    asked = [RecordAt(ref) for ref in contacts(office, 250)]
    leads = [office.add_lead(f"l{n}@x.example") for n in range(250)]
    assert calls(office, [*asked, *map(RecordAt, leads)]) == {READ: 3, RETRIEVE: 1}


def test_e_mails_are_looked_up_in_hubspot_by_the_hundred(office: Office) -> None:
    contacts(office, 150)
    assert calls(office, [HubSpotByEmail(f"p{n}@x.example") for n in range(150)]) == {READ: 2}


def test_e_mails_and_keys_take_one_query_per_object(office: Office) -> None:
    office.add_lead("a@x.example")
    assert calls(office, [SalesforceByEmail(f"{n}@x.example") for n in range(100)]) == {QUERY: 2}
    assert calls(office, [SalesforceByKey(f"4711-{n}") for n in range(100)]) == {"GET /queryAll": 2}


def test_what_was_answered_once_in_a_batch_is_not_asked_again(office: Office) -> None:
    (ref,) = contacts(office, 1)
    facts = reader(office)
    first, _ = facts.answer([RecordAt(ref)])
    office.edit_contact(ref, phone="1")
    office.calls()
    again, _ = facts.answer([RecordAt(ref), RecordAt(ref)])
    assert (again, office.calls()) == (first, {})
    assert facts.record(ref) == first[RecordAt(ref)]


def test_a_record_that_is_not_visible_is_answered_with_none(office: Office) -> None:
    facts = reader(office)
    asked = [RecordAt(hubspot_ref("999")), RecordAt(lead_ref("00Q000000000001AAA"))]
    found, failed = facts.answer(asked)
    assert (found, failed) == (dict.fromkeys(asked), {})
    assert facts.record(hubspot_ref("999")) is None


def test_matches_come_oldest_first_contacts_before_leads_by_any_address(office: Office) -> None:
    old = office.add_lead("a@x.example")
    office.clock.sleep(5)
    young = office.add_lead("A@X.example ")
    person = contact_ref(office.salesforce.ui_create("Contact", {"LastName": "B", "Email": "a@x.example"}))
    winner, loser = office.add_contact("main@x.example"), office.add_contact("second@x.example")
    survivor = office.hubspot.ui_merge(NUMBER, "contacts", winner.id, loser.id)
    found, _ = reader(office).answer([SalesforceByEmail("a@x.example"), HubSpotByEmail("second@x.example")])
    assert [r.ref for r in found[SalesforceByEmail("a@x.example")]] == [person, old, young]
    assert [r.ref.id for r in found[HubSpotByEmail("second@x.example")]] == [survivor]


def test_the_creation_key_finds_deleted_records_too(office: Office) -> None:
    _, lead = office.pair()
    key = office.row(lead)["Diptych_Key__c"]
    office.salesforce.ui_delete("Lead", lead.id)
    found, _ = reader(office).answer([SalesforceByKey(key), SalesforceByKey("4711-none")])
    (made,) = found[SalesforceByKey(key)]
    assert (made.ref, made.deleted, found[SalesforceByKey("4711-none")]) == (lead, True, ())


def test_predecessors_are_found_with_their_addresses_in_one_query_per_object_and_field(
    office: Office,
) -> None:
    lead, loser, master = (office.add_lead(f"{name}@x.example") for name in ("lead", "loser", "master"))
    made = contact_ref(str(office.salesforce.ui_convert(lead.id)["contact_id"]))
    office.salesforce.ui_merge("Lead", master.id, [loser.id])
    nobodys = [contact_ref(f"003{number:012d}") for number in range(100)]
    asked = [*map(Predecessors, (made, master, lead)), *map(Predecessors, nobodys)]
    found, _ = reader(office).answer(asked)
    told = {one.ref: [(each.ref, each.text("Email")) for each in found[one]] for one in asked if found[one]}
    assert told == {made: [(lead, "lead@x.example")], master: [(loser, "loser@x.example")]}
    assert calls(office, asked) == {"GET /queryAll": 3}
    assert calls(office, [Predecessors(master)]) == {"GET /queryAll": 1}


def test_membership_is_asked_for_by_the_hundred_and_everybody_is_a_member_of_no_list(office: Office) -> None:
    refs = contacts(office, 150)
    chosen = office.hubspot.add_dynamic_list(NUMBER, "some", "email", "EQ", "p3@x.example")
    questions = [Member(ref.id) for ref in refs]
    assert calls(office, questions) == {}
    office.portal = replace(office.portal, settings=replace(ON, inclusion_list=chosen))
    found, _ = reader(office).answer(questions)
    assert [ref for ref in refs if found[Member(ref.id)]] == [refs[3]]
    assert office.calls() == {"POST /crm/v3/lists/records/memberships/batch/read": 2}


def test_links_and_tombstones_take_one_transaction_and_no_call(office: Office) -> None:
    tie = Link(
        portal=NUMBER,
        hubspot=hubspot_ref("1"),
        salesforce=lead_ref("00Q000000000001AAA"),
        state=LinkState.LIVE,
    )
    gone = Erasure(refs=(hubspot_ref("9"),), emails=("gone@x.example",))
    with office.database.transaction() as tx:
        (stored,) = tx.links.store([tie])
        tx.tombstones.erase(NUMBER, gone, at=office.clock())
    asked: list[Question] = [LinkOf(hubspot_ref("1")), LinkOf(hubspot_ref("2"))]
    asked += [ErasedRef(hubspot_ref("9")), ErasedRef(hubspot_ref("1"))]
    asked += [ErasedEmail("gone@x.example"), ErasedEmail("here@x.example")]
    found, _ = reader(office).answer(asked)
    assert [found[one] for one in asked] == [stored, None, True, False, True, False]
    assert office.calls() == {}


def test_a_failing_call_fails_its_own_questions_and_no_others(office: Office) -> None:
    (ref,) = contacts(office, 1)
    lead = office.add_lead("l@x.example")
    office.hubspot_wire.answers.append(canned(503, "busy"))
    found, failed = reader(office).answer([RecordAt(ref), RecordAt(lead), LinkOf(ref)])
    assert {question: fault.error for question, fault in failed.items()} == {
        RecordAt(ref): ErrorClass.TRANSIENT
    }
    assert set(found) == {RecordAt(lead), LinkOf(ref)}


def test_what_failed_is_asked_again(office: Office) -> None:
    (ref,) = contacts(office, 1)
    facts = reader(office)
    office.hubspot_wire.answers.append(canned(503, "busy"))
    assert facts.answer([RecordAt(ref)])[1]
    found, failed = facts.answer([RecordAt(ref)])
    assert (failed, found[RecordAt(ref)].ref) == ({}, ref)


def test_every_mapped_field_is_read_and_what_the_rules_look_at_besides() -> None:
    own = FieldMapping(key="x", hubspot="city", fields={"Lead": "City"}, converter=Converter.TEXT)
    exception = CreateAsWhen(hubspot_property="jobtitle", values=frozenset({"x"}), create_as=CreateAs.CONTACT)
    with opened(replace(ON, mappings=(own,), create_as_when=(exception,))) as office:
        contact, lead = office.add_contact("a@x.example"), office.add_lead("b@x.example")
        found, _ = reader(office).answer([RecordAt(contact), RecordAt(lead)])
    properties = found[RecordAt(contact)].fields
    assert {"city", "jobtitle", "email", "hs_additional_emails", "lifecyclestage"} <= set(properties)
    assert {"City", "Email", "LastName", "Diptych_Key__c"} <= set(found[RecordAt(lead)].fields)


def test_no_question_takes_no_call(office: Office) -> None:
    assert (reader(office).answer([]), office.calls()) == (({}, {}), {})


def test_last_edits_take_one_call_for_fifty_contacts_and_two_for_all_leads(office: Office) -> None:
    refs = contacts(office, 60)
    leads = [office.add_lead(f"l{n}@x.example") for n in range(60)]
    asked = [EditedAt(ref, "phone") for ref in refs] + [EditedAt(ref, "Phone") for ref in leads]
    assert calls(office, asked) == {READ: 2, RETRIEVE: 1, QUERY: 1}


def test_a_field_without_a_history_was_edited_when_its_record_was(office: Office) -> None:
    (ref,) = contacts(office, 1)
    found, _ = reader(office).answer([RecordAt(ref), EditedAt(ref, "fax")])
    record = found[RecordAt(ref)]
    assert found[EditedAt(ref, "fax")] == record.modified_at
