"""What is made in HubSpot and read from both sides about Diptych's own parts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from requests.adapters import BaseAdapter

from adapters.crm import hubspot_api, salesforce_api
from adapters.crm.http import new_session
from adapters.crm.hubspot_setup import GROUP, HubSpotSetup, NewProperty
from adapters.crm.salesforce_release import deployed
from contract.errors import CrmError, ErrorClass
from contract.mappings import Converter
from tests.contract.crm.benches import (
    HUBSPOT_URL,
    NUMBER,
    SALESFORCE_URL,
    HubSpotBench,
    SalesforceBench,
    portal,
)

READS_ONLY = frozenset({"crm.objects.contacts.read"})


def open_setup(bench: HubSpotBench) -> HubSpotSetup:
    session = new_session()
    session.mount(HUBSPOT_URL, bench.wire)
    api = hubspot_api.open_api(
        portal(),
        session=session,
        meter=bench.meter,
        clock=bench.clock,
        sleep=bench.clock.sleep,
        allow_plain_http=False,
    )
    return HubSpotSetup(api=api)


def read_release(bench: SalesforceBench, wire: BaseAdapter | None = None) -> str | None:
    session = new_session()
    session.mount(SALESFORCE_URL, wire or bench.wire)
    api = salesforce_api.open_api(
        portal(), session=session, meter=bench.meter, clock=bench.clock, allow_plain_http=False
    )
    return deployed(api)


def test_a_group_is_made_read_and_labelled_anew(hubspot: HubSpotBench) -> None:
    setup = open_setup(hubspot)
    assert setup.group() is None
    setup.make_group("0.1.0")
    made = setup.group()
    assert made is not None
    assert (made.label, made.version) == ("Diptych (version 0.1.0)", "0.1.0")
    setup.label_group("0.2.0")
    changed = setup.group()
    assert changed is not None
    assert changed.version == "0.2.0"


def test_a_label_that_people_changed_tells_no_version(hubspot: HubSpotBench) -> None:
    setup = open_setup(hubspot)
    setup.make_group("0.1.0")
    [group] = [one for one in hubspot.sandbox.portals[NUMBER].groups["contacts"] if one["name"] == GROUP]
    group["label"] = "Our sync"
    found = setup.group()
    assert found is not None
    assert (found.label, found.version) == ("Our sync", None)


@pytest.mark.parametrize(
    ("converter", "kind", "value"),
    [
        (Converter.TEXT, "string", "x"),
        (Converter.EMAIL, "string", "a@example.com"),
        (Converter.NUMBER, "number", "1.5"),
        (Converter.INTEGER, "number", "2"),
        (Converter.DATE, "date", "2026-11-24"),
        (Converter.DATETIME, "datetime", "2026-11-24T10:00:00Z"),
        (Converter.BOOLEAN, "bool", "true"),
    ],
)
def test_a_property_takes_what_its_mapping_converts(
    hubspot: HubSpotBench, converter: Converter, kind: str, value: str
) -> None:
    setup = open_setup(hubspot)
    setup.make_group("0.1.0")
    new = NewProperty(name="sales_region", converter=converter)
    assert new.makeable
    assert "sales_region" not in setup.properties()
    setup.make_property(new)
    assert "sales_region" in setup.properties()
    made = hubspot.sandbox.portals[NUMBER].shelf("contacts").definitions["sales_region"]
    assert (made.type, made.group, made.label) == (kind, GROUP, "Sales region")
    ident = hubspot.add("ada@example.com")
    hubspot.sandbox.ui_update(NUMBER, "contacts", ident, {"sales_region": value})
    assert hubspot.stored(ident, "sales_region")


def test_a_choice_is_not_made_since_its_options_are_not_known() -> None:
    assert not NewProperty(name="tier", converter=Converter.MULTI_SELECT).makeable


def test_a_token_that_may_only_read_is_refused_for_want_of_a_scope() -> None:
    setup = open_setup(HubSpotBench(scopes=READS_ONLY))
    assert setup.group() is None
    assert "email" in setup.properties()
    new = NewProperty(name="x", converter=Converter.TEXT)
    writes: list[Callable[[], None]] = [
        lambda: setup.make_group("0.1.0"),
        lambda: setup.label_group("0.1.0"),
        lambda: setup.make_property(new),
    ]
    for write in writes:
        with pytest.raises(CrmError) as refused:
            write()
        assert (refused.value.fault.error, refused.value.fault.code) == (
            ErrorClass.PERMISSION,
            "MISSING_SCOPES",
        )


def test_a_group_that_is_there_is_not_made_twice(hubspot: HubSpotBench) -> None:
    setup = open_setup(hubspot)
    setup.make_group("0.1.0")
    with pytest.raises(CrmError) as refused:
        setup.make_group("0.1.0")
    assert refused.value.fault.code == "OBJECT_ALREADY_EXISTS"


def test_the_deployed_version_is_read(salesforce: SalesforceBench) -> None:
    salesforce.sandbox.set_release("0.3.0")
    assert read_release(salesforce) == "0.3.0"


def test_an_org_without_our_type_has_no_version(salesforce: SalesforceBench) -> None:
    salesforce.sandbox.set_release(None)
    assert read_release(salesforce) is None


def test_a_type_or_field_that_is_not_shown_to_us_is_none_too(salesforce: SalesforceBench) -> None:
    salesforce.sandbox.deny_field("Diptych_Release__mdt", "Version__c")
    assert read_release(salesforce) is None
    salesforce.sandbox.allow_field("Diptych_Release__mdt", "Version__c")
    salesforce.sandbox.deny_object("Diptych_Release__mdt", "read")
    assert read_release(salesforce) is None


def test_any_other_refusal_is_told(salesforce: SalesforceBench) -> None:
    salesforce.refuse_for(60)
    with pytest.raises(CrmError) as refused:
        read_release(salesforce)
    assert refused.value.fault.error is ErrorClass.QUOTA
