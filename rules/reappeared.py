"""Fields that were out of our sight for a while: one that shows again may be another of the old name.

A field that is deleted and made anew is blank on every record. Nothing that we read tells it from one that
was only hidden from us, so a blank is nobody's deletion when it is first seen again: that field is decided
as if the two were never in step. Anything else that shows there is judged by the base, as ever.
"""

from __future__ import annotations

from contract.links import Link
from contract.mappings import FieldMapping
from contract.records import Record, Side
from rules.fields import says_something
from rules.person import Person, value_of

RULE = "fields seen again"


def decide(person: Person) -> Person:
    """Forget the base of a field that is blank now, though it was not before we lost sight of it."""
    if person.link is None or not person.link.out_of_sight:
        return person
    for record in person.records:
        if person.link.end(record.ref.side) == record.ref:
            person = _seen_again(person, record)
    return person


def _seen_again(person: Person, record: Record) -> Person:
    in_hubspot = record.ref.side is Side.HUBSPOT
    for mapping, name in person.settings.synced(person.salesforce_type):
        link, field = person.link, (record.ref.side, mapping.key)
        if link is None or field not in link.out_of_sight:
            continue
        if (mapping.hubspot if in_hubspot else name) in record.fields:
            seen = link.changed(out_of_sight=link.out_of_sight - {field})
            person = _judged(person.changed(link=seen), seen, record, mapping, name)
    return person


def _judged(person: Person, link: Link, record: Record, mapping: FieldMapping, name: str) -> Person:
    side, value, pair = record.ref.side, value_of(record, mapping, name), link.base.get(mapping.key)
    if pair is None or says_something(mapping.key, value) or not says_something(mapping.key, pair.of(side)):
        return person
    base = {key: known for key, known in link.base.items() if key != mapping.key}
    unticked = {name: value} if isinstance(value, bool) else {}
    link = link.changed(base=base, placeholders={**link.placeholders, **unticked})
    text = f"{side.label} did not show this field for a while, and shows nothing now: nobody cleared it"
    return person.changed(link=link).says(RULE, text, field=mapping.key)
