"""What the rules of users' own forbid is not done, and what they ask for is written as they ask."""

from __future__ import annotations

from collections.abc import Iterator

from contract.records import Side
from tests.acceptance.state_machine.fields import SPELLINGS
from tests.acceptance.state_machine.journal import Author, Event, What
from tests.acceptance.state_machine.oracle.past import standing, tied
from tests.acceptance.state_machine.oracle.run import Complaint, Run
from tests.acceptance.state_machine.own_rules import RIVAL
from tests.acceptance.state_machine.setup import OWN_RULES, Extra


def complaints(run: Run) -> Iterator[Complaint]:
    """Writes against the word of a rule that the portal names."""
    if Extra.OWN_RULES not in run.setup.extras:
        return
    for event in run.journal.events:
        if event.author is not Author.API or event.what is not What.SET:
            continue
        if OWN_RULES[0] in run.settings.own_rules:
            yield from _rivals(run, event)
        if OWN_RULES[1] in run.settings.own_rules:
            yield from _untidy(event)


def _rivals(run: Run, event: Event) -> Iterator[Complaint]:
    """Nothing is written to whoever was a rival's for all that the worker can have seen."""
    partner = tied(run.journal, event.ref, event.seq)
    if str(event.value).strip().casefold().endswith(f"@{RIVAL}"):
        yield Complaint(says=f"a rival's address was written to {event.ref}", refs=(event.ref,))
    for ref in filter(None, (event.ref, partner)):
        batch = run.journal.batches[event.batch]
        then = next((t for one, t in standing(run.journal, batch, event.seq, ref.side) if one == ref), None)
        name = "email" if ref.side is Side.HUBSPOT else "Email"
        if then and str(then.fields.get(name)).strip().casefold().endswith(f"@{RIVAL}"):
            says = f"{event.ref} was written at {event.seq}, although {ref} is a rival's"
            yield Complaint(says=says, refs=(event.ref, ref))


def _untidy(event: Event) -> Iterator[Complaint]:
    """No title goes to Salesforce in a spelling that the rule spells out."""
    if event.field == "Title" and str(event.value).strip().casefold() in SPELLINGS:
        yield Complaint(says=f"{event.ref} got the title {event.value} at {event.seq}", refs=(event.ref,))
