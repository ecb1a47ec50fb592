"""Creation: what an unlinked record without a match becomes on the other side.

`contacts.create_as` and `contacts.create_as_when` choose the Salesforce object;
`contacts.create_in_hubspot.from_leads` and `.from_contacts` allow new HubSpot contacts. Without an
e-mail address nothing is created.
"""

from __future__ import annotations

import re
from datetime import timedelta

from contract.decisions import Action, Write
from contract.facts import HubSpotByEmail, SalesforceByEmail, SalesforceByKey
from contract.kinds import SALESFORCE_OBJECTS
from contract.links import Ended, Intent, Link, LinkState
from contract.mappings import Converter
from contract.records import (
    HUBSPOT_CONTACT,
    SALESFORCE_CONTACT,
    SALESFORCE_LEAD,
    Record,
    RecordRef,
    Side,
    is_blank,
)
from contract.settings import CreateAs
from rules.converters import is_stored_form
from rules.drafts import Draft, for_hubspot, for_salesforce
from rules.freshness import SETTLING
from rules.matching import creation_key, new_link, tie
from rules.moves import follow
from rules.person import Person, again, emails_of, stop, value_of
from rules.predecessors import heed

RULE = "creation"
_CLOCK_SKEW = timedelta(seconds=5)
_OBJECTS = {CreateAs.LEAD: SALESFORCE_LEAD, CreateAs.CONTACT: SALESFORCE_CONTACT}
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s.,;]+")


def recover(person: Person) -> Person:
    """Find the record of a creation whose answer we never saw, before anything is created again."""
    link = person.link
    if link is None or link.state is not LinkState.CREATING or len(person.records) != 1:
        return person
    intent = _creating(link)
    if intent is None:
        return person
    made = _made(person, person.records[0], intent)
    if made is not None:
        ours = _not_before(made, intent)
        base = {**link.base, **intent.pairs} if ours else None
        person = tie(person, made.ref, base, made_up=link.placeholders)
        return person.says(RULE, f"{made.ref} was created by us: the pair is linked")
    if intent.side is Side.HUBSPOT and person.facts.now - intent.sent_at < SETTLING:
        raise again(person, RULE, 2.0, "a creation was sent just now and may not show yet: looked at again")
    return person  # in Salesforce the creation key makes repeating it safe


def decide(person: Person) -> Person:
    """Create the partner of an unlinked record that matched nothing, where the settings allow it."""
    if person.live_link is not None or len(person.records) != 1:
        return person
    if person.link is not None and person.link.ended is Ended.MERGED:
        text = "its pair ended in a merge and was reported then: no partner is created for it"
        raise stop(person.untied(), RULE, text)
    (record,) = person.records
    if record.ref.side is Side.HUBSPOT:
        return _in_salesforce(person, record)
    return _in_hubspot(person, record)


def _creating(link: Link) -> Intent | None:
    """The newest intent to create the missing end."""
    sent = [one for one in link.intents if one.before is None and link.end(one.side) is None]
    return max(sent, key=lambda one: one.sent_at, default=None)


def _made(person: Person, record: Record, intent: Intent) -> Record | None:
    """The record that the intent created: by creation key, else by e-mail, who created it and when."""
    facts, emails = person.facts, emails_of(record)
    if record.ref.side is Side.SALESFORCE:
        facts.need(*(HubSpotByEmail(email) for email in emails))
        hits = [hit for email in emails for hit in facts.hubspot_by_email(email)]
        return next((hit for hit in hits if _is_ours(person, hit, intent)), None)
    key = creation_key(person, record.ref)
    facts.need(SalesforceByKey(key), *(SalesforceByEmail(email) for email in emails))
    keyed = [follow(facts, hit) for hit in facts.salesforce_by_key(key)]
    hits = [hit for email in emails for hit in facts.salesforce_by_email(email)]
    candidates = [hit for hit in keyed if hit is not None and not _held_elsewhere(person, hit.ref)]
    return next((hit for hit in (*candidates, *_ours(person, hits, intent))), None)


def _ours(person: Person, hits: list[Record], intent: Intent) -> list[Record]:
    return [hit for hit in hits if _is_ours(person, hit, intent)]


def _is_ours(person: Person, hit: Record, intent: Intent) -> bool:
    mine = _not_before(hit, intent) and hit.created_by_us is not False and _as_meant(person, hit, intent)
    return mine and not _held_elsewhere(person, hit.ref)


