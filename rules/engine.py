"""The order in which the rules speak, and the decision made of what they said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from contract.decisions import Again, Decision
from contract.errors import Fault
from contract.facts import Facts, Unanswered
from contract.links import Ended, Link
from contract.own_rules import OwnRule
from contract.records import Side
from contract.settings import Settings
from rules import (
    conversion,
    creation,
    deletion,
    erasure,
    exclusion,
    freshness,
    inclusion,
    intents,
    lifecycle,
    mapping,
    matching,
    merges,
    optout,
    owner,
    places,
    reappeared,
)
from rules import own as own_rules
from rules.person import BothNeededError, Person, Stop, emails_of

Rule = Callable[[Person], Person]
_NONE: Mapping[str, OwnRule] = MappingProxyType({})

RULES: tuple[tuple[str, Rule], ...] = (
    ("erasure", erasure.decide),
    ("erasure: addresses", erasure.decide_addresses),
    ("never sync", exclusion.decide),
    ("freshness", freshness.decide),
    ("fields seen again", reappeared.decide),
    ("creation: answers never seen", creation.recover),
    ("merges", merges.decide),
    ("conversion", conversion.decide),
    ("deletion", deletion.decide),
    ("own rules: before matching", own_rules.before_matching),
    ("matching", matching.decide),
    ("erasure: records found since", erasure.decide_again),
    ("never sync: records found since", exclusion.decide_again),
    ("fields seen again: of records found since", reappeared.decide),
    ("intents", intents.decide),
    ("places", places.decide),
    ("creation", creation.decide),
    ("owner", owner.decide),
    ("mapping", mapping.decide),
    ("own rules: after mapping", own_rules.after_mapping),
    ("places: a state with its country", places.complete),
    ("lifecycle", lifecycle.decide),
    ("inclusion", inclusion.decide),
    ("opt-out", optout.decide),
)
_READING = RULES[next(place for place, (name, _) in enumerate(RULES) if name == freshness.RULE) :]
"""From the rule on that reads; those before it leave the person as they found it, or stop."""


def decide(facts: Facts, settings: Settings, own: Mapping[str, OwnRule] = _NONE) -> Decision:
    """What is to be done for one person; raises Unanswered where a rule needs to know more.

    `own` are the installed rules of users' own, by name; the settings say which of them speak.
    """
    return _through(RULES, _person(facts, settings, own))


def _person(facts: Facts, settings: Settings, own: Mapping[str, OwnRule], *, both: bool = False) -> Person:
    return Person(facts=facts, settings=settings, link=facts.link, own=own, both=both)


def _through(rules: Sequence[tuple[str, Rule]], person: Person) -> Decision:
    """Let these rules speak; who must know more may go on from there, who needs both starts to read again."""
    spoken = 0
    try:
        for _, rule in rules:
            person = rule(person)
            spoken += 1
    except Stop as stop:
        return _decision(stop.person, stop.again, stop.fault)
    except BothNeededError:
        return _through(_READING, _person(person.facts, person.settings, person.own, both=True))
    except Unanswered as need:
        need.go_on = partial(_going_on, rules[spoken:], person)
        raise
    return _decision(person)


def _going_on(rules: Sequence[tuple[str, Rule]], person: Person, facts: Facts) -> Decision:
    """With facts that know more. Rules are pure: those that have spoken would say the same again."""
    return _through(rules, person.changed(facts=facts))


def _decision(person: Person, again: Again | None = None, fault: Fault | None = None) -> Decision:
    if again is not None:
        return Decision(trace=person.trace, again=again)
    return Decision(
        writes=person.writes,
        link=_link(person),
        others=person.others,
        trace=person.trace,
        reports=person.reports,
        erasure=person.erasure,
        look_at=person.look_at,
        covers=person.covers,
        fault=fault,
        field_faults=person.field_faults,
    )


def _link(person: Person) -> Link | None:
    """The link as it shall stand, with what was agreed; None where the stored one stays as it is.

    What writes always carries its link, for the intents and the new base have their place there.
    """
    link = person.link
    if link is None:
        return None
    link = link.changed(base={**link.base, **person.agreed}, email=_email(person, link))
    unchanged = link == person.facts.link and not person.writes
    return None if unchanged else link


def _email(person: Person, link: Link) -> str:
    """The HubSpot contact's primary e-mail key, else what was known, else Salesforce's."""
    if link.ended is Ended.ERASED:
        return ""
    known = {record.ref.side: next(iter(emails_of(record)), "") for record in person.records}
    return known.get(Side.HUBSPOT) or link.email or known.get(Side.SALESFORCE, "")
