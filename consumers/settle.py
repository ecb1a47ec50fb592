"""Outcomes -> link, base, dead letters, reports, next due time; the pure half of settling."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from consumers import afterwards, letters
from consumers.guards import UNTIL_RELEASED
from consumers.people import Person, Result
from consumers.retry import GiveUp, Halt, Hold, Retry, Suspend, after
from contract.activity import DeadLetter
from contract.changes import Change
from contract.decisions import ENDING, Action, Decision, Report, ReportKind
from contract.errors import ErrorClass, Fault
from contract.links import Intent, Link, LinkState, Pair
from contract.pending import Postponed, WorkClass
from contract.records import RecordRef, Side
from contract.settings import SyncMode

SOON = timedelta(seconds=1.5)
"""Salesforce's answer to a write does not show what it stored, so the record is read a moment later."""
UNTIL_ON = "sync.mode: on"
"""What a row waits on whose decision was only observed; it is woken when the portal is switched on."""
_LONG = timedelta(days=30)
"""When a row that waits to be woken is looked at all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What one person's results come to."""

    link: Link | None
    done: bool
    postponed: tuple[Postponed, ...] = ()
    letters: tuple[DeadLetter, ...] = ()
    reports: tuple[Report, ...] = ()
    look_at: tuple[Change, ...] = ()
    look_soon: tuple[Change, ...] = ()
    hold: Hold | None = None
    suspend: Fault | None = None


def settle(
    person: Person, *, now: datetime, mode: SyncMode, version: int, jitter: Callable[[], float]
) -> Settled:
    """Everything the settling transaction must store for this person; `version` is the settings version."""
    decision = person.decision
    if decision.again:
        wait = timedelta(seconds=decision.again.seconds)
        waits_on = str(decision.again.waiting) if decision.again.waiting else None
        postponed = _postponed(person, now + wait, counts=False, waits_on=waits_on)
        return Settled(link=None, done=False, postponed=postponed)
    if mode is SyncMode.OBSERVE and _would_change(decision):
        postponed = _postponed(person, now + _LONG, counts=False, waits_on=UNTIL_ON)
        return Settled(link=None, done=False, postponed=postponed, reports=decision.reports)
    if person.held:
        postponed = _postponed(person, now + _LONG, counts=False, waits_on=UNTIL_RELEASED)
        return Settled(link=None, done=False, postponed=postponed, reports=decision.reports)
    reports = [*decision.reports, *(r for result in person.results for r in _clashes(person, result))]
    settled = Settled(
        link=_linked(person, now),
        done=True,
        letters=tuple(letters.of_fields(person, now=now, version=version)),
        reports=tuple(reports),
        look_at=afterwards.at_once(person),
        look_soon=afterwards.soon(person, now),
    )
    return _with_faults(person, settled, now, version, jitter)


def _would_change(decision: Decision) -> bool:
    """Whether carrying the decision out would change anything but forget a person, which never waits."""
    return not decision.erasure and bool(decision.writes or decision.link or decision.others)


def _with_faults(
    person: Person, settled: Settled, now: datetime, version: int, jitter: Callable[[], float]
) -> Settled:
    """A letter for each fault that trying again cannot help; for any other one the row stays."""
    attempts = max(row.attempts for row in person.rows)
    faults = list(_faults(person))
    whole = person.call_refused
    found = [
        (f, s, _done_elsewhere(person, f) or after(f, attempts, jitter, whole_call=whole)) for f, s in faults
    ]
    filed = [
        letters.of_record(person, fault, side, now=now, version=version)
        for fault, side, verdict in found
        if isinstance(verdict, GiveUp) or (isinstance(verdict, Retry) and verdict.tell)
    ]
    settled = replace(settled, letters=(*settled.letters, *filed))
    if all(isinstance(verdict, GiveUp) for _, _, verdict in found):
        return settled
    holds = [verdict for _, _, verdict in found if isinstance(verdict, Hold)]
    suspend = next((fault for fault, _, verdict in found if isinstance(verdict, Suspend)), None)
    waits = [verdict.wait for _, _, verdict in found if isinstance(verdict, Retry)]
    if holds or suspend or any(isinstance(verdict, Halt) for _, _, verdict in found):
        later = _postponed(person, now, counts=False)
    else:
        later = _postponed(person, now + max(waits))
    return replace(settled, done=False, postponed=later, hold=longest(holds), suspend=suspend)


def longest(holds: list[Hold]) -> Hold | None:
    """The hold that asks for the longest wait, if any asks for one."""
    return max(holds, key=lambda hold: hold.wait or timedelta(0), default=None)


def _faults(person: Person) -> Iterator[tuple[Fault, Side | None]]:
    """What went wrong, with the side of the write that was refused."""
    if person.decision.fault:
        yield person.decision.fault, None
    for result in person.results:
        if result.outcome.fault:
            yield result.outcome.fault, result.write.side


_TRIES: Mapping[Action, tuple[ErrorClass, int]] = {
    Action.CREATE: (ErrorClass.CONFLICT, 10),
    Action.MERGE: (ErrorClass.DATA, 3),
}
"""How often an action is decided anew that was refused as if it had been done already."""


