"""Following a record that lives on under another id, and moving a link's end there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from contract.decisions import ReportKind
from contract.facts import Facts
from contract.kinds import SALESFORCE_OBJECTS
from contract.links import Ended, Link, LinkState, Pair
from contract.mappings import OPT_OUT, of_mapping
from contract.records import Record, RecordRef, Side
from contract.settings import Settings
from rules import exclusion
from rules.erasure import guard
from rules.fields import says_something
from rules.freshness import missing
from rules.person import Person, Stop, again, ended, stop, successor

LONGEST_CREATION = timedelta(seconds=120)
"""After this a link that waits for its second end is taken for abandoned."""
_LONGEST_CHAIN = 10
_MEANT = frozenset({Ended.HUBSPOT_DELETED, Ended.SALESFORCE_DELETED, Ended.ERASED})
"""What ended a pair for good: a creation that another record never got done does not revive it."""


def follow(facts: Facts, record: Record) -> Record | None:
    """The end of a chain of merges and conversions; None where it leads to a record we cannot see."""
    for _ in range(_LONGEST_CHAIN):
        onward = successor(record)
        if onward is None:
            return record
        found = facts.record(onward)
        if found is None:
            return None
        record = found
    return None


def move(person: Person, record: Record, rule: str, why: str) -> Person:
    """The person with the link's end moved from this record to its successor; `why` says "was merged"."""
    onward = successor(record)
    if onward is None:
        raise stop(person, rule, f"the {record.ref} {why}, but not into a record that we can see")
    if person.link is None:
        text = f"the {record.ref} {why} and was never linked: {onward} is looked at instead"
        raise stop(person.looking_at(onward), rule, text)
    target = follow(person.facts, record)
    if target is None:
        raise missing(person, onward)
    return _onto(person, record, target, f"the {record.ref} {why}", rule)


def _onto(person: Person, record: Record, target: Record, why: str, rule: str) -> Person:
    guard(person, target.ref)
    exclusion.guard(person, target.ref)
    link, holder = person.link, person.facts.link_of(target.ref)
    if link is None:
        return person
    if holder is not None and holder.id != link.id and not _given_up(person, holder):
        if link.state is LinkState.ENDED:
            raise stop(person, rule, f"{why}; the pair had ended before: nothing to do")
        if holder.state is LinkState.LIVE:
            raise _taken(person, record, holder, why, rule)
        if link.state is LinkState.CREATING and holder.ended in _MEANT:
            text = f"{why}, whose own pair was ended on purpose: nothing is created for it"
            raise stop(person.ending(Ended.MERGED).looking_at(target.ref), rule, text)
        person = releasing(person, holder, target.ref, rule)
    moved = retarget(link, target, person.settings, record)
    if link.state is LinkState.LIVE and OPT_OUT.key in link.base.keys() - moved.base.keys():
        person.need_both()  # what HubSpot says must be said of the new record as well
    person = person.changed(link=moved).with_record(target)
    return person.says(rule, f"{why}: the link moves to {target.ref}")


def _given_up(person: Person, holder: Link) -> bool:
    """Whether this very decision ends the link, as when both CRMs merged the same two persons."""
    return any(one.id == holder.id and one.state is LinkState.ENDED for one in person.others)


def _taken(person: Person, record: Record, holder: Link, why: str, rule: str) -> Stop:
    """The successor is already joined to another record: this link ends, and an operator hears of it."""
    side = record.ref.side
    mine = person.link.end(side.other) if person.link is not None else None
    theirs = holder.end(side.other)
    text = f"{why} into a record that is linked with {theirs}"
    person = person.ending(Ended.MERGED).says(rule, f"{text}: this link ends")
    if mine is None:
        return Stop(person)
    kind = ReportKind.DUPLICATE if side is Side.SALESFORCE else ReportKind.MERGE
    person = person.reporting(kind, f"{text}; {mine} is left without a partner", mine, theirs)
    return Stop(person.looking_at(mine))


def releasing(person: Person, holder: Link, ref: RecordRef, rule: str) -> Person:
    """The person, with another link that is not live letting go of this record.

    Waits where that link's own creation may still be going on.
    """
    if holder.state is LinkState.CREATING and not abandoned(person.facts, holder):
        waiting = holder.end(ref.side)
        raise again(person, rule, 2.0, f"the partner of {ref} is being created just now", waiting=waiting)
    return dropping(person, holder, ref.side)


