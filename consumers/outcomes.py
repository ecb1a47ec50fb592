"""The settling transaction: all that a batch came to is stored at once, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from consumers import letters, suspension
from consumers.intents import ended_first
from consumers.people import Person
from consumers.settle import SOON, UNTIL_ON, Settled
from consumers.story import entry_of
from contract.decisions import Action
from contract.links import Link
from contract.pending import PendingRow, Postponed, WorkClass
from contract.ports import Transaction
from contract.records import RecordRef
from contract.settings import Portal, Suspension, SyncMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What a batch came to.

    `later` are persons who must wait for the next batch, `echoes` rows that need no look, `dead` rows that
    killed their worker too often.
    """

    settled: Sequence[tuple[Person, Settled]]
    later: Sequence[Person]
    echoes: Sequence[PendingRow]
    dead: Sequence[PendingRow]


def store(tx: Transaction, portal: Portal, outcomes: Outcomes, *, now: datetime) -> Suspension | None:
    """Store it all; returns the suspension that the portal has come under, if any.

    Finished rows go first: a record that must be looked at again then gets a row of its own. Erasures go
    last: they take what the batch itself has just told of the person along.
    """
    _finish(tx, outcomes, now)
    _keep_held(tx, portal.number, outcomes.settled, now)
    _store_links(tx, portal.number, outcomes.settled, now)
    _store_letters(tx, portal, outcomes, now)
    tx.exclusions.cover(portal.number, (one for p, _ in outcomes.settled for one in p.decision.covers))
    reports = [report for _, result in outcomes.settled for report in result.reports]
    tx.activity.report(portal.number, reports, at=now)
    _look_again(tx, outcomes.settled, now)
    version = portal.settings.version
    entries = [entry_of(person, now=now, version=version) for person, _ in outcomes.settled]
    tx.activity.add([entry for entry in entries if entry])
    _forget(tx, portal.number, outcomes.settled, now)
    _wake_if_on_by_now(tx, portal, now)
    refused = next((result.suspend for _, result in outcomes.settled if result.suspend), None)
    return suspension.suspend(tx, portal, refused, now=now) if refused else None


def _wake_if_on_by_now(tx: Transaction, portal: Portal, now: datetime) -> None:
    """Where the portal was switched on during a batch that only observed, nobody else wakes its rows.

    Asked after they are stored: whoever switches on later finds them.
    """
    if portal.settings.mode is not SyncMode.OBSERVE:
        return
    newest = tx.portals.get(portal.number)
    if newest is not None and newest.settings.mode is SyncMode.ON:
        tx.pending.wake(portal.number, [UNTIL_ON], now=now)


def _finish(tx: Transaction, outcomes: Outcomes, now: datetime) -> None:
    done = [row for person, result in outcomes.settled if result.done for row in person.rows]
    postponed = [row for _, result in outcomes.settled for row in result.postponed]
    postponed += [_at_once(row, now) for person in outcomes.later for row in person.rows]
    tx.pending.finish([*done, *outcomes.echoes, *outcomes.dead], postponed, now=now)


def _keep_held(
    tx: Transaction, portal: int, settled: Iterable[tuple[Person, Settled]], now: datetime
) -> None:
    """What a guard held now waits with its rows; what an operator let go once is used up when it is done."""
    held = [one for person, _ in settled for one in person.held]
    if held:
        tx.held.hold(portal, held, at=now)
    used_up = [one for person, result in settled if result.done for one in person.let_go]
    if used_up:
        tx.held.drop(portal, used_up)


def _store_links(
    tx: Transaction, portal: int, settled: Iterable[tuple[Person, Settled]], now: datetime
) -> None:
    links: list[Link] = []
    for person, result in settled:
        links += [result.link] if result.link else []
        links += person.decision.others if result.done and person.link is None else ()
    tx.links.store(ended_first(links))
    made = [person for person, _ in settled if any(_made(person))]
    joined = {str(ref) for person in made for ref in person.refs}
    tx.pending.wake(portal, joined, now=now)


def _made(person: Person) -> Iterable[bool]:
    return (r.write.action is Action.CREATE and r.outcome.fault is None for r in person.results)


def _store_letters(tx: Transaction, portal: Portal, outcomes: Outcomes, now: datetime) -> None:
    version = portal.settings.version
    crashed = [letters.of_crash(row, now=now, version=version) for row in outcomes.dead]
    tx.dead_letters.add([*crashed, *(one for _, result in outcomes.settled for one in result.letters)])
    groundless: dict[RecordRef, list[str | None]] = {}
    for person, result in outcomes.settled:
        if result.done and all(letter.field for letter in result.letters):
            groundless |= letters.groundless(person, result.letters, portal.settings)
    tx.dead_letters.resolve(portal.number, groundless, at=now)


def _forget(tx: Transaction, portal: int, settled: Iterable[tuple[Person, Settled]], now: datetime) -> None:
    for person, _ in settled:
        if person.decision.erasure:
            tx.tombstones.erase(portal, person.decision.erasure, at=now)


def _look_again(tx: Transaction, settled: Sequence[tuple[Person, Settled]], now: datetime) -> None:
    look_at = [change for _, result in settled for change in result.look_at]
    tx.pending.merge(look_at, work_class=WorkClass.LIVE, now=now, due_at=now)
    soon = [change for _, result in settled for change in result.look_soon]
    tx.pending.merge(soon, work_class=WorkClass.LIVE, now=now, due_at=now + SOON)


def _at_once(row: PendingRow, now: datetime) -> Postponed:
    return Postponed(row=row, due_at=now, work_class=row.work_class, attempts=row.attempts)
