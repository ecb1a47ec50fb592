"""Merges: the survivor keeps the link, and a merge loser is never a deletion.

A HubSpot merge shows on the survivor, which lists the ids that lost; Salesforce's loser names its
master. Twins on the other side are reported; how those in HubSpot may be merged, `mirroring` says.
"""

from __future__ import annotations

from collections.abc import Callable

from contract.decisions import ReportKind
from contract.facts import LinkOf, RecordAt
from contract.links import Ended, Link, LinkState
from contract.records import Record, RecordRef, Side, email_key
from rules import exclusion, mirroring
from rules.freshness import read
from rules.moves import dropping, follow, move, releasing, retarget
from rules.person import Person, ended, losers, stop

RULE = "merges"


def decide(person: Person) -> Person:
    """Bring the losers' links to their survivor, and move each end whose record was merged.

    A pair that has just moved to a survivor meets the pairs of the other losers there.
    """
    person = _losers(person)
    loser = person.hubspot is not None and person.hubspot.merged_into
    for side in Side:
        record = person.record(side)
        if record is not None and record.merged_into:
            person = mirroring.decide(person, record) if side is Side.SALESFORCE else person
            person = move(person, record, RULE, "was merged")
    return _losers(_heir_first(person)) if loser else person


def _heir_first(person: Person) -> Person:
    """Leave it to the survivor where the pair of another loser is to become its own, and not this one."""
    contact, own = person.hubspot, person.live_link
    if contact is None or own is None:
        return person
    heir = min((own, *_links_of(person, contact)), key=_precedence(contact))
    if heir.id == own.id:
        return person
    text = f"the pair of {heir.hubspot}, which was merged into {contact.ref}, too, goes first"
    raise stop(person.changed(link=None, others=()).looking_at(contact.ref), RULE, text)


def _losers(person: Person) -> Person:
    """What becomes of the links of contacts that were merged into this one."""
    contact = person.hubspot
    if contact is None or contact.merged_into:
        return person
    links = _links_of(person, contact)
    if not links:
        return person
    exclusion.guard(person, *(end for link in links for end in link.ends))
    own = person.link
    if own is None or own.state is not LinkState.LIVE:
        person, links = _inherit(person, contact, links[0]), links[1:]
    for link in links:
        person = _orphaned(person, contact, link)
    return person


def _links_of(person: Person, contact: Record) -> tuple[Link, ...]:
    """The losers' links that are not ended, the survivor's heir first.

    Complete ones before others, then the one whose e-mail the survivor kept (HubSpot's notice names a
    primary, but the survivor may be a new record and the notice may be lost), then the oldest.
    """
    ids = set(contact.merged_ids).union(*(notice.merged_ids for notice in person.facts.notices))
    refs = losers(contact.ref, ids)
    if not refs:
        return ()
    links = person.facts.need(*(LinkOf(ref) for ref in refs))
    found = {link.id: link for link in links if link is not None}
    own = person.link.id if person.link is not None else None
    held = [link for link in found.values() if link.state is not LinkState.ENDED and link.id != own]
    return tuple(sorted(held, key=_precedence(contact)))


def _precedence(contact: Record) -> Callable[[Link], tuple[bool, bool, int]]:
    email = email_key(contact.text("email"))
    return lambda link: (link.state is LinkState.CREATING, link.email != email, link.id or 0)


def _inherit(person: Person, contact: Record, link: Link) -> Person:
    """The loser's link becomes the survivor's, with its Salesforce end read."""
    if link.state is LinkState.CREATING:
        return releasing(person, link, _end(link), RULE)
    person = dropping(person, person.link, Side.HUBSPOT)
    moved = retarget(link, contact, person.settings)
    person = person.changed(link=moved).with_record(contact)
    person = person.says(
        RULE, f"{link.hubspot} was merged into {contact.ref}: its link moves to the survivor"
    )
    return read(person, moved.salesforce) if moved.salesforce is not None else person


def _orphaned(person: Person, contact: Record, link: Link) -> Person:
    """The survivor has a link already: the loser's ends, and its Salesforce record is reported."""
    if link.state is LinkState.CREATING:
        return releasing(person, link, _end(link), RULE)
    why = f"{link.hubspot} was merged into {contact.ref}"
    person = person.storing(ended(link, Ended.MERGED))
    kept = person.link.salesforce if person.link is not None else None
    if _one_by_now(person, kept, link.salesforce):
        return person.says(RULE, f"{why}, and so was {link.salesforce} in Salesforce: one pair is left")
    text = f"{why}; {link.salesforce} is left without a partner"
    if person.settings.mirror_merges:
        text += ". Salesforce has no call by which it could be merged, too: that is for a person to do"
    person = person.says(RULE, text)
    person = person.looking_at(link.salesforce) if link.salesforce is not None else person
    return person.reporting(ReportKind.MERGE, text, contact.ref, link.salesforce, kept)


def _one_by_now(person: Person, kept: RecordRef | None, left: RecordRef | None) -> bool:
    """Whether Salesforce merged the two as well."""
    if kept is None or left is None:
        return False
    person.facts.need(RecordAt(kept), RecordAt(left))
    found = [person.facts.record(ref) for ref in (kept, left)]
    heirs = [follow(person.facts, record) for record in found if record is not None]
    return len(heirs) == len(found) and heirs[0] is not None and heirs[0] == heirs[1]


def _end(link: Link) -> RecordRef:
    """The end that a link being created has."""
    end = link.hubspot or link.salesforce
    if end is None:
        raise ValueError(f"link {link.id} has no end")
    return end
