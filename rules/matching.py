"""Deduplication, mandatory: an unlinked record is matched before anything is created.

A HubSpot contact is matched by the Salesforce ids in its properties (also those the native connector
wrote), by our creation key, then by e-mail, secondary ones included, contacts before leads. A lead or
contact is matched by e-mail. A pair once linked is joined by ids, whatever the e-mails become.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from contract.decisions import ReportKind
from contract.facts import (
    ErasedRef,
    Excluded,
    HubSpotByEmail,
    LinkOf,
    RecordAt,
    SalesforceByEmail,
    SalesforceByKey,
)
from contract.links import Ended, Link, LinkState, Pair
from contract.records import SALESFORCE_CONTACT, SALESFORCE_LEAD, Record, RecordRef, Side
from contract.salesforce_ids import is_id, long_id
from rules.freshness import LONGEST_LAG, older, read
from rules.moves import dropping, follow, releasing, retarget
from rules.person import Person, Stop, again, emails_of, ended, stop
from rules.predecessors import heed

RULE = "matching"
_ID_PROPERTIES = (("salesforcecontactid", SALESFORCE_CONTACT), ("salesforceleadid", SALESFORCE_LEAD))


def decide(person: Person) -> Person:
    """Link the unlinked record with its match, or report why that cannot be."""
    if person.live_link is not None or len(person.records) != 1:
        return person
    (record,) = person.records
    sure, by_email = _hits(person, record)
    found = (*sure, *by_email)
    person.facts.need(
        *(ask(hit.ref) for hit in found for ask in (LinkOf, ErasedRef, Excluded, RecordAt)),
        *(LinkOf(ref) for hit in found for ref in _also_known_as(hit)),
    )
    chosen = next(iter((*sure, *_linked_first(person, by_email))), None)
    if chosen is None:
        return _unmatched(person, record)
    return _claim(_reporting_others(person, record, chosen, _distinct(found)), record, chosen)


def tie(
    person: Person,
    ref: RecordRef,
    base: Mapping[str, Pair] | None = None,
    made_up: Mapping[str, str | bool] | None = None,
) -> Person:
    """The person's own link, or a new one, joining the record at hand with this one.

    `base` is given where all that the record holds is known to be of our own making, `made_up` where the
    record is, whoever has edited it since. What was made up stands in the Salesforce record: whichever link
    knows that record knows it.
    """
    holder = person.facts.link_of(ref)
    if holder is not None and (person.link is None or holder.id != person.link.id):
        person = releasing(person, holder, ref, RULE)
    link = person.link or new_link(person)
    known: dict[str, object] = {"base": base}
    if base is None:
        end = ref if ref.side is Side.SALESFORCE else link.salesforce
        if made_up is None:
            made_up = _made_up(end, link, holder)
        known = {"base": {}, "placeholders": made_up, "intents": ()}
    ends = {ref.side.value: ref, f"{ref.side.value}_seen": None}
    return read(person.changed(link=link.changed(state=LinkState.LIVE, ended=None, **known, **ends)), ref)


def _made_up(salesforce: RecordRef | None, *links: Link | None) -> Mapping[str, str | bool]:
    """The placeholders of this Salesforce record, as one of these links knows them."""
    known = (link.placeholders for link in links if link is not None and link.salesforce == salesforce)
    return next((found for found in known if found), {})


def creation_key(person: Person, contact: RecordRef) -> str:
    """The external id of the Salesforce record created for this HubSpot contact, set once."""
    return f"{person.facts.portal}-{contact.id}"


def new_link(person: Person) -> Link:
    """A link with the one end that was read."""
    refs = {record.ref.side: record.ref for record in person.records}
    link = Link(
        portal=person.facts.portal,
        hubspot=refs.get(Side.HUBSPOT),
        salesforce=refs.get(Side.SALESFORCE),
        state=LinkState.LIVE,
    )
    for record in person.records:
        link = link.with_seen(record.ref.side, record.modified_at)
    return link


def _hits(person: Person, record: Record) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
    """Matches by id or key, in order, and matches by e-mail, contacts first, each oldest first."""
    if record.ref.side is Side.SALESFORCE:
        return (), _by_email(person, record)
    key = creation_key(person, record.ref)
    named = _named_ids(record)
    person.facts.need(
        SalesforceByKey(key),
        *(RecordAt(ref) for ref in named),
        *(SalesforceByEmail(email) for email in emails_of(record)),
    )
    found = [person.facts.record(ref) for ref in named] + list(person.facts.salesforce_by_key(key))
    followed = [follow(person.facts, hit) for hit in found if hit is not None]
    return _distinct(hit for hit in followed if hit is not None and hit.live), _by_email(person, record)


def _named_ids(contact: Record) -> tuple[RecordRef, ...]:
    return tuple(
        RecordRef(side=Side.SALESFORCE, object_type=object_type, id=long_id(contact.text(name)))
        for name, object_type in _ID_PROPERTIES
        if is_id(contact.text(name))
    )


def _by_email(person: Person, record: Record) -> tuple[Record, ...]:
    emails, facts = emails_of(record), person.facts
    if record.ref.side is Side.HUBSPOT:
        facts.need(*(SalesforceByEmail(email) for email in emails))
        hits = [hit for email in emails for hit in facts.salesforce_by_email(email)]
    else:
        facts.need(*(HubSpotByEmail(email) for email in emails))
        hits = [hit for email in emails for hit in facts.hubspot_by_email(email)]
    return tuple(sorted(_distinct(hits), key=_contacts_first_then_oldest))


def _contacts_first_then_oldest(record: Record) -> tuple[bool, str, str]:
    return (record.ref.object_type == SALESFORCE_LEAD, record.created_at.isoformat(), record.ref.id)


def _distinct(records: Iterable[Record]) -> tuple[Record, ...]:
    return tuple({record.ref: record for record in records}.values())


def _linked_first(person: Person, hits: tuple[Record, ...]) -> tuple[Record, ...]:
    return tuple(sorted(hits, key=lambda hit: not _live_holder(person, hit)))


def _live_holder(person: Person, hit: Record) -> Link | None:
    """The link of the match, or one that is to become its own: of a contact that was merged into it."""
    found = (person.facts.link_of(ref) for ref in (hit.ref, *_also_known_as(hit)))
    return next((one for one in found if one is not None and one.state is LinkState.LIVE), None)


def _also_known_as(hit: Record) -> tuple[RecordRef, ...]:
    ids = (loser for loser in hit.merged_ids if loser != hit.ref.id)
    return tuple(RecordRef(side=hit.ref.side, object_type=hit.ref.object_type, id=loser) for loser in ids)


def _reporting_others(person: Person, record: Record, chosen: Record, hits: tuple[Record, ...]) -> Person:
    others = [hit.ref for hit in hits if hit.ref != chosen.ref]
    if not others:
        return person
    names = ", ".join(map(str, others))
    text = f"{record.ref} matches several records: {chosen.ref} is taken, {names} left aside"
    return person.says(RULE, text).reporting(ReportKind.DUPLICATE, text, record.ref, chosen.ref, *others)


def _unmatched(person: Person, record: Record) -> Person:
    """Nothing to link with; what was this contact's partner and was deleted is not created again."""
    if record.ref.side is Side.HUBSPOT:
        keyed = person.facts.salesforce_by_key(creation_key(person, record.ref))
        named = [person.facts.record(ref) for ref in _named_ids(record)]
        for found in (*keyed, *(one for one in named if one is not None)):
            gone = follow(person.facts, found)
            if gone is not None and gone.deleted:
                why = "was created for this contact earlier" if found in keyed else "is named by this contact"
                text = f"{gone.ref} {why} and deleted in Salesforce: not created again"
                raise stop(_remembering(person, gone.ref), RULE, text)
    return person.says(RULE, "no record on the other side matches")


