"""Lead conversion: the link moves to the contact; a converted lead is never written and never a deletion."""

from __future__ import annotations

from rules.moves import move
from rules.person import Person, stop

RULE = "conversion"


def decide(person: Person) -> Person:
    """Move the link of a converted lead to its contact; refuse person accounts."""
    record = person.salesforce
    if record is not None and record.converted:
        person = move(person, record, RULE, "was converted")
    return _without_person_accounts(person)


def _without_person_accounts(person: Person) -> Person:
    record = person.salesforce
    if record is None or not record.person_account:
        return person
    text = f"{record.ref} is a person account; person accounts are not supported yet: nothing is written"
    raise stop(person.untied(), RULE, text)
