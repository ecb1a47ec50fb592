"""Opt-out: whoever wants no e-mail on one side gets none from the other either.

HubSpot's `hs_email_optout` and Salesforce's `HasOptedOutOfEmail`. An opt-out travels both ways: to
Salesforce as a field, to HubSpot by its subscriptions call, which knows addresses and cannot be taken
back. Opting in never travels: who is opted in again on one side stays opted out on the other.

The base holds what each side said last; a pair without one was never seen opted out. The inclusion list
has no say here, so this rule speaks after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from contract.decisions import Action, Verdict, Write
from contract.links import Link, Pair
from contract.mappings import EMAIL, OPT_OUT
from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, Record, Side, Value, email_key
from rules.person import Person, emails_of

RULE = "opt-out"
_FIELDS = {Side.HUBSPOT: OPT_OUT.hubspot, Side.SALESFORCE: OPT_OUT.fields[SALESFORCE_CONTACT]}
_OUT: Mapping[Side, Value] = {Side.HUBSPOT: "true", Side.SALESFORCE: True}
_NEVER = Pair(None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What one side says: whether the person was opted out there, and whether it is now."""

    record: Record
    was: bool
    now: bool

    @property
    def side(self) -> Side:
        return self.record.ref.side


def decide(person: Person) -> Person:
    """Carry an opt-out to the other side of a linked pair, or into a record that is about to be created."""
    for write in person.writes:
        if write.action is Action.CREATE:
            return _created(person, write)
    link = person.live_link
    if link is None:
        return person
    said = {one.side: one for one in _said(person, link)}
    if any(one.now and not one.was for one in said.values()):
        person.need_both()
    for one in said.values():
        person = _heard(person, one, said.get(one.side.other))
    return person


def _said(person: Person, link: Link) -> Iterator[_Said]:
    """What each side says that was read and lets us see it.

    HubSpot's opt-outs are of addresses: under a new address nothing was said before, and what HubSpot says
    of the old one does not hold for the address that it is about to get. Where the address was never in step,
    the old one is that of the last look.
    """
    before = email_key(link.base.get(EMAIL.key, _NEVER).hubspot) or link.email
    moved = before != "" and _address(person) not in {"", before}
    base = _NEVER if moved else link.base.get(OPT_OUT.key, _NEVER)
    for record in person.records:
        side = record.ref.side
        if _FIELDS[side] in record.fields:
            about_to_move = side is Side.HUBSPOT and moved and _given_address(person) is not None
            now = is_out(record.fields[_FIELDS[side]]) and not about_to_move
            yield _Said(record=record, was=is_out(base.of(side)), now=now)


def _address(person: Person) -> str:
    """The primary address of the HubSpot contact once this decision's writes are done; "" if unknown."""
    own = emails_of(person.hubspot) if person.hubspot is not None else ()
    return _given_address(person) or next(iter(own), "")


def _given_address(person: Person) -> str | None:
    """The address that this decision writes to HubSpot, if any."""
    written = (write for write in person.writes if write.side is Side.HUBSPOT)
    return next(
        (email_key(write.values[EMAIL.hubspot]) for write in written if EMAIL.hubspot in write.values), None
    )


def is_out(value: Value) -> bool:
    """Whether a native value of either side says that the person wants no e-mail; blank says nothing."""
    return value is True or str(value).strip().lower() == "true"


def _heard(person: Person, one: _Said, other: _Said | None) -> Person:
    """What follows from one side's word."""
    if one.now == one.was:
        return person
    if not one.now:
        if _may_lag(person, one.side):
            return person
        text = (
            f"opted in again in {one.side.label}: that never travels, {one.side.other.label} stays as it is"
        )
        return _noted(person, one).says(RULE, text, field=OPT_OUT.key)
    if other is None:
        text = f"opted out in {one.side.label}, but we may not see the opt-out in {one.side.other.label}"
        return person.says(RULE, text, field=OPT_OUT.key)
    return _noted(person, one) if other.now else _carried(person, other.side)


def _may_lag(person: Person, side: Side) -> bool:
    """Whether the record may merely not show yet the opt-out that we wrote to it."""
    intents = person.facts.link.intents if person.facts.link is not None else ()
    return any(intent.side is side and OPT_OUT.key in intent.pairs for intent in intents)


def _noted(person: Person, one: _Said) -> Person:
    """With what this side says now as its half of the base."""
    known = person.agreed.get(OPT_OUT.key)
    if known is None and person.link is not None:
        known = person.link.base.get(OPT_OUT.key)
    pair = (known or _NEVER).having(one.side, one.record.fields[_FIELDS[one.side]])
    return person.changed(agreed={**person.agreed, OPT_OUT.key: pair})


def _created(person: Person, creation: Write) -> Person:
    """Who is opted out is created opted out."""
    said = (record.fields.get(_FIELDS[record.ref.side]) for record in person.records)
    return _carried(person, creation.side) if any(map(is_out, said)) else person


def _carried(person: Person, to: Side) -> Person:
    """The opt-out written to this side."""
    if to is Side.HUBSPOT and not _address(person):
        return person.says(RULE, "opted out in Salesforce, but HubSpot has no address to opt out")
    written = _in_hubspot(person) if to is Side.HUBSPOT else _in_salesforce(person)
    verdict = Verdict(
        rule=RULE,
        says=f"opted out in {to.other.label}: so in {to.label}, too",
        field=OPT_OUT.key,
        writes=to,
        value=_OUT[to],
    )
    return written.changed(trace=(*written.trace, verdict))


def _in_hubspot(person: Person) -> Person:
    """By a call of its own, after any other write: the address may be about to change."""
    contact = person.hubspot
    write = Write(
        action=Action.OPT_OUT,
        side=Side.HUBSPOT,
        object_type=HUBSPOT_CONTACT,
        record_id=contact.ref.id if contact is not None else None,
        email=_address(person),
        before=contact.modified_at if contact is not None else None,
        reason="opted out in Salesforce",
    )
    return person.changed(writes=(*person.writes, _saying_out(person, write)))


def _in_salesforce(person: Person) -> Person:
    """In what is written to Salesforce anyway, else in an update of its own."""
    record = person.salesforce
    known = [write for write in person.writes if write.side is Side.SALESFORCE]
    if not known and record is not None:
        known = [
            Write(
                action=Action.UPDATE,
                side=Side.SALESFORCE,
                object_type=record.ref.object_type,
                record_id=record.ref.id,
                before=record.modified_at,
                reason="opted out in HubSpot",
            )
        ]
    others = (write for write in person.writes if write.side is not Side.SALESFORCE)
    return person.changed(writes=(*others, *(_saying_out(person, write) for write in known)))


def _saying_out(person: Person, write: Write) -> Write:
    """The write with the opt-out in it; the base becomes what each side says or is made to say."""
    words = dict(_OUT)
    for record in person.records:
        own = record.fields.get(_FIELDS[record.ref.side])
        words[record.ref.side] = own if is_out(own) else words[record.ref.side]
    name = _FIELDS[write.side]
    return replace(
        write,
        values={**write.values, name: _OUT[write.side]},
        keys={**write.keys, name: OPT_OUT.key},
        pairs={**write.pairs, OPT_OUT.key: Pair(words[Side.HUBSPOT], words[Side.SALESFORCE])},
    )
