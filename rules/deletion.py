"""Deletion: only on positive evidence, never from HubSpot to Salesforce, and remembered both ways.

`contacts.delete_when.lead_deleted` and `.contact_deleted` say whether the HubSpot contact is archived
when its Salesforce record is deleted. An archive cannot be undone by HubSpot's API.
"""

from __future__ import annotations

from contract.decisions import Action, ReportKind, Write
from contract.facts import LinkOf, SalesforceByEmail
from contract.links import Ended, Link, LinkState
from contract.records import SALESFORCE_LEAD, Record, Side
from rules.freshness import older, read
from rules.mapping import edited
from rules.moves import abandoned, dropping
from rules.person import Person, Stop, emails_of, ended, stop

RULE = "deletion"


def decide(person: Person) -> Person:
    """What a deleted, archived, restored or undeleted record means for the pair."""
    if person.link is None:
        return _unlinked(person)
    if person.link.state is LinkState.ENDED:
        return _remembered(person, person.link)
    if person.salesforce is not None and person.salesforce.deleted:
        return _salesforce_deleted(person, person.salesforce, person.link)
    if person.hubspot is not None and person.hubspot.deleted:
        text = f"{person.hubspot.ref} was deleted: the pair is unlinked, nothing is deleted in Salesforce"
        raise stop(_with_salesforce_seen(person).ending(Ended.HUBSPOT_DELETED), RULE, text)
    return person


def _with_salesforce_seen(person: Person) -> Person:
    """With the Salesforce record's stamp noted: what was edited before it is no reason to come back."""
    link = person.link
    if link is None or link.salesforce is None or person.salesforce is not None:
        return person
    record = person.facts.record(link.salesforce)
    return (
        person if record is None else person.changed(link=link.with_seen(Side.SALESFORCE, record.modified_at))
    )


def _unlinked(person: Person) -> Person:
    for record in person.records:
        if record.deleted:
            raise stop(person, RULE, f"{record.ref} is deleted and was never linked: nothing to do")
    return person


def _salesforce_deleted(person: Person, record: Record, link: Link) -> Person:
    if link.hubspot is None:
        text = f"{record.ref} was deleted before it got a partner in HubSpot: nothing to do"
        raise stop(person.ending(Ended.SALESFORCE_DELETED), RULE, text)
    if _box_ticked(person, record):
        person.need_both()  # the contact's own addresses count, too, before it is archived for good
    living = _living(person, record, link)
    heir = next((hit for hit in living if _free(person, hit)), None)
    if heir is not None:
        person.need_both()
        if person.hubspot is None or person.hubspot.live:
            return _relink(person, link, heir)
    if not _box_ticked(person, record):
        text = f"{record.ref} was deleted: the pair is unlinked and the HubSpot contact is kept"
        raise stop(person.ending(Ended.SALESFORCE_DELETED), RULE, text)
    if living and person.hubspot is not None and person.hubspot.live:
        raise _kept(person, record, living[0])
    raise Stop(_archive(person.ending(Ended.SALESFORCE_DELETED), record))


def _living(person: Person, record: Record, link: Link) -> tuple[Record, ...]:
    """The other leads and contacts with an address of this person's, but for person accounts."""
    contact = emails_of(person.hubspot) if person.hubspot is not None else ()
    emails = tuple(dict.fromkeys(key for key in (*emails_of(record), link.email, *contact) if key))
    hits = person.facts.need(*(SalesforceByEmail(email) for email in emails))
    found = {hit.ref: hit for some in hits for hit in some if hit.ref != record.ref}
    return tuple(hit for hit in found.values() if not hit.person_account)


def _free(person: Person, hit: Record) -> bool:
    """Whether the pair may go on with this record: nobody's yet, or that of a contact which is deleted."""
    holder = person.facts.link_of(hit.ref)
    if holder is None or holder.state is LinkState.ENDED:
        return True
    if holder.state is LinkState.CREATING or holder.hubspot is None:
        return abandoned(person.facts, holder)
    partner = person.facts.record(holder.hubspot)
    return partner is not None and partner.deleted


def _kept(person: Person, record: Record, held: Record) -> Stop:
    """To raise where the address lives on in a record that another pair has: no reason to archive anybody."""
    text = (
        f"{record.ref} was deleted, but its e-mail lives on in {held.ref}, which another contact is linked "
    )
    text += "with: the pair is unlinked and the HubSpot contact is kept"
    contact = person.hubspot.ref if person.hubspot is not None else None
    reported = person.ending(Ended.SALESFORCE_DELETED).reporting(
        ReportKind.DUPLICATE, text, contact, held.ref
    )
    return stop(reported, RULE, text)


def _relink(person: Person, link: Link, heir: Record) -> Person:
    """The pair goes on with the heir, as if it were just linked."""
    holder = person.facts.link_of(heir.ref)
    person = dropping(person, holder, Side.SALESFORCE)
    if holder is not None and holder.state is LinkState.LIVE:
        person = person.storing(ended(holder, Ended.HUBSPOT_DELETED))
    text = f"{link.salesforce} was deleted, but its e-mail lives on in {heir.ref}: the link moves there"
    fresh = link.changed(salesforce=heir.ref, salesforce_seen=None, base={}, placeholders={}, intents=())
    person = read(person.changed(link=fresh).says(RULE, text), heir.ref)
    if person.salesforce is not None and person.salesforce.live:
        return person
    raise stop(person.untied().looking_at(heir.ref), RULE, f"{heir.ref} has changed meanwhile: look again")


