"""Outcomes -> link, base, dead letters, reports, activity, next due time; the pure half of settling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from consumers.fixes import fix_for
from consumers.people import Person, Result
from consumers.retry import GiveUp, Hold, Retry, after
from contract.activity import DeadLetter, DeadLetterScope
from contract.changes import Change, Kind, Origin
from contract.decisions import Action, Report, ReportKind
from contract.errors import ErrorClass, Fault
from contract.links import Intent, Link, LinkState, Pair
from contract.pending import PendingRow, Postponed, WorkClass
from contract.records import RecordRef, Side

SEE_STORED_FORM = timedelta(seconds=1.5)
"""Salesforce's answer to a write does not show what it stored, so the record is read a moment later."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What one person's results come to."""

    link: Link | None
    done: bool
    postponed: tuple[Postponed, ...] = ()
    letters: tuple[DeadLetter, ...] = ()
    reports: tuple[Report, ...] = ()
    look_at: tuple[Change, ...] = ()
    stored_forms: tuple[Change, ...] = ()
    hold: Hold | None = None
    suspend: Fault | None = None


def settle(person: Person, *, now: datetime, version: int, jitter: Callable[[], float]) -> Settled:
    """Everything the settling transaction must store for this person; `version` is the settings version."""
    decision = person.decision
    if decision.again:
        wait = timedelta(seconds=decision.again.seconds)
        waits_on = str(decision.again.waiting) if decision.again.waiting else None
        later = _postponed(person, now + wait, counts=False, waits_on=waits_on)
        return Settled(link=None, done=False, postponed=later)
    link = _linked(person)
    faults = [result for result in person.results if result.outcome.fault]
    letters = [letter for result in person.results for letter in _field_letters(person, result, now, version)]
    reports = [*decision.reports, *(r for result in person.results for r in _clashes(person, result))]
    settled = Settled(
        link=link,
        done=True,
        letters=tuple(letters),
        reports=tuple(reports),
        look_at=tuple(_change(person, ref) for ref in decision.look_at),
        stored_forms=tuple(_stored_forms(person)),
    )
    fault = decision.fault or next((f.outcome.fault for f in faults if f.outcome.fault), None)
    if fault is None:
        return settled
    return _failed(person, settled, fault, now, version, jitter)


def _failed(
    person: Person,
    settled: Settled,
    fault: Fault,
    now: datetime,
    version: int,
    jitter: Callable[[], float],
) -> Settled:
    attempts = max(row.attempts for row in person.rows)
    verdict = _created_elsewhere(person, fault) or after(fault, attempts, jitter)
    if isinstance(verdict, GiveUp):
        return replace(settled, letters=(*settled.letters, _letter(person, fault, now, version)))
    if isinstance(verdict, Retry):
        later = _postponed(person, now + verdict.wait, counts=verdict.counts)
        return replace(settled, done=False, postponed=later)
    if isinstance(verdict, Hold):
        later = _postponed(person, now, counts=False)
        return replace(settled, done=False, postponed=later, hold=verdict)
    later = _postponed(person, now, counts=False)
    return replace(settled, done=False, postponed=later, suspend=fault)


def _created_elsewhere(person: Person, fault: Fault) -> Retry | None:
    """A clash while creating means the person is there already: match again, do not give up at once."""
    creating = any(write.action is Action.CREATE for write in person.decision.writes)
    attempts = max(row.attempts for row in person.rows)
    if fault.error is ErrorClass.CONFLICT and creating and attempts < 10:  # noqa: PLR2004
        return Retry(wait=timedelta(seconds=1))
    return None


def _linked(person: Person) -> Link | None:
    """The link after the writes: bases moved on, new ends known, intents answered."""
    decision = person.decision
    link = person.link or decision.link
    failed = any(result.outcome.fault for result in person.results)
    if link is None or (failed and _archives(person)):
        return None
    for result in person.results:
        if result.outcome.fault is None and result.write.action is not Action.ARCHIVE:
            link = _after_write(link, result)
        elif result.outcome.fault and not result.outcome.fault.maybe_done:
            link = _without_intent(link, result.write.side)
    return link


def _without_intent(link: Link, side: Side) -> Link:
    """The write was refused, so its value, if ever seen there, is somebody else's."""
    return link.changed(intents=tuple(i for i in link.intents if i.side is not side or i.settled))


