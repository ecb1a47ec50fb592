"""How a record stood at some place in the order, and what a worker may not have seen yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from contract.records import RecordRef, Side, Value
from tests.acceptance.state_machine.journal import Author, Batch, Event, Journal, What

STALE = timedelta(seconds=1)
"""For so long after a change a read may still show the record as it was before."""
_ENDS = {What.DELETED, What.MERGED, What.CONVERTED, What.ERASED}
_ADDRESSES = ("email", "hs_additional_emails", "Email")


@dataclass(slots=True)
class Then:
    """A record as it stood."""

    live: bool = False
    converted: bool = False
    fields: dict[str, Value] = field(default_factory=dict)

    @property
    def emails(self) -> set[str]:
        """Its addresses, folded."""
        texts = [str(self.fields[name]) for name in _ADDRESSES if self.fields.get(name)]
        return {part.strip().casefold() for text in texts for part in text.split(";")}


def standing(journal: Journal, batch: Batch, seq: int, side: Side) -> Iterator[tuple[RecordRef, Then]]:
    """The records of a side that stood there all the time from when the worker set out until `seq`.

    Each as the worker must have seen it; one that changed in between, or just before, is left out.
    """
    known: dict[RecordRef, Then] = {}
    moved: set[RecordRef] = set()
    for event in journal.events:
        if event.seq >= seq:
            break
        if event.ref.side is not side or event.what is What.TOUCHED:
            continue
        if unseen(event, batch):
            moved.add(event.ref)
        else:
            _apply(known.setdefault(event.ref, Then()), event)
    yield from ((ref, then) for ref, then in known.items() if then.live and ref not in moved)


def unseen(event: Event, batch: Batch) -> bool:
    """Whether a worker may have decided without knowing of this event."""
    return event.seq > batch.seq or event.at >= batch.at - STALE


def by_us(journal: Journal, what: What, side: Side) -> Iterator[tuple[Event, Batch]]:
    """What Diptych did of this kind, each with the batch in which it did so."""
    for event in journal.events:
        if event.author is Author.API and event.what is what and event.ref.side is side:
            yield event, journal.batches[event.batch]


def tied(journal: Journal, ref: RecordRef, seq: int) -> RecordRef | None:
    """The record's partner at this place in the order."""
    partners: dict[int, RecordRef | None] = {}
    for tie in journal.ties:
        if tie.seq <= seq:
            held = tie.ends is not None and tie.ends[ref.side] == ref
            partners[tie.link] = tie.ends[ref.side.other] if held and tie.ends else None
    return next((partner for partner in reversed(list(partners.values())) if partner), None)


def last_partner(journal: Journal, ref: RecordRef) -> RecordRef | None:
    """The last partner that the record ever had."""
    found = [tie.ends for tie in journal.ties if tie.ends is not None and tie.ends[ref.side] == ref]
    return found[-1][ref.side.other] if found else None


def lineage(journal: Journal, ref: RecordRef) -> set[RecordRef]:
    """The record, and all that were merged into it or converted to it."""
    found, before = {ref}, set[RecordRef]()
    while found != before:
        before = set(found)
        found |= {event.ref for event in journal.events if event.into in before}
    return found


def partners(journal: Journal, ref: RecordRef) -> set[RecordRef]:
    """All that were ever tied to the record or to what it was before, and what they have become."""
    kin = lineage(journal, ref)
    found = {tie.ends[ref.side.other] for tie in journal.ties if tie.ends and tie.ends[ref.side] in kin}
    for event in journal.events:
        if event.into is not None and event.ref in found:
            found.add(event.into)
    return found


def _apply(then: Then, event: Event) -> None:
    if event.what in _ENDS:
        then.live = False
        then.converted = then.converted or event.what is What.CONVERTED
    elif event.what is What.RESTORED and then.converted:
        then.live = False
    elif event.what in {What.CREATED, What.RESTORED}:
        then.live = True
    elif event.what is What.SET:
        then.fields[event.field] = event.value
