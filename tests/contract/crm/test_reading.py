"""What both gateways owe their callers when reading."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contract.errors import CrmError, ErrorClass
from tests.contract.crm.benches import Bench, SalesforceBench
from tests.fakes.canned import answer

NOWHERE = {"hubspot": "999999999", "salesforce": "00QDp0000000001MAA"}


def test_live_deleted_merged_and_missing_records_are_told_apart(bench: Bench) -> None:
    live, deleted = bench.add("live@example.com"), bench.add("deleted@example.com")
    winner, loser = bench.add("winner@example.com"), bench.add("loser@example.com")
    bench.delete(deleted)
    survivor = bench.merge(winner, loser)
    missing = NOWHERE[bench.side]

    found = bench.crm.read(bench.object_type, [live, deleted, loser, missing], [bench.names["email"]])

    assert set(found) == {live, deleted, loser}
    assert found[live].live
    assert found[live].fields == {bench.names["email"]: "live@example.com"}
    assert (found[deleted].deleted, found[deleted].merged_into) == (True, None)
    assert found[loser].merged_into == survivor
    assert found[loser].ref.id == loser
    assert not found[loser].live


def test_survivor_and_loser_can_be_asked_for_together(bench: Bench) -> None:
    winner, loser = bench.add("winner@example.com"), bench.add("loser@example.com")
    survivor = bench.merge(winner, loser)

    found = bench.crm.read(bench.object_type, [survivor, loser], [])

    assert found[survivor].live
    assert found[loser].merged_into == survivor


def test_a_record_deleted_later_was_modified_later(bench: Bench) -> None:
    record_id = bench.add("a@example.com")
    bench.clock.sleep(60)
    bench.delete(record_id)

    found = bench.crm.read(bench.object_type, [record_id], [])[record_id]

    assert found.modified_at == bench.clock()
    assert found.created_at == bench.clock() - timedelta(seconds=60)


def test_reading_nothing_and_ids_of_no_form_costs_nothing_and_finds_nothing(bench: Bench) -> None:
    bench.crm.schema(bench.object_type)
    bench.meter.calls.clear()

    assert bench.crm.read(bench.object_type, [], []) == {}
    assert bench.crm.read(bench.object_type, ["no id", "x" * 18], []) == {}
    assert bench.crm.find(bench.object_type, bench.names["email"], [" "], []) == []
    assert bench.meter.calls == []


def test_trap_13_a_field_that_is_hidden_or_unknown_is_left_out_and_not_blank(bench: Bench) -> None:
    record_id = bench.add("a@example.com")
    if isinstance(bench, SalesforceBench):
        bench.sandbox.deny_field("Lead", "FirstName")
        hidden = ["FirstName", "Nothing__c"]
    else:
        hidden = ["firstname_of_old"]

    found = bench.crm.read(bench.object_type, [record_id], [*hidden, bench.names["last"]])

    assert found[record_id].fields == {bench.names["last"]: "Byron"}


def test_a_blank_field_is_there_as_none(bench: Bench) -> None:
    record_id = bench.add("a@example.com", first="")

    found = bench.crm.read(bench.object_type, [record_id], [bench.names["first"]])

    assert found[record_id].fields == {bench.names["first"]: None}


def test_many_records_are_read_in_few_calls(bench: Bench) -> None:
    ids = [bench.add(f"p{number}@example.com") for number in range(250)]
    bench.crm.read(bench.object_type, ids[:1], [])
    bench.meter.calls.clear()

    found = bench.crm.read(bench.object_type, ids, [bench.names["email"]])

    assert {record.fields[bench.names["email"]] for record in found.values()} == {
        f"p{number}@example.com" for number in range(250)
    }
    assert len(bench.meter.calls) // 2 == (3 if bench.side == "hubspot" else 1)


def test_people_are_found_by_email_whatever_its_case(bench: Bench) -> None:
    ada, bob, gone = bench.add("ada@example.com"), bench.add("Bob@Example.com"), bench.add("gone@example.com")
    bench.delete(gone)
    wanted = ["ADA@example.com", "bob@example.com ", "gone@example.com", "nobody@example.com", " "]

    found = bench.crm.find(bench.object_type, bench.names["email"], wanted, [bench.names["first"]])

    assert {record.ref.id for record in found} == {ada, bob}
    assert all(record.live for record in found)


def test_people_are_found_by_another_field(bench: Bench) -> None:
    record_id = bench.add("ada@example.com", last="O'Hara \\ Smith")
    bench.add("bob@example.com", last="Smith")

    found = bench.crm.find(bench.object_type, bench.names["last"], ["O'Hara \\ Smith"], [bench.names["last"]])

    assert {record.ref.id: record.text(bench.names["last"]) for record in found} == {
        record_id: "O'Hara \\ Smith"
    }


def test_changed_records_come_oldest_first_from_the_given_moment_on(bench: Bench) -> None:
    old, kept, young = (bench.add(f"{name}@example.com") for name in ("old", "kept", "young"))
    bench.clock.sleep(60)
    since = bench.clock()
    bench.edit(young, "Yves")
    bench.clock.sleep(60)
    bench.edit(kept, "Kim")

    pages = list(bench.crm.changed(bench.object_type, since, [bench.names["first"]]))

    assert [record.ref.id for page in pages for record in page] == [young, kept]
    assert old not in {record.ref.id for page in pages for record in page}


def test_nothing_changed_yields_no_page(bench: Bench) -> None:
    bench.add("a@example.com")
    bench.clock.sleep(60)

    assert list(bench.crm.changed(bench.object_type, bench.clock(), [])) == []


def test_all_pages_of_changes_come_and_each_record_once(bench: Bench) -> None:
    since = bench.clock()
    ids = []
    for number in range(450):
        bench.clock.sleep(0.01)
        ids.append(bench.add(f"p{number}@example.com"))
    if isinstance(bench, SalesforceBench):
        bench.sandbox.org.query_batch_size = 200

    pages = list(bench.crm.changed(bench.object_type, since, []))

    assert len(pages) == 3
    assert sorted(record.ref.id for page in pages for record in page) == sorted(ids)


def test_an_answer_that_is_no_json_passes_as_a_fault_of_the_moment(bench: Bench) -> None:
    record_id = bench.add("a@example.com")
    bench.crm.read(bench.object_type, [record_id], [])
    bench.wire.answers.append(answer(200, "<html>maintenance</html>"))

    with pytest.raises(CrmError) as caught:
        bench.crm.read(bench.object_type, [record_id], [])

    assert (caught.value.fault.error, caught.value.fault.code) == (ErrorClass.TRANSIENT, "NOT_JSON")


@pytest.mark.parametrize("body", [None, [], "<html>elsewhere</html>"])
def test_an_answer_from_somewhere_else_finds_nothing_missing(bench: Bench, body: object) -> None:
    record_id = bench.add("a@example.com")
    bench.crm.read(bench.object_type, [record_id], [])
    bench.wire.answers.append(answer(302, body, {"Location": "https://elsewhere.example.com"}))

    with pytest.raises(CrmError) as caught:
        bench.crm.read(bench.object_type, [record_id], [])

    assert (caught.value.fault.error, caught.value.fault.code) == (ErrorClass.TRANSIENT, "HTTP 302")


def test_the_schema_tells_what_may_be_written(bench: Bench) -> None:
    fields = {field.name: field for field in bench.crm.schema(bench.object_type)}

    assert fields[bench.names["email"]].updateable
    assert not fields["createdate" if bench.side == "hubspot" else "CreatedDate"].updateable


def test_a_check_names_the_account_and_the_usage_is_known_after_it(bench: Bench) -> None:
    check = bench.crm.check()

    assert check.account == ("4711" if bench.side == "hubspot" else "00DDp0000000001MAA")
    assert "accepts" in check.says
    bench.crm.schema(bench.object_type)
    assert bench.crm.usage().limit == (650_000 if bench.side == "hubspot" else 1_000_000)
    assert (bench.crm.usage().used or 0) > 0
