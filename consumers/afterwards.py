"""Which records must be looked at again once a decision was carried out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from consumers.people import Person
from contract.changes import LONG_AGO, Change, Kind, Origin
from contract.decisions import ENDING, Action
from contract.facts import RecordAt
from contract.records import STAMP_RESOLUTION, RecordRef, Side

YOUNG = timedelta(seconds=3)
"""For so long after its notice a read may lag."""


def at_once(person: Person) -> tuple[Change, ...]:
    """What the rules want looked at, and what merges made."""
    return tuple(_change(person, ref) for ref in (*person.decision.look_at, *_survivors(person)))


def soon(person: Person, now: datetime) -> tuple[Change, ...]:
    """What was written without a word of what was stored, and what may have been read too early."""
    return tuple(dict.fromkeys([*_stored_forms(person), *_same_second(person, now)]))


def _survivors(person: Person) -> Iterator[RecordRef]:
    """What merges made: looked at, it takes over the pair of those that it was made of."""
    for result in person.results:
        write, survivor = result.write, result.outcome.record_id
        if write.action is Action.MERGE and result.outcome.fault is None and survivor:
            yield RecordRef(side=write.side, object_type=write.object_type, id=survivor)


def _stored_forms(person: Person) -> list[Change]:
    """Records that were written without an answer that shows the stored form."""
    return [
        _change(person, RecordRef(side=w.side, object_type=w.object_type, id=record_id))
        for r in person.results
        if (w := r.write)
        and r.outcome.fault is None
        and not r.outcome.fields
        and w.values
        and w.action not in ENDING
        and (record_id := r.outcome.record_id or w.record_id)
    ]


def _same_second(person: Person, now: datetime) -> Iterator[Change]:
    """Salesforce records whose read may lack an edit of the very second that it shows.

    Two edits within one second have one stamp, so a read that lags behind the second of them is not
    known by it; such a record is read once more.
    """
    for row in person.rows:
        record = person.facts.answers.get(RecordAt(row.ref))
        if row.ref.side is not Side.SALESFORCE or record is None or now - row.received_at >= YOUNG:
            continue
        if record.modified_at <= row.noticed_at < record.modified_at + STAMP_RESOLUTION[row.ref.side]:
            yield _change(person, row.ref)


def _change(person: Person, ref: RecordRef) -> Change:
    """A notice of our own making; it claims no time of its own, so no read is too old for it."""
    row = person.rows[0]
    return Change(
        portal=row.portal,
        ref=ref,
        kind=Kind.UPDATED,
        occurred_at=LONG_AGO,
        origin=Origin.SWEEP,
        trace_id=row.trace_id,
    )
