"""Lifecycle stages: never moved back by us, and moved on where contact roles earn it, if that is wanted."""

from __future__ import annotations

from collections.abc import Iterator

from contract.lifecycle import STAGE
from contract.records import SALESFORCE_CONTACT, RecordRef, Side
from tests.acceptance.state_machine.journal import Author, What
from tests.acceptance.state_machine.oracle.agreement import always_listed, listed
from tests.acceptance.state_machine.oracle.lines import Pair, pairs
from tests.acceptance.state_machine.oracle.past import STALE, by_us, lineage
from tests.acceptance.state_machine.oracle.run import Complaint, Run
from tests.acceptance.state_machine.orders import SentStage

_BEGIN = "lead"
_EARNED = {"open": "opportunity", "won": "customer"}
_ALONE = {"evangelist", "other"}


def complaints(run: Run) -> Iterator[Complaint]:
    """Stages that went back, were owed in the end, or were touched without a reason."""
    for sent in run.journal.stages:
        yield from _sent(run, sent)
    yield from _stored(run)
    yield from _begun(run)
    if not run.settings.automatic_stages:
        return
    for pair in pairs(run.journal):
        alive = all(run.live(ref) for ref in pair.ends.values())
        if alive and not run.silenced(*pair.refs) and listed(run, pair) and always_listed(run, pair):
            yield from _owed(run, pair)


def _sent(run: Run, sent: SentStage) -> Iterator[Complaint]:
    """Not even sent: HubSpot would ignore a step back in silence."""
    if not run.settings.automatic_stages:
        yield Complaint(says=f"the stage {sent.stage} was sent at {sent.seq} unasked", refs=(sent.contact,))
    batch, order = run.journal.batches[sent.batch], run.setup.stages
    events = [one for one in run.journal.of(sent.contact) if one.field == STAGE and one.seq < sent.seq]
    before = [one.value for one in events if one.at < batch.at - STALE][-1:] or [None]
    seen = [str(value or "") for value in (*before, *(e.value for e in events if e.at >= batch.at - STALE))]
    if all(held in _ALONE or (held and order.index(held) >= order.index(sent.stage)) for held in seen):
        says = f"the stage {sent.stage} was sent at {sent.seq}, where {seen[-1]!r} stood"
        yield Complaint(says=says, refs=(sent.contact,))


def _stored(run: Run) -> Iterator[Complaint]:
    """No stage is taken away, nor a further one exchanged for it."""
    held: dict[RecordRef, str] = {}
    for event in run.journal.events:
        if event.field != STAGE:
            continue
        before, now = held.get(event.ref, ""), str(event.value or "")
        held[event.ref] = now
        order = run.setup.stages
        back = before and (not now or order.index(now) < order.index(before))
        if event.author is Author.API and back:
            says = f"{event.ref} went back from {before} to {now!r} at {event.seq}"
            yield Complaint(says=says, refs=(event.ref,))


def _begun(run: Run) -> Iterator[Complaint]:
    """Who is created from Salesforce begins at `lead`, or at what its contact roles earn at once."""
    allowed = {_BEGIN, *(_EARNED.values() if run.settings.automatic_stages else ())}
    for made, _ in by_us(run.journal, What.CREATED, Side.HUBSPOT):
        first = [e.value for e in run.journal.of(made.ref) if e.act == made.act and e.field == STAGE]
        if not first or first[0] not in allowed:
            yield Complaint(says=f"{made.ref} was created at the stage {first}", refs=(made.ref,))


def _owed(run: Run, pair: Pair) -> Iterator[Complaint]:
    """The contact stands where its roles have brought it, or further, unless a person set it back since."""
    hubspot, contact = pair.ends[Side.HUBSPOT], pair.ends[Side.SALESFORCE]
    kinds = run.standings.get(contact, set())
    earned = next((_EARNED[kind] for kind in ("won", "open") if kind in kinds), None)
    stage = str(run.journal.states[hubspot].fields.get(STAGE) or "")
    if contact.object_type != SALESFORCE_CONTACT or earned is None or stage in _ALONE:
        return
    order = run.setup.stages
    if stage and order.index(stage) >= order.index(earned):
        return
    kin = lineage(run.journal, hubspot)
    by_hand = [e.seq for e in run.journal.of(*kin) if e.field == STAGE and e.author is Author.PERSON]
    if by_hand and max(by_hand) > _news(run, pair):
        return
    yield Complaint(says=f"{hubspot} is at {stage!r}, its roles earn {earned}", refs=pair.refs)


def _news(run: Run, pair: Pair) -> int:
    """The last place in the order at which something of the pair's deals changed, or the pair was made."""
    kin = lineage(run.journal, pair.ends[Side.SALESFORCE])
    moved = [deal.seq for deal in run.journal.deals if deal.contacts & kin]
    return max([pair.born, *moved])
