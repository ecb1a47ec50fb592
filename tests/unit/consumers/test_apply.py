"""Carrying out writes: a refused field is left out, the rest is written; all of it under the lease."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from consumers.apply import carry_out
from consumers.people import Person, Result
from contract.decisions import Action, Decision, Outcome, Write
from contract.errors import CrmError, ErrorClass, LeaseLost
from contract.links import Pair
from contract.records import Side
from tests.fakes.people import hs
from tests.unit.consumers.kit import Records, archive, creation, failed, fault, person, row, update

Answer = Callable[[Write], Outcome]
FIELD_FAULTS = [ErrorClass.DATA, ErrorClass.PERMISSION, ErrorClass.MAPPING, ErrorClass.CONFLICT]


def ok(write: Write) -> Outcome:
    return Outcome(record_id=write.record_id or "new")


def refusing(*names: str, error: ErrorClass = ErrorClass.DATA, also: tuple[str, ...] = ()) -> Answer:
    """Refuses a write as long as it holds one of these fields, naming the first (and `also`)."""

    def answer(write: Write) -> Outcome:
        guilty = [name for name in names if name in write.values]
        return failed(error, fields=(*guilty[:1], *also)) if guilty else ok(write)

    return answer


def carried(answer: Answer, *writes: Write) -> tuple[list[Result], Records]:
    """The results of one person whose writes both sides answer the same way."""
    crm = Records(answer)
    one = person(decision=Decision(writes=writes))
    carry_out([one], {Side.HUBSPOT: crm, Side.SALESFORCE: crm}, lambda: None)
    return one.results, crm


def test_each_write_gets_its_own_outcome_in_one_call_per_side() -> None:
    people = [person(row(hs(n)), decision=Decision(writes=(update(Phone=str(n)),))) for n in range(3)]
    people[1].decision = Decision(writes=(update(Phone="1"), update(Side.HUBSPOT, phone="h")))
    sides = {side: Records(lambda w: Outcome(record_id=str(next(iter(w.values.values()))))) for side in Side}
    carry_out(people, sides, lambda: None)
    assert [[r.outcome.record_id for r in one.results] for one in people] == [["0"], ["1", "h"], ["2"]]
    assert [len(crm.rounds) for crm in sides.values()] == [1, 1]


@pytest.mark.parametrize("error", FIELD_FAULTS)
def test_a_refused_field_is_left_out_and_the_rest_is_written(error: ErrorClass) -> None:
    (result,), crm = carried(refusing("Website", error=error), update(Website="n/a", Title="CTO"))
    assert [list(write.values) for (write,) in crm.rounds] == [["Website", "Title"], ["Title"]]
    assert result.outcome.fault is None
    assert result.write.pairs == {"title": Pair("CTO", "CTO")}
    (dropped,) = result.dropped.items()
    assert dropped[0] == "Website"
    assert dropped[1].fault is not None
    assert dropped[1].fault.error is error


def test_fields_named_one_at_a_time_are_left_out_one_after_the_other() -> None:
    (result,), crm = carried(refusing("A", "B", "C"), update(A=1, B=2, C=3, D=4))
    assert (list(result.write.values), sorted(result.dropped), len(crm.rounds)) == (["D"], ["A", "B", "C"], 4)
    assert result.outcome.fault is None


def test_after_four_rounds_the_refusal_stands() -> None:
    (result,), crm = carried(refusing(*"ABCDE"), update(A=1, B=2, C=3, D=4, E=5, F=6))
    assert len(crm.rounds) == 4
    assert result.outcome.fault is not None


def test_a_write_of_refused_fields_only_ends_as_done_with_nothing_written() -> None:
    (result,), crm = carried(refusing("A"), update(A=1))
    assert len(crm.rounds) == 1
    assert (result.outcome, dict(result.write.values)) == (Outcome(record_id=result.write.record_id), {})
    assert list(result.dropped) == ["A"]


@pytest.mark.parametrize(
    ("write", "answer"),
    [
        (creation(LastName="x", Phone="1"), refusing("LastName")),  # required
        (update(A=1, B=2), refusing("A", also=("Unknown",))),  # a field that we did not send
        (update(A=1, B=2), lambda _: failed()),  # no field at all
        (creation(Email="a@x.example"), refusing("Email", error=ErrorClass.CONFLICT)),  # there already
        (update(A=1, B=2), refusing("A", error=ErrorClass.TRANSIENT)),
        (update(A=1, B=2), refusing("A", error=ErrorClass.DUPLICATE)),
        (archive(), lambda _: failed()),
    ],
)
def test_what_no_leaving_out_can_help_is_sent_once_and_whole(write: Write, answer: Answer) -> None:
    (result,), crm = carried(answer, write)
    assert (len(crm.rounds), result.write, result.dropped) == (1, write, {})
    assert result.outcome.fault is not None


def test_an_optional_field_is_left_out_of_a_creation_too() -> None:
    (result,), _ = carried(refusing("Phone"), creation(LastName="x", Phone="?"))
    assert (result.write.action, dict(result.write.values)) == (Action.CREATE, {"LastName": "x"})
    assert result.outcome.fault is None


def test_one_persons_refused_field_leaves_the_others_alone() -> None:
    bad = person(row(hs(1)), decision=Decision(writes=(update(A=1, B=2),)))
    good = person(row(hs(2)), decision=Decision(writes=(update(B=2),)))
    crm = Records(refusing("A"))
    carry_out([bad, good], {Side.HUBSPOT: crm, Side.SALESFORCE: crm}, lambda: None)
    assert [len(sent) for sent in crm.rounds] == [2, 1]
    assert (good.results[0].dropped, good.results[0].outcome.fault) == ({}, None)


def test_a_side_that_fails_wholly_fails_its_own_writes_only() -> None:
    class Down(Records):
        def apply(self, writes: object, before_call: object = None) -> list[Outcome]:
            raise CrmError(fault(ErrorClass.TRANSIENT, "HTTP 503"))

    both: Person = person(decision=Decision(writes=(update(Side.HUBSPOT, phone="1"), update(Title="2"))))
    carry_out([both], {Side.HUBSPOT: Down(ok), Side.SALESFORCE: Records(ok)}, lambda: None)
    hubspot, salesforce = both.results
    assert hubspot.outcome.fault is not None
    assert hubspot.outcome.fault.code == "HTTP 503"
    assert salesforce.outcome.fault is None


def test_the_lease_is_asked_for_before_each_call_and_nothing_is_sent_without_it() -> None:
    crm, asked = Records(refusing("A")), []

    def still_ours() -> None:
        asked.append(len(crm.rounds))
        if crm.rounds:
            raise LeaseLost("frozen meanwhile")

    one = person(decision=Decision(writes=(update(A=1, B=2),)))
    with pytest.raises(LeaseLost):
        carry_out([one], {Side.HUBSPOT: crm, Side.SALESFORCE: crm}, still_ours)
    assert (len(crm.rounds), asked) == (1, [0, 1])


def test_nobody_who_writes_nothing_is_sent_anywhere() -> None:
    results, crm = carried(ok)
    assert (results, crm.rounds) == ([], [])
