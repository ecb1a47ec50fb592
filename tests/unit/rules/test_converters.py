"""Values of every kind on their way across: what means the same, and what has no form there."""

from __future__ import annotations

import pytest

from contract.errors import ErrorClass
from contract.links import Pair
from contract.mappings import Converter, MappingRule
from contract.records import Side, Value
from tests.fakes.people import (
    ago,
    said,
)
from tests.unit.rules.kit import decide_field, only_write, phone, settings, written

T, N, W, B, E = (
    Converter.TEXT,
    Converter.NUMBER,
    Converter.INTEGER,
    Converter.BOOLEAN,
    Converter.EMAIL,
)
D, DT, M = Converter.DATE, Converter.DATETIME, Converter.MULTI_SELECT


@pytest.mark.parametrize(
    ("converter", "hubspot", "salesforce"),
    [
        (T, "Via Roma 1\nRome", "Via Roma 1\r\nRome"),
        (T, " padded ", "padded"),
        (T, "x" * 50, "x" * 40),
        (E, "Ann@Example.com", "ann@example.COM"),
        (N, "12.0", 12),
        (N, "12", 12.0),
        (N, "0", 0),
        (N, "1000000", 1e6),
        (W, "12.4", 12),
        (B, "true", True),
        (B, "false", False),
        (D, "2026-11-24", "2026-11-24"),
        (D, "1795478400000", "2026-11-24"),
        (DT, "2026-11-24T10:00:00.123Z", "2026-11-24T10:00:00.000+0000"),
        (DT, "1795514400000", "2026-11-24T10:00:00Z"),
        (M, ";b;a", "a;b"),
        (T, "OPEN_DEAL", "OPEN_DEAL"),
        (M, "OPEN_DEAL;New Lead", "New Lead;OPEN_DEAL"),
    ],
)
@pytest.mark.parametrize("base", [None, Pair("old", "older")])
def test_values_that_mean_the_same_are_agreed_on_without_a_write(
    converter: Converter, hubspot: Value, salesforce: Value, base: Pair | None
) -> None:
    decision = decide_field(hubspot, salesforce, base, settings(converter=converter))
    assert decision.writes == ()
    assert decision.link is not None
    assert decision.link.base["phone"] == Pair(hubspot, salesforce)


@pytest.mark.parametrize(
    ("converter", "base", "hubspot", "salesforce", "expected"),
    [
        (N, Pair("12", 12), "12.0", 15, "hs=15"),
        (E, Pair("a@x.com", "a@x.com"), "A@x.com", "b@x.com", "hs=b@x.com"),
        (T, Pair("a", "a"), "a ", "b", "hs=b"),
    ],
)
def test_a_new_form_on_one_side_is_no_edit_beside_a_real_one(
    converter: Converter, base: Pair, hubspot: Value, salesforce: Value, expected: str
) -> None:
    newest = {"modified_at": ago(1)}
    chosen = settings(MappingRule.TWO_WAY, converter)
    decision = decide_field(hubspot, salesforce, base, chosen, hubspot_with=newest)
    assert phone(decision) == expected
    assert "only Salesforce changed" in said(decision)


def test_a_new_form_alone_moves_the_base_and_writes_nothing() -> None:
    decision = decide_field("12.0", 12, Pair("12", 12), settings(converter=N))
    assert decision.writes == ()
    assert decision.link is not None
    assert decision.link.base["phone"] == Pair("12.0", 12)


@pytest.mark.parametrize(
    ("converter", "hubspot", "expected"),
    [
        (T, "y" * 60, "y" * 40),
        (T, "y" * 39 + " z", "y" * 39),
        (N, "12.50", 12.5),
        (N, "7.0", 7),
        (W, "7.5", 8),
        (B, "true", True),
        (D, "1795478400000", "2026-11-24"),
        (DT, "2026-11-24T10:00:00+01:00", "2026-11-24T09:00:00Z"),
        (M, ";b; a;b", "b;a"),
        (E, " Ann@x.com ", "Ann@x.com"),
        (T, "OPEN_DEAL", "OPEN_DEAL"),
    ],
)
def test_a_value_is_carried_to_salesforce_in_its_native_form(
    converter: Converter, hubspot: Value, expected: Value
) -> None:
    decision = decide_field(hubspot, None, Pair(None, None), settings(converter=converter))
    assert written(decision, Side.SALESFORCE) == {"Phone": expected}
    assert only_write(decision).pairs == {"phone": Pair(hubspot, expected)}


@pytest.mark.parametrize(
    ("converter", "salesforce", "expected"),
    [
        (T, 12.0, "12"),
        (N, 12.0, "12"),
        (N, 1e21, "1000000000000000000000"),
        (N, 0.10, "0.1"),
        (N, 0, "0"),
        (B, False, "false"),
        (D, "2026-11-24", "2026-11-24"),
        (D, "2026-11-23T23:30:00Z", "2026-11-24"),
        (M, "a;b", "a;b"),
        (T, "Open_Deal__c", "Open_Deal__c"),  # a picklist's API name is the value, no label of it
    ],
)
def test_a_value_is_carried_to_hubspot_as_a_plain_string(
    converter: Converter, salesforce: Value, expected: str
) -> None:
    chosen = settings(converter=converter, time_zone="Europe/Berlin")
    decision = decide_field(None, salesforce, Pair(None, None), chosen)
    assert written(decision, Side.HUBSPOT) == {"phone": expected}


def test_clearing_a_checkbox_in_salesforce_unticks_it() -> None:
    chosen = settings(MappingRule.TWO_WAY, Converter.BOOLEAN)
    decision = decide_field(None, True, Pair("true", True), chosen)  # noqa: FBT003
    assert written(decision, Side.SALESFORCE) == {"Phone": False}


@pytest.mark.parametrize(
    ("converter", "hubspot"),
    [
        (N, "many"),
        (N, "NaN"),
        (N, "1e999999999"),
        (W, "-1e-999999999"),
        (W, "x"),
        (B, "perhaps"),
        (D, "soon"),
        (DT, "soon"),
        (E, "a" * 80 + "@x.com"),
    ],
)
def test_a_value_without_a_form_on_the_other_side_is_left_out_and_named(
    converter: Converter, hubspot: Value
) -> None:
    chosen = settings(MappingRule.TWO_WAY, converter, length=80)
    decision = decide_field(hubspot, None, Pair(None, None), chosen)
    assert decision.writes == ()
    (fault,) = decision.field_faults
    assert (fault.error, fault.side, fault.fields) == (ErrorClass.DATA, Side.SALESFORCE, ("Phone",))
    assert str(hubspot) not in fault.says
    assert decision.link is not None
    assert decision.link.base["phone"] == Pair(None, None)


def test_a_field_that_cannot_be_carried_does_not_stop_its_neighbours() -> None:
    decision = decide_field(
        "many", None, Pair(None, None), settings(converter=N), hubspot_with={"city": "Rome"}
    )
    base = decision.link.base["city"] if decision.link else None
    assert base == Pair("Rome", None)
