"""The values of new records at their edges: days, addresses, placeholders and blanks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contract.links import Pair
from contract.mappings import DEFAULT_MAPPINGS, Converter, MappingRule
from contract.records import Record
from contract.settings import Settings
from tests.fakes.people import contact, hs, lead, notice, world
from tests.unit.rules.kit import only_write
from tests.unit.rules.test_creation_edges import FROM_LEADS, LEAD


def with_rows(**rules: Any) -> Settings:
    """The default mappings with some attributes of one row replaced, by key."""
    rows = (replace(row, **rules.get(row.key, {})) for row in DEFAULT_MAPPINGS)
    return Settings(mappings=tuple(rows), time_zone="Europe/Berlin", create_from_leads=True)


PAST_MIDNIGHT = "2026-11-23T23:30:00Z"
"""In Berlin."""


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (contact(1, email="a@x.com", jobtitle=PAST_MIDNIGHT), "Title"),
        (lead(1, Email="a@x.com", Title=PAST_MIDNIGHT), "jobtitle"),
    ],
)
def test_a_day_of_a_new_record_is_one_of_the_portals_time_zone(record: Record, field: str) -> None:
    settings = with_rows(jobtitle={"converter": Converter.DATE})
    write = only_write(world(record).decide(notice(record.ref), settings=settings))
    assert write.values[field] == "2026-11-24"


def test_a_new_hubspot_contact_has_its_address_also_where_no_mapping_carries_it() -> None:
    rows = tuple(row for row in DEFAULT_MAPPINGS if row.key != "email")
    settings = Settings(mappings=rows, create_from_leads=True)
    write = only_write(world(LEAD).decide(notice(LEAD.ref), settings=settings))
    assert write.values["email"] == "ann@x.com"


def test_a_company_that_hubspot_holds_is_no_placeholder_whatever_its_rule() -> None:
    one = contact(1, email="a@x.com", lastname="L", company="Acme")
    settings = with_rows(company={"rule": MappingRule.DONT_SYNC})
    decision = world(one).decide(notice(one.ref), settings=settings)
    assert only_write(decision).values["Company"] == "Acme"
    assert decision.link is not None
    assert decision.link.placeholders == {}


def test_only_a_last_name_is_taken_out_of_the_first() -> None:
    one = contact(1, email="a@acme.io", firstname="Shop acme.io", lastname="L")
    values = only_write(world(one).decide(notice(one.ref))).values
    assert (values["FirstName"], values["Company"]) == ("Shop acme.io", "acme.io")


def test_the_values_of_a_new_salesforce_record_have_their_keys() -> None:
    write = only_write(world(contact(1, email="a@x.com", phone="1")).decide(notice(hs(1))))
    assert {name: write.keys[name] for name in ("Email", "Phone", "Company")} == {
        "Email": "email",
        "Phone": "phone",
        "Company": "company",
    }


@pytest.mark.parametrize(
    ("record", "field", "base"),
    [
        (contact(1, email="a@x.com", city=""), "city", Pair("", None)),
        (lead(1, Email="a@x.com", LastName="L", Company="X", City=" "), "city", Pair(None, " ")),
        (contact(1, email="a@x.com", lastname=""), "lastname", None),  # Salesforce gets a placeholder
        (contact(1, email="a@x.com", hubspot_owner_id=""), "owner", Pair("", None)),
    ],
)
def test_what_is_blank_on_one_side_is_in_the_base_as_it_stands_there(
    record: Record, field: str, base: Pair | None
) -> None:
    link = world(record).decide(notice(record.ref), settings=FROM_LEADS).link
    assert link is not None
    assert link.base.get(field) == base


def test_a_required_value_from_another_property_than_the_mapped_one_is_a_placeholder() -> None:
    """The mapping of the field reads a property that is blank."""
    one = contact(1, email="a@x.com", lastname="L", company="Acme", employer=None)
    decision = world(one).decide(notice(one.ref), settings=with_rows(company={"hubspot": "employer"}))
    assert only_write(decision).values["Company"] == "Acme"
    assert decision.link is not None
    assert decision.link.placeholders == {"Company": "Acme"}


def test_a_placeholder_is_told_of_its_mapping_and_without_one_of_its_field() -> None:
    rows = tuple(row for row in DEFAULT_MAPPINGS if row.key != "lastname")
    one = contact(1, email="ann@x.com")
    decision = world(one).decide(notice(one.ref), settings=Settings(mappings=rows))
    told = {verdict.field: verdict.value for verdict in decision.trace if "placeholder" in verdict.says}
    assert told == {"company": "x.com", "LastName": "ann"}
