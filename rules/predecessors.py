"""Predecessors: whom a Salesforce record lives on for, asked before a HubSpot contact is made or tied.

The master of a merge and the contact of a converted lead have ids of their own, and often another e-mail.
Whatever holds for those that they live on for would be missed: a tombstone, "never sync", a pair.
"""

from __future__ import annotations

from contract.facts import Facts, LinkOf, Predecessors
from contract.links import Ended
from contract.records import SALESFORCE_LEAD, Record, RecordRef
from rules import erasure, exclusion
from rules.person import Person, stop

_LONGEST_CHAIN = 10


def heed(person: Person, record: Record, rule: str) -> None:
    """Stop if the record lives on for somebody erased, kept out, or whose link has yet to move here.

    A lead that nobody has touched since it was made is nobody's successor: a merge edits the master, and a
    conversion makes no leads.
    """
    ref = record.ref
    if ref.object_type == SALESFORCE_LEAD and record.modified_at <= record.created_at:
        return
    line = _line(person.facts, ref)
    if not line:
        return
    erasure.inherit(person, ref, line)
    exclusion.inherit(person, ref, line)
    links = person.facts.need(*(LinkOf(one.ref) for one in line))
    for one, link in zip(line, links, strict=True):
        own = link is not None and person.link is not None and link.id == person.link.id
        if link is not None and link.ended is not Ended.MERGED and not own:
            text = f"{ref} is what {one.ref} lives on as, whose link comes first: no second contact is made"
            raise stop(person.untied().looking_at(one.ref), rule, text)


def _line(facts: Facts, ref: RecordRef) -> tuple[Record, ...]:
    """All predecessors, theirs included, the nearest first."""
    found: dict[RecordRef, Record] = {}
    asked = [ref]
    for _ in range(_LONGEST_CHAIN):
        facts.need(*map(Predecessors, asked))
        nearest = {one.ref: one for each in asked for one in facts.predecessors(each)}
        asked = [one for one in nearest if one not in found]
        if not asked:
            break
        found |= nearest
    return tuple(found.values())
