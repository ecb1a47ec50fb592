"""How calls are cut, and how the rows to blame are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.crm.courier import MOST_SPLITS, Courier, Load, Row, Rows
from adapters.crm.parts import packed, waves
from contract.decisions import Action, Outcome, Write
from contract.errors import CrmError, ErrorClass, Fault
from contract.records import Side


def rows(count: int, *fields: str) -> list[Row]:
    values = dict.fromkeys(fields or ("a",), "x")
    write = Write(action=Action.UPDATE, side=Side.HUBSPOT, object_type="contact", values=values, reason="")
    return [Row(index=index, write=write) for index in range(count)]


def fault(error: ErrorClass, *fields: str, code: str = "CODE", maybe_done: bool = False) -> Fault:
    return Fault(error=error, code=code, says="", fields=fields, maybe_done=maybe_done)


@dataclass(slots=True)
class Crm:
    """Refuses a call for the first reason that `refuse` gives for its rows."""

    refuse: Callable[[Rows], Fault | None]
    calls: list[list[int]] = field(default_factory=list)

    def __call__(self, sent: Rows) -> Mapping[int, Outcome]:
        self.calls.append([row.index for row in sent])
        reason = self.refuse(sent)
        if reason:
            raise CrmError(reason)
        return {row.index: Outcome(record_id=str(row.index)) for row in sent}


def carry(crm: Crm, load: list[Row], size: int = 100) -> list[Outcome]:
    courier = Courier(shared_codes=frozenset({"NO_FIELD"}), before_call=lambda: None)
    return courier.carry([Load(rows=load, send=crm, size=size)])


@given(bad=st.sets(st.integers(0, 99), max_size=4), size=st.integers(1, 100))
def test_exactly_the_guilty_are_blamed(bad: set[int], size: int) -> None:
    crm = Crm(lambda sent: fault(ErrorClass.DATA) if bad & {row.index for row in sent} else None)

    outcomes = carry(crm, rows(100), size)

    assert {index for index, outcome in enumerate(outcomes) if outcome.fault} == bad
    assert all(outcome.record_id == str(index) for index, outcome in enumerate(outcomes) if index not in bad)


def test_the_search_for_the_guilty_ends() -> None:
    crm = Crm(lambda _: fault(ErrorClass.DATA))

    outcomes = carry(crm, rows(1000))

    assert len(crm.calls) <= 10 + 2 * MOST_SPLITS
    assert {outcome.fault.code for outcome in outcomes if outcome.fault} == {"CODE", "BATCH_REFUSED"}


@pytest.mark.parametrize("error", [ErrorClass.QUOTA, ErrorClass.AUTH])
def test_what_concerns_the_portal_stops_everything_at_once(error: ErrorClass) -> None:
    crm = Crm(lambda sent: fault(error) if sent[0].index else None)

    outcomes = carry(crm, rows(300))

    assert crm.calls == [list(range(100)), list(range(100, 200))]
    assert [bool(outcome.fault) for outcome in outcomes] == [False] * 100 + [True] * 200


def test_a_call_lost_in_the_middle_leaves_no_doubt_about_calls_never_made() -> None:
    crm = Crm(lambda sent: fault(ErrorClass.TRANSIENT, maybe_done=True) if sent[0].index else None)

    outcomes = carry(crm, rows(400))

    doubts = [outcome.fault.maybe_done if outcome.fault else None for outcome in outcomes]
    assert doubts == [None] * 100 + [True] * 200 + [False] * 100
    assert len(crm.calls) == 3


def test_a_missing_permission_concerns_its_own_call_only() -> None:
    crm = Crm(lambda sent: None if sent[0].index else fault(ErrorClass.PERMISSION))

    outcomes = carry(crm, rows(200))

    assert len(crm.calls) == 2
    assert [bool(outcome.fault) for outcome in outcomes] == [True] * 100 + [False] * 100


def test_nothing_known_of_any_row_is_an_error_of_the_whole() -> None:
    crm = Crm(lambda _: fault(ErrorClass.AUTH))

    with pytest.raises(CrmError) as caught:
        carry(crm, rows(300))

    assert caught.value.fault.error is ErrorClass.AUTH
    assert len(crm.calls) == 1


def test_a_stop_before_a_call_keeps_what_the_calls_before_it_achieved() -> None:
    crm = Crm(lambda _: None)

    def before_call() -> None:
        if crm.calls:
            raise CrmError(fault(ErrorClass.WAITING))

    courier = Courier(shared_codes=frozenset(), before_call=before_call)
    outcomes = courier.carry([Load(rows=rows(400), send=crm, size=100)])

    assert len(crm.calls) == 1
    assert [outcome.fault.maybe_done if outcome.fault else None for outcome in outcomes] == (
        [None] * 100 + [False] * 300
    )


def test_a_field_that_no_row_may_write_blames_them_all_in_one_go() -> None:
    mixed = [*rows(50, "a"), *(Row(index=row.index + 50, write=row.write) for row in rows(50, "a", "b"))]

    def refuse(sent: Rows) -> Fault | None:
        return (
            fault(ErrorClass.DATA, "b", code="NO_FIELD") if any(row.touches(["b"]) for row in sent) else None
        )

    crm = Crm(refuse)

    outcomes = carry(crm, mixed)

    assert [bool(outcome.fault) for outcome in outcomes] == [False] * 50 + [True] * 50
    assert len(crm.calls) == 2


def test_a_fault_that_names_no_field_of_a_row_still_finds_an_end() -> None:
    crm = Crm(lambda sent: fault(ErrorClass.PERMISSION, "elsewhere", code="NO_FIELD") if sent else None)

    outcomes = carry(crm, rows(4))

    assert all(outcome.fault and outcome.fault.fields == ("elsewhere",) for outcome in outcomes)


@given(st.lists(st.integers(0, 5)))
def test_waves_keep_every_item_once_no_identity_twice_and_the_order(items: list[int]) -> None:
    numbered = list(enumerate(items))

    found = waves(numbered, lambda item: item[1])

    assert sorted(item for wave in found for item in wave) == numbered
    assert all(len({key for _, key in wave}) == len(wave) for wave in found)
    for key in set(items):
        places = [place for wave in found for place, kept in wave if kept == key]
        assert places == sorted(places)


@given(st.lists(st.integers(0, 30)), st.integers(1, 40))
def test_packed_parts_fit_and_lose_nothing(costs: list[int], room: int) -> None:
    parts = list(packed(costs, lambda cost: cost, room))

    assert [cost for part in parts for cost in part] == costs
    assert all(len(part) == 1 or sum(part) <= room for part in parts)
