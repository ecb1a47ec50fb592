"""HubSpot's searches: within their limits, and without passing anybody over."""

from __future__ import annotations

import pytest

from adapters.crm import hubspot_search
from tests.contract.crm.benches import HubSpotBench


def test_searches_keep_to_five_a_second(hubspot: HubSpotBench) -> None:
    before = hubspot.clock()

    for _ in range(16):
        hubspot.crm.find("contact", "lastname", ["Byron"], [])

    assert 3.0 <= (hubspot.clock() - before).total_seconds() <= 3.5


def test_changes_of_many_pages_are_all_told(hubspot: HubSpotBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubspot_search, "PAGE", 10)
    since, ids = hubspot.clock(), []
    for number in range(80):
        hubspot.clock.sleep(0.001 if number % 4 == 0 else 0)
        ids.append(hubspot.add(f"p{number}@example.com"))

    found = [record.ref.id for page in hubspot.crm.changed("contact", since, []) for record in page]

    assert sorted(found) == sorted(ids)


def test_an_edit_between_two_pages_hides_no_other_record(
    hubspot: HubSpotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubspot_search, "PAGE", 10)
    since, ids = hubspot.clock(), []
    for number in range(25):
        hubspot.clock.sleep(0.001)
        ids.append(hubspot.add(f"p{number}@example.com"))

    pages = hubspot.crm.changed("contact", since, [])
    first = next(pages)
    hubspot.clock.sleep(1)
    hubspot.edit(first[0].ref.id, "Grace")

    assert {record.ref.id for page in (first, *pages) for record in page} == set(ids)


def test_more_records_of_one_moment_than_a_page_shows_are_walked_by_id(
    hubspot: HubSpotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubspot_search, "PAGE", 10)
    since = hubspot.clock()
    ids = [hubspot.add(f"p{number}@example.com") for number in range(75)]
    hubspot.clock.sleep(1)
    ids.append(hubspot.add("later@example.com"))

    found = [record.ref.id for page in hubspot.crm.changed("contact", since, []) for record in page]

    assert set(found) == set(ids)


def test_properties_too_many_for_a_search_are_read_by_id(hubspot: HubSpotBench) -> None:
    record_id = hubspot.add("a@example.com")
    many = [f"a_property_with_a_rather_long_name_{number}" for number in range(60)]

    pages = list(hubspot.crm.changed("contact", hubspot.clock(), [*many, "firstname"]))

    assert [(record.ref.id, dict(record.fields)) for page in pages for record in page] == [
        (record_id, {"firstname": "Ada"})
    ]


def test_many_values_are_searched_for_in_bodies_that_hubspot_takes(hubspot: HubSpotBench) -> None:
    names = [f"{number:03d} {'x' * 60}" for number in range(100)]
    ids = {hubspot.add(f"p{number}@example.com", last=name) for number, name in enumerate(names)}

    found = hubspot.crm.find("contact", "lastname", names, ["lastname"])

    assert {record.ref.id for record in found} == ids
