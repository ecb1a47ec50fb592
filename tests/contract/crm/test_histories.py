"""When a field was edited: by its history where the CRM keeps one, else when its record was."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote_plus

from tests.contract.crm.benches import HubSpotBench, SalesforceBench, statuses
from tests.fakes.canned import answer

LEAD = "00QDp0000000001MAA"


def test_hubspot_tells_each_propertys_own_last_edit() -> None:
    bench = HubSpotBench()
    began = bench.clock()
    ada = bench.add("ada@example.com")
    bench.clock.sleep(60)
    bench.edit(ada, "Augusta")

    found = bench.crm.edited("contact", {ada: {"firstname", "lastname", "no_such"}})

    assert set(found) == {(ada, "firstname"), (ada, "lastname")}
    assert found[ada, "lastname"] - began < timedelta(seconds=1)
    assert timedelta(seconds=60) <= found[ada, "firstname"] - began < timedelta(seconds=61)


def test_hubspot_is_asked_for_the_histories_of_fifty_records_at_a_time() -> None:
    bench = HubSpotBench()
    ids = [bench.add(f"p{number}@example.com") for number in range(120)]
    bench.meter.calls.clear()

    found = bench.crm.edited("contact", {record_id: {"firstname"} for record_id in ids})

    assert {record_id for record_id, _ in found} == set(ids)
    assert statuses(bench) == [200, 200, 200]


def test_salesforce_tells_the_records_last_edit_where_no_field_is_tracked_and_not_who_touched_it() -> None:
    bench = SalesforceBench()
    ada = bench.add("ada@example.com")
    edited = bench.clock()
    bench.clock.sleep(60)
    bench.sandbox.record("Lead", ada)

    found = bench.crm.edited("Lead", {ada: {"Phone", "Title"}, LEAD: {"Phone"}})

    assert found == dict.fromkeys([(ada, "Phone"), (ada, "Title")], edited.replace(microsecond=0))


def test_salesforce_tells_a_tracked_fields_newest_entry() -> None:
    bench = SalesforceBench()
    bench.crm.check()
    stamp = "2026-11-24T09:%s:00.000+0000"
    bench.wire.answers.append(answer(200, [{"Id": LEAD, "LastModifiedDate": stamp % "30"}]))
    entries = [{"LeadId": LEAD, "Field": "Phone", "CreatedDate": stamp % minute} for minute in ("05", "10")]
    bench.wire.answers.append(answer(200, {"done": True, "totalSize": 2, "records": entries}))

    found = bench.crm.edited("Lead", {LEAD: {"Phone", "Title"}})

    assert {name: at.minute for (_, name), at in found.items()} == {"Phone": 10, "Title": 30}
    soql = unquote_plus(bench.wire.seen[-1].url or "")
    assert f"FROM LeadHistory WHERE LeadId IN ('{LEAD}')" in soql
    assert "AND Field IN ('Phone','Title')" in soql
