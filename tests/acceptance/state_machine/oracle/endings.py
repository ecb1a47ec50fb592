"""Deletions travel only where a box says so, and an erased person stays erased."""

from __future__ import annotations

from collections.abc import Iterator

from contract.records import SALESFORCE_LEAD, RecordRef, Side
from contract.settings import Settings
from tests.acceptance.state_machine.journal import Author, Batch, Event, Journal, What
from tests.acceptance.state_machine.oracle.lines import value_at
from tests.acceptance.state_machine.oracle.past import by_us, partners, standing, tied, unseen
from tests.acceptance.state_machine.oracle.run import Complaint, Run

_GONE = {What.DELETED, What.MERGED, What.CONVERTED}


def complaints(run: Run) -> Iterator[Complaint]:
    """Everything wrong about what ended."""
    for event, _ in by_us(run.journal, What.DELETED, Side.SALESFORCE):
        yield Complaint(says=f"{event.ref} was deleted in Salesforce by us", refs=(event.ref,))
    for event, batch in by_us(run.journal, What.DELETED, Side.HUBSPOT):
        yield from _archived(run, event, batch)
    for event in run.journal.events:
        if event.what is What.DELETED and event.ref.side is Side.SALESFORCE:
            yield from _kept(run, event)
        if event.what is What.ERASED and not any(e.what is What.MERGED for e in run.journal.of(event.ref)):
            yield from _erased(run.journal, event)
    yield from _written_dead(run.journal)


def _archived(run: Run, event: Event, batch: Batch) -> Iterator[Complaint]:
    """The partner was deleted by a person, its box is ticked, and its address lives on nowhere else."""
    known = partners(run.journal, event.ref)
    deleted = {
        e.ref
        for e in run.journal.of(*known)
        if e.what is What.DELETED
        and e.seq < event.seq
        and any(_box(settings, e.ref) for settings in run.in_force(e.at, event.seq))
    }
    if not deleted:
        says = f"{event.ref} was archived at {event.seq} without a reason"
        yield Complaint(says=says, refs=(event.ref, *known))
        return
    heirs = [_heir(run.journal, ref, known, event, batch) for ref in deleted]
    if all(heirs):
        says = f"{event.ref} was archived at {event.seq}, although its address lives on in {heirs[0]}"
        yield Complaint(says=says, refs=(event.ref, *known, *(heir for heir in heirs if heir)))


def _heir(
    journal: Journal, gone: RecordRef, known: set[RecordRef], event: Event, batch: Batch
) -> RecordRef | None:
    """Another record, free, with the address that the deleted one had."""
    email = str(value_at(journal, gone, "Email", event.seq) or "").strip().casefold()
    for ref, then in standing(journal, batch, event.seq, Side.SALESFORCE):
        if ref not in known and email in then.emails and not tied(journal, ref, batch.seq):
            return ref
    return None


def _kept(run: Run, event: Event) -> Iterator[Complaint]:
    """A contact whose partner is deleted for good, with the box ticked, is gone or has another in the end."""
    contact = tied(run.journal, event.ref, event.seq)
    always = all(_box(settings, event.ref) for settings in run.versions)
    if contact is None or not always or not run.live(contact):
        return
    later = [e for e in run.journal.of(event.ref) if e.seq > event.seq and e.what is What.RESTORED]
    restored = [e for e in run.journal.of(contact) if e.seq > event.seq and e.what is What.RESTORED]
    merged = any(e.into == contact for e in run.journal.events)
    merged = merged or any(
        t.ends and t.ends[Side.HUBSPOT] == contact and t.seq > event.seq for t in run.journal.ties
    )
    if later or restored or merged or run.partner(contact) or run.silenced(contact):
        return
    yield Complaint(says=f"{contact} stands, although {event.ref} was deleted", refs=(contact, event.ref))


def _box(settings: Settings, ref: RecordRef) -> bool:
    lead = ref.object_type == SALESFORCE_LEAD
    return settings.delete_when_lead_deleted if lead else settings.delete_when_contact_deleted


def _erased(journal: Journal, erasure: Event) -> Iterator[Complaint]:
    """Nothing is created for the person any more, and what remains in Salesforce is not written."""
    emails = {
        part.strip().casefold()
        for name in ("email", "hs_additional_emails")
        for part in str(value_at(journal, erasure.ref, name, erasure.seq) or "").split(";")
        if part
    }
    survivor = tied(journal, erasure.ref, erasure.seq)
    for event in journal.events:
        if event.author is not Author.API or event.what is not What.SET:
            continue
        if unseen(erasure, journal.batches[event.batch]):
            continue
        address = event.field in {"email", "Email"} and str(event.value).strip().casefold() in emails
        if address or event.ref == survivor:
            says = f"{event.ref} was written at {event.seq} for a person erased at {erasure.seq}"
            yield Complaint(says=says, refs=(event.ref, erasure.ref))


def _written_dead(journal: Journal) -> Iterator[Complaint]:
    """A record that was deleted, merged or converted is not written any more."""
    gone: dict[RecordRef, What] = {}
    for event in journal.events:
        if event.what in _GONE:
            gone[event.ref] = event.what
        elif event.what is What.RESTORED:
            gone.pop(event.ref, None)
        elif event.author is Author.API and event.what is What.SET and event.ref in gone:
            yield Complaint(
                says=f"{event.ref} was written at {event.seq} while {gone[event.ref]}", refs=(event.ref,)
            )
