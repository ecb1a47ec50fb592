"""What truly happened in both CRMs, in order, and who did it; and what Diptych tied when.

The journal compares the CRMs' own state before and after every act. It never asks Diptych what it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from contract.links import Link
from contract.records import RecordRef, Side, Value
from contract.settings import Settings
from contract.standing import GuardedWork
from tests.acceptance.state_machine.orders import Deal, Did, Holding, KeptOut, Order, SentStage


class What(StrEnum):
    """What happened to a record."""

    CREATED = "created"
    SET = "set"
    TOUCHED = "touched"
    """Its modification stamp moved."""
    DELETED = "deleted"
    RESTORED = "restored"
    MERGED = "merged"
    CONVERTED = "converted"
    ERASED = "erased"


class Author(StrEnum):
    """Who did it; automation counts as a person, it only touches."""

    PERSON = "person"
    API = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change. `field` is the CRM's own name; `value` is None for blank; `into` is set by merges."""

    seq: int
    act: int
    """What happened at one stroke has one number."""
    at: datetime
    author: Author
    batch: int
    ref: RecordRef
    what: What
    field: str = ""
    value: Value = None
    into: RecordRef | None = None

    def __str__(self) -> str:
        tail = f" {self.field}={self.value!r}" if self.what is What.SET else ""
        tail += f" -> {self.into}" if self.into else ""
        batch = f"#{self.batch}" if self.batch else ""
        return f"{self.seq:4} {self.at:%H:%M:%S.%f} {self.author}{batch} {self.ref} {self.what}{tail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A record as it truly stands."""

    ref: RecordRef
    fields: Mapping[str, Value]
    stamp: object
    deleted: bool = False
    merged_into: RecordRef | None = None
    converted_to: RecordRef | None = None

    @property
    def live(self) -> bool:
        return not (self.deleted or self.merged_into or self.converted_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """From `seq` on Diptych held these two to be one person; None once it no longer did."""

    seq: int
    batch: int
    link: int
    ends: Mapping[Side, RecordRef] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch or sweep of one worker: nothing it knows is older than its beginning.

    `told` says whether it came to its end, and heard the answers to all its calls.
    """

    number: int
    worker: str
    seq: int
    at: datetime
    told: bool = True


@dataclass(slots=True)
class Journal:
    """Everything the oracle may look at, in the order of happening."""

    events: list[Event] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    batches: dict[int, Batch] = field(default_factory=dict)
    states: dict[RecordRef, State] = field(default_factory=dict)
    """How every record stands now, erased ones left out."""
    orders: list[Order] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    kept_out: list[KeptOut] = field(default_factory=list)
    stages: list[SentStage] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    _by_ref: dict[RecordRef, list[Event]] = field(default_factory=dict)
    _seq: int = 0
    _act: int = 0

    @property
    def last(self) -> int:
        """The last place in the order so far."""
        return self._seq

    def next(self) -> int:
        """The next place in the order."""
        self._seq += 1
        return self._seq

    def begin_batch(self, worker: str, at: datetime) -> int:
        """A worker sets out; returns the number by which its writes are known."""
        number = len(self.batches) + 1
        self.batches[number] = Batch(number=number, worker=worker, seq=self.next(), at=at)
        return number

    def unheard(self, number: int) -> None:
        """A batch died, froze for too long, or did not hear what became of a call."""
        self.batches[number] = replace(self.batches[number], told=False)

    def compare(self, states: Mapping[RecordRef, State], *, at: datetime, author: Author, batch: int) -> None:
        """Note all that differs from the states known so far, as one act.

        What a survivor is made of by a merge of ours is what people had typed: only the merging is ours.
        """
        self._act += 1
        news = {ref: list(_changes(before, state)) for ref, before, state in self._differing(states)}
        merges = any(what is What.MERGED for changes in news.values() for what, _ in changes)
        for ref, changes in news.items():
            for what, more in changes:
                theirs = merges and what is not What.MERGED
                who, whose = (Author.PERSON, 0) if theirs else (author, batch)
                self._note(at, who, whose, ref, what, **more)
        for ref in [ref for ref in self.states if ref not in states]:
            self._note(at, author, batch, ref, What.ERASED)
        self.states = dict(states)

    def _differing(
        self, states: Mapping[RecordRef, State]
    ) -> Iterator[tuple[RecordRef, State | None, State]]:
        for ref, state in states.items():
            if (before := self.states.get(ref)) is not state:
                yield ref, before, state

    def tied(self, links: list[Link], batch: int) -> None:
        """Note which pairs Diptych holds now."""
        known = {tie.link: tie.ends for tie in self.ties}
        now: dict[int, Mapping[Side, RecordRef] | None] = dict.fromkeys(known)
        for link in links:
            if link.id is not None and link.hubspot and link.salesforce:
                now[link.id] = {Side.HUBSPOT: link.hubspot, Side.SALESFORCE: link.salesforce}
        for number, ends in now.items():
            if number not in known or known[number] != ends:
                self.ties.append(Tie(seq=self.next(), batch=batch, link=number, ends=ends))

    def ordered(
        self,
        did: Did,
        at: datetime,
        *,
        everyone: bool = False,
        settings: Settings | None = None,
        amounts: Mapping[GuardedWork, int] | None = None,
        refs: frozenset[RecordRef] = frozenset(),
    ) -> None:
        """Note what an operator did just now."""
        order = Order(
            seq=self.next(),
            at=at,
            did=did,
            everyone=everyone,
            settings=settings,
            amounts=amounts or {},
            refs=refs,
        )
        self.orders.append(order)

    def holding(self, works: frozenset[GuardedWork]) -> None:
        """Note what the guards hold by now, where that is news."""
        if works != (self.holdings[-1].works if self.holdings else frozenset()):
            self.holdings.append(Holding(seq=self.next(), works=works))

    def keeping_out(self, refs: frozenset[RecordRef]) -> None:
        """Note who is never synced by now, where that is news."""
        if refs != (self.kept_out[-1].refs if self.kept_out else frozenset()):
            self.kept_out.append(KeptOut(seq=self.next(), refs=refs))

    def sent_stage(self, batch: int, contact: RecordRef, stage: str) -> None:
        """Note a stage that is about to be written to a contact."""
        self.stages.append(SentStage(seq=self.next(), batch=batch, contact=contact, stage=stage))

    def dealt(self, contacts: frozenset[RecordRef]) -> None:
        """Note that contact roles were changed."""
        self.deals.append(Deal(seq=self.next(), contacts=contacts))

    def of(self, *refs: RecordRef) -> list[Event]:
        """What happened to these records."""
        found = [event for ref in dict.fromkeys(refs) for event in self._by_ref.get(ref, ())]
        return found if len(refs) == 1 else sorted(found, key=lambda event: event.seq)

    def _note(
        self, at: datetime, author: Author, batch: int, ref: RecordRef, what: What, **more: object
    ) -> None:
        common = {"seq": self.next(), "act": self._act, "at": at, "author": author, "batch": batch}
        event = Event(ref=ref, what=what, **common, **more)  # type: ignore[arg-type]  # as above
        self.events.append(event)
        self._by_ref.setdefault(ref, []).append(event)


def _changes(before: State | None, after: State) -> Iterator[tuple[What, dict[str, object]]]:
    if before is None:
        yield What.CREATED, {}
    held = before.fields if before else {}
    for name in sorted({*held, *after.fields}):
        if held.get(name) != after.fields.get(name):
            yield What.SET, {"field": name, "value": after.fields.get(name)}
    if before is None:
        return
    if after.merged_into and not before.merged_into:
        yield What.MERGED, {"into": after.merged_into}
    elif after.converted_to and not before.converted_to:
        yield What.CONVERTED, {"into": after.converted_to}
    elif after.deleted != before.deleted:
        yield (What.DELETED if after.deleted else What.RESTORED), {}
    if before.stamp != after.stamp:
        yield What.TOUCHED, {}
