"""Who is never synced is left alone on both sides, whatever becomes of the record, until it is lifted."""

from __future__ import annotations

from collections.abc import Iterator

from contract.records import RecordRef
from tests.acceptance.state_machine.journal import Author, Event, Journal, Tie, What
from tests.acceptance.state_machine.oracle.past import lineage, tied
from tests.acceptance.state_machine.oracle.run import Complaint, Run
from tests.acceptance.state_machine.orders import Did
from tests.acceptance.state_machine.setup import Extra


def complaints(run: Run) -> Iterator[Complaint]:
    """What was done because of somebody kept out, and marks that got lost."""
    if Extra.NEVER_SYNC not in run.setup.extras:
        return
    for event in run.journal.events:
        if event.author is Author.API and event.what is not What.TOUCHED:
            yield from _written(run.journal, event)
    for tie in run.journal.ties:
        yield from _linked(run.journal, tie)
    yield from _forgotten(run)


def _written(journal: Journal, event: Event) -> Iterator[Complaint]:
    since = journal.batches[event.batch].seq
    for ref in _concerned(journal, event):
        if _kept_out(journal, ref, since, event.seq):
            says = f"{event.ref} was {event.what} at {event.seq}, although {ref} is never synced"
            yield Complaint(says=says, refs=(event.ref, ref))


def _linked(journal: Journal, tie: Tie) -> Iterator[Complaint]:
    since = journal.batches[tie.batch].seq
    for ref in tie.ends.values() if tie.ends else ():
        if _kept_out(journal, ref, since, tie.seq):
            says = f"{ref} was linked at {tie.seq}, although it is never synced"
            yield Complaint(says=says, refs=tuple(tie.ends.values()) if tie.ends else ())


def _concerned(journal: Journal, event: Event) -> set[RecordRef]:
    """The record itself and its partner; of one that we created also what its partner was before."""
    partner = tied(journal, event.ref, event.seq)
    if event.what is not What.CREATED:
        return {event.ref, *([partner] if partner else ())}
    made = (tie.ends for tie in journal.ties if tie.ends and event.ref in tie.ends.values())
    first = next(made, None)
    return lineage(journal, first[event.ref.side.other]) if first else set()


def _kept_out(journal: Journal, ref: RecordRef, since: int, until: int) -> bool:
    """Whether it was kept out from before one place in the order until another."""
    before = [one for one in journal.kept_out if one.seq < since][-1:]
    meanwhile = [one for one in journal.kept_out if since < one.seq < until]
    return bool(before) and all(ref in one.refs for one in (*before, *meanwhile))


def _forgotten(run: Run) -> Iterator[Complaint]:
    """Whom an operator named, and who they are by now, is kept out in the end unless that was lifted."""
    named: set[RecordRef] = set()
    for order in run.journal.orders:
        if order.did is Did.KEPT_OUT:
            named |= order.refs
        elif order.did is Did.SYNCED_AGAIN:
            named -= order.refs
    for ref in filter(run.live, run.refs):
        kin = lineage(run.journal, ref)
        if named & kin and not run.kept_out(ref) and not run.erased(*kin):
            says = f"{ref} is synced, although an operator wanted never to sync it"
            yield Complaint(says=says, refs=(ref, *kin))