def _after_write(link: Link, result: Result) -> Link:
    write, outcome = result.write, result.outcome
    if write.action is Action.CREATE and outcome.record_id:
        ref = RecordRef(side=write.side, object_type=write.object_type, id=outcome.record_id)
        name = "hubspot" if write.side is Side.HUBSPOT else "salesforce"
        link = link.changed(**{name: ref}, state=LinkState.LIVE)
    names = {key: name for name, key in write.keys.items()}
    stored = {
        key: _as_stored(pair, write.side, names.get(key), outcome.fields) for key, pair in write.pairs.items()
    }
    link = link.changed(base={**link.base, **stored}, intents=_answered(link.intents, result))
    return link.with_seen(write.side, outcome.stamp) if outcome.stamp else link


def _as_stored(pair: Pair, side: Side, name: str | None, fields: Mapping[str, Any]) -> Pair:
    """The pair with the written half as the CRM says it stored it, where it says so."""
    if name is None or name not in fields:
        return pair
    value = fields[name]
    if side is Side.HUBSPOT:
        return Pair(hubspot=value, salesforce=pair.salesforce)
    return Pair(hubspot=pair.hubspot, salesforce=value)


def _answered(intents: tuple[Intent, ...], result: Result) -> tuple[Intent, ...]:
    """HubSpot's answer shows the stored form, so its intent is done; Salesforce's waits to be seen."""
    kept: list[Intent] = []
    for intent in intents:
        ours = intent.side is result.write.side and not intent.settled
        if ours and result.outcome.fields:
            continue
        pairs = {key: pair for key, pair in intent.pairs.items() if key in result.write.pairs}
        kept.append(replace(intent, settled=True, pairs=pairs) if ours else intent)
    return tuple(kept)


def _archives(person: Person) -> bool:
    return any(write.action is Action.ARCHIVE for write in person.decision.writes)


def _stored_forms(person: Person) -> list[Change]:
    """Records that were written without an answer that shows the stored form."""
    return [
        _change(person, RecordRef(side=w.side, object_type=w.object_type, id=record_id))
        for r in person.results
        if (w := r.write)
        and r.outcome.fault is None
        and not r.outcome.fields
        and w.values
        and w.action is not Action.ARCHIVE
        and (record_id := r.outcome.record_id or w.record_id)
    ]


def _change(person: Person, ref: RecordRef) -> Change:
    """A notice of our own making; it claims no time of its own, so no read is too old for it."""
    row = person.rows[0]
    return Change(
        portal=row.portal,
        ref=ref,
        kind=Kind.UPDATED,
        occurred_at=_LONG_AGO,
        origin=Origin.SWEEP,
        trace_id=row.trace_id,
    )


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


def _field_letters(person: Person, result: Result, now: datetime, version: int) -> list[DeadLetter]:
    return [
        _letter(person, outcome.fault, now, version, field=name, write_side=result.write.side)
        for name, outcome in result.dropped.items()
        if outcome.fault and outcome.fault.error is not ErrorClass.CONFLICT
    ]


def _letter(
    person: Person,
    fault: Fault,
    now: datetime,
    version: int,
    *,
    field: str | None = None,
    write_side: Side | None = None,
) -> DeadLetter:
    row = person.rows[0]
    return DeadLetter(
        portal=row.portal,
        scope=DeadLetterScope.FIELD if field else DeadLetterScope.RECORD,
        ref=row.ref,
        field=field,
        side=fault.side or write_side,
        error=fault.error.value,
        code=fault.code,
        rule=_rule(person),
        says=fault.says,
        fix=fix_for(fault),
        attempts=row.attempts + 1,
        first_seen=now,
        last_seen=now,
        settings_version=version,
    )


def _rule(person: Person) -> str:
    return person.decision.trace[-1].rule if person.decision.trace else ""


def crashed_letter(row: PendingRow, now: datetime, version: int) -> DeadLetter:
    """The dead letter of a row that killed its worker too often to be tried again."""
    return DeadLetter(
        portal=row.portal,
        scope=DeadLetterScope.RECORD,
        ref=row.ref,
        side=row.ref.side,
        error=ErrorClass.UNKNOWN.value,
        code="WORKER_DIED",
        says=f"the worker died {row.crashes} times while it worked on this record, three times on it alone",
        fix="Report this with the worker's last log lines; replay the record once it is mended.",
        attempts=row.attempts + 1,
        first_seen=now,
        last_seen=now,
        settings_version=version,
    )