def _done_elsewhere(person: Person, fault: Fault) -> Retry | None:
    """A clash while creating means the person is there already: match again, do not give up at once.

    A merge that is refused may have been done, by a call whose answer was lost, and not show in reads yet.
    """
    attempts = max(row.attempts for row in person.rows)
    tries = [_TRIES[write.action] for write in person.decision.writes if write.action in _TRIES]
    if any(fault.error is error and attempts < most for error, most in tries):
        return Retry(wait=timedelta(seconds=1))
    return None


def _linked(person: Person, now: datetime) -> Link | None:
    """The link after the writes: bases moved on, new ends known, intents answered."""
    decision = person.decision
    link = person.link or decision.link
    failed = any(result.outcome.fault for result in person.results)
    if link is None or (failed and _ends_record(person)):
        return None
    for result in person.results:
        if result.write.action is Action.OPT_OUT:
            link = _opted_out(link, result)
            continue
        link = _without_dropped(link, result, person.sent)
        if result.outcome.fault is None and result.write.action not in ENDING:
            link = _after_write(link, result, person.sent, now)
        elif result.outcome.fault and not result.outcome.fault.maybe_done:
            link = _without_intent(link, result.write.side, person.sent)
    return link


def _opted_out(link: Link, result: Result) -> Link:
    """An opt-out has no intent: seen again it is the same opt-out, whoever gave it."""
    return link if result.outcome.fault else link.changed(base={**link.base, **result.write.pairs})


def _without_dropped(link: Link, result: Result, sent: frozenset[str]) -> Link:
    """The intents without the fields that were refused: what shows there now is no form of our value."""
    intents = (
        replace(i, pairs={key: pair for key, pair in i.pairs.items() if key in result.write.pairs})
        if i.side is result.write.side and i.id in sent
        else i
        for i in link.intents
    )
    return link.changed(intents=tuple(intents))


def _without_intent(link: Link, side: Side, sent: frozenset[str]) -> Link:
    """The write was refused, so its value, if ever seen there, is somebody else's.

    An earlier write that was never answered is not meant: it may still arrive.
    """
    return link.changed(intents=tuple(i for i in link.intents if i.side is not side or i.id not in sent))


def _after_write(link: Link, result: Result, sent: frozenset[str], now: datetime) -> Link:
    write, outcome = result.write, result.outcome
    if write.action is Action.CREATE and outcome.record_id:
        ref = RecordRef(side=write.side, object_type=write.object_type, id=outcome.record_id)
        name = "hubspot" if write.side is Side.HUBSPOT else "salesforce"
        link = link.changed(**{name: ref}, state=LinkState.LIVE)
    names = {key: name for name, key in write.keys.items()}
    stored = {
        key: _as_stored(pair, write.side, names.get(key), outcome.fields) for key, pair in write.pairs.items()
    }
    link = link.changed(base={**link.base, **stored}, intents=_answered(link.intents, result, sent, now))
    return link.with_seen(write.side, outcome.stamp) if outcome.stamp else link


def _as_stored(pair: Pair, side: Side, name: str | None, fields: Mapping[str, Any]) -> Pair:
    """The pair with the written half as the CRM says it stored it, where it says so."""
    if name is None or name not in fields:
        return pair
    value = fields[name]
    if side is Side.HUBSPOT:
        return Pair(hubspot=value, salesforce=pair.salesforce)
    return Pair(hubspot=pair.hubspot, salesforce=value)


def _answered(
    intents: tuple[Intent, ...], result: Result, sent: frozenset[str], now: datetime
) -> tuple[Intent, ...]:
    """HubSpot's answer shows the stored form, so its intent is done; Salesforce's waits to be seen.

    The answer is about what was sent in this batch; an earlier write may still be under way, and as long as
    it may arrive the newer intent stays, or the late value would be taken for the agreed one.
    """
    side = result.write.side
    earlier = any(intent.side is side and intent.id not in sent for intent in intents)
    kept: list[Intent] = []
    for intent in intents:
        ours = intent.side is side and intent.id in sent
        if ours and result.outcome.fields and not earlier:
            continue
        kept.append(replace(intent, settled=True, sent_at=now) if ours else intent)
    return tuple(kept)


def _ends_record(person: Person) -> bool:
    return any(write.action in ENDING for write in person.decision.writes)


def _postponed(
    person: Person, due_at: datetime, *, counts: bool = True, waits_on: str | None = None
) -> tuple[Postponed, ...]:
    return tuple(
        Postponed(
            row=row,
            due_at=due_at,
            work_class=row.work_class if not counts else max(row.work_class, WorkClass.RETRY),
            attempts=row.attempts + counts,
            waits_on=waits_on,
        )
        for row in person.rows
    )


def _clashes(person: Person, result: Result) -> list[Report]:
    """An e-mail that another record holds: the field was left out, the operator must know of both."""
    reports = []
    for name, outcome in result.dropped.items():
        fault = outcome.fault
        if fault is None or fault.error is not ErrorClass.CONFLICT:
            continue
        refs = list(person.refs)
        if fault.existing_id:
            other = RecordRef(
                side=result.write.side, object_type=result.write.object_type, id=fault.existing_id
            )
            refs.append(other)
        says = f"{name} could not be written: another {result.write.side} record holds this value"
        reports.append(Report(kind=ReportKind.DUPLICATE, refs=tuple(refs), says=says))
    return reports
