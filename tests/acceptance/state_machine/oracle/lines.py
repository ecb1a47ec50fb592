"""The life of one pair, told field by field: which value each side held when, and who put it there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from contract.records import RecordRef, Side, Value
from tests.acceptance.state_machine.fields import FIELDS, REQUIRED, Mapped
from tests.acceptance.state_machine.journal import Author, Event, Journal, Tie, What
from tests.acceptance.state_machine.oracle.past import lineage

_EVER = 10**9
"""Later than anything that happens in a run."""


class Kind(StrEnum):
    """How a side came to a value."""

    BORN = "born"
    """Diptych created the record."""
    TYPED = "typed"
    """A person put it there, by an edit, a merge or a conversion."""
    CARRIED = "carried"
    """Diptych wrote it."""
    RELINKED = "relinked"
    """The pair went on with a record that has nothing to do with the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One side of the pair takes a value in one field."""

    seq: int
    at: datetime
    batch: int
    side: Side
    kind: Kind
    value: Value = None
    typed: datetime | None = None
    """When the value was typed that came to the side by a merge or a conversion."""

    @property
    def typed_at(self) -> datetime:
        """When somebody typed the value, wherever that was."""
        return self.typed or self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """While a record is the pair's end on its side; the next span begins where this one ends."""

    ref: RecordRef
    start: int
    end: int
    kin: bool
    """Whether it is what the record before became."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A pair that Diptych holds in the end."""

    link: int
    ends: Mapping[Side, RecordRef]
    born: int
    spans: Mapping[Side, Sequence[Span]]
    again: bool = False
    """Whether the two, or what they were before, had been a pair before: we may go by what we know of it."""

    @property
    def refs(self) -> tuple[RecordRef, ...]:
        """All records that ever were its ends."""
        return tuple(dict.fromkeys(span.ref for side in Side for span in self.spans[side]))


def pairs(journal: Journal) -> list[Pair]:
    """All pairs held in the end."""
    last = {tie.link: tie.ends for tie in journal.ties}
    return [_pair(journal, link, ends) for link, ends in last.items() if ends is not None]


def value_at(journal: Journal, ref: RecordRef, name: str | None, seq: int) -> Value:
    """What a record's field truly held just before this place in the order."""
    value: Value = None
    for event in journal.of(ref):
        if event.seq >= seq:
            break
        if event.what is What.SET and event.field == name:
            value = event.value
    return value


def steps(journal: Journal, pair: Pair, field: Mapped) -> list[Step]:
    """All that happened to one field of a pair since it was born, in order."""
    found = [step for side in Side for step in _of_side(journal, pair, field, side)]
    return sorted(found, key=lambda step: step.seq)


def _pair(journal: Journal, link: int, ends: Mapping[Side, RecordRef]) -> Pair:
    ties = _unbroken(journal, link)
    spans = {side: _spans(journal, ties, side) for side in Side}
    made = [
        event
        for side in Side
        for event in journal.of(spans[side][0].ref)
        if event.what is What.CREATED and event.author is Author.API
    ]
    first = ties[0].seq == min(tie.seq for tie in journal.ties if tie.link == link)
    known = [e.batch for e in made if first and _made_of(journal, e, spans[e.ref.side.other][0].ref)]
    born = min(journal.batches[batch].seq for batch in [ties[0].batch, *known])
    return Pair(link=link, ends=ends, born=born, spans=spans, again=not first and _kin(journal, ties[0]))


def _kin(journal: Journal, again: Tie) -> bool:
    """Whether the link's ends are what its ends before have become."""
    before = [t.ends for t in journal.ties if t.link == again.link and t.seq < again.seq and t.ends]
    return again.ends is not None and all(
        _became(journal, before[-1][side], end) is not None for side, end in again.ends.items()
    )


def _made_of(journal: Journal, made: Event, partner: RecordRef) -> bool:
    """Whether Diptych created the record from this partner, and not from another with the same address."""
    written = [e for e in journal.of(made.ref) if e.what is What.SET and e.batch == made.batch]
    before = [e for e in journal.of(partner) if e.seq < made.seq]
    for field in FIELDS:
        values = [field.meaning(e.value) for e in written if e.field == field.name(made.ref)]
        held = {field.meaning(e.value) for e in before if e.field == field.name(partner)}
        made_up = made.ref.side is Side.SALESFORCE and field.key in REQUIRED
        if values and values[0] not in held and not made_up:
            return False
    return True


