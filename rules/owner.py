"""Owner: whoever looks after the person on one side does so on the other, known by e-mail.

`hubspot_owner_id` and `OwnerId`, two-way: the most recent change wins, and a pair that was just linked has
Salesforce's. Whom the other side knows as an active user is carried over; a queue, and an owner who is
unknown or not active there, is left as is, which is said and is no fault.

Which value is carried is the mapping table's to decide; this rule tells it who stands for whom.
"""

from __future__ import annotations

from dataclasses import replace

from contract.decisions import Action, Write
from contract.links import Link, Pair
from contract.mappings import OWNER
from contract.records import SALESFORCE_CONTACT, SALESFORCE_LEAD, Record, Side, Value, is_blank
from rules.person import Person

RULE = "owner"
_FIELDS = {Side.HUBSPOT: OWNER.hubspot, Side.SALESFORCE: OWNER.fields[SALESFORCE_CONTACT]}


def decide(person: Person) -> Person:
    """Find the counterpart of each owner that has changed, and of the owner of a record to be created."""
    for write in person.writes:
        if write.action is Action.CREATE:
            return _created(person, write)
    for record in person.records:
        if person.live_link is not None and _FIELDS[record.ref.side] in record.fields:
            person = _linked(person, person.live_link, record)
    return person


def _owner(record: Record) -> Value:
    return record.fields[_FIELDS[record.ref.side]]


def _linked(person: Person, link: Link, record: Record) -> Person:
    """The counterpart of this side's owner, if he is another than when the pair was last in step."""
    side, owner, base = record.ref.side, _owner(record), link.base.get(OWNER.key)
    if base is not None and _same(owner, base.of(side)):
        return person
    if is_blank(owner):
        return _left(person, link, record, "nobody looks after it in HubSpot") if base else person
    if _first_seen(base, side):
        return _left(person, link, record, "the owner in HubSpot has none in Salesforce, who chose its own")
    across = person.facts.owner_across(side, str(owner))
    if across.id is None:
        return _left(person, link, record, across.says)
    return person.changed(forms={**person.forms, (OWNER.key, side.other): across.id})


def _same(owner: Value, known: Value) -> bool:
    return owner == known or (is_blank(owner) and is_blank(known))


def _first_seen(base: Pair | None, side: Side) -> bool:
    """Whether this is whom Salesforce itself chose, because HubSpot's owner has no counterpart there."""
    return side is Side.SALESFORCE and base is not None and is_blank(base.salesforce) and bool(base.hubspot)


def _left(person: Person, link: Link, record: Record, why: str) -> Person:
    """The owner stays on his side alone, and the base takes him as he stands: he is no edit any more."""
    side, base = record.ref.side, link.base.get(OWNER.key)
    other = person.record(side.other)
    if base is None and (side is Side.HUBSPOT or other is None or _FIELDS[side.other] not in other.fields):
        return person.says(RULE, f"{why}: he is left as is", field=OWNER.key)
    if base is None:
        base = Pair(None if other is None else _owner(other), None)
    pair = base.having(side, _owner(record))
    person = person.changed(link=link.changed(base={**link.base, OWNER.key: pair}))
    return person.says(RULE, f"{why}: he is left as is", field=OWNER.key)


def _created(person: Person, creation: Write) -> Person:
    """Give the new record its owner; where there is none, Salesforce chooses, and that is carried back."""
    record = person.record(creation.side.other)
    if record is None or _FIELDS[record.ref.side] not in record.fields:
        return person
    owner = _owner(record)
    if is_blank(owner):
        return _noted(person, _half(creation.side, owner))
    if creation.use_assignment_rules and creation.object_type == SALESFORCE_LEAD:
        return person.says(RULE, "Salesforce's assignment rules choose the owner", field=OWNER.key)
    across = person.facts.owner_across(record.ref.side, str(owner))
    if across.id is None:
        return _noted(person, _half(creation.side, owner)).says(RULE, across.says, field=OWNER.key)
    return _given(person, creation, owner, across.id)


def _half(to: Side, owner: Value) -> Pair:
    return Pair(owner, None) if to is Side.SALESFORCE else Pair(None, owner)


def _noted(person: Person, pair: Pair) -> Person:
    if person.link is None:
        return person
    return person.changed(link=person.link.changed(base={**person.link.base, OWNER.key: pair}))


def _given(person: Person, creation: Write, owner: Value, counterpart: str) -> Person:
    name = _FIELDS[creation.side]
    pair = _half(creation.side, owner).having(creation.side, counterpart)
    given = replace(
        creation,
        values={**creation.values, name: counterpart},
        keys={**creation.keys, name: OWNER.key},
        pairs={**creation.pairs, OWNER.key: pair},
    )
    writes = tuple(given if write is creation else write for write in person.writes)
    return person.changed(writes=writes).says(
        RULE,
        "it gets the owner with the same e-mail",
        field=OWNER.key,
        writes=creation.side,
        value=counterpart,
    )