def _as_meant(person: Person, hit: Record, intent: Intent) -> bool:
    """Whether the record can have begun as the intent meant it, and not as another creation of ours did.

    Two duplicates share an address: who came second must not take the first one's partner for its own.
    """
    known = [
        is_stored_form(mapping, meant, value_of(hit, mapping, name), person.settings.time_zone)
        for mapping, name in person.settings.synced(person.salesforce_type or hit.ref.object_type)
        if mapping.key in intent.pairs
        and mapping.converter is not Converter.EMAIL
        and not is_blank(meant := intent.pairs[mapping.key].of(intent.side))
    ]
    untouched = hit.modified_at <= hit.created_at
    return not known or (all(known) if untouched else any(known))


def _not_before(hit: Record, intent: Intent) -> bool:
    return hit.created_at >= intent.sent_at - _CLOCK_SKEW


def _held_elsewhere(person: Person, ref: RecordRef) -> bool:
    holder = person.facts.link_of(ref)
    return holder is not None and holder.state is LinkState.LIVE


def _in_salesforce(person: Person, contact: Record) -> Person:
    email = _usable_email(person, contact)
    object_type = _OBJECTS.get(_create_as(person, contact))
    if object_type is None:
        raise stop(person.untied(), RULE, "contacts.create_as says to create no Salesforce record for it")
    draft = for_salesforce(person.settings, contact, object_type, email, person.forms)
    write = Write(
        action=Action.CREATE,
        side=Side.SALESFORCE,
        object_type=object_type,
        values=draft.values,
        keys=draft.keys,
        pairs=draft.pairs,
        required=SALESFORCE_OBJECTS[object_type].required | {"Email"},
        creation_key=creation_key(person, contact.ref),
        email=email,
        use_assignment_rules=person.settings.use_assignment_rules,
        reason=f"{contact.ref} has no partner in Salesforce",
    )
    return _creates(person, write, draft, f"a new Salesforce {object_type.lower()} is created")


def _create_as(person: Person, contact: Record) -> CreateAs:
    """The first exception that fits, else the default object."""
    for exception in person.settings.create_as_when:
        if contact.text(exception.hubspot_property) in exception.values:
            return exception.create_as
    return person.settings.create_as


def _in_hubspot(person: Person, record: Record) -> Person:
    lead = record.ref.object_type == SALESFORCE_LEAD
    settings = person.settings
    if not (settings.create_from_leads if lead else settings.create_from_contacts):
        switch = "from_leads" if lead else "from_contacts"
        text = f"contacts.create_in_hubspot.{switch} is off: no HubSpot contact is created"
        raise stop(person.untied(), RULE, text)
    email = _usable_email(person, record)
    heed(person, record, RULE)
    made_up = person.link.placeholders if person.link is not None else {}
    draft = for_hubspot(settings, record, email, person.forms, made_up)
    write = Write(
        action=Action.CREATE,
        side=Side.HUBSPOT,
        object_type=HUBSPOT_CONTACT,
        values=draft.values,
        keys=draft.keys,
        pairs=draft.pairs,
        required=frozenset({"email"}),
        email=email,
        reason=f"{record.ref} has no partner in HubSpot",
    )
    return _creates(person, write, draft, "a new HubSpot contact is created")


def _usable_email(person: Person, record: Record) -> str:
    email = next(iter(emails_of(record)), "")
    if not email:
        raise stop(person.untied(), RULE, "it has no e-mail address, so nothing is created for it")
    if _EMAIL.fullmatch(email) is None:
        raise stop(
            person.untied(), RULE, "its e-mail address is not a valid one, so nothing is created for it"
        )
    return email


def _creates(person: Person, write: Write, draft: Draft, text: str) -> Person:
    link = person.link or new_link(person)
    link = link.changed(
        state=LinkState.CREATING,
        ended=None,
        base=draft.base,
        placeholders=draft.placeholders if write.side is Side.SALESFORCE else link.placeholders,
        email=write.email,
    )
    person = person.changed(
        link=link, writes=(*person.writes, write), field_faults=(*person.field_faults, *draft.faults)
    )
    for name, made_up in draft.placeholders.items():
        says = "Salesforce requires a value: this placeholder is remembered and never flows back"
        person = person.says(RULE, says, field=draft.keys.get(name, name), writes=write.side, value=made_up)
    return person.says(RULE, f"{write.reason}: {text}")
