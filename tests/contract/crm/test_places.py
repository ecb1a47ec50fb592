"""The places of an org: its own lists, read once in a while from describe, with ISO's names beside them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.crm.salesforce_picklists import org_places
from contract.decisions import Action, Write
from contract.errors import ErrorClass
from contract.records import Side
from sandbox.salesforce.places import COUNTRIES, STATES
from tests.contract.crm.benches import HubSpotBench, SalesforceBench


@pytest.fixture
def coded(salesforce: SalesforceBench) -> SalesforceBench:
    salesforce.sandbox.enable_places()
    return salesforce


def test_an_orgs_countries_and_states_are_those_of_its_picklists(coded: SalesforceBench) -> None:
    atlas = coded.crm.places()
    assert atlas is not None
    assert atlas.org.countries == COUNTRIES
    assert atlas.org.states == STATES
    assert {one.code for one in atlas.countries} >= {"US", "DE"}
    assert set(atlas.states) == set(STATES)


def test_they_cost_no_call_beyond_the_description_and_stay_the_same_object(coded: SalesforceBench) -> None:
    first = coded.crm.places()
    calls = len(coded.wire.seen)
    assert coded.crm.places() is first
    assert len(coded.wire.seen) == calls
    coded.clock.now += timedelta(minutes=6)
    assert coded.crm.places() is first
    assert len(coded.wire.seen) > calls


def test_an_org_without_them_and_hubspot_show_none(
    hubspot: HubSpotBench, salesforce: SalesforceBench
) -> None:
    assert (hubspot.crm.places(), salesforce.crm.places()) == (None, None)


def test_contacts_tell_them_where_leads_may_not_be_seen(coded: SalesforceBench) -> None:
    coded.sandbox.deny_object("Lead", "read")
    atlas = coded.crm.places()
    assert atlas is not None
    assert "DE" in atlas.org.countries


def test_a_place_that_was_retired_is_not_listed() -> None:
    def one(value: str, valid_for: str | None = None, *, active: bool = True) -> dict[str, object]:
        return {"value": value, "label": value.lower(), "validFor": valid_for, "active": active}

    country = {"name": "CountryCode", "picklistValues": [one("AA", active=False), one("BB"), one("CC")]}
    states = [one("X", "wA=="), one("Y", "IA=="), one("Z", "IA==", active=False), one("Q", "?")]
    found = org_places([country, {"name": "StateCode", "picklistValues": states}])
    assert found is not None
    assert found.countries == {"BB": "bb", "CC": "cc"}
    assert found.states == {"BB": {"X": "x"}, "CC": {"Y": "y"}}


def test_a_refused_place_is_told_by_the_field_that_was_sent(coded: SalesforceBench) -> None:
    """Salesforce complains of the text beside the code."""
    lead = coded.add("ada@example.com")
    write = Write(
        action=Action.UPDATE,
        side=Side.SALESFORCE,
        object_type="Lead",
        record_id=lead,
        values={"StateCode": "TX", "Title": "CTO"},
        reason="changed",
    )
    (outcome,) = coded.crm.apply([write])
    assert outcome.fault is not None
    assert (outcome.fault.error, outcome.fault.fields) == (ErrorClass.DATA, ("StateCode",))
