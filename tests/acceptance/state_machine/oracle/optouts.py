"""Whoever opted out on one side is out on both in the end, and nobody is ever opted in by us."""

from __future__ import annotations

from collections.abc import Iterator

from contract.records import Side, Value
from tests.acceptance.state_machine.journal import Author, What
from tests.acceptance.state_machine.oracle.lines import Pair, pairs, value_at
from tests.acceptance.state_machine.oracle.run import Complaint, Run
from tests.acceptance.state_machine.setup import Extra

NAMES = {Side.HUBSPOT: "hs_email_optout", Side.SALESFORCE: "HasOptedOutOfEmail"}


def complaints(run: Run) -> Iterator[Complaint]:
    """Who was opted in by us, and who is out on one side alone without having said so."""
    if Extra.OPT_OUT not in run.setup.extras:
        return
    yield from _opted_in(run)
    for pair in pairs(run.journal):
        if any(not run.live(ref) for ref in pair.ends.values()) or run.silenced(*pair.refs):
            continue
        out = {side for side in Side if _out(run.journal.states[pair.ends[side]].fields.get(NAMES[side]))}
        if len(out) == 1 and not _meant(run, pair, next(iter(out)).other):
            says = f"out of e-mail in {next(iter(out))} alone"
            yield Complaint(says=says, refs=pair.refs)


def _out(value: Value) -> bool:
    return value in {True, "true"}


def _opted_in(run: Run) -> Iterator[Complaint]:
    """An address that we write to HubSpot brings its own word along; nothing else may opt anybody in."""
    for event in run.journal.events:
        if event.author is not Author.API or event.field != NAMES[event.ref.side] or _out(event.value):
            continue
        moved = any(one.act == event.act and one.field == "email" for one in run.journal.of(event.ref))
        created = any(one.act == event.act and one.what is What.CREATED for one in run.journal.of(event.ref))
        if not moved and not created:
            yield Complaint(says=f"{event.ref} was opted in by us at {event.seq}", refs=(event.ref,))


def _meant(run: Run, pair: Pair, side: Side) -> bool:
    """Whether this side is not out by somebody's own word: opted in, or gone over to such a record.

    In HubSpot also where there is no address to opt out.
    """
    ref, spans = pair.ends[side], pair.spans[side]
    events = [one for one in run.journal.of(ref) if one.field == NAMES[side]]
    back = [one for one in events if not _out(one.value) and one.author is Author.PERSON]
    was_out = [one for one in events if _out(one.value)]
    if back and was_out and was_out[0].seq < back[-1].seq:
        return True
    before = spans[-2] if len(spans) > 1 else None
    if before and _out(value_at(run.journal, before.ref, NAMES[side], before.end + 1)):
        return True
    return side is Side.HUBSPOT and not run.address(ref)
