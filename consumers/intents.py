"""Intents: what will be written is committed on the link before it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from consumers.people import Person
from contract.activity import Lease
from contract.decisions import ENDING, Action, Decision
from contract.links import Intent, Link, LinkState
from contract.ports import Database, Transaction
from contract.records import RecordRef


def commit(
    people: Sequence[Person],
    database: Database,
    lease: Lease,
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
    admit: Callable[[Transaction], None] = lambda _tx: None,
) -> None:
    """Store each writing person's link with its intents, all in one transaction.

    `admit` is called in it, before anything is stored, to mark whose work is held. Raises LeaseLost when the
    portal has another owner by now.
    """
    with database.transaction() as tx:
        tx.leases.check(lease, now=now())
        admit(tx)
        writing = _writing(people, lease.epoch, now(), new_id)
        others = [link for person, _ in writing.values() for link in person.decision.others]
        tx.links.store(ended_first(others))
        stored = tx.links.store([link for _, link in writing.values()])
    for (person, _), link in zip(writing.values(), stored, strict=True):
        known = {intent.id for intent in person.decision.link.intents} if person.decision.link else set()
        person.link = link
        person.sent = frozenset(intent.id for intent in link.intents if intent.id not in known)


def _writing(
    people: Sequence[Person], epoch: int, sent_at: datetime, new_id: Callable[[], str]
) -> dict[RecordRef, tuple[Person, Link]]:
    return {
        person.rows[0].ref: (person, link)
        for person in people
        if person.decision.writes
        and not person.held
        and (link := _with_intents(person.decision, epoch, sent_at, new_id))
    }


def ended_first(links: Iterable[Link]) -> list[Link]:
    """Ended links before others: another link may take over a record that they give up."""
    return sorted(links, key=lambda link: link.state is not LinkState.ENDED)


def _with_intents(
    decision: Decision, epoch: int, sent_at: datetime, new_id: Callable[[], str]
) -> Link | None:
    """The link to store before the writes; None when it must not change before they succeed.

    An archive is such a case, and a merge: were the link ended first and the worker killed, nobody would
    archive or merge.
    """
    if decision.link is None or any(write.action in ENDING for write in decision.writes):
        return None
    intents = tuple(
        Intent(id=new_id(), side=w.side, epoch=epoch, pairs=w.pairs, before=w.before, sent_at=sent_at)
        for w in decision.writes
        if w.action is not Action.OPT_OUT
    )
    return decision.link.changed(intents=decision.link.intents + intents)
