"""One person on the way through the rules: what is known, and what has been decided so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contract.decisions import Again, Erasure, Report, ReportKind, Verdict, Write
from contract.errors import Fault
from contract.exclusions import Cover
from contract.facts import Facts
from contract.frozen import changed
from contract.links import Ended, Link, LinkState, Pair
from contract.mappings import FieldMapping
from contract.own_rules import OwnRule
from contract.records import SALESFORCE_CONTACT, Record, RecordRef, Side, Value, email_key
from contract.settings import Settings
from rules.converters import Forms


class BothNeededError(Exception):
    """The side without a notice must be read, too; the engine decides again from the start with both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What each rule takes and returns.

    `own` are the rules of users' own that are installed, by name. `both` says whether the linked side
    without a notice is read, too. `hubspot` and `salesforce` are the records as read and judged fresh.
    `agreed` are base entries to adopt, kept apart from the link
    until the inclusion list has spoken. `forms` are values that facts tell and no converter: by mapping
    key and the side that is to hold it, the value or why there is none. `late` names (side, mapping key)
    where the side holds an old write of our own that arrived after a newer one.
    """

    facts: Facts
    settings: Settings
    link: Link | None
    both: bool = False
    own: Mapping[str, OwnRule] = field(default_factory=dict)
    hubspot: Record | None = None
    salesforce: Record | None = None
    agreed: Mapping[str, Pair] = field(default_factory=dict)
    late: frozenset[tuple[Side, str]] = frozenset()
    forms: Forms = field(default_factory=dict)
    writes: tuple[Write, ...] = ()
    others: tuple[Link, ...] = ()
    trace: tuple[Verdict, ...] = ()
    reports: tuple[Report, ...] = ()
    look_at: tuple[RecordRef, ...] = ()
    covers: tuple[Cover, ...] = ()
    erasure: Erasure | None = None
    field_faults: tuple[Fault, ...] = ()

    def record(self, side: Side) -> Record | None:
        """The record of this side, if it was read."""
        return self.hubspot if side is Side.HUBSPOT else self.salesforce

    @property
    def records(self) -> tuple[Record, ...]:
        """The records that were read, HubSpot's first."""
        hubspot, salesforce = self.hubspot, self.salesforce
        if hubspot is None:
            return () if salesforce is None else (salesforce,)
        return (hubspot,) if salesforce is None else (hubspot, salesforce)

    @property
    def live_link(self) -> Link | None:
        """The link, if it has both ends and is synced."""
        return self.link if self.link is not None and self.link.state is LinkState.LIVE else None

    @property
    def salesforce_type(self) -> str:
        """The Salesforce object of this person; "" while there is none."""
        known = self.link.salesforce if self.link is not None else None
        ref = self.salesforce.ref if self.salesforce is not None else known
        return ref.object_type if ref is not None else ""

    def changed(self, **values: Any) -> Person:
        """The same person with some attributes replaced."""
        return changed(self, values)

    def with_record(self, record: Record) -> Person:
        """With this record as its side's, its stamp noted on the link that names it."""
        side = record.ref.side
        link = self.link
        if link is not None and link.end(side) == record.ref:
            link = link.with_seen(side, record.modified_at)
        return self.changed(**{side.value: record, "link": link})

    def says(self, rule: str, text: str, **details: Any) -> Person:
        """With one more verdict in the trace."""
        return self.changed(trace=(*self.trace, Verdict(rule=rule, says=text, **details)))

    def reporting(self, kind: ReportKind, text: str, *refs: RecordRef | None) -> Person:
        """With something for the operator; refs are sorted, so that the same finding is kept once."""
        known = tuple(sorted({ref for ref in refs if ref is not None}))
        return self.changed(reports=(*self.reports, Report(kind=kind, refs=known, says=text)))

    def looking_at(self, *refs: RecordRef) -> Person:
        """With further records that must be looked at."""
        return self.changed(look_at=(*self.look_at, *refs))

    def storing(self, *links: Link) -> Person:
        """With further links to store."""
        return self.changed(others=(*self.others, *links))

    def ending(self, why: Ended) -> Person:
        """With the link ended: remembered, but not synced."""
        if self.link is None:
            return self
        return self.changed(link=ended(self.link, why))

    def untied(self) -> Person:
        """With the stored link left as it was."""
        return self.changed(link=self.facts.link, agreed={})

    def need_both(self) -> None:
        """Have the linked side without a notice read, too; raises BothNeededError to start again."""
        if not self.both and len(self.records) == 1:
            raise BothNeededError


class Stop(Exception):  # noqa: N818  # control flow between the rules and the engine
    """No later rule has a say: the person as decided, or when to look again, or what is wrong."""

    def __init__(self, person: Person, *, again: Again | None = None, fault: Fault | None = None) -> None:
        super().__init__()
        self.person = person
        self.again = again
        self.fault = fault


def stop(person: Person, rule: str, text: str) -> Stop:
    """To raise when this verdict is the last."""
    return Stop(person.says(rule, text))


def again(person: Person, rule: str, seconds: float, text: str, *, waiting: RecordRef | None = None) -> Stop:
    """To raise when nothing can be decided yet."""
    return Stop(person.says(rule, text), again=Again(seconds=seconds, because=text, waiting=waiting))


def ended(link: Link, why: Ended) -> Link:
    """The link, remembered but no longer synced."""
    return link.changed(state=LinkState.ENDED, ended=why)


def successor(record: Record) -> RecordRef | None:
    """The record that this one was merged into or converted to; None when it stands for itself."""
    if record.merged_into:
        return RecordRef(side=record.ref.side, object_type=record.ref.object_type, id=record.merged_into)
    if record.converted_to:
        return RecordRef(side=Side.SALESFORCE, object_type=SALESFORCE_CONTACT, id=record.converted_to)
    return None


def losers(ref: RecordRef, ids: Iterable[str]) -> tuple[RecordRef, ...]:
    """The records with these ids that were merged into this one; HubSpot may list the survivor, too."""
    others = sorted(set(ids) - {ref.id})
    return tuple(RecordRef(side=ref.side, object_type=ref.object_type, id=loser) for loser in others)


def value_of(record: Record, mapping: FieldMapping, name: str) -> Value:
    """The mapped field's native value; None when blank or absent."""
    return record.fields.get(mapping.hubspot if record.ref.side is Side.HUBSPOT else name)


def emails_of(record: Record) -> tuple[str, ...]:
    """The e-mail keys of a record, the primary one first; HubSpot's secondary ones are ";"-separated."""
    if record.ref.side is Side.SALESFORCE:
        key = email_key(record.fields.get("Email"))
        return (key,) if key else ()
    secondary = record.text("hs_additional_emails")
    found = [record.fields.get("email"), *(secondary.split(";") if secondary else ())]
    return tuple(dict.fromkeys(key for key in map(email_key, found) if key))
