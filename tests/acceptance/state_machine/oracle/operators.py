"""What operators may rely on: a pause stops all writing, and what a guard holds waits for its release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from contract.records import RecordRef, Side
from contract.standing import GuardedWork
from tests.acceptance.state_machine.fields import FIELDS
from tests.acceptance.state_machine.journal import Author, Event, What
from tests.acceptance.state_machine.oracle.run import Complaint, Run
from tests.acceptance.state_machine.orders import Did, Order
from tests.acceptance.state_machine.setup import Extra

_WITHIN = timedelta(minutes=8)
"""A guard counts over ten minutes, and a little before the work is done."""


def complaints(run: Run) -> Iterator[Complaint]:
    """Writes that nobody allowed."""
    yield from _paused(run)
    if Extra.GUARDS in run.setup.extras:
        for work in GuardedWork:
            done = [event for event in run.journal.events if _counts(event, work)]
            yield from _beyond(run, work, done)
            yield from _while_held(run, work, done)


def _paused(run: Run) -> Iterator[Complaint]:
    """Nothing is written during a pause but by one call that was under way."""
    for begin, end in _pauses(run):
        acts: dict[int, set[int]] = {}
        for event in run.journal.events:
            ours = event.author is Author.API and event.what is not What.TOUCHED
            if not ours or not begin.seq < event.seq < end:
                continue
            acts.setdefault(event.batch, set()).add(event.act)
            begun_before = run.journal.batches[event.batch].seq < begin.seq
            if not begun_before or len(acts[event.batch]) > 1:
                says = f"{event.ref} was written at {event.seq}, although paused at {begin.seq}"
                yield Complaint(says=says, refs=(event.ref,))


def _pauses(run: Run) -> Iterator[tuple[Order, int]]:
    """Each pause with the place in the order where it was lifted."""
    for order in run.journal.orders:
        if order.did is Did.PAUSED:
            lifted = (
                one.seq
                for one in run.journal.orders
                if one.did is Did.RESUMED and one.everyone == order.everyone and one.seq > order.seq
            )
            yield order, next(lifted, run.journal.last + 1)


def _counts(event: Event, work: GuardedWork) -> bool:
    if event.author is not Author.API:
        return False
    if work is GuardedWork.CLEARS:
        names = {name for field in FIELDS if (name := field.name(event.ref))}
        return event.what is What.SET and event.field in names and event.value is None
    if work is GuardedWork.CREATES:
        return event.what is What.CREATED
    return event.what is What.DELETED and event.ref.side is Side.HUBSPOT


def _released(run: Run, work: GuardedWork, before: int) -> int:
    return sum(one.amounts.get(work, 0) for one in run.journal.orders if one.seq < before)


def _beyond(run: Run, work: GuardedWork, done: list[Event]) -> Iterator[Complaint]:
    """Never more than the limit within the time in which it counts, and what an operator let go besides."""
    limit: int = getattr(run.settings.guards, work.value)
    for event in done:
        lately = [one for one in done if one.seq <= event.seq and one.at > event.at - _WITHIN]
        amount = _amount(run, lately)
        if amount > limit + _released(run, work, event.seq):
            says = f"{event.ref}: {amount} {work} by {event.seq}, the limit is {limit}"
            yield Complaint(says=says, refs=(event.ref,))


def _amount(run: Run, events: list[Event]) -> int:
    """By the record that the work is done to or for, each as often as it was done at one stroke."""
    strokes: dict[RecordRef, Counter[int]] = {}
    for event in events:
        strokes.setdefault(_target(run, event), Counter())[event.act] += 1
    return sum(max(acts.values()) for acts in strokes.values())


def _target(run: Run, event: Event) -> RecordRef:
    """The record itself; of a created one the record that it was created for."""
    if event.what is not What.CREATED:
        return event.ref
    partners = (
        tie.ends[event.ref.side.other]
        for tie in run.journal.ties
        if tie.ends and event.ref in tie.ends.values()
    )
    return next(partners, event.ref)


def _while_held(run: Run, work: GuardedWork, done: list[Event]) -> Iterator[Complaint]:
    """As long as anything of a kind waits, nothing of it is done but what was let go."""
    for event in done:
        batch = run.journal.batches[event.batch]
        before = [one for one in run.journal.holdings if one.seq < batch.seq][-1:]
        after = [one for one in run.journal.holdings if one.seq > batch.seq][:1]
        held = before and work in before[0].works and (not after or work in after[0].works)
        if held and not _released(run, work, event.seq):
            says = f"{event.ref}: {work} at {event.seq}, while such work is held"
            yield Complaint(says=says, refs=(event.ref,))
