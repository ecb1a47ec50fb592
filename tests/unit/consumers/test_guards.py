"""What guarded work a decision holds, and what becomes of work that was held before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consumers.guards import WORK_OF, admit, amounts_of
from consumers.people import Person
from contract.decisions import Action, Again, Decision, Erasure, Write
from contract.pending import WorkClass
from contract.records import RecordRef, Side
from contract.settings import GuardLimits, Settings
from contract.standing import GuardedWork, HeldWork
from tests.contract.crm.benches import portal
from tests.fakes.away import AwayDatabase
from tests.fakes.people import NOW, PORTAL, hs, lead_ref
from tests.unit.consumers.kit import archive, change, creation, fault, merging, pair_link, person, row, update

DELETIONS, CREATES, CLEARS = GuardedWork
TIGHT = Settings(guards=GuardLimits(deletions=0, creates=0, clears=0))
OURS = replace(portal(), number=PORTAL, settings=TIGHT)


@pytest.mark.parametrize(
    ("writes", "amounts"),
    [
        ((), {}),
        ((archive(),), {(DELETIONS, hs(1)): 1}),
        ((merging(),), {(DELETIONS, hs(1)): 1}),
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


def held(ref: RecordRef, work: GuardedWork, target: RecordRef, amount: int = 1) -> HeldWork:
    return HeldWork(ref=ref, work=work, target=target, amount=amount)


def pend(database: AwayDatabase, *works: HeldWork) -> None:
    """Rows of contact 1 and lead 1 that hold this."""
    with database.transaction() as tx:
        changes = [change(hs(1)), change(lead_ref(1))]
        tx.pending.merge(changes, work_class=WorkClass.LIVE, now=NOW, due_at=NOW)
        tx.held.hold(PORTAL, works, at=NOW)


def released(database: AwayDatabase, *works: HeldWork) -> None:
    pend(database, *works)
    with database.transaction() as tx:
        tx.held.release(PORTAL, [*GuardedWork], author="ada", comment="", at=NOW)


def weighed(database: AwayDatabase, decision: Decision, *refs: RecordRef) -> tuple[Person, set[GuardedWork]]:
    """The linked person looked at by these rows, and the kinds that still stand as held."""
    one = person(*(row(ref) for ref in refs or (hs(1),)), stored=pair_link(), decision=decision)
    with database.transaction() as tx:
        admit(tx, OURS, [one], now=NOW)
        return one, set(tx.held.standing(PORTAL))


TWO_CLEARS = Decision(writes=(update(Title=None, Phone=None),))


def test_a_person_held_for_another_kind_than_before_is_not_held_for_both(database: AwayDatabase) -> None:
    pend(database, held(hs(1), CREATES, hs(1)))
    one, standing = weighed(database, TWO_CLEARS, hs(1), lead_ref(1))
    assert (set(one.held), standing) == (
        {held(hs(1), CLEARS, lead_ref(1), 2), held(lead_ref(1), CLEARS, lead_ref(1), 2)},
        set(),
    )


def test_what_waits_at_another_row_and_is_not_called_for_any_more_is_dropped_and_its_row_looked_at(
    database: AwayDatabase,
) -> None:
    pend(database, held(lead_ref(1), DELETIONS, hs(1)))
    one, standing = weighed(database, Decision(), hs(1))
    assert (standing, one.decision.look_at) == (set(), (lead_ref(1),))


@pytest.mark.parametrize(
    "decision", [Decision(again=Again(seconds=1, because="stale")), Decision(fault=fault())]
)
def test_a_person_that_could_not_be_decided_stays_held(database: AwayDatabase, decision: Decision) -> None:
    pend(database, held(hs(1), CREATES, hs(1)))
    _, standing = weighed(database, decision)
    assert standing == {CREATES}


@pytest.mark.parametrize(("let_go", "holds"), [(2, False), (1, True)])
def test_no_more_than_was_let_go_passes(database: AwayDatabase, let_go: int, *, holds: bool) -> None:
    released(database, held(hs(1), CLEARS, lead_ref(1), let_go))
    one, _ = weighed(database, TWO_CLEARS)
    assert bool(one.held) is holds


@pytest.mark.parametrize("ref", [hs(1), lead_ref(1)])
def test_a_person_let_go_may_be_looked_at_by_either_of_its_rows(
    database: AwayDatabase, ref: RecordRef
) -> None:
    released(database, held(hs(1), CLEARS, lead_ref(1), 2))
    one, _ = weighed(database, TWO_CLEARS, ref)
    assert (one.held, [work.ref for work in one.let_go]) == ((), [hs(1)])
