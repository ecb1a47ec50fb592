"""Merge, conversion, undelete, emptying the bin, and the calls that tell of deletions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.salesforce import SalesforceError, SalesforceSandbox

from .client import Api, Inbox, ManualClock
from .soap import told

START = "2026-11-24T09:00:00Z"


def contact(sf: SalesforceSandbox, **fields: object) -> str:
    return sf.ui_create("Contact", {"LastName": "Hopper", **fields})


def test_a_merge_bins_losers_bumps_the_winner_and_repoints_children_silently(
    sf: SalesforceSandbox, inbox: Inbox, clock: ManualClock
) -> None:
    winner, loser = contact(sf, Email="a@example.com"), contact(sf, Email="b@example.com")
    child = contact(sf, ReportsToId=loser)
    task = sf.ui_create("Task", {"WhoId": loser})
    sf.target_url = "http://receiver.example/"
    sf.pump()
    inbox.bodies.clear()
    clock.advance(60)
    sf.ui_merge("Contact", winner, [loser], {"Title": "Admiral"})
    kept, lost = sf.record("Contact", winner), sf.record("Contact", loser)
    assert (lost["IsDeleted"], lost["MasterRecordId"]) == (True, winner)
    assert (kept["IsDeleted"], kept["Title"], kept["MasterRecordId"]) == (False, "Admiral", None)
    assert kept["SystemModstamp"] == lost["SystemModstamp"] == "2026-11-24T10:01:00.000+0000"
    assert sf.record("Contact", child)["ReportsToId"] == winner
    assert sf.record("Contact", child)["LastModifiedDate"] == "2026-11-24T10:00:00.000+0000"
    assert sf.record("Task", task)["WhoId"] == winner
    sf.pump()
    assert [one.values["Id"] for body in inbox.bodies for one in told(body)] == [winner]


def test_merges_that_make_no_sense_are_refused_whole(sf: SalesforceSandbox, lead: str) -> None:
    one, two, three = (contact(sf) for _ in range(3))
    before = sf.state("Contact")
    for losers in ([], [one], [two, two], [two, three, contact(sf)]):
        with pytest.raises(SalesforceError):
            sf.ui_merge("Contact", one, losers)
    with pytest.raises(SalesforceError, match="INVALID_EMAIL_ADDRESS"):
        sf.ui_merge("Contact", one, [two], {"Email": "bad"})
    with pytest.raises(SalesforceError):
        sf.ui_merge("Opportunity", one, [two])
    assert sf.state("Contact")[:3] == before


def test_a_conversion_makes_contact_and_account_but_leaves_the_key_behind(
    sf: SalesforceSandbox, inbox: Inbox
) -> None:
    fields = {"Email": "ada@example.com", "Phone": "1", "Street": "S", "Website": "example.com"}
    lead = sf.ui_create(
        "Lead", {"LastName": "Ada", "FirstName": "X", "Company": "Engines", "Diptych_Key__c": "1-1", **fields}
    )
    task = sf.ui_create("Task", {"WhoId": lead})
    sf.target_url = "http://receiver.example/"
    sf.pump()
    inbox.bodies.clear()
    made = sf.ui_convert(lead, opportunity_name="Deal")
    row = sf.record("Lead", lead)
    assert (row["IsConverted"], row["Status"], row["ConvertedDate"]) == (
        True,
        "Closed - Converted",
        "2026-11-24",
    )
    targets = [row[f"Converted{name}Id"] for name in ("Contact", "Account", "Opportunity")]
    assert targets == [made["contact_id"], made["account_id"], made["opportunity_id"]]
    person = sf.record("Contact", str(made["contact_id"]))
    names = ("Name", "Email", "Phone", "MailingStreet", "AccountId", "Diptych_Key__c")
    assert [person[name] for name in names] == [
        "X Ada",
        "ada@example.com",
        "1",
        "S",
        made["account_id"],
        None,
    ]
    company = sf.record("Account", str(made["account_id"]))
    assert (company["Name"], company["Website"], company["BillingStreet"]) == ("Engines", "example.com", "S")
    assert sf.record("Task", task)["WhoId"] == made["contact_id"]
    assert sf.state("OpportunityContactRole")[0]["ContactId"] == made["contact_id"]
    sf.pump()
    kinds = {one.kind: one.values["Id"] for body in inbox.bodies for one in told(body)}
    assert kinds == {"sf:Lead": lead, "sf:Contact": made["contact_id"]}


def test_a_conversion_into_an_existing_contact_fills_only_its_blanks(sf: SalesforceSandbox) -> None:
    account = sf.ui_create("Account", {"Name": "Navy"})
    person = contact(sf, Email="old@example.com", AccountId=account)
    lead = sf.ui_create("Lead", {"LastName": "G", "Company": "N", "Email": "new@example.com", "Phone": "1"})
    made = sf.ui_convert(lead, contact_id=person)
    assert made == {"contact_id": person, "account_id": account, "opportunity_id": None}
    row = sf.record("Contact", person)
    assert (row["LastName"], row["Email"], row["Phone"]) == ("Hopper", "old@example.com", "1")


def test_a_converted_lead_is_read_only_for_all_but_can_be_deleted(
    api: Api, sf: SalesforceSandbox, lead: str
) -> None:
    sf.ui_convert(lead)
    reply = api.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"})
    assert (reply.status, reply.code) == (400, "CANNOT_UPDATE_CONVERTED_LEAD")
    with pytest.raises(SalesforceError, match="CANNOT_UPDATE_CONVERTED_LEAD"):
        sf.ui_update("Lead", lead, {"Title": "x"})
    with pytest.raises(SalesforceError, match="CANNOT_UPDATE_CONVERTED_LEAD"):
        sf.ui_convert(lead)
    assert api.query("SELECT Id FROM Lead WHERE IsConverted = true").ids == [lead]
    assert api.call("DELETE", f"sobjects/Lead/{lead}").status == 204


def test_an_upsert_that_meets_a_converted_lead_is_refused(api: Api, sf: SalesforceSandbox) -> None:
    path, fields = "sobjects/Lead/Diptych_Key__c/1-1", {"LastName": "x", "Company": "y"}
    sf.ui_convert(api.call("PATCH", path, fields).body["id"])
    assert api.call("PATCH", path, fields).code == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_an_undelete_brings_the_record_back_with_new_stamps(
    sf: SalesforceSandbox, lead: str, clock: ManualClock
) -> None:
    sf.ui_delete("Lead", lead)
    clock.advance(60)
    sf.ui_undelete("Lead", lead)
    row = sf.record("Lead", lead)
    assert (row["IsDeleted"], row["SystemModstamp"]) == (False, "2026-11-24T10:01:00.000+0000")
    with pytest.raises(SalesforceError, match="UNDELETE_FAILED"):
        sf.ui_undelete("Lead", lead)


def test_an_undelete_whose_key_was_taken_is_refused(sf: SalesforceSandbox) -> None:
    fields = {"LastName": "x", "Company": "y", "Diptych_Key__c": "1-1"}
    first = sf.ui_create("Lead", fields)
    sf.ui_delete("Lead", first)
    sf.ui_create("Lead", fields)
    with pytest.raises(SalesforceError, match="DUPLICATE_VALUE"):
        sf.ui_undelete("Lead", first)


def test_deleting_an_account_takes_its_contacts_along_and_back(sf: SalesforceSandbox) -> None:
    account = sf.ui_create("Account", {"Name": "Navy"})
    earlier, person = contact(sf, AccountId=account), contact(sf, AccountId=account)
    sf.ui_delete("Contact", earlier)
    sf.ui_delete("Account", account)
    assert sf.record("Contact", person)["IsDeleted"] is True
    sf.ui_undelete("Account", account)
    assert sf.record("Contact", person)["IsDeleted"] is False
    assert sf.record("Contact", earlier)["IsDeleted"] is True


def test_deleted_lists_ids_of_a_span_and_what_left_the_bin(
    api: Api, sf: SalesforceSandbox, lead: str, clock: ManualClock
) -> None:
    loser, back = contact(sf), contact(sf)
    clock.advance(300)
    sf.ui_merge("Contact", contact(sf), [loser])
    sf.ui_delete("Contact", back)
    sf.ui_undelete("Contact", back)
    sf.ui_delete("Lead", lead)
    sf.ui_purge("Lead", lead)
    clock.advance(60)
    expected = {"Lead": lead, "Contact": loser}
    for name, record_id in expected.items():
        reply = api.call("GET", f"sobjects/{name}/deleted", start=START, end="2026-11-24T12:00:00Z")
        gone = [{"id": record_id, "deletedDate": "2026-11-24T10:05:00.000+0000"}]
        assert reply.body["deletedRecords"] == gone
        assert reply.body["latestDateCovered"] == "2026-11-24T10:06:00.000+0000"
    text = "SELECT Id FROM Lead"
    assert api.call("GET", "queryAll", q=text).ids == []


def test_updated_lists_living_records_saved_in_a_span(
    api: Api, sf: SalesforceSandbox, lead: str, clock: ManualClock
) -> None:
    clock.advance(600)
    later = sf.ui_create("Lead", {"LastName": "x", "Company": "y"})
    reply = api.call("GET", "sobjects/Lead/updated", start=START, end="2026-11-24T10:09:00Z")
    assert reply.body["ids"] == [lead]
    reply = api.call("GET", "sobjects/Lead/updated", start="2026-11-24T10:09:00Z", end="2026-11-24T10:11:00Z")
    assert reply.body["ids"] == [later]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (START, START),
        ("2026-11-24T09:00:00Z", "2026-11-24T09:01:00Z"),
        ("2026-11-01T00:00:00Z", START),
        ("yesterday", START),
        ("2026-11-24T08:00:00+00:00".replace("+", " "), START),
    ],
)
def test_senseless_spans_are_refused(api: Api, start: str, end: str) -> None:
    reply = api.call("GET", "sobjects/Lead/deleted", start=start, end=end)
    assert (reply.status, reply.code) == (400, "INVALID_REPLICATION_DATE")


def test_a_purged_log_tells_from_when_it_knows(api: Api, sf: SalesforceSandbox, clock: ManualClock) -> None:
    sf.org.delete_log_since = clock() - timedelta(hours=2)
    reply = api.call("GET", "sobjects/Lead/deleted", start="2026-11-24T01:00:00Z", end=START)
    assert reply.body["earliestDateAvailable"] == "2026-11-24T08:00:00.000+0000"
