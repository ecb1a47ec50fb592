"""No stale decisions: a read older than what we know, or a record that is missing, decides nothing yet.

Both CRMs serve reads that lag their own notices by a moment, so for some seconds after a notice such a
read is taken again. Afterwards an old read is accepted, and a missing record is reported; "not found"
is never a deletion.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from contract.changes import Kind
from contract.decisions import ReportKind
from contract.errors import ErrorClass, Fault
from contract.facts import Notice, RecordAt
from contract.links import LinkState
from contract.records import Record, RecordRef, Side
from rules.person import Person, Stop, again, stop

RULE = "freshness"
SETTLING = timedelta(seconds=10)
"""How long after a notice a read may lag behind it."""
LONGEST_LAG = timedelta(seconds=60)
"""How long a read may lag behind a stamp we saw ourselves."""
LONGEST_WAIT = timedelta(minutes=10)
"""After this a record of which notices keep coming is taken as it is read."""
_NOT_MODIFYING = frozenset({Kind.ASSOCIATED, Kind.LISTED})
"""Kinds that leave the record's own modification stamp alone."""
_ENDING = _NOT_MODIFYING | {Kind.DELETED, Kind.MERGED}
"""Kinds of which a dead record is all that there is to see."""


def decide(person: Person) -> Person:
    """Read the noticed records and, where both are needed, the link's other end."""
    noticed = {notice.ref: notice for notice in person.facts.notices}
    refs = tuple(noticed) + tuple(ref for ref in _other_ends(person) if ref not in noticed)
    records = person.facts.need(*map(RecordAt, refs))
    for ref, record in zip(refs, records, strict=True):
        person = _taken(person, ref, record, noticed.get(ref))
    return person


def read(person: Person, ref: RecordRef, notice: Notice | None = None) -> Person:
    """The person with this record as read just now; stops where the read cannot be trusted yet."""
    return _taken(person, ref, person.facts.record(ref), notice)


def _taken(person: Person, ref: RecordRef, record: Record | None, notice: Notice | None) -> Person:
    if record is None:
        raise missing(person, ref)
    if notice is not None and _behind_notice(record, notice) and _young(person):
        raise _stale(person, ref, "older than its notice")
    if _behind_link(person, record):
        raise _stale(person, ref, "older than the state we already knew")
    return person.with_record(record)


def older(stamp: datetime, than: datetime, side: Side) -> bool:
    """Whether one stamp is older than another, by the resolution of this side's clock.

    Salesforce shows stamps in whole seconds, HubSpot in milliseconds.
    """
    if side is Side.SALESFORCE:
        return stamp.replace(microsecond=0) < than.replace(microsecond=0)
    return stamp < than


def _other_ends(person: Person) -> tuple[RecordRef, ...]:
    link = person.link
    if link is None or not person.both:
        return ()
    noticed = {notice.ref.side for notice in person.facts.notices}
    return tuple(end for end in link.ends if end.side not in noticed)


def _behind_notice(record: Record, notice: Notice) -> bool:
    """Whether the read may miss what the notice announced.

    A deletion is announced without a stamp, but a live record denies it: such a read may lag behind.
    """
    if record.live and Kind.DELETED in notice.kinds and Kind.RESTORED not in notice.kinds:
        return True
    if notice.kinds <= (_NOT_MODIFYING if record.live else _ENDING):
        return False
    return older(record.modified_at, notice.noticed_at, record.ref.side)


def _behind_link(person: Person, record: Record) -> bool:
    link, side = person.link, record.ref.side
    if link is None or link.end(side) != record.ref:
        return False
    seen = link.seen(side)
    if seen is None or person.facts.now - seen >= LONGEST_LAG:
        return False
    return older(record.modified_at, seen, side)


def _young(person: Person) -> bool:
    """Whether the newest notice reached us only just now, and they have not come like that for long."""
    newest = max(notice.received_at for notice in person.facts.notices)
    first = min(notice.first_received_at for notice in person.facts.notices)
    return person.facts.now - newest < SETTLING and person.facts.now - first < LONGEST_WAIT


def _stale(person: Person, ref: RecordRef, why: str) -> Stop:
    seconds = 1.0 if _young(person) else 5.0
    return again(person, RULE, seconds, f"stale: the {ref} was read in a state {why}; it is read again")


def missing(person: Person, ref: RecordRef) -> Stop:
    """To raise when a record cannot be read: read again at first, later report it where it is linked."""
    if _young(person):
        return again(person, RULE, 1.0, f"stale: the {ref} cannot be read yet; it is read again")
    if person.link is None or person.link.state is LinkState.ENDED:
        return stop(person, RULE, f"the {ref} is not visible to us and not synced: nothing to do")
    says = f"the {ref} is not visible to the integration user; that is no proof of a deletion"
    if Kind.DELETED in person.facts.kinds():
        says += ", although a notice says it was deleted"
    person = person.says(RULE, says).reporting(ReportKind.NOT_VISIBLE, says, ref)
    return Stop(person.untied().changed(others=()), fault=_not_visible(ref))


def _not_visible(ref: RecordRef) -> Fault:
    return Fault(
        error=ErrorClass.PERMISSION,
        code="NOT_VISIBLE",
        says=f"{ref}: not visible to the integration user",
        side=ref.side,
    )
