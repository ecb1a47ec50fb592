"""Owners agree by e-mail where both sides know an active one; whoever was chosen last looks after both."""

from __future__ import annotations

from collections.abc import Iterator

from contract.records import RecordRef, Side
from tests.acceptance.state_machine.journal import Author, Event, What
from tests.acceptance.state_machine.oracle.agreement import always_listed, listed
from tests.acceptance.state_machine.oracle.lines import Pair, pairs, value_at
from tests.acceptance.state_machine.oracle.past import unseen
from tests.acceptance.state_machine.oracle.run import Complaint, Run
from tests.acceptance.state_machine.setup import Extra

NAMES = {Side.HUBSPOT: "hubspot_owner_id", Side.SALESFORCE: "OwnerId"}


def complaints(run: Run) -> Iterator[Complaint]:
    """Pairs with two owners, edits of owners that were lost, owners whom nobody chose."""
    if Extra.OWNERS not in run.setup.extras:
        return
    yield from _invented(run)
    for pair in pairs(run.journal):
        dead = [ref for ref in pair.ends.values() if not run.live(ref)]
        if dead or run.silenced(*pair.refs) or not listed(run, pair):
            continue
        held = {side: _now(run, pair.ends[side]) for side in Side}
        across = {side: run.staff.across(side, held[side]) for side in Side}
        if all(across.values()) and len(set(across.values())) > 1:
            yield Complaint(says=f"two owners look after one person: {across}", refs=pair.refs)
        chosen = _last_alone(run, pair) if always_listed(run, pair) else None
        if chosen and any(across[side] != chosen for side in Side):
            says = f"{chosen} was chosen last, but {across} look after the person"
            yield Complaint(says=says, refs=pair.refs)


def _now(run: Run, ref: RecordRef) -> object:
    return run.journal.states[ref].fields.get(NAMES[ref.side])


def _invented(run: Run) -> Iterator[Complaint]:
    """Every owner that we wrote had been one on the other side before; Salesforce's own choice is free."""
    for event in run.journal.events:
        if event.author is not Author.API or event.field != NAMES[event.ref.side] or not event.value:
            continue
        email = run.staff.email(event.ref.side, event.value)
        if event.value == run.staff.integration and _created_by(run, event):
            continue
        before = {
            run.staff.across(one.ref.side, one.value)
            for one in run.journal.events
            if one.seq < event.seq and one.ref.side is not event.ref.side and one.field == NAMES[one.ref.side]
        }
        if not email or email not in before:
            yield Complaint(says=f"{event.ref} got the owner {email!r} at {event.seq}", refs=(event.ref,))


def _created_by(run: Run, event: Event) -> bool:
    """Whether the record was created at that stroke."""
    return any(one.what is What.CREATED and one.act == event.act for one in run.journal.of(event.ref))


def _last_alone(run: Run, pair: Pair) -> str:
    """Whom a person chose last, where nobody contests it: the pair stood as it does now and was in step.

    "" where somebody had been typed in on the other side whom we had not carried over yet; where a write of
    ours may have crossed the edit; or where the one who was chosen is nobody on the other side.
    """
    ends = tuple(pair.ends.values())
    events = [one for one in run.journal.of(*ends) if one.field == NAMES[one.ref.side]]
    typed = [one for one in events if one.author is Author.PERSON and one.seq > _settled(run, pair)]
    if not typed:
        return ""
    last = typed[-1]
    there = pair.ends[last.ref.side.other]
    others = [one for one in events if one.ref == there and one.seq < last.seq]
    open_ = others and others[-1].author is Author.PERSON and others[-1].seq > pair.born
    carried = (one for one in events if one.ref == last.ref and one.author is Author.API)
    contested = open_ and not any(others[-1].seq < one.seq < last.seq for one in carried)
    crossed = any(
        one.author is Author.API
        and one.seq > last.seq
        and run.staff.across(one.ref.side, one.value) != run.staff.across(last.ref.side, last.value)
        and unseen(last, run.journal.batches[one.batch])
        for one in events
    )
    now = value_at(run.journal, last.ref, NAMES[last.ref.side], last.seq)
    other = value_at(run.journal, there, NAMES[there.side], last.seq)
    mine, theirs = run.staff.across(last.ref.side, now), run.staff.across(there.side, other)
    in_step = mine == theirs and mine
    if contested or crossed or not in_step or run.refused_names(set(NAMES.values()), *ends):
        return ""
    return run.staff.across(last.ref.side, last.value)


def _settled(run: Run, pair: Pair) -> int:
    """The place in the order from which on both present ends have been one pair."""
    last = max(tie.seq for tie in run.journal.ties if tie.link == pair.link)
    return max(last, *(spans[-1].start for spans in pair.spans.values()))