def dropping(person: Person, link: Link | None, side: Side) -> Person:
    """The person, with a link that never got its second end given up; ended ones stay as they are."""
    if link is None or link.state is not LinkState.CREATING:
        return person
    return person.storing(ended(link, Ended.MERGED).changed(intents=(), **{side.value: None}))


def abandoned(facts: Facts, link: Link) -> bool:
    """Whether nobody is creating this link's second end any more."""
    return all(facts.now - intent.sent_at >= LONGEST_CREATION for intent in link.intents)


def retarget(link: Link, target: Record, settings: Settings, old: Record | None = None) -> Link:
    """The link with one end moved to this record, keeping of its base what the new record has.

    `old` is the record that was its end, where it can be read still.
    """
    side = target.ref.side
    intents = tuple(intent for intent in link.intents if intent.side is not side)
    values: dict[str, object] = {side.value: target.ref, f"{side.value}_seen": None}
    if side is Side.SALESFORCE:
        unsure = {key for where, key in link.out_of_sight if where is side}
        had = {key: told for key, told in _filled(old, settings).items() if key not in unsure}
        intents = tuple(replace(one, pairs=_taken_over(one.pairs, had, target, settings)) for one in intents)
        placeholders = _still_made_up(link, target) | _left_unticked(link, had, target, settings)
        base = _taken_over(link.base, had, target, settings)
        values |= {"base": base, "placeholders": placeholders}
    return link.changed(**values, intents=intents)


def _taken_over(
    pairs: Mapping[str, Pair], had: Mapping[str, bool], target: Record, settings: Settings
) -> dict[str, Pair]:
    """The pairs that tell an edit of the new Salesforce record, too.

    A field of it that is blank, though the old record `had` a value, nobody cleared: the value was not taken
    along, and there the two are as if never in step. So it is with a checkbox that was ticked, and with an
    opt-out that it does not show. Where the old record does not tell, the pair does.
    """
    keys = {OPT_OUT.key, *(mapping.key for mapping, _ in settings.synced(target.ref.object_type))}
    has = _filled(target, settings)
    return {
        key: pair
        for key, pair in pairs.items()
        if key in keys and (has.get(key) or not had.get(key, _told(key, pair)))
    }


def _filled(record: Record | None, settings: Settings) -> dict[str, bool]:
    """By mapping key whether the Salesforce record says something there, as far as we may see."""
    if record is None:
        return {}
    fields, object_type = record.fields, record.ref.object_type
    names = [(mapping.key, name) for mapping, name in settings.synced(object_type)]
    names.append((OPT_OUT.key, str(OPT_OUT.salesforce(object_type))))
    return {key: says_something(key, fields[name]) for key, name in names if name in fields}


def _told(key: str, pair: Pair) -> bool:
    """Whether Salesforce said something there when both sides were last in step."""
    return says_something(key, pair.salesforce)


def _left_unticked(
    link: Link, seen: Mapping[str, bool], target: Record, settings: Settings
) -> dict[str, str | bool]:
    """The checkboxes of the new record that were ticked on the old one, each as a value that nobody chose.

    Salesforce has no blank checkbox: what was not taken along reads as unticked. So does what nobody chose on
    the old record either. Its field may have had another name, and its mapping with it another key.
    """
    had = {of_mapping(key): _told(key, pair) for key, pair in link.base.items()}
    had |= {of_mapping(key): told for key, told in seen.items()}
    before = settings.synced(link.salesforce.object_type) if link.salesforce is not None else ()
    had |= {of_mapping(one.key): True for one, name in before if link.placeholders.get(name) is False}
    return {
        name: False
        for mapping, name in settings.synced(target.ref.object_type)
        if target.fields.get(name) is False and had.get(of_mapping(mapping.key))
    }


def _still_made_up(link: Link, target: Record) -> dict[str, str | bool]:
    """The placeholders that the new record has taken over, as far as it shows.

    A field that no mapping reads just now does not show: its placeholder is kept, and counts as such only
    where the field turns out to hold it.
    """
    required = SALESFORCE_OBJECTS[target.ref.object_type].required
    return {
        name: text
        for name, text in link.placeholders.items()
        if name in required and target.fields.get(name, text) == text
    }
