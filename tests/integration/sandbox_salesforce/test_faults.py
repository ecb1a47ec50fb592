"""Faults: each happens when asked for, none otherwise, and the same seed gives the same ones."""

from __future__ import annotations

import pytest

from sandbox.kit import HOSTILE, ConnectionDropped, Faults
from sandbox.salesforce import SalesforceSandbox

from .client import TOKEN, Api, Inbox, ManualClock

PERSON = {"LastName": "Hopper", "Company": "Navy"}


def test_a_stale_read_shows_the_row_before_its_last_change_for_a_while(
    api: Api, sf: SalesforceSandbox, lead: str, clock: ManualClock
) -> None:
    clock.advance(1)
    sf.ui_update("Lead", lead, {"Title": "new"})
    sf.faults = Faults(stale_read=1.0)
    text = "SELECT Id FROM Lead WHERE Title = 'new'"
    assert api.read("Lead", lead)["Title"] is None
    assert api.query(text).ids == []
    clock.advance(0.5)
    assert api.read("Lead", lead)["Title"] == "new"
    assert api.query(text).ids == [lead]


def test_a_deleted_record_may_still_show(
    api: Api, sf: SalesforceSandbox, lead: str, clock: ManualClock
) -> None:
    sf.faults = Faults(stale_read=1.0)
    api.call("DELETE", f"sobjects/Lead/{lead}")
    assert api.read("Lead", lead)["IsDeleted"] is False
    clock.advance(0.5)
    assert api.call("GET", f"sobjects/Lead/{lead}").status == 404


def test_a_new_record_may_be_missing_everywhere(api: Api, sf: SalesforceSandbox, clock: ManualClock) -> None:
    sf.faults = Faults(missing_read=1.0)
    record_id = api.create("Lead", **PERSON)
    retrieve = {"ids": [record_id], "fields": ["Id"]}
    assert api.call("GET", f"sobjects/Lead/{record_id}").status == 404
    assert api.call("POST", "composite/sobjects/Lead", retrieve).body == [None]
    assert api.call("GET", "queryAll", q="SELECT Id FROM Lead").ids == []
    clock.advance(0.5)
    assert api.query("SELECT Id FROM Lead").ids == [record_id]


def test_writes_go_by_the_true_state(api: Api, sf: SalesforceSandbox) -> None:
    sf.faults = Faults(missing_read=1.0, stale_read=1.0)
    path = "sobjects/Lead/Diptych_Key__c/1-1"
    assert [api.call("PATCH", path, PERSON).status for _ in range(2)] == [201, 200]


def test_normalising_changes_what_is_kept(api: Api, sf: SalesforceSandbox) -> None:
    sf.faults = Faults(normalise=True)
    record_id = api.create(
        "Lead", **{**PERSON, "LastName": " Hopper "}, Email="Grace@Example.COM", AnnualRevenue=1.005
    )
    row = api.read("Lead", record_id)
    assert (row["LastName"], row["Email"], row["AnnualRevenue"]) == ("Hopper", "grace@example.com", 1.01)


def test_a_timeout_after_a_write_drops_the_connection_with_the_write_done(
    api: Api, sf: SalesforceSandbox, lead: str
) -> None:
    sf.faults = Faults(timeout_after_write=1.0)
    with pytest.raises(ConnectionDropped):
        api.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"})
    assert sf.record("Lead", lead)["Title"] == "x"
    assert api.call("PATCH", f"sobjects/Lead/{lead}", {"Email": "bad"}).status == 400
    assert api.read("Lead", lead)["Title"] == "x"


def test_a_locked_row_fails_alone_and_changes_nothing(api: Api, sf: SalesforceSandbox, lead: str) -> None:
    sf.faults = Faults(row_lock=1.0)
    reply = api.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"})
    assert (reply.status, reply.code) == (400, "UNABLE_TO_LOCK_ROW")
    sf.faults = Faults(row_lock=0.5)
    rows = [{"attributes": {"type": "Lead"}, **PERSON} for _ in range(40)]
    results = api.call("POST", "composite/sobjects", {"records": rows}).body
    succeeded = sum(result["success"] for result in results)
    assert 5 < succeeded < 35
    assert len(sf.state("Lead")) == succeeded + 1


def test_a_server_error_does_nothing(api: Api, sf: SalesforceSandbox, lead: str) -> None:
    sf.faults = Faults(server_error=1.0)
    reply = api.call("DELETE", f"sobjects/Lead/{lead}")
    assert (reply.status, reply.code) == (503, "SERVER_UNAVAILABLE")
    assert sf.record("Lead", lead)["IsDeleted"] is False


def test_latency_is_slept_for_each_call(api: Api, sf: SalesforceSandbox, clock: ManualClock) -> None:
    sf.faults, before = Faults(latency_seconds=0.1), clock.now
    api.query("SELECT COUNT() FROM Lead")
    assert (clock.now - before).total_seconds() == 0.1


def test_automation_touches_the_record_later_as_another_user(
    sf: SalesforceSandbox, inbox: Inbox, clock: ManualClock
) -> None:
    sf.target_url, sf.faults = "http://receiver.example/", Faults(automation=1.0)
    ids = [sf.ui_create("Lead", PERSON) for _ in range(20)]
    assert sf.pump() == 20
    clock.advance(2)
    sf.pump()
    rows = [sf.record("Lead", record_id) for record_id in ids]
    users = [row["LastModifiedById"] for row in rows]
    assert {*users} == {sf.org.users.automation, sf.org.users.person}
    assert {row["SystemModstamp"] for row in rows} == {"2026-11-24T10:00:02.000+0000"}
    assert {row["LastModifiedDate"] for row in rows if row["LastModifiedById"] == sf.org.users.person} == {
        "2026-11-24T10:00:00.000+0000"
    }
    assert sf.pump(everything=True) == 0
    assert sf.outbound.notices.counts["delivered"] == 20 + users.count(sf.org.users.automation)


def run(seed: int) -> list[object]:
    """Some hostile traffic, and all that can be seen of it."""
    clock, inbox = ManualClock(), Inbox()
    sf = SalesforceSandbox(session_token=TOKEN, clock=clock, post=inbox, seed=seed, faults=HOSTILE)
    sf.target_url = "http://receiver.example/"
    api, seen = Api(sf), list[object]()
    for number in range(60):
        clock.advance(0.2)
        path = f"sobjects/Lead/Diptych_Key__c/1-{number % 20}"
        try:
            seen.append(api.call("PATCH", path, {**PERSON, "Title": str(number)}).status)
        except ConnectionDropped:
            seen.append("dropped")
        seen.append(api.query("SELECT Id, Title FROM Lead ORDER BY Title").body)
        sf.pump()
    sf.pump(everything=True)
    return [*seen, sf.state("Lead"), inbox.bodies]


def test_the_same_seed_gives_the_same_faults() -> None:
    assert run(5) == run(5)
    assert run(5) != run(6)