def _unbroken(journal: Journal, link: int) -> list[Tie]:
    """The link's ties since it last was a new pair: untied, and tied again when an end had been elsewhere."""
    ties = [tie for tie in journal.ties if tie.link == link]
    begin = 0
    for place, (before, tie) in enumerate(pairwise(ties), start=1):
        if before.ends is None and tie.ends is not None and _was_elsewhere(journal, before, tie):
            begin = place
    return [tie for tie in ties[begin:] if tie.ends is not None]


def _was_elsewhere(journal: Journal, untied: Tie, again: Tie) -> bool:
    """Whether the pair comes back with an end of another kin, or one that another pair had in between."""
    before = [
        tie.ends for tie in journal.ties if tie.link == again.link and tie.seq < untied.seq and tie.ends
    ]
    between = (tie.ends for tie in journal.ties if tie.link != again.link and tie.seq < again.seq)
    late = (ends for ends in between if ends)
    if again.ends is None or any(
        _became(journal, before[-1][side], end) is None for side, end in again.ends.items()
    ):
        return True
    return any(
        _became(journal, other[side], end) is not None for other in late for side, end in again.ends.items()
    )


def _spans(journal: Journal, ties: Sequence[Tie], side: Side) -> list[Span]:
    """The records that were the pair's end on a side, one after the other."""
    spans: list[Span] = []
    for tie in ties:
        if tie.ends is None or (spans and tie.ends[side] == spans[-1].ref):
            continue
        if not spans:
            spans.append(Span(ref=tie.ends[side], start=0, end=_EVER, kin=False))
            continue
        became = _became(journal, spans[-1].ref, tie.ends[side])
        start = journal.batches[tie.batch].seq if became is None else became
        spans[-1] = replace(spans[-1], end=start)
        spans.append(Span(ref=tie.ends[side], start=start, end=_EVER, kin=became is not None))
    return spans


def _became(journal: Journal, before: RecordRef, after: RecordRef) -> int | None:
    """Where one record became the other, by merges and conversions; None if it never did."""
    place, ref = 0, before
    while ref != after:
        moved = next((e for e in journal.of(ref) if e.into is not None and e.seq > place), None)
        if moved is None or moved.into is None:
            return None
        place, ref = max(event.seq for event in journal.events if event.act == moved.act), moved.into
    return place


def _of_side(journal: Journal, pair: Pair, field: Mapped, side: Side) -> Iterator[Step]:
    spans = pair.spans[side]
    for place, span in enumerate(spans):
        name = field.name(span.ref)
        start = max(span.start, pair.born)
        if place > 0:
            before = spans[place - 1].ref
            had = field.meaning(value_at(journal, before, field.name(before), start)) is not None
            yield _switch(journal, span, name, start, left=had and side is Side.SALESFORCE)
        for event in journal.of(span.ref):
            if start < event.seq <= span.end:
                yield from _step(event, name, ours=_ours(journal, pair, event))


def _switch(journal: Journal, span: Span, name: str | None, start: int, *, left: bool) -> Step:
    """The next record's value; a blank where the record before had one (`left`) was typed by nobody."""
    at = next(event.at for event in journal.events if event.seq >= start)
    value = value_at(journal, span.ref, name, start + 1)
    typed = [
        event.at
        for event in journal.of(*lineage(journal, span.ref))
        if event.seq < start and event.field == name and event.value == value
    ]
    return Step(
        seq=start,
        at=at,
        batch=0,
        side=span.ref.side,
        kind=Kind.RELINKED if not span.kin or (left and value in {None, ""}) else Kind.TYPED,
        value=value,
        typed=min(typed, default=None),
    )


def _ours(journal: Journal, pair: Pair, event: Event) -> bool:
    """Whether Diptych wrote it for this pair: what it wrote for another is an edit here."""
    if event.author is not Author.API:
        return False
    known = [tie for tie in journal.ties if tie.seq < event.seq or tie.batch == event.batch]
    held = {tie.link: tie.ends for tie in known}
    holders = [link for link, ends in held.items() if ends and event.ref in ends.values()]
    if holders:
        return pair.link in holders
    kin = lineage(journal, event.ref)
    merged = [link for link, ends in held.items() if ends and ends[event.ref.side] in kin]
    return len(merged) < 2  # of two pairs that a merge made one, we cannot know for which it was


def _step(event: Event, name: str | None, *, ours: bool) -> Iterator[Step]:
    if event.what is What.CREATED and ours:
        yield Step(seq=event.seq, at=event.at, batch=event.batch, side=event.ref.side, kind=Kind.BORN)
    if event.what is What.SET and event.field == name:
        yield Step(
            seq=event.seq,
            at=event.at,
            batch=event.batch,
            side=event.ref.side,
            kind=Kind.CARRIED if ours else Kind.TYPED,
            value=event.value,
        )
