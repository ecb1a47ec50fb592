"""An org with its state and country picklists on."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.salesforce import SalesforceSandbox
from tests.integration.sandbox_salesforce.client import Api

PERSON = {"LastName": "Lovelace", "Company": "Engines"}


@pytest.fixture
def coded(sf: SalesforceSandbox) -> SalesforceSandbox:
    sf.enable_places()
    return sf


def held(sf: SalesforceSandbox, lead: str) -> tuple[Any, ...]:
    row = sf.record("Lead", lead)
    return tuple(row[name] for name in ("CountryCode", "Country", "StateCode", "State"))


@pytest.mark.parametrize(
    "entered",
    [
        {"CountryCode": "US", "StateCode": "WA"},
        {"Country": "united states", "State": "Washington"},
        {"Country": "US", "StateCode": "WA"},
    ],
)
def test_code_and_text_are_kept_in_step(api: Api, coded: SalesforceSandbox, entered: dict[str, str]) -> None:
    made = api.call("POST", "sobjects/Lead", {**PERSON, **entered})
    assert made.status == 201
    assert held(coded, made.body["id"]) == ("US", "United States", "WA", "Washington")


@pytest.mark.parametrize(
    ("entered", "code", "field"),
    [
        ({"Country": "USA"}, "FIELD_INTEGRITY_EXCEPTION", "Country"),
        ({"CountryCode": "ZZ"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "CountryCode"),
        ({"CountryCode": "DE", "StateCode": "TX"}, "FIELD_INTEGRITY_EXCEPTION", "State"),
        ({"StateCode": "TX"}, "FIELD_INTEGRITY_EXCEPTION", "State"),
        ({"CountryCode": "FR", "State": "Bretagne"}, "FIELD_INTEGRITY_EXCEPTION", "State"),
    ],
)
def test_what_is_not_listed_is_refused_whole(
    api: Api, coded: SalesforceSandbox, entered: dict[str, str], code: str, field: str
) -> None:
    refused = api.call("POST", "sobjects/Lead", {**PERSON, **entered})
    assert (refused.status, refused.code, refused.body[0]["fields"]) == (400, code, [field])
    assert coded.state("Lead") == []


def test_a_state_stays_only_in_its_country(api: Api, coded: SalesforceSandbox) -> None:
    lead = coded.ui_create("Lead", {**PERSON, "CountryCode": "DE", "StateCode": "BY"})
    assert (
        api.call("PATCH", f"sobjects/Lead/{lead}", {"CountryCode": "US"}).code == "FIELD_INTEGRITY_EXCEPTION"
    )
    assert api.call("PATCH", f"sobjects/Lead/{lead}", {"CountryCode": "US", "StateCode": None}).status == 204
    assert held(coded, lead) == ("US", "United States", None, None)
    api.call("PATCH", f"sobjects/Lead/{lead}", {"StateCode": "TX"})
    api.call("PATCH", f"sobjects/Lead/{lead}", {"CountryCode": None})
    assert held(coded, lead) == (None, None, None, None)


def test_describe_tells_labels_and_which_state_goes_with_which_country(
    api: Api, coded: SalesforceSandbox
) -> None:
    fields = {field["name"]: field for field in api.call("GET", "sobjects/Contact/describe").body["fields"]}
    countries, states = fields["MailingCountryCode"], fields["MailingStateCode"]
    assert (states["dependentPicklist"], states["controllerName"]) == (True, "MailingCountryCode")
    labels = [value["label"] for value in states["picklistValues"] if value["value"] == "WA"]
    assert labels == ["Western Australia", "Washington"]
    first = countries["picklistValues"][0]
    assert (first["value"], first["label"], first["validFor"]) == ("AT", "Austria", None)
    assert states["picklistValues"][0]["validFor"] == "QA=="  # the second country, Australia


def test_without_them_both_are_plain_texts(api: Api, sf: SalesforceSandbox) -> None:
    made = api.call("POST", "sobjects/Lead", {**PERSON, "Country": "USA", "State": "Calif."})
    row = sf.record("Lead", made.body["id"])
    assert (row["Country"], row["State"], "CountryCode" in row) == ("USA", "Calif.", False)
