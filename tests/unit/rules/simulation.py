"""Two small CRMs that store what they are told in their own way, and a caller that carries decisions out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from contract.changes import Kind
from contract.decisions import Action, Decision, Write
from contract.facts import Notice
from contract.links import Intent, Link, LinkState, Pair
from contract.records import HUBSPOT_CONTACT, Record, RecordRef, Side, Value
from contract.settings import Settings
from tests.fakes.people import KEY_FIELD, NOW, WorldAnswers, contact, lead, lead_ref, notice, sf_contact

Store = Callable[[str, Value], Value]


def as_sent(_: str, value: Value) -> Value:
    """A CRM that stores what it is told."""
    return value if value != "" else None


def normalised(name: str, value: Value) -> Value:
    """A CRM that trims, folds the case of e-mail addresses, rounds numbers and cuts long texts."""
    if isinstance(value, float):
        return round(value, 2)
    if not isinstance(value, str):
        return value
    text = value.strip()[:120]
    return (text.lower() if name.lower() == "email" else text) or None


@dataclass(slots=True, kw_only=True)
class Simulation:
    """Carries out what the rules decide, as their caller does: intents first, then writes, then the base."""

    records: dict[RecordRef, Record] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)
    store: Store = as_sent
    now: datetime = NOW
    writes: list[Write] = field(default_factory=list)
    queue: list[RecordRef] = field(default_factory=list)
    erased: set[RecordRef | str] = field(default_factory=set)

    def add(self, *records: Record) -> None:
        """Put records into their CRM."""
        self.records.update({record.ref: record for record in records})

    def edit(self, ref: RecordRef, **values: Any) -> None:
        """Somebody edits a record, or something happens to it."""
        record = self.records[ref]
        attributes = {name: values.pop(name) for name in list(values) if name in Record.__dataclass_fields__}
        self.now += timedelta(seconds=20)
        self.records[ref] = replace(
            record,
            fields={**record.fields, **values},
            modified_at=self.now,
            modified_by_us=False,
            **attributes,
        )
        self.queue.append(ref)

    def drain(self, limit: int = 40) -> int:
        """Look at every noticed record until nothing is left; how many looks wrote something."""
        written = 0
        for _ in range(limit):
            if not self.queue:
                return written
            written += bool(self.look(self.queue.pop(0)).writes)
        message = "the notices never end"
        raise AssertionError(message)

    def look(self, *refs: RecordRef, kinds: Iterable[Kind] = (Kind.UPDATED,)) -> Decision:
        """Decide on the person of these records and carry it out."""
        self.now += timedelta(seconds=20)
        answers = WorldAnswers(self.records.values(), tuple(self.links), (), self.erased)
        decision = answers.decide(
            *(self._notice(ref, kinds) for ref in refs), settings=self.settings, now=self.now
        )
        assert answers.rounds <= 12
        if decision.again is not None:
            self.queue += refs
            return decision
        self._carry_out(decision)
        self.queue += decision.look_at
        return decision

    def values(self, ref: RecordRef) -> dict[str, Value]:
        """What a record holds, blanks left out."""
        return {name: value for name, value in self.records[ref].fields.items() if value not in {None, ""}}

    def _notice(self, ref: RecordRef, kinds: Iterable[Kind]) -> Notice:
        record = self.records.get(ref)
        at = record.modified_at if record is not None else self.now
        earlier = self.now - timedelta(seconds=15)
        return replace(notice(ref, *kinds), noticed_at=at, received_at=earlier, first_received_at=earlier)

    def _carry_out(self, decision: Decision) -> None:
        self.writes += decision.writes
        for other in decision.others:
            self._keep(other)
        link = decision.link
        if decision.erasure is not None:
            self.erased |= {*decision.erasure.refs, *decision.erasure.emails}
        for write in decision.writes:
            link = self._write(write, link)
        if link is not None:
            self._keep(link)

    def _keep(self, link: Link) -> None:
        taken = [one.id or 0 for one in self.links]
        known = link if link.id is not None else link.changed(id=max(taken, default=0) + 1)
        self.links = [one for one in self.links if one.id != known.id] + [known]
        active = [
            end
            for one in self.links
            if one.state is not LinkState.ENDED
            for end in (one.hubspot, one.salesforce)
        ]
        ends = [end for end in active if end is not None]
        assert len(ends) == len(set(ends)), "two links hold one record"

    def _write(self, write: Write, link: Link | None) -> Link | None:
        self.now += timedelta(seconds=1)
        ref = self._target(write)
        record = self.records.get(ref) or _blank(ref, self.now)
        assert record.live, f"a dead record is written: {ref}"
        if write.action is Action.ARCHIVE:
            self.records[ref] = replace(record, deleted=True, modified_at=self.now)
            self.queue.append(ref)
            return link
        stored = {name: self.store(name, value) for name, value in write.values.items()}
        self.records[ref] = replace(
            record,
            fields={
                **record.fields,
                **stored,
                **({KEY_FIELD: write.creation_key} if write.creation_key else {}),
            },
            modified_at=self.now,
            modified_by_us=True if ref.side is Side.SALESFORCE else None,
        )
        self.queue.append(ref)
        return _settled(link, write, ref, self.now) if link is not None else None

    def _target(self, write: Write) -> RecordRef:
        if write.record_id is not None:
            return RecordRef(side=write.side, object_type=write.object_type, id=write.record_id)
        number = 1000 + len(self.records)
        if write.side is Side.HUBSPOT:
            return RecordRef(side=write.side, object_type=HUBSPOT_CONTACT, id=str(number))
        return replace(lead_ref(number), object_type=write.object_type)


def _blank(ref: RecordRef, now: datetime) -> Record:
    make = {"contact": contact, "Lead": lead, "Contact": sf_contact}[ref.object_type]
    return replace(make(1), ref=ref, created_at=now)


def _settled(link: Link, write: Write, ref: RecordRef, now: datetime) -> Link:
    """The link after an answered write: the base as sent, and an intent that waits for the stored form."""
    sent = Intent(
        id=f"{now.isoformat()} {write.side}",
        side=write.side,
        epoch=1,
        pairs=write.pairs,
        before=write.before,
        sent_at=now,
        settled=True,
    )
    base: dict[str, Pair] = {**link.base, **write.pairs}
    ends = {} if write.action is not Action.CREATE else {write.side.value: ref, "state": LinkState.LIVE}
    return link.changed(base=base, intents=(*link.intents, sent), **ends)
