"""Inclusion list: only its members pass, in both directions.

`contacts.inclusion_list` names a HubSpot list. A linked contact that is not on it keeps its link and
loses nothing; values stop. Deletions, erasures, merges and conversions travel all the same, and a lead
or contact may create its HubSpot contact once.
"""

from __future__ import annotations

from dataclasses import replace

from contract.decisions import Action
from rules.person import Person

RULE = "inclusion"


def decide(person: Person) -> Person:
    """Hold back what a contact that is not on the list would write or receive."""
    if person.settings.inclusion_list is None or not person.writes:
        return person
    contact = person.link.hubspot if person.link is not None else None
    if contact is None or person.facts.member(contact.id):
        return person  # None: the contact is yet to be created from Salesforce
    if any(write.action is Action.CREATE for write in person.writes):
        text = f"{contact} is not on the inclusion list: it is not created in Salesforce"
        return _held(person.untied()).says(RULE, text)
    text = f"{contact} is not on the inclusion list: the pair stays linked, but no value travels either way"
    return _held(person).says(RULE, text)


def _held(person: Person) -> Person:
    """Nothing written, nothing agreed: what each rule would have done stays in the trace as words only."""
    trace = tuple(replace(verdict, writes=None, value=None, lost=None) for verdict in person.trace)
    return person.changed(writes=(), agreed={}, field_faults=(), trace=trace)
