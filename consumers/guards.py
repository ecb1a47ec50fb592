"""Guards: deletions, creations and cleared values beyond a portal's limit wait for an operator, all of them.

What goes ahead is counted in the transaction that commits its intents, before anything is written. The unit
is the person: one whose work is held waits whole, and everybody else's work goes on. An erasure never waits:
it deletes nothing in either CRM, and what it forgets must not be kept for an operator's sake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from consumers.people import Person
from contract.decisions import Action, Verdict, Write
from contract.ports import Transaction
from contract.records import RecordRef, is_blank
from contract.settings import GUARD_WINDOW, Portal
from contract.standing import GuardedWork, HeldWork

UNTIL_RELEASED = "guards"
"""What a row waits on whose work is held; an operator's release wakes it."""
RULE = "guards"

WORK_OF: Mapping[Action, GuardedWork | None] = {
    Action.ARCHIVE: GuardedWork.DELETIONS,
    Action.MERGE: GuardedWork.DELETIONS,
    Action.CREATE: GuardedWork.CREATES,
    Action.UPDATE: None,
    Action.OPT_OUT: None,
}
"""What each action counts as; an update may clear values, an opt-out is asked for by the person.

A merge is one deletion: the contact that is merged away is no more, and nothing brings it back.
"""
_NAMES: Mapping[GuardedWork, str] = {
    GuardedWork.DELETIONS: "deletions",
    GuardedWork.CREATES: "new records",
    GuardedWork.CLEARS: "cleared values",
}

_MINUTES = int(GUARD_WINDOW.total_seconds() // 60)

Amounts = Counter[tuple[GuardedWork, RecordRef]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What a person's decision would do of guarded work; `known` is what it holds already or may do."""

    person: Person
    amounts: Amounts
    known: Sequence[HeldWork]

    def amount(self, work: GuardedWork) -> int:
        return sum(amount for (kind, _), amount in self.amounts.items() if kind is work)

    def new(self) -> Amounts:
        """What no operator let go, at least not as much of it."""
        let_go = {(one.work, one.target): one.amount for one in self.known if one.released}
        return Counter({key: n for key, n in self.amounts.items() if n > let_go.get(key, 0)})


def admit(tx: Transaction, portal: Portal, people: Sequence[Person], *, now: datetime) -> None:
    """Mark whose work is held, and count what goes ahead. Persons without guarded work always do."""
    standing = tx.held.standing(portal.number)
    amounts = {person: amounts_of(person) for person in people}
    if not standing and not any(amounts.values()):
        return
    known = _known(tx, portal.number, amounts)
    wishes = [_Wish(person=one, amounts=amounts[one], known=known.get(one, ())) for one in people]
    if _drop_needless(tx, portal.number, wishes):
        standing = tx.held.standing(portal.number)
    since = now - GUARD_WINDOW
    touched = {ref for each in amounts.values() for _, ref in each}
    lately = tx.guards.lately(portal.number, since=since, besides=touched)
    for work in GuardedWork:
        new = [
            wish for wish in wishes if not wish.person.held and any(kind is work for kind, _ in wish.new())
        ]
        if new:
            _weigh(new, work, portal, done=lately.get(work, 0), latched=work in standing)
    free = [wish for wish in wishes if not wish.person.held]
    counted: dict[tuple[GuardedWork, RecordRef], int] = {}
    for wish in free:
        counted |= wish.new()
        wish.person.let_go = tuple(one for one in wish.known if one.released)
    tx.guards.count(portal.number, counted, at=now, since=since)


def amounts_of(person: Person) -> Amounts:
    """How much guarded work of each kind, by the record it is done to, or created for."""
    amounts: Amounts = Counter()
    if person.decision.erasure:
        return amounts
    for write in person.decision.writes:
        ref = _target(write) or person.rows[0].ref
        work = WORK_OF.get(write.action)
        if work is not None:
            amounts[work, ref] += 1
        if write.action is Action.UPDATE and (cleared := sum(map(is_blank, write.values.values()))):
            amounts[GuardedWork.CLEARS, ref] += cleared
    return amounts


def _target(write: Write) -> RecordRef | None:
    if write.record_id is None:
        return None
    return RecordRef(side=write.side, object_type=write.object_type, id=write.record_id)


def _known(tx: Transaction, portal: int, amounts: Mapping[Person, Amounts]) -> dict[Person, list[HeldWork]]:
    """What is held or let go for each person, at whichever of its rows."""
    owner = {target: person for person, each in amounts.items() for _, target in each}
    owner |= {ref: person for person in amounts for ref in person.refs}
    known: dict[Person, list[HeldWork]] = {}
    for one in tx.held.of(portal, owner.keys()):
        person = owner.get(one.ref) or owner[one.target]
        known.setdefault(person, []).append(one)
    return known


def _drop_needless(tx: Transaction, portal: int, wishes: Iterable[_Wish]) -> bool:
    """Forget what is not called for any more, and have the row looked at with which it waited.

    Nothing of those that could not be decided now.
    """
    needless: list[HeldWork] = []
    for wish in wishes:
        decision = wish.person.decision
        if decision.again or decision.fault:
            continue
        gone = [one for one in wish.known if (one.work, one.target) not in wish.amounts]
        elsewhere = {one.ref for one in gone} - {row.ref for row in wish.person.rows}
        wish.person.decision = replace(decision, look_at=(*decision.look_at, *sorted(elsewhere)))
        needless += gone
    if needless:
        tx.held.drop(portal, needless)
    return bool(needless)


def _weigh(wishes: Sequence[_Wish], work: GuardedWork, portal: Portal, *, done: int, latched: bool) -> None:
    """Hold them all where the limit would be passed, or where work of this kind is held already.

    Were the second not so, a flood would leak through in small batches.
    """
    limit: int = getattr(portal.settings.guards, work.value)
    asked = sum(wish.amount(work) for wish in wishes)
    if not latched and done + asked <= limit:
        return
    reason = f"{_NAMES[work]} are held already"
    if not latched:
        before = f"{asked} {_NAMES[work]}, after {done} in the last {_MINUTES} minutes,"
        reason = f"{before} would pass the limit of {limit}"
    text = f"{reason}: nothing of this is done until `diptych portals release {portal.number}`"
    for wish in wishes:
        _hold(wish, work, text)


def _hold(wish: _Wish, work: GuardedWork, text: str) -> None:
    """At each of the person's rows, for any of them may be looked at alone."""
    person, decision = wish.person, wish.person.decision
    person.held = tuple(
        HeldWork(ref=row.ref, work=work, target=target, amount=amount)
        for row in person.rows
        for (kind, target), amount in wish.amounts.items()
        if kind is work
    )
    person.decision = replace(decision, trace=(*decision.trace, Verdict(rule=RULE, says=text)))
