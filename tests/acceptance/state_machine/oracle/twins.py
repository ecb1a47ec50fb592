"""Nobody is created twice, and nobody who has a partner to find is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from contract.records import SALESFORCE_LEAD, RecordRef, Side
from contract.settings import CreateAs
from tests.acceptance.state_machine.journal import Event, Journal, What
from tests.acceptance.state_machine.oracle.members import was_listed
from tests.acceptance.state_machine.oracle.objects import objects_for
from tests.acceptance.state_machine.oracle.past import by_us, lineage, partners, standing
from tests.acceptance.state_machine.oracle.run import Complaint, Run

_KEY = "Diptych_Key__c"


def complaints(run: Run) -> Iterator[Complaint]:
    """Twins of our making, and the lonely."""
    yield from _same_key(run.journal)
    yield from _same_address(run.journal)
    yield from _same_origin(run.journal)
    for ref, state in run.journal.states.items():
        if state.live and run.address(ref) and run.partner(ref) is None:
            yield from _lonely(run, ref)


def _same_key(journal: Journal) -> Iterator[Complaint]:
    """One creation key, one record, whichever object it is of and whatever became of it."""
    made: dict[str, list[RecordRef]] = {}
    for event, _ in by_us(journal, What.CREATED, Side.SALESFORCE):
        key = next(str(e.value) for e in journal.of(event.ref) if e.field == _KEY)
        made.setdefault(key, []).append(event.ref)
    for key, refs in made.items():
        if len(refs) > 1:
            yield Complaint(says=f"{key} was created {len(refs)} times in Salesforce", refs=tuple(refs))


def _same_address(journal: Journal) -> Iterator[Complaint]:
    """No Salesforce person is created beside one that stood there with the same address."""
    for made, batch in by_us(journal, What.CREATED, Side.SALESFORCE):
        emails = {
            str(e.value).casefold() for e in journal.of(made.ref) if _given(e, made) and e.field == "Email"
        }
        for ref, then in standing(journal, batch, made.seq, Side.SALESFORCE):
            if then.emails & emails:
                says = f"{made.ref} was created at {made.seq}, although {ref} had its address"
                yield Complaint(says=says, refs=(made.ref, ref))


def _given(event: Event, made: Event) -> bool:
    return event.what is What.SET and event.batch == made.batch


def _same_origin(journal: Journal) -> Iterator[Complaint]:
    """No Salesforce person gets a second contact as long as the first one stands."""
    made: dict[RecordRef, list[Event]] = {}
    for event, _ in by_us(journal, What.CREATED, Side.HUBSPOT):
        partner = next((t.ends for t in journal.ties if t.ends and t.ends[Side.HUBSPOT] == event.ref), None)
        if partner:
            made.setdefault(_root(journal, partner[Side.SALESFORCE]), []).append(event)
    for origin, events in made.items():
        for first, second in pairwise(events):
            gone = [e for e in journal.of(first.ref) if e.what in {What.DELETED, What.MERGED, What.ERASED}]
            if not any(e.seq < second.seq for e in gone):
                says = f"{origin} got a second contact at {second.seq}"
                yield Complaint(says=says, refs=(origin, first.ref, second.ref))


def _root(journal: Journal, ref: RecordRef) -> RecordRef:
    """The lead that this contact was made of by conversion, else the record itself."""
    began = next(event for event in journal.of(ref) if event.what is What.CREATED)
    leads = [
        e.ref for e in journal.events if e.what is What.CONVERTED and e.into == ref and e.act == began.act
    ]
    return leads[0] if leads else ref


def _lonely(run: Run, ref: RecordRef) -> Iterator[Complaint]:
    if run.silenced(ref) or any(letter.ref == ref for letter in run.letters):
        return
    known = partners(run.journal, ref)
    for before in known:
        alone = run.live(before) and run.partner(before) is None and not run.silenced(before)
        if alone and not _parted(run.journal, ref, before):
            yield Complaint(says=f"{ref} and {before} were a pair and are none any more", refs=(ref, before))
    if known:
        return
    namesakes = [other for other in run.namesakes(ref) if other.side is not ref.side]
    free = [
        one
        for one in namesakes
        if run.partner(one) is None and not partners(run.journal, one) and not run.silenced(one)
    ]
    if free:
        yield Complaint(says=f"{ref} and {free[0]} share an address and are no pair", refs=(ref, free[0]))
    elif not run.ever_shared(ref) and _is_created(run, ref):
        yield Complaint(says=f"{ref} has no partner, and none was created", refs=(ref,))


def _parted(journal: Journal, ref: RecordRef, before: RecordRef) -> bool:
    """Whether one of them, or what it was before, ever had another partner."""
    mine, theirs = lineage(journal, ref), lineage(journal, before)
    ties = [tie.ends for tie in journal.ties if tie.ends]
    return any((ends[ref.side] in mine) != (ends[before.side] in theirs) for ends in ties)


def _is_created(run: Run, ref: RecordRef) -> bool:
    """Whether all settings there were want a partner for it.

    One that was made once and deleted is not made again.
    """
    if ref.side is Side.HUBSPOT:
        if run.settings.inclusion_list is not None and not was_listed(run.journal, ref, 0, run.journal.last):
            return False
        once = {e.value for e in run.journal.events if e.field == _KEY}
        return all(
            CreateAs.NONE not in objects_for(run.journal, settings, ref) for settings in run.versions
        ) and not any(str(key).endswith(f"-{ref.id}") for key in once)
    lead = ref.object_type == SALESFORCE_LEAD
    return all(one.create_from_leads if lead else one.create_from_contacts for one in run.versions)
