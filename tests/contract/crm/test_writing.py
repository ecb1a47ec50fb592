"""What both gateways owe their callers when writing."""

from __future__ import annotations

import pytest
import requests

from contract.errors import CrmError, ErrorClass, LeaseLost
from contract.records import Side
from sandbox.kit import Faults
from tests.contract.crm.benches import Bench, creation, statuses, update


def test_records_are_created_and_their_ids_told(bench: Bench) -> None:
    outcomes = bench.crm.apply([creation(bench, f"p{number}@example.com") for number in range(3)])

    assert [outcome.fault for outcome in outcomes] == [None, None, None]
    assert all(outcome.created for outcome in outcomes)
    assert [bench.stored(outcome.record_id or "", "email") for outcome in outcomes] == [
        "p0@example.com",
        "p1@example.com",
        "p2@example.com",
    ]


def test_records_are_updated_and_cleared(bench: Bench) -> None:
    ada, bob = bench.add("ada@example.com"), bench.add("bob@example.com")

    outcomes = bench.crm.apply([update(bench, ada, first="Augusta"), update(bench, bob, first=None)])

    assert [outcome.record_id for outcome in outcomes] == [ada, bob]
    assert not any(outcome.created for outcome in outcomes)
    assert bench.stored(ada, "first") == "Augusta"
    assert bench.stored(bob, "first") is None


def test_outcomes_stand_in_the_order_of_the_writes_whatever_the_order_of_results(bench: Bench) -> None:
    bench.misbehave(Faults(shuffle_results=True))
    ids = [bench.add(f"p{number}@example.com") for number in range(120)]
    writes = [
        write
        for number, record_id in enumerate(ids)
        for write in (update(bench, record_id, first=f"F{number}"), creation(bench, f"n{number}@example.com"))
    ]

    outcomes = bench.crm.apply(writes)

    assert [outcome.record_id for outcome in outcomes[::2]] == ids
    assert [bench.stored(outcome.record_id or "", "email") for outcome in outcomes[1::2]] == [
        f"n{number}@example.com" for number in range(120)
    ]


def test_a_refused_row_names_its_field_and_spares_its_neighbours(bench: Bench) -> None:
    ids = [bench.add(f"p{number}@example.com") for number in range(5)]
    writes = [update(bench, record_id, first="Zoe") for record_id in ids]
    writes[2] = update(bench, ids[2], email="ada.byron at home", first="Zoe")

    outcomes = bench.crm.apply(writes)

    assert [outcome.fault is None for outcome in outcomes] == [True, True, False, True, True]
    fault = outcomes[2].fault
    assert fault is not None
    assert (fault.error, fault.fields, fault.side) == (ErrorClass.DATA, (bench.names["email"],), bench.side)
    assert "ada.byron" not in f"{fault.says}{fault.code}"
    assert [bench.stored(record_id, "first") for record_id in ids] == ["Zoe", "Zoe", "Ada", "Zoe", "Zoe"]


def test_a_field_that_may_not_be_written_is_named(bench: Bench) -> None:
    record_id = bench.add("a@example.com")
    name = "createdate" if bench.side is Side.HUBSPOT else "CreatedDate"
    write = update(bench, record_id, first="Zoe")
    write.values[name] = "2026-01-01"  # type: ignore[index]  # the helper made a dict

    fault = bench.crm.apply([write])[0].fault

    assert fault is not None
    assert fault.fields == (name,)
    assert fault.error.permanent


def test_the_later_of_two_writes_on_one_record_wins(bench: Bench) -> None:
    record_id = bench.add("a@example.com")
    bench.crm.schema(bench.object_type)
    bench.meter.calls.clear()

    outcomes = bench.crm.apply([update(bench, record_id, first="One"), update(bench, record_id, first="Two")])

    assert [outcome.fault for outcome in outcomes] == [None, None]
    assert len(statuses(bench)) == 2
    assert bench.stored(record_id, "first") == "Two"


def test_trap_08_one_person_created_twice_in_one_apply_is_made_once(bench: Bench) -> None:
    first, second = bench.crm.apply([creation(bench, "a@example.com"), creation(bench, "a@example.com")])

    assert first.created
    assert bench.count() == 1
    if bench.side is Side.HUBSPOT:
        assert second.fault is not None
        assert (second.fault.error, second.fault.existing_id) == (ErrorClass.CONFLICT, first.record_id)
    else:
        assert (second.fault, second.created, second.record_id) == (None, False, first.record_id)


def test_writing_to_a_deleted_record_is_stale(bench: Bench) -> None:
    live, gone = bench.add("live@example.com"), bench.add("gone@example.com")
    bench.delete(gone)

    outcomes = bench.crm.apply([update(bench, gone, first="Zoe"), update(bench, live, first="Zoe")])

    assert outcomes[0].fault is not None
    assert outcomes[0].fault.error is ErrorClass.STALE
    assert outcomes[1].fault is None


def test_many_writes_take_few_calls(bench: Bench) -> None:
    ids = [bench.add(f"p{number}@example.com") for number in range(400)]
    bench.crm.apply([update(bench, ids[0], first="Zoe")])
    bench.meter.calls.clear()

    outcomes = bench.crm.apply([update(bench, record_id, first="Zed") for record_id in ids])

    assert all(outcome.fault is None for outcome in outcomes)
    assert len(statuses(bench)) == (4 if bench.side is Side.HUBSPOT else 2)


def test_whoever_may_not_go_on_makes_no_further_call(bench: Bench) -> None:
    ids = [bench.add(f"p{number}@example.com") for number in range(250)]
    size, turns = 100 if bench.side is Side.HUBSPOT else 200, iter([True])

    def before_call() -> None:
        if not next(turns, False):
            raise LeaseLost("frozen meanwhile")

    with pytest.raises(LeaseLost):
        bench.crm.apply([update(bench, record_id, first="Zoe") for record_id in ids], before_call)

    assert [bench.stored(record_id, "first") == "Zoe" for record_id in ids] == [
        place < size for place in range(250)
    ]


def test_no_writes_make_no_call(bench: Bench) -> None:
    assert bench.crm.apply([]) == []
    assert bench.meter.calls == []


def test_a_call_that_is_carried_out_but_not_answered_may_be_done(bench: Bench) -> None:
    record_id = bench.add("a@example.com")
    bench.crm.schema(bench.object_type)
    bench.misbehave(Faults(timeout_after_write=1.0))

    with pytest.raises(CrmError) as caught:
        bench.crm.apply([update(bench, record_id, first="Zoe")])

    assert (caught.value.fault.error, caught.value.fault.maybe_done) == (ErrorClass.TRANSIENT, True)
    assert bench.stored(record_id, "first") == "Zoe"
    assert statuses(bench)[-1] == 0


def test_a_lost_call_does_not_hide_what_others_achieved(bench: Bench) -> None:
    ids = [bench.add(f"p{number}@example.com") for number in range(250)]
    bench.crm.apply([update(bench, ids[0], first="Zed")])
    size = 100 if bench.side is Side.HUBSPOT else 200
    bench.wire.answers.append(requests.ConnectionError("reset"))

    outcomes = bench.crm.apply([update(bench, record_id, first="Zoe") for record_id in ids])

    assert all(o.fault and o.fault.maybe_done for o in outcomes[:size])
    assert all(o.fault is None for o in outcomes[size:])
