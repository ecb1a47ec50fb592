"""Dead letters of one person: which are filed, and which have become groundless."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from consumers.fixes import fix_for
from consumers.people import Person
from contract.activity import DeadLetter, DeadLetterScope
from contract.changes import SKIPPABLE, Change, ChangeSet, encode
from contract.errors import ErrorClass, Fault
from contract.facts import RecordAt
from contract.lifecycle import STAGE
from contract.mappings import OPT_OUT
from contract.pending import PendingRow
from contract.records import RecordRef, Side
from contract.settings import Settings

_HOLDING = frozenset({"inclusion", "never sync"})
"""The rules under which nothing travels although nothing is wrong: they make no letter groundless."""


def of_fields(person: Person, *, now: datetime, version: int) -> list[DeadLetter]:
    """One letter for each field that no form fits or that the CRM refused.

    A field left out because another record holds its value is reported as a duplicate instead.
    """
    refused = [
        (name, result.write.side, outcome.fault)
        for result in person.results
        for name, outcome in result.dropped.items()
        if outcome.fault and outcome.fault.error is not ErrorClass.CONFLICT
    ]
    refused += [(name, f.side, f) for f in person.decision.field_faults if f.side for name in f.fields]
    return [_letter(person, fault, side, now, version, field=name) for name, side, fault in refused]


def of_record(
    person: Person, fault: Fault, written: Side | None, *, now: datetime, version: int
) -> DeadLetter:
    """The letter of a person that cannot be carried out; `written` is the side of the refused write."""
    return _letter(person, fault, written, now, version)


def of_crash(row: PendingRow, *, now: datetime, version: int) -> DeadLetter:
    """The letter of a row that killed its worker too often to be tried again."""
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
        raw=_notices([row]),
    )


def groundless(
    person: Person, letters: Iterable[DeadLetter], settings: Settings
) -> dict[RecordRef, list[str | None]]:
    """What agrees now that this person was settled without a fault: by record the fields, None for itself.

    Only the records that this person's rules read prove anything, which is enough: a letter names the
    record that the value comes from, and as long as that one differs from the base, each look at it tries
    to write it again.
    """
    if any(verdict.rule in _HOLDING for verdict in person.decision.trace):
        return {}
    still = {letter.field for letter in letters}
    still |= {name for result in person.results for name in result.dropped}
    mapped = {n for row in (*settings.rows, OPT_OUT) for n in (row.hubspot, *row.fields.values())}
    mapped.add(STAGE)
    read = [ref for ref in person.refs if person.facts.answers.get(RecordAt(ref)) is not None]
    return {ref: [None, *sorted(mapped - still)] for ref in read}


def _letter(
    person: Person,
    fault: Fault,
    written: Side | None,
    now: datetime,
    version: int,
    *,
    field: str | None = None,
) -> DeadLetter:
    row, trace = person.rows[0], person.decision.trace
    return DeadLetter(
        portal=row.portal,
        scope=DeadLetterScope.FIELD if field else DeadLetterScope.RECORD,
        ref=_source(person, written),
        field=field,
        side=fault.side or written,
        error=fault.error.value,
        code=fault.code,
        rule=trace[-1].rule if trace else "",
        says=fault.says,
        fix=fix_for(fault),
        attempts=row.attempts + 1,
        first_seen=now,
        last_seen=now,
        settings_version=version,
        raw=None if field else _notices(person.rows),
    )


def _notices(rows: Sequence[PendingRow]) -> bytes | None:
    """What a fresh look could not learn again, as the change set that a replay puts back.

    An erasure is told once, and leaves nothing in HubSpot that could be read.
    """
    changes = tuple(
        Change(
            portal=row.portal,
            ref=row.ref,
            kind=kind,
            occurred_at=row.noticed_at,
            merged_ids=tuple(sorted(row.merged_ids)),
            trace_id=row.trace_id,
        )
        for row in rows
        for kind in sorted(row.kinds - SKIPPABLE)
    )
    if not changes:
        return None
    return encode(ChangeSet(id=rows[0].trace_id, received_at=rows[0].received_at, changes=changes))


def _source(person: Person, written: Side | None) -> RecordRef:
    """The record that the value comes from: looking at it again is what a replay does."""
    link = person.link or person.decision.link or person.facts.link
    source = link.end(written.other) if link and written else None
    return source or person.rows[0].ref
