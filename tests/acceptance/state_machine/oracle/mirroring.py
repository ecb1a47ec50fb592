"""What Salesforce merged is merged in HubSpot where that is wanted, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator

from contract.records import RecordRef, Side
from tests.acceptance.state_machine.journal import Event, What
from tests.acceptance.state_machine.oracle.past import by_us, partners, tied
from tests.acceptance.state_machine.oracle.run import Complaint, Run


def complaints(run: Run) -> Iterator[Complaint]:
    """Contacts that we merged for no reason, and those that should have been."""
    for event, _ in by_us(run.journal, What.MERGED, Side.HUBSPOT):
        yield from _unasked(run, event)
    if run.settings.mirror_merges:
        for event in _merged(run):
            yield from _left(run, event)


def _merged(run: Run) -> list[Event]:
    events = run.journal.events
    return [e for e in events if e.what is What.MERGED and e.ref.side is Side.SALESFORCE]


def _unasked(run: Run, event: Event) -> Iterator[Complaint]:
    """Each of the contacts had one of two records that Salesforce had merged before."""
    both = {one.ref for one in run.journal.events if one.act == event.act and one.what is What.MERGED}
    known = [partners(run.journal, ref) for ref in {*both, *([event.into] if event.into else ())}]
    before = [one for one in _merged(run) if one.seq < event.seq]
    asked = any(all(theirs & {one.ref, one.into} for theirs in known) for one in before)
    if not run.settings.mirror_merges or not asked:
        says = f"{event.ref} was merged into {event.into} at {event.seq} without a reason"
        yield Complaint(says=says, refs=tuple(both))


def _left(run: Run, event: Event) -> Iterator[Complaint]:
    """The loser's contact does not stand alone beside the survivor's, where both were pairs all the time."""
    lost, kept = tied(run.journal, event.ref, event.seq), _tied(run, event.into, event.seq)
    if lost is None or kept is None or lost == kept or not (run.live(lost) and run.live(kept)):
        return
    if run.partner(kept) != event.into or run.partner(lost) is not None or run.silenced(lost, kept):
        return
    tampered = {What.RESTORED, What.DELETED}
    moved = [e for e in run.journal.of(event.ref, lost, kept) if e.what in tampered]
    told = any(letter.ref in {lost, kept, event.ref, event.into} for letter in run.letters)
    if not moved and not told:
        yield Complaint(says=f"{lost} is not merged into {kept}", refs=(lost, kept, event.ref))


def _tied(run: Run, ref: RecordRef | None, seq: int) -> RecordRef | None:
    return tied(run.journal, ref, seq) if ref is not None else None
