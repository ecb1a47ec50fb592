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
    Action.CREATE: GuardedWork.CREATES,
    Action.UPDATE: None,
    Action.OPT_OUT: None,
}
"""What each action counts as; an update may clear values, an opt-out is asked for by the person."""
_NAMES: Mapping[GuardedWork, str] = {
    GuardedWork.DELETIONS: "deletions",
    GuardedWork.CREATES: "new records",
    GuardedWork.CLEARS: "cleared values",
}

_MINUTES = int(GUARD_WINDOW.total_seconds() // 60)

Amounts = Counter[tuple[GuardedWork, RecordRef]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What a person's decision would do of guarded work; `known` is what its rows hold or may do."""

    person: Person
    amounts: Amounts
    known: Sequence[HeldWork]

    def amount(self, work: GuardedWork) -> int:
        return sum(amount for (kind, _), amount in self.amounts.items() if kind is work)

    def may(self, work: GuardedWork) -> bool:
        """Whether an operator let as much of this go. A row with 0 is one of a person let go as a whole."""
        let_go = [one.amount for one in self.known if one.work is work and one.released]
        return bool(let_go) and (0 in let_go or sum(let_go) >= self.amount(work))


def admit(tx: Transaction, portal: Portal, people: Sequence[Person], *, now: datetime) -> None:
    """Mark whose work is held, and count what goes ahead. Persons without guarded work always do."""
    standing = tx.held.standing(portal.number)
    amounts = {person: amounts_of(person) for person in people}
    if not standing and not any(amounts.values()):
        return
    known = _known(tx, portal.number, people)
    wishes = [_Wish(person=one, amounts=amounts[one], known=known.get(one, ())) for one in people]
    if _drop_needless(tx, portal.number, wishes):
        standing = tx.held.standing(portal.number)
    since = now - GUARD_WINDOW
    touched = {ref for each in amounts.values() for _, ref in each}
    lately = tx.guards.lately(portal.number, since=since, besides=touched)
    for work in GuardedWork:
        new = [wish for wish in wishes if _is_new(wish, work)]
        if new:
            _weigh(new, work, portal, done=lately.get(work, 0), latched=work in standing)
    free = [wish for wish in wishes if not wish.person.held]
    counted: dict[tuple[GuardedWork, RecordRef], int] = {}
    for wish in free:
        counted |= {key: amount for key, amount in wish.amounts.items() if not wish.may(key[0])}
        wish.person.let_go = tuple(wish.known)
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


def _known(tx: Transaction, portal: int, people: Sequence[Person]) -> Mapping[Person, list[HeldWork]]:
    owner = {row.ref: person for person in people for row in person.rows}
    known: dict[Person, list[HeldWork]] = {}
    for one in tx.held.of(portal, owner.keys()):
        known.setdefault(owner[one.ref], []).append(one)
    return known


def _drop_needless(tx: Transaction, portal: int, wishes: Iterable[_Wish]) -> bool:
    """Forget what was held for persons who do not need it any more; nothing of those not decided now."""
    needless = [
        one
        for wish in wishes
        if not (wish.person.decision.again or wish.person.decision.fault)
        for one in wish.known
        if not wish.amount(one.work)
    ]
    if needless:
        tx.held.drop(portal, needless)
    return bool(needless)


def _is_new(wish: _Wish, work: GuardedWork) -> bool:
    return bool(wish.amount(work)) and not wish.may(work) and not wish.person.held


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
    """At each of the person's rows, for any of them may be looked at alone; the amount at the first."""
    person = wish.person
    amounts = [wish.amount(work), *[0] * (len(person.rows) - 1)]
    person.held = tuple(
        HeldWork(ref=row.ref, work=work, amount=amount)
        for row, amount in zip(person.rows, amounts, strict=True)
    )
    decision = person.decision
    person.decision = replace(decision, trace=(*decision.trace, Verdict(rule=RULE, says=text)))
