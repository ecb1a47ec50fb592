"""Only members of the inclusion list pass, in both directions; a lead may create its contact once."""

from __future__ import annotations

from collections.abc import Iterator

from contract.records import RecordRef, Side
from tests.acceptance.state_machine.fields import MEMBER, MEMBERSHIP
from tests.acceptance.state_machine.journal import Author, Batch, Event, Journal, What
from tests.acceptance.state_machine.oracle.past import STALE, tied
from tests.acceptance.state_machine.oracle.run import Complaint, Run


def complaints(run: Run) -> Iterator[Complaint]:
    """Values that travelled for a contact that was not on the list."""
    if run.settings.inclusion_list is None:
        return
    for event in run.journal.events:
        if event.author is not Author.API or event.what is not What.SET or event.field in _ALWAYS:
            continue
        batch = run.journal.batches[event.batch]
        contacts = _contacts(run.journal, event)
        if contacts and all(_stranger(run.journal, contact, batch, event) for contact in contacts):
            says = f"{event.ref} was written at {event.seq}, although {contacts[0]} is not on the list"
            yield Complaint(says=says, refs=(event.ref, *contacts))


_ALWAYS = {"hs_email_optout", "HasOptedOutOfEmail"}
"""An opt-out travels for non-members, too."""


def was_listed(journal: Journal, contact: RecordRef, since: int, until: int) -> bool:
    """Whether the contact was on the list from its beginning within this part of the order to its end."""
    changes = [event for event in journal.of(contact) if event.field == MEMBERSHIP]
    created = next(event for event in journal.of(contact) if event.what is What.CREATED)
    first = [event for event in changes if event.act == created.act or event.seq <= since]
    later = [event for event in changes if event not in first and event.seq <= until]
    return bool(first) and first[-1].value == MEMBER and not later


def _contacts(journal: Journal, event: Event) -> list[RecordRef]:
    """The contact of the pair that was written for: as tied before, and as the batch left it."""
    if event.ref.side is Side.HUBSPOT:
        return [event.ref]
    after = [tie.ends for tie in journal.ties if tie.batch == event.batch and tie.ends]
    found = [tied(journal, event.ref, event.seq)]
    found += [ends[Side.HUBSPOT] for ends in after if ends[Side.SALESFORCE] == event.ref]
    return list(dict.fromkeys(contact for contact in found if contact))


def _stranger(journal: Journal, contact: RecordRef, batch: Batch, event: Event) -> bool:
    """Whether the contact was off the list for all that the worker can have seen, and not just created."""
    made = next(e for e in journal.of(contact) if e.what is What.CREATED)
    if made.author is Author.API and made.batch == batch.number:
        return False
    values = [(e.at, e.value) for e in journal.of(contact) if e.field == MEMBERSHIP and e.seq < event.seq]
    recent = [value for at, value in values if at >= batch.at - STALE]
    before = [value for at, value in values if at < batch.at - STALE][-1:]
    return MEMBER not in {*recent, *before}
