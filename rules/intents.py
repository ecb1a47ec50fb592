"""Intents: a value that we meant to write is ours when it is read back, never an edit.

An intent is committed on the link before its write. It settles three cases: the CRM stored another form
of what we sent; the process died between a write and its record; or an old write arrived after a newer
one. `modified_by_us` tells only who wrote last, so it speaks for the newest intent of a side alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import dropwhile

from contract.links import Intent, Link
from contract.mappings import FieldMapping
from contract.records import Record, Side, Value
from rules.converters import is_stored_form
from rules.freshness import SETTLING, older
from rules.person import Person, again, value_of

RULE = "intents"
LONGEST_FLIGHT = timedelta(seconds=120)
"""After this no write of ours is still under way."""


def decide(person: Person) -> Person:
    """Adopt our own writes into the base, mark outdated ones, and drop the intents that are done."""
    link = person.live_link
    if link is None or not link.intents:
        return person
    for record in person.records:
        person = _on_side(person, record)
    link = person.live_link or link
    return person.changed(link=link.changed(intents=_open(person, link)))


def _on_side(person: Person, record: Record) -> Person:
    link, side = person.live_link, record.ref.side
    mine = [] if link is None else [intent for intent in link.intents if intent.side is side]
    if link is None or not mine:
        return person
    if any(_not_shown_yet(person, record, intent, mine) for intent in mine):
        text = f"stale: {record.ref} does not show yet what was written to it; it is read again"
        raise again(person, RULE, 1.0, text)
    for mapping, name in person.settings.synced(person.salesforce_type):
        if (mapping.hubspot if side is Side.HUBSPOT else name) in record.fields:
            person = _field(person, record, mapping, value_of(record, mapping, name))
    return person


def _field(person: Person, record: Record, mapping: FieldMapping, value: Value) -> Person:
    """Whether this value is what the latest intent for the field meant, or an outdated one did."""
    link, side, key = person.live_link, record.ref.side, mapping.key
    intents = [] if link is None else [intent for intent in link.intents if key in intent.pairs]
    if link is None or not any(intent.side is side for intent in intents):
        return person
    latest = max(intents, key=_sent_at)
    if latest.side is side and _meant(person, mapping, latest, value):
        return _adopted(person, link, mapping, latest, value)
    if _outdated(person, record, mapping, value, [one for one in intents if one is not latest]):
        return person.changed(late=person.late | {(side, key)})
    if latest.side is side and _rewritten(person, record, mapping, latest, value):
        return _adopted(person, link, mapping, latest, value)
    return person


def _adopted(person: Person, link: Link, mapping: FieldMapping, intent: Intent, value: Value) -> Person:
    """The base as of this write, with the value in the form in which the CRM stored it."""
    stored = intent.pairs[mapping.key].having(intent.side, value)
    if link.base.get(mapping.key) == stored:
        return person
    person = person.changed(link=link.changed(base={**link.base, mapping.key: stored}))
    text = f"the {intent.side} value is our own write, as it was stored: no edit"
    return person.says(RULE, text, field=mapping.key, **{intent.side.value: value})


def _meant(person: Person, mapping: FieldMapping, intent: Intent, value: Value) -> bool:
    meant = intent.pairs[mapping.key].of(intent.side)
    return is_stored_form(mapping, meant, value, person.settings.time_zone)


def _outdated(
    person: Person, record: Record, mapping: FieldMapping, value: Value, older_ones: list[Intent]
) -> bool:
    """Whether a write that a newer one has replaced arrived late.

    What another user wrote last is that user's edit, even where it equals an old write of ours; where the
    CRM does not say who wrote last, only a write that was never answered can be late.
    """
    base = person.link.base.get(mapping.key) if person.link is not None else None
    if base is None or record.modified_by_us is False:
        return False
    if is_stored_form(mapping, base.of(record.ref.side), value, person.settings.time_zone):
        return False
    mine = [one for one in older_ones if one.side is record.ref.side and _in_flight(record, one)]
    lost = [one for one in mine if record.modified_by_us is True or not one.settled]
    return any(_meant(person, mapping, one, value) for one in lost)


def _in_flight(record: Record, intent: Intent) -> bool:
    """Whether the record's last change can be this write; what was typed later is an edit, even if equal."""
    return record.modified_at - intent.sent_at < LONGEST_FLIGHT


def _rewritten(person: Person, record: Record, mapping: FieldMapping, latest: Intent, value: Value) -> bool:
    """Whether our newest write on this side was the last one there, so that any other form is its echo.

    A write that was never answered may have been refused for this field: it must at least have changed it.
    """
    link, side = person.link, latest.side
    if record.modified_by_us is not True or link is None:
        return False
    before = link.base.get(mapping.key)
    if not latest.settled and (before is None or before.of(side) == value):
        return False
    newest = max((one for one in link.intents if one.side is side), key=_sent_at)
    if newest is not latest:
        return False
    same = latest.before is not None and not older(record.modified_at, latest.before, side)
    return _passed(record, latest) or (same and latest.settled and side is Side.SALESFORCE)


def _not_shown_yet(person: Person, record: Record, intent: Intent, mine: list[Intent]) -> bool:
    """Whether the read may be of a state from before an answered write.

    A stamp newer than the one that the write found proves nothing where another user wrote last: that may
    have been between our read and our write.
    """
    if not intent.settled or person.facts.now - intent.sent_at >= SETTLING:
        return False
    by_another = intent.before is not None and record.modified_by_us is False
    if _passed(record, intent) and not by_another:
        return False
    replaced = {key for one in mine if _sent_at(one) > _sent_at(intent) for key in one.pairs}
    latest = {key: pair for key, pair in intent.pairs.items() if key not in replaced}
    return not _all_meant(person, record, replace(intent, pairs=latest))


def _all_meant(person: Person, record: Record, intent: Intent) -> bool:
    """Whether the record shows every value of the intent that can be read."""
    return all(
        _meant(person, mapping, intent, value_of(record, mapping, name))
        for mapping, name in person.settings.synced(person.salesforce_type)
        if mapping.key in intent.pairs
        and (mapping.hubspot if intent.side is Side.HUBSPOT else name) in record.fields
    )


def _passed(record: Record, intent: Intent) -> bool:
    """Whether the record was modified after the state in which the intent found it."""
    return intent.before is None or older(intent.before, record.modified_at, intent.side)


def _open(person: Person, link: Link) -> tuple[Intent, ...]:
    """The intents to keep: a newer one stays as long as an older one may still arrive."""
    kept = dropwhile(lambda intent: _done(person, intent), sorted(link.intents, key=_sent_at))
    return tuple(kept)


def _done(person: Person, intent: Intent) -> bool:
    """Whether the intent can teach nothing more: too old, or seen on its record."""
    if person.facts.now - intent.sent_at >= LONGEST_FLIGHT:
        return True
    record = person.record(intent.side)
    if record is None:
        return False
    return (intent.settled and _passed(record, intent)) or _all_meant(person, record, intent)


def _sent_at(intent: Intent) -> tuple[float, str]:
    return (intent.sent_at.timestamp(), intent.id)
