"""Reads that lag, to the second, and what is said of a record that cannot be read or carried."""

from __future__ import annotations

import pytest

from contract.changes import Kind
from contract.decisions import ReportKind, Verdict
from contract.errors import ErrorClass, Fault
from contract.links import Pair
from contract.mappings import Converter, MappingRule
from contract.records import Record, Side
from tests.fakes.people import ago, contact, in_step, lead, notice, said, world
from tests.unit.rules.kit import decide_field, settings

ONE = contact(1, email="a@x.com", phone="1")
OTHER = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="1")
TIE = in_step(ONE, OTHER)


@pytest.mark.parametrize(("seconds", "again"), [(9.9, True), (10, False)])
def test_a_read_behind_its_notice_is_taken_again_for_ten_seconds(seconds: float, *, again: bool) -> None:
    old = contact(1, email="a@x.com", modified_at=ago(60))
    decision = world(old).decide(notice(old.ref, seconds_ago=seconds))
    assert (decision.again is not None) is again


@pytest.mark.parametrize(("seen", "again"), [(59.9, True), (60, False)])
def test_a_read_behind_a_state_that_we_saw_is_taken_again_for_a_minute(seen: float, *, again: bool) -> None:
    old = contact(1, email="a@x.com", phone="1", modified_at=ago(70))
    tie = in_step(old, OTHER).changed(hubspot_seen=ago(seen))
    decision = world(old, OTHER, links=[tie]).decide(notice(old.ref, seconds_ago=5, noticed_at=ago(100)))
    assert (decision.again is not None) is again


@pytest.mark.parametrize("record", [ONE, OTHER])
def test_a_missing_record_is_soon_read_again(record: Record) -> None:
    decision = world(links=[TIE]).decide(notice(record.ref, seconds_ago=1))
    assert decision.again is not None
    assert decision.again.seconds == 1.0
    assert decision.again.because == f"stale: the {record.ref} cannot be read yet; it is read again"


@pytest.mark.parametrize("record", [ONE, OTHER])
@pytest.mark.parametrize(
    ("kind", "more"),
    [(Kind.UPDATED, ""), (Kind.DELETED, ", although a notice says it was deleted")],
)
def test_what_is_said_of_a_linked_record_that_stays_missing(record: Record, kind: Kind, more: str) -> None:
    decision = world(links=[TIE]).decide(notice(record.ref, kind))
    says = f"the {record.ref} is not visible to the integration user; that is no proof of a deletion{more}"
    assert said(decision) == says
    (report,) = decision.reports
    assert (report.kind, report.refs, report.says) == (ReportKind.NOT_VISIBLE, (record.ref,), says)
    assert decision.fault == Fault(
        error=ErrorClass.PERMISSION,
        code="NOT_VISIBLE",
        says=f"{record.ref}: not visible to the integration user",
        side=record.ref.side,
    )


def test_a_missing_record_that_is_not_synced_is_nothing_to_do() -> None:
    decision = world().decide(notice(ONE.ref))
    assert said(decision) == f"the {ONE.ref} is not visible to us and not synced: nothing to do"
    assert (decision.reports, decision.fault) == ((), None)


@pytest.mark.parametrize(
    ("hubspot", "salesforce", "base", "side", "field"),
    [
        ("much", 1, Pair("1", 1), Side.SALESFORCE, "Phone"),
        ("1", "much", Pair("1", 1), Side.HUBSPOT, "phone"),
    ],
)
def test_a_value_without_a_form_is_told_of_its_field_with_both_values(
    hubspot: str, salesforce: str, base: Pair, side: Side, field: str
) -> None:
    rule = settings(MappingRule.TWO_WAY, converter=Converter.NUMBER)
    decision = decide_field(hubspot, salesforce, base, rule)
    label, other = side.label, side.other.label
    says = f"the {other} value has no form in {label}: it is not a number"
    assert decision.field_faults == (
        Fault(error=ErrorClass.DATA, code="UNCONVERTIBLE", says=says, side=side, fields=(field,)),
    )
    told = [verdict for verdict in decision.trace if verdict.field == "phone"]
    assert told == [
        Verdict(
            rule="mapping",
            says=f"{says}; the field is left out",
            field="phone",
            hubspot=hubspot,
            salesforce=salesforce,
        )
    ]


def test_in_which_state_a_record_was_read_too_early_is_told() -> None:
    late = contact(1, email="a@x.com", modified_at=ago(90))
    notices = notice(late.ref, seconds_ago=1), notice(late.ref, seconds_ago=1, noticed_at=ago(100))
    tie = in_step(late, OTHER).changed(hubspot_seen=ago(50))
    behind_notice, behind_link = (world(late, OTHER, links=[tie]).decide(one) for one in notices)
    assert said(behind_notice) == (
        f"stale: the {late.ref} was read in a state older than its notice; it is read again"
    )
    assert said(behind_link) == (
        f"stale: the {late.ref} was read in a state older than the state we already knew; it is read again"
    )


@pytest.mark.parametrize(
    ("kinds", "again"),
    [
        ({Kind.ASSOCIATED}, False),
        ({Kind.ASSOCIATED, Kind.LISTED}, False),
        ({Kind.ASSOCIATED, Kind.UPDATED}, True),
        ({Kind.MERGED}, True),  # the survivor of a merge is modified by it
    ],
)
def test_after_which_notices_a_living_record_must_show_a_newer_stamp(
    kinds: set[Kind], *, again: bool
) -> None:
    decision = world(ONE, OTHER, links=[TIE]).decide(notice(ONE.ref, *kinds, seconds_ago=1))
    assert (decision.again is not None) is again