def _remembering(person: Person, gone: RecordRef) -> Person:
    """With the pair as one that ended, so that it is one again if the record is undeleted.

    A record that another link remembers is that pair's.
    """
    holder = person.facts.link_of(gone)
    if holder is not None and (person.link is None or holder.id != person.link.id):
        return person.untied()
    link = (person.link or new_link(person)).changed(salesforce=gone)
    return person.changed(link=ended(link, Ended.SALESFORCE_DELETED))


def _claim(person: Person, record: Record, chosen: Record) -> Person:
    """Link with the match; one that is linked already only where that link's other end is gone."""
    if chosen.person_account:
        raise stop(person.untied(), RULE, f"{chosen.ref} is a person account: not supported yet")
    holder = _live_holder(person, chosen)
    if holder is not None:
        return _take_over(person, record, chosen, holder)
    heed(person, record if record.ref.side is Side.SALESFORCE else chosen, RULE)
    tied = tie(person, chosen.ref)
    return _still_good(tied, chosen).says(RULE, f"{record.ref} is linked with {chosen.ref}")


def _still_good(person: Person, chosen: Record) -> Person:
    """The match as read just now must be as good as the search said; searches lag."""
    current = person.record(chosen.ref.side)
    if current is None or not current.live:
        raise again(person, RULE, 1.0, f"stale: {chosen.ref} is not what the search said: looked at again")
    if older(current.modified_at, chosen.modified_at, chosen.ref.side) and _recent(person, chosen):
        raise again(person, RULE, 1.0, f"stale: {chosen.ref} was read in an older state than the search's")
    return person


def _recent(person: Person, record: Record) -> bool:
    return person.facts.now - record.modified_at < LONGEST_LAG


def _take_over(person: Person, record: Record, chosen: Record, holder: Link) -> Person:
    """The match's link comes to this record if its present end is deleted or lives on as this record."""
    rival_ref = holder.end(record.ref.side)
    rival = person.facts.record(rival_ref) if rival_ref is not None else None
    heir = follow(person.facts, rival) if rival is not None else None
    if heir is not None and heir.ref == record.ref:
        return _moved(person, record, chosen, holder, f"{rival_ref} lives on as {record.ref}")
    if heir is not None and heir.deleted:
        made_up = holder.placeholders if record.ref.side is Side.HUBSPOT else {}
        emptied = holder.changed(base={}, placeholders=made_up, intents=())
        return _moved(person, record, chosen, emptied, f"{rival_ref} was deleted")
    raise _contested(person, record, chosen, rival_ref)


def _moved(person: Person, record: Record, chosen: Record, holder: Link, why: str) -> Person:
    person = dropping(person, person.facts.link, record.ref.side)
    rival = holder.end(record.ref.side)
    old = person.facts.record(rival) if rival is not None else None
    link = retarget(holder, record, person.settings, old).with_seen(record.ref.side, record.modified_at)
    person = read(person.changed(link=link), chosen.ref)
    person = _still_good(person, chosen)
    return person.says(RULE, f"{why}: the link of {chosen.ref} moves to {record.ref}")


def _contested(person: Person, record: Record, chosen: Record, rival: RecordRef | None) -> Stop:
    text = f"{record.ref} matches {chosen.ref}, which is linked with {rival}: neither linked nor created"
    person = person.untied().reporting(ReportKind.DUPLICATE, text, record.ref, chosen.ref, rival)
    return stop(person, RULE, text)
