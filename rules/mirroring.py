"""Mirrored merges: what Salesforce merged is merged in HubSpot, too, where `dedup.mirror_merges` is on.

The master's contact is the one whose values win, for it is in step with the record that Salesforce kept; the
loser's values fill its gaps and its address stays as a further one. What differs then is mapped like any
edit. A merge cannot be undone, so both contacts are read again before it, and the guards count it among the
deletions. Salesforce has no call to merge leads or contacts: what HubSpot merged is reported.
"""

from __future__ import annotations

from contract.decisions import Action, Write
from contract.facts import LinkOf, RecordAt
from contract.links import Ended, Link, LinkState
from contract.records import Record, Side, is_blank
from rules import exclusion
from rules.erasure import guard
from rules.freshness import missing, read
from rules.moves import follow
from rules.person import Person, Stop, emails_of, ended, stop

RULE = "mirrored merges"
MOST_MERGES = 250
"""HubSpot refuses a merge after which a contact would have more merged ids than that."""


def decide(person: Person, loser: Record) -> Person:
    """Merge the contacts of this Salesforce record and of its master; the person as it was where none may be.

    Then `merges` ends the loser's link and reports both contacts.
    """
    if not person.settings.mirror_merges or person.live_link is None:
        return person
    master = follow(person.facts, loser)
    holder = person.facts.link_of(master.ref) if master is not None and master.live else None
    if master is None or holder is None or not _joined(person, holder):
        return person
    person.need_both()
    lost, kept = person.hubspot, _kept(person, holder)
    if lost is None:
        return person
    guard(person, master.ref, lost.ref, kept.ref, *emails_of(lost), *emails_of(kept))
    exclusion.guard(person, master.ref, lost.ref, kept.ref)
    why = f"{loser.ref} was merged into {master.ref} in Salesforce"
    if lost.ref == kept.ref:
        raise _done(person, kept, why)
    if lost.deleted:
        raise stop(
            person.ending(Ended.MERGED), RULE, f"{why}; {lost.ref} is deleted: nothing is left to merge"
        )
    hindrance = _hindrance(person, holder, lost, kept)
    if hindrance:
        return person.says(RULE, f"{why}, but {hindrance}: the contacts are not merged")
    raise Stop(_merging(person, lost, kept, why))


def _joined(person: Person, holder: Link) -> bool:
    """Whether the master has a contact of its own, which is not given up in this very decision."""
    given_up = {one.id for one in person.others if one.state is LinkState.ENDED}
    own = person.link.id if person.link is not None else None
    return holder.state is LinkState.LIVE and holder.hubspot is not None and holder.id not in {own, *given_up}


def _kept(person: Person, holder: Link) -> Record:
    """The master's contact as it is now, also where it was merged since; stops while it cannot be read."""
    ref = holder.hubspot
    if ref is None:
        raise ValueError(holder.id)
    person.facts.need(RecordAt(ref))
    contact = read(person.changed(link=holder, hubspot=None), ref).hubspot
    kept = follow(person.facts, contact) if contact is not None else None
    if kept is None:
        raise missing(person, ref)
    return kept


def _done(person: Person, survivor: Record, why: str) -> Stop:
    """Both ids answer as one contact: somebody merged them, or we did and never saw the answer.

    The survivor's own look brings the master's link there.
    """
    if person.facts.link is not None:
        person = person.changed(link=ended(person.facts.link, Ended.MERGED))
    text = f"{why}; their contacts are merged already, as {survivor.ref}: this link ends"
    return stop(person.looking_at(survivor.ref), RULE, text)


def _hindrance(person: Person, holder: Link, lost: Record, kept: Record) -> str:
    """Why these two contacts may not be merged; "" where they may."""
    if not kept.live:
        return f"{kept.ref} is deleted"
    person.facts.need(LinkOf(lost.ref), LinkOf(kept.ref))
    for contact, own in ((lost, person.link), (kept, holder)):
        found = person.facts.link_of(contact.ref)
        if found is not None and found.state is not LinkState.ENDED and (own is None or found.id != own.id):
            return f"{contact.ref} is linked with {found.salesforce}"
    ids = {lost.ref.id, kept.ref.id, *lost.merged_ids, *kept.merged_ids}
    return f"HubSpot merges no contact more than {MOST_MERGES} times" if len(ids) > MOST_MERGES else ""


def _merging(person: Person, lost: Record, kept: Record, why: str) -> Person:
    write = Write(
        action=Action.MERGE,
        side=Side.HUBSPOT,
        object_type=lost.ref.object_type,
        record_id=lost.ref.id,
        into=kept.ref.id,
        before=lost.modified_at,
        reason=why,
    )
    text = f"{why}, and dedup.mirror_merges is on: {lost.ref} is merged into {kept.ref}, whose values win"
    person = person.ending(Ended.MERGED).changed(writes=(*person.writes, write)).says(RULE, text)
    return _field_by_field(person, lost, kept)


def _field_by_field(person: Person, lost: Record, kept: Record) -> Person:
    """What the survivor will hold where the two differ, as HubSpot merges."""
    for name, key in {row.hubspot: row.key for row in person.settings.rows}.items():
        gone, stays = lost.fields.get(name), kept.fields.get(name)
        if is_blank(gone) or gone == stays:
            continue
        if name == "email" and not is_blank(stays):
            text = "the survivor keeps its address, and has this one as a further one"
            person = person.says(RULE, text, field=key, writes=Side.HUBSPOT, value=gone)
        elif is_blank(stays):
            text = "the survivor takes over what it lacks"
            person = person.says(RULE, text, field=key, writes=Side.HUBSPOT, value=gone)
        else:
            text = "the survivor keeps its own value"
            person = person.says(RULE, text, field=key, writes=Side.HUBSPOT, value=stays, lost=gone)
    return person
