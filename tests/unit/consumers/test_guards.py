"""What guarded work a decision holds, and what becomes of work that was held before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consumers.guards import WORK_OF, admit, amounts_of
from consumers.people import Person
from contract.decisions import Action, Again, Decision, Erasure, Write
from contract.pending import WorkClass
from contract.records import Side
from contract.settings import GuardLimits, Settings
from contract.standing import GuardedWork, HeldWork
from tests.contract.crm.benches import portal
from tests.fakes.away import AwayDatabase
from tests.fakes.people import NOW, PORTAL, hs, lead_ref
from tests.unit.consumers.kit import archive, change, creation, fault, pair_link, person, row, update

DELETIONS, CREATES, CLEARS = GuardedWork
TIGHT = Settings(guards=GuardLimits(deletions=0, creates=0, clears=0))
OURS = replace(portal(), number=PORTAL, settings=TIGHT)


@pytest.mark.parametrize(
    ("writes", "amounts"),
    [
        ((), {}),
        ((archive(),), {(DELETIONS, hs(1)): 1}),
        ((creation(LastName="x", Phone=None),), {(CREATES, hs(1)): 1}),
        ((update(Title="CTO", Active=False, Count=0),), {}),
        ((update(Title=None, Phone="", City="  ", Fax="1"),), {(CLEARS, lead_ref(1)): 3}),
        (
            (update(Side.HUBSPOT, phone=None), update(Title=None)),
            {(CLEARS, hs(1)): 1, (CLEARS, lead_ref(1)): 1},
        ),
    ],
)
def test_amounts_are_told_by_kind_and_record(writes: tuple[Write, ...], amounts: dict[object, int]) -> None:
    assert dict(amounts_of(person(decision=Decision(writes=writes)))) == amounts


def test_of_every_action_it_is_decided_whether_it_is_guarded() -> None:
    assert set(WORK_OF) == set(Action)


def test_an_erasure_holds_no_guarded_work() -> None:
    erasure = Erasure(refs=(hs(1),), emails=())
    assert not amounts_of(person(decision=Decision(writes=(archive(),), erasure=erasure)))


def pend(database: AwayDatabase, *held: HeldWork) -> None:
    """Rows of contact 1 and lead 1 that hold this."""
    with database.transaction() as tx:
        changes = [change(hs(1)), change(lead_ref(1))]
        tx.pending.merge(changes, work_class=WorkClass.LIVE, now=NOW, due_at=NOW)
        tx.held.hold(PORTAL, held, at=NOW)


def held_after(database: AwayDatabase, decision: Decision) -> tuple[Person, set[GuardedWork]]:
    """The person whose decision was weighed, and the kinds that still stand as held."""
    one = person(row(hs(1)), row(lead_ref(1)), stored=pair_link(), decision=decision)
    with database.transaction() as tx:
        admit(tx, OURS, [one], now=NOW)
        return one, set(tx.held.standing(PORTAL))


def test_a_person_held_for_another_kind_than_before_is_not_held_for_both(database: AwayDatabase) -> None:
    pend(database, HeldWork(ref=hs(1), work=CREATES, amount=1))
    one, standing = held_after(database, Decision(writes=(update(Title=None),)))
    assert ([(work.ref, work.work, work.amount) for work in one.held], standing) == (
        [(hs(1), CLEARS, 1), (lead_ref(1), CLEARS, 0)],
        set(),
    )


@pytest.mark.parametrize(
    "decision", [Decision(again=Again(seconds=1, because="stale")), Decision(fault=fault())]
)
def test_a_person_that_could_not_be_decided_stays_held(database: AwayDatabase, decision: Decision) -> None:
    pend(database, HeldWork(ref=hs(1), work=CREATES, amount=1))
    _, standing = held_after(database, decision)
    assert standing == {CREATES}


def released(database: AwayDatabase, *held: HeldWork) -> None:
    pend(database, *held)
    with database.transaction() as tx:
        tx.held.release(PORTAL, [*GuardedWork], author="ada", comment="", at=NOW)


@pytest.mark.parametrize(("let_go", "held"), [(2, False), (1, True)])
def test_no_more_than_was_let_go_passes(database: AwayDatabase, let_go: int, *, held: bool) -> None:
    released(database, HeldWork(ref=hs(1), work=CLEARS, amount=let_go))
    one, _ = held_after(database, Decision(writes=(update(Title=None, Phone=None),)))
    assert bool(one.held) is held


def test_a_person_let_go_may_be_looked_at_by_either_of_its_rows(database: AwayDatabase) -> None:
    held = [HeldWork(ref=hs(1), work=CLEARS, amount=2), HeldWork(ref=lead_ref(1), work=CLEARS, amount=0)]
    released(database, *held)
    one = person(row(lead_ref(1)), decision=Decision(writes=(update(Title=None, Phone=None),)))
    with database.transaction() as tx:
        admit(tx, OURS, [one], now=NOW)
    assert (one.held, [work.ref for work in one.let_go]) == ((), [lead_ref(1)])
