"""What HubSpot makes of a value, type by type."""

from __future__ import annotations

import pytest

from sandbox.hubspot.schema import PropertyDefinition, choice, date, flag, moment, number, text
from sandbox.hubspot.values import Refused, in_notice, parse

COLOURS = ("red", "green", "blue")


@pytest.mark.parametrize(
    ("definition", "sent", "kept"),
    [
        (text("t", "T"), " as it is ", " as it is "),
        (text("t", "T"), True, "true"),
        (text("t", "T"), 12, "12"),
        (number("n", "N"), "1234.567", "1234.567"),
        (number("n", "N"), 5, "5"),
        (flag("b", "B"), False, "false"),
        (choice("c", "C", COLOURS), "red", "red"),
        (choice("c", "C", COLOURS, field_type="checkbox"), "red;blue", "red;blue"),
        (date("d", "D"), "2026-02-03", "2026-02-03"),
        (date("d", "D"), "1770076800000", "2026-02-03"),
        (moment("m", "M"), "2026-02-03T04:05:06Z", "2026-02-03T04:05:06.000Z"),
        (moment("m", "M"), "2026-02-03T04:05:06+01:00", "2026-02-03T03:05:06.000Z"),
        (moment("m", "M"), "1770091506123", "2026-02-03T04:05:06.123Z"),
        (text("email", "E"), "Ada@Example.org", "Ada@Example.org"),
        (text("t", "T"), None, ""),
    ],
)
def test_a_valid_value_is_kept_as(definition: PropertyDefinition, sent: object, kept: str) -> None:
    assert parse(definition, sent, normalise=False) == kept


@pytest.mark.parametrize(
    ("definition", "sent", "code"),
    [
        (number("n", "N"), "12a", "INVALID_NUMBER"),
        (number("n", "N"), "nan", "INVALID_NUMBER"),
        (number("n", "N"), " 12", "LEADING_TRAILING_WHITESPACE"),
        (choice("c", "C", COLOURS), "Red", "INVALID_OPTION"),
        (choice("c", "C", COLOURS), "red ", "LEADING_TRAILING_WHITESPACE"),
        (choice("c", "C", COLOURS), "red;blue", "INVALID_OPTION"),
        (choice("c", "C", COLOURS, field_type="checkbox"), "red;grey", "INVALID_OPTION"),
        (flag("b", "B"), "yes", "INVALID_OPTION"),
        (date("d", "D"), "03/02/2026", "INVALID_DATE"),
        (date("d", "D"), "2026-02-03T01:00:00Z", "INVALID_DATE"),
        (date("d", "D"), "9" * 20, "INVALID_DATE"),
        (moment("m", "M"), "tomorrow", "INVALID_LONG"),
        (text("email", "E"), "ada", "INVALID_EMAIL"),
        (text("email", "E"), "ada@example", "INVALID_EMAIL"),
        (text("email", "E"), "a b@example.org", "INVALID_EMAIL"),
        (text("t", "T"), ["a"], "INVALID_JSON"),
        (text("t", "T"), "x" * 65_537, "VALUE_TOO_LONG"),
    ],
)
def test_an_invalid_value_is_refused_with(definition: PropertyDefinition, sent: object, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse(definition, sent, normalise=False)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("definition", "sent", "kept"),
    [
        (text("t", "T"), "  trimmed ", "trimmed"),
        (text("email", "E"), " Ada@Example.org ", "ada@example.org"),
        (number("n", "N"), "1234.567", "1234.57"),
        (number("n", "N"), "12.00", "12"),
    ],
)
def test_a_normalising_account_keeps(definition: PropertyDefinition, sent: str, kept: str) -> None:
    assert parse(definition, sent, normalise=True) == kept


def test_a_leading_semicolon_appends_to_what_was_chosen() -> None:
    definition = choice("c", "C", COLOURS, field_type="checkbox")
    assert parse(definition, ";blue;red", normalise=False, before="red;green") == "red;green;blue"


def test_notices_tell_dates_in_milliseconds() -> None:
    assert in_notice(date("d", "D"), "2026-02-03") == "1770076800000"
    assert in_notice(moment("m", "M"), "2026-02-03T04:05:06.123Z") == "1770091506123"
    assert in_notice(text("t", "T"), "") == ""
