"""Values at the edge of meaning the same: roundings, choices, and the words for what has no form."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from contract.mappings import DEFAULT_MAPPINGS, Converter, FieldMapping
from contract.records import Side, Value
from rules.converters import UnconvertibleError, filled, is_stored_form, meaning


def mapping(converter: Converter) -> FieldMapping:
    return replace(DEFAULT_MAPPINGS[-1], converter=converter)


@pytest.mark.parametrize(
    ("sent", "stored", "same"),
    [
        ("1.255", 1.26, True),
        ("1.255", 1.25, True),  # a CRM may round to even
        ("1.254", 1.25, True),
        ("1.254", 1.26, False),
        ("1.254", 1.27, False),
        ("1.2", 1.3, False),
        ("1.3", 1.35, False),  # more decimals than we sent
        ("13", 10, False),  # no CRM rounds to tens
        ("13.4", 13, True),
        ("1.2", None, False),
        ("1.2", "some", False),
    ],
)
def test_a_stored_number_may_be_what_we_sent_rounded(sent: str, stored: Value, *, same: bool) -> None:
    assert is_stored_form(mapping(Converter.NUMBER), sent, stored, "UTC") is same


@pytest.mark.parametrize(
    ("sent", "stored", "same"),
    [
        ("x" * 50, "x" * 40, True),
        ("x" * 50, "x" * 39, False),
        ("x" * 50, "y" * 40, False),
        ("x" * 40, "x" * 50, False),
        ("x" * 50, None, False),
    ],
)
def test_a_stored_text_may_be_what_we_sent_cut(sent: str, stored: Value, *, same: bool) -> None:
    assert is_stored_form(mapping(Converter.TEXT), sent, stored, "UTC") is same


def test_choices_mean_the_same_in_any_order_and_only_then() -> None:
    choices = mapping(Converter.MULTI_SELECT)
    assert meaning(choices, ";b;a", "UTC") == meaning(choices, "a; b", "UTC")
    assert meaning(choices, "a;b", "UTC") != meaning(choices, "a;c", "UTC")
    assert meaning(choices, "a", "UTC") != meaning(choices, "a;b", "UTC")


@pytest.mark.parametrize(
    ("zone", "stored", "same"),
    [
        ("Europe/Berlin", "2026-11-24T23:30:00Z", False),
        ("Europe/Berlin", "2026-11-23T23:30:00Z", True),
        ("UTC", "2026-11-24T23:30:00Z", True),
    ],
)
def test_a_stored_moment_is_the_day_on_which_it_falls_in_the_portals_zone(
    zone: str, stored: str, *, same: bool
) -> None:
    assert is_stored_form(mapping(Converter.DATE), "2026-11-24", stored, zone) is same
    assert is_stored_form(mapping(Converter.DATE), stored, "2026-11-24", zone) is same


@pytest.mark.parametrize(
    ("converter", "value", "why"),
    [
        (Converter.BOOLEAN, "perhaps", "it is neither true nor false"),
        (Converter.NUMBER, "ten", "it is not a number"),
        (Converter.NUMBER, "nan", "it is not a number"),
        (Converter.NUMBER, "1e41", "it is too large or too small a number"),
        (Converter.INTEGER, "1e-41", "it is too large or too small a number"),
        (Converter.DATE, "soon", "it is not a date and time"),
        (Converter.DATETIME, "25:00", "it is not a date and time"),
        (Converter.EMAIL, "a" * 80 + "@x.com", "it is longer than 80 characters"),
    ],
)
def test_why_a_value_has_no_form_in_salesforce(converter: Converter, value: str, why: str) -> None:
    with pytest.raises(UnconvertibleError) as error:
        filled(replace(mapping(converter), length=80), value, Side.SALESFORCE, "UTC", {})
    assert str(error.value) == why


@pytest.mark.parametrize(
    ("converter", "value", "stored"),
    [
        (Converter.INTEGER, "2.5", 3),  # half up, as people round
        (Converter.INTEGER, "3.5", 4),
        (Converter.INTEGER, "-2.5", -3),
        (Converter.NUMBER, "1e40", 10**40),
        (Converter.NUMBER, "-0", 0),
        (Converter.NUMBER, "2.50", 2.5),
    ],
)
def test_numbers_in_salesforces_form(converter: Converter, value: str, stored: Value) -> None:
    assert filled(mapping(converter), value, Side.SALESFORCE, "UTC", {}) == stored


def test_whole_numbers_stay_whole_in_json() -> None:
    assert isinstance(filled(mapping(Converter.NUMBER), "7.0", Side.SALESFORCE, "UTC", {}), int)
    assert filled(mapping(Converter.NUMBER), -0.0, Side.HUBSPOT, "UTC", {}) == "0"


@pytest.mark.parametrize("machine", ["America/Lima", "Asia/Tokyo"])
def test_moments_are_utc_whatever_the_machines_zone(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = mapping(Converter.DATETIME)
    with monkeypatch.context() as patch:
        patch.setenv("TZ", machine)
        time.tzset()
        told = [
            filled(moments, value, Side.SALESFORCE, "UTC", {})
            for value in ("1795514400000", "2026-11-24T10:00:00", "2026-11-24T11:00:00+01:00")
        ]
        day = filled(mapping(Converter.DATE), "1795478400000", Side.SALESFORCE, "UTC", {})
    time.tzset()
    assert told == ["2026-11-24T10:00:00Z"] * 3
    assert day == "2026-11-24"


def test_an_address_may_be_as_long_as_the_field() -> None:
    address = "a" * 74 + "@x.com"
    assert (
        filled(replace(mapping(Converter.EMAIL), length=80), address, Side.SALESFORCE, "UTC", {}) == address
    )


@pytest.mark.parametrize(("ticked", "text"), [(True, "true"), (False, "false")])
def test_a_checkbox_mapped_to_a_text_is_one_of_two_words(*, ticked: bool, text: str) -> None:
    texts = mapping(Converter.TEXT)
    assert filled(texts, ticked, Side.HUBSPOT, "UTC", {}) == text
    assert meaning(texts, ticked, "UTC") == meaning(texts, text, "UTC")
