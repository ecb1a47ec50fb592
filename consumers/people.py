"""Persons of one batch: pending rows that belong together, and the claims that keep persons apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contract.decisions import Action, Decision, Outcome, Write
from contract.facts import Facts, Notice
from contract.links import Link
from contract.pending import PendingRow
from contract.records import RecordRef
from contract.standing import HeldWork


@dataclass(slots=True, kw_only=True, eq=False)
class Person:
    """One unit of work, filled in as it goes through the steps of a batch."""

    rows: tuple[PendingRow, ...]
    facts: Facts
    decision: Decision = field(default_factory=Decision)
    link: Link | None = None
    """The link as stored with its intents, once they are committed."""
    sent: frozenset[str] = frozenset()
    """The ids of the intents of this batch."""
    results: list[Result] = field(default_factory=list)
    claim: str = ""
    """What is claimed in an org that several portals share."""
    held: tuple[HeldWork, ...] = ()
    """What a guard makes wait for an operator, by row; nothing of this person is written then."""
    let_go: tuple[HeldWork, ...] = ()
    """What an operator let go of this person, once."""
    call_refused: bool = False
    """Whether the fault is that of a whole call, which everybody would meet."""

    @property
    def refs(self) -> tuple[RecordRef, ...]:
        """All records this person is known by, the noticed ones first."""
        found = [row.ref for row in self.rows]
        links = (self.link, self.decision.link, self.facts.link)
        found += [end for link in links if link for end in link.ends]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A write with its final outcome. `dropped` maps left-out fields to the fault that named them."""

    write: Write
    outcome: Outcome
    dropped: Mapping[str, Outcome] = field(default_factory=dict)


def gather(
    rows: Sequence[PendingRow], links: Mapping[RecordRef, Link], *, portal: int, now: datetime
) -> list[Person]:
    """Rows of the same link make one person; a row without a link is a person of its own."""
    groups: dict[object, list[PendingRow]] = {}
    for row in rows:
        link = links.get(row.ref)
        groups.setdefault(link.id if link else row.ref, []).append(row)
    return [
        Person(
            rows=tuple(members),
            facts=Facts(
                portal=portal,
                now=now,
                notices=tuple(_notice(row) for row in members),
                link=links.get(members[0].ref),
            ),
        )
        for members in groups.values()
    ]


def serialise(people: Iterable[Person]) -> tuple[list[Person], list[Person]]:
    """Split into those that may go ahead together and those that must wait for the next batch.

    Two decisions that touch or report the same record or link, or create somebody with the same e-mail, were
    taken without knowing of each other: only the first may act.
    """
    taken: set[object] = set()
    ahead: list[Person] = []
    later: list[Person] = []
    for person in people:
        claims = _claims(person)
        if claims & taken:
            later.append(person)
        else:
            taken |= claims
            ahead.append(person)
    return ahead, later


def _claims(person: Person) -> set[object]:
    decision = person.decision
    claims: set[object] = set(person.refs)
    claims.update(ref for report in decision.reports for ref in report.refs)
    links = (person.facts.link, decision.link, *decision.others)
    claims.update(link.id for link in links if link and link.id is not None)
    for link in decision.others:
        claims.update(link.ends)
    for write in decision.writes:
        if write.record_id:
            claims.add(RecordRef(side=write.side, object_type=write.object_type, id=write.record_id))
        if write.into:
            claims.add(RecordRef(side=write.side, object_type=write.object_type, id=write.into))
        if write.action is Action.CREATE and write.email:
            claims.add(write.email)
    return claims


def _notice(row: PendingRow) -> Notice:
    return Notice(
        ref=row.ref,
        kinds=row.kinds,
        merged_ids=row.merged_ids,
        noticed_at=row.noticed_at,
        received_at=row.received_at,
        first_received_at=row.first_received_at,
        attempts=row.attempts,
    )