def _box_ticked(person: Person, record: Record) -> bool:
    settings = person.settings
    if record.ref.object_type == SALESFORCE_LEAD:
        return settings.delete_when_lead_deleted
    return settings.delete_when_contact_deleted


def _archive(person: Person, record: Record) -> Person:
    contact = person.hubspot
    if contact is None or not contact.live:
        return person.says(RULE, f"{record.ref} was deleted; the HubSpot contact is gone already")
    reason = f"{record.ref} was deleted in Salesforce"
    write = Write(
        action=Action.ARCHIVE,
        side=Side.HUBSPOT,
        object_type=contact.ref.object_type,
        record_id=contact.ref.id,
        before=contact.modified_at,
        reason=reason,
    )
    text = f"{reason}, and the settings say to delete the HubSpot contact then: it is archived"
    return person.changed(writes=(*person.writes, write)).says(RULE, text)


def _remembered(person: Person, link: Link) -> Person:
    """A link that ended: only a restored record or, after a deletion in HubSpot, a real edit revives it."""
    if link.ended is Ended.HUBSPOT_DELETED:
        return _hubspot_was_deleted(person, link)
    if link.ended is Ended.SALESFORCE_DELETED:
        return _salesforce_was_deleted(person, link)
    if link.ended is Ended.MERGED and all(record.live for record in person.records):
        return person  # left without a partner by a merge: it may find one that is free
    raise stop(person, RULE, "the pair of this record has ended: nothing is written")


def _hubspot_was_deleted(person: Person, link: Link) -> Person:
    if person.hubspot is not None and person.hubspot.live:
        return _contact_restored(person, link)
    record = person.salesforce
    if record is None or not record.live:
        raise stop(person, RULE, "the HubSpot contact is deleted and the pair unlinked: nothing to do")
    if not edited(person, Side.SALESFORCE) or not _edited_since(person, record):
        raise stop(person, RULE, f"the HubSpot contact was deleted; {record.ref} has no new edit: left alone")
    person = person.says(RULE, f"the HubSpot contact was deleted, but {record.ref} was edited since")
    return person.changed(link=_reopened(link, Side.HUBSPOT), hubspot=None)


def _edited_since(person: Person, record: Record) -> bool:
    """Whether it changed after we last saw it: no late or repeated notice brings anybody back.

    A record that the link has only now moved to differs in every field, and nobody edited it.
    """
    stored = person.facts.link
    if stored is None or stored.salesforce != record.ref:
        return False
    seen = stored.salesforce_seen
    return seen is None or older(seen, record.modified_at, Side.SALESFORCE)


def _contact_restored(person: Person, link: Link) -> Person:
    if link.salesforce is None:
        return person.changed(link=_reopened(link, Side.SALESFORCE))
    person.need_both()
    if person.salesforce is not None and person.salesforce.deleted:
        text = "the HubSpot contact was restored, but its Salesforce record is deleted: they stay unlinked"
        raise stop(person.ending(Ended.SALESFORCE_DELETED), RULE, text)
    return _revived(person, link, f"{link.hubspot} was restored: the pair is linked again")


def _salesforce_was_deleted(person: Person, link: Link) -> Person:
    if link.salesforce is not None:
        person.need_both()  # it may be back, and its contact only now
    record = person.salesforce
    if record is None or (record.deleted and person.hubspot is not None):
        text = "its Salesforce record was deleted; nothing is created there again"
        raise stop(person, RULE, text)
    if record.deleted:
        raise stop(person, RULE, f"{record.ref} is deleted and the pair unlinked: nothing to do")
    return _undeleted(person, record, link)


def _undeleted(person: Person, record: Record, link: Link) -> Person:
    if link.hubspot is None:
        reopened = person.changed(link=_reopened(link, Side.HUBSPOT))
        return reopened.says(RULE, f"{record.ref} was undeleted and never had a partner: it is taken as new")
    person.need_both()
    if person.hubspot is not None and person.hubspot.live:
        return _revived(person, link, f"{record.ref} was undeleted: the pair is linked again")
    (holder,) = person.facts.need(LinkOf(record.ref))
    if holder is not None and holder.id != link.id and holder.state is not LinkState.ENDED:
        text = f"{record.ref} was undeleted, and another link has it by now: nothing to do"
        raise stop(person, RULE, text)
    text = (
        f"{record.ref} was undeleted; HubSpot's API cannot restore an archived contact, "
        "so a new one is created where the settings allow it"
    )
    return person.says(RULE, text).changed(link=_reopened(link, Side.HUBSPOT), hubspot=None)


def _revived(person: Person, link: Link, text: str) -> Person:
    """The pair is synced again, unless one of its records has found another partner meanwhile."""
    holders = person.facts.need(*(LinkOf(end) for end in link.ends))
    for end, holder in zip(link.ends, holders, strict=True):
        if holder is not None and holder.id != link.id and holder.state is not LinkState.ENDED:
            text = f"{text.partition(':')[0]}, but {end} is linked with another record now: nothing to do"
            reported = person.reporting(
                ReportKind.DUPLICATE, text, *link.ends, holder.hubspot, holder.salesforce
            )
            raise stop(reported, RULE, text)
    revived = link.changed(state=LinkState.LIVE, ended=None, intents=())
    return person.changed(link=revived).says(RULE, text)


def _reopened(link: Link, side: Side) -> Link:
    """The link without this side's end and without a base, as one whose second end is still to come.

    What was made up for the Salesforce record goes with that record.
    """
    return link.changed(
        state=LinkState.CREATING,
        ended=None,
        base={},
        placeholders=link.placeholders if side is Side.HUBSPOT else {},
        intents=(),
        **{side.value: None, f"{side.value}_seen": None},
    )
