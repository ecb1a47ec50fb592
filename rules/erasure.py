"""An erased person stays erased: a privacy deletion outranks all else, and a tombstone stops everything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from contract.changes import Kind
from contract.decisions import Erasure, ReportKind
from contract.facts import ErasedEmail, ErasedRef, LinkOf, Notice, RecordAt, SalesforceByKey
from contract.links import Ended, Link, LinkState
from contract.mappings import Converter, of_mapping
from contract.records import HUBSPOT_CONTACT, Record, RecordRef, Side, Value, email_key
from rules import exclusion
from rules.person import Person, Stop, emails_of, stop, successor

RULE = "erasure"


def decide(person: Person) -> Person:
    """Forget a person whose erasure was noticed; stop where a tombstone stands."""
    notice = _erasing(person)
    if notice is not None:
        raise Stop(_forget(person, notice))
    whom: tuple[RecordRef | str, ...] = (*_refs(person), *_known_emails(person))
    reads = (RecordAt(notice.ref) for notice in person.facts.notices)
    erased = map(_tombstone, whom)
    answers = person.facts.need(*erased, *reads, *exclusion.first_questions(person))
    _stop_noticed(person, whom, answers[: len(whom)])
    return person


def decide_addresses(person: Person) -> Person:
    """Stop where a noticed record shows the address of an erased person."""
    read = [person.facts.record(notice.ref) for notice in person.facts.notices]
    emails = [key for record in read if record is not None for key in emails_of(record)]
    known = _known_emails(person)
    whom = tuple(dict.fromkeys(key for key in emails if key not in known))
    _stop_noticed(person, whom, person.facts.need(*map(_tombstone, whom)))
    return person


def decide_again(person: Person) -> Person:
    """Stop where a record that was found since is an erased person's, or holds their address."""
    link, noticed = person.facts.link, {notice.ref for notice in person.facts.notices}
    known = noticed if link is None else noticed.union(link.ends)
    emails = [key for one in person.records if one.ref not in noticed for key in emails_of(one)]
    guard(person, *(ref for ref in _refs(person) if ref not in known), *dict.fromkeys(emails))
    return person


def guard(person: Person, *whom: RecordRef | str) -> None:
    """Stop if a tombstone stands for one of these records or e-mail keys."""
    if whom:
        _stop_where(person, whom, person.facts.need(*map(_tombstone, whom)))


def inherit(person: Person, ref: RecordRef, predecessors: Collection[Record]) -> None:
    """Stop if a record lives on for an erased person: it is that person's, and gets a tombstone, too."""
    whom: list[RecordRef | str] = [one.ref for one in predecessors]
    whom += dict.fromkeys(key for one in predecessors for key in emails_of(one))
    erased = person.facts.need(*map(_tombstone, whom))
    if any(erased):
        _stop_where(_handed_on(person, [ref]), whom, erased)


def _stop_noticed(person: Person, whom: Sequence[RecordRef | str], erased: Sequence[bool]) -> None:
    """Stop where the noticed records are an erased person's, and what they live on as then is, too."""
    if any(erased):
        read = [person.facts.record(notice.ref) for notice in person.facts.notices]
        ours = [one for one in read if one is not None and one.ref.side is Side.SALESFORCE]
        _stop_where(_handed_on(person, [heir for one in ours if (heir := successor(one))]), whom, erased)


def _handed_on(person: Person, heirs: Sequence[RecordRef]) -> Person:
    """With a tombstone for each of these, and word to an operator, for their values remain in Salesforce.

    Whom a link joins with a contact of its own is somebody else, whom a person chose as the survivor.
    """
    answers = person.facts.need(*map(ErasedRef, heirs), *map(LinkOf, heirs))
    told = zip(heirs, answers[: len(heirs)], answers[len(heirs) :], strict=True)
    refs = tuple(ref for ref, erased, link in told if not erased and (link is None or link.ended))
    if not refs:
        return person
    text = f"{', '.join(map(str, refs))}: what an erased person lives on as, and forgotten, too"
    person = person.changed(erasure=Erasure(refs=refs, emails=())).says(RULE, text)
    return person.reporting(ReportKind.ERASED, text, *refs)


def _stop_where(person: Person, whom: Sequence[RecordRef | str], erased: Iterable[bool]) -> None:
    one = next((one for one, is_erased in zip(whom, erased, strict=True) if is_erased), None)
    if isinstance(one, RecordRef):
        text = f"the person of {one} was erased: nothing is created or written"
        raise stop(_silent(person), RULE, text)
    if one is not None:
        text = "this e-mail belongs to an erased person: nothing is written"
        raise stop(_silent(person), RULE, text)


def _silent(person: Person) -> Person:
    """The person with nothing to be written, and the link as stored, but for one with a dead end: it ends.

    It could never move on from the dead record, and every sweep would have it looked at again.
    """
    person = person.untied()
    if person.link is None or person.link.state is LinkState.ENDED or not _has_dead_end(person):
        return person
    return person.changed(link=_emptied(person.link))


def _has_dead_end(person: Person) -> bool:
    link = person.facts.link
    read = [] if link is None else [person.facts.answers.get(RecordAt(end)) for end in link.ends]
    return any(record is not None and not record.live for record in read)


def _erasing(person: Person) -> Notice | None:
    """The notice of a HubSpot privacy deletion, or one that tells late who was merged into an erased one."""
    for notice in person.facts.notices:
        if notice.ref.side is not Side.HUBSPOT:
            continue
        if Kind.ERASED in notice.kinds or (notice.merged_ids and person.facts.erased(notice.ref)):
            return notice
    return None


def _tombstone(one: RecordRef | str) -> ErasedRef | ErasedEmail:
    return ErasedRef(one) if isinstance(one, RecordRef) else ErasedEmail(one)


def _refs(person: Person) -> tuple[RecordRef, ...]:
    """Everything that names the person so far: the noticed records, those read, and the link's ends."""
    noticed = [notice.ref for notice in person.facts.notices]
    read = [record.ref for record in person.records]
    ends = person.link.ends if person.link is not None else ()
    return tuple(dict.fromkeys((*noticed, *read, *ends)))


def _known_emails(person: Person) -> tuple[str, ...]:
    return (person.link.email,) if person.link is not None and person.link.email else ()


def _forget(person: Person, notice: Notice) -> Person:
    links = _links(person, notice)
    if links and all(link.ended is Ended.ERASED for link in links):
        return person.says(RULE, "this person was erased before: nothing is left to do")
    records = _records(person, notice, links)
    refs = [
        notice.ref,
        *(end for link in links for end in link.ends),
    ]
    refs += [record.ref for record in records]
    emails = [key for record in records for key in emails_of(record)]
    emails += [key for link in links for key in _emails_in(person, link)]
    erasure = Erasure(refs=tuple(dict.fromkeys(refs)), emails=tuple(dict.fromkeys(emails)))
    person = person.changed(erasure=erasure).says(RULE, f"{notice.ref} was erased: the person is forgotten")
    return _closing(person, links, [ref for ref in erasure.refs if ref.side is Side.SALESFORCE])


def _links(person: Person, notice: Notice) -> tuple[Link, ...]:
    """The person's own link, then those of records that were merged into the erased one."""
    losers = [
        LinkOf(RecordRef(side=Side.HUBSPOT, object_type=HUBSPOT_CONTACT, id=loser))
        for loser in sorted(notice.merged_ids)
    ]
    person.facts.need(*losers)
    found = [person.link, *(person.facts.link_of(loser.ref) for loser in losers)]
    return tuple({link.id: link for link in reversed(found) if link is not None}.values())[::-1]


def _records(person: Person, notice: Notice, links: tuple[Link, ...]) -> tuple[Record, ...]:
    """Whatever can still be read of the person, for the e-mails it knows."""
    refs = [notice.ref, *(link.salesforce for link in links if link.salesforce is not None)]
    keys = [
        f"{person.facts.portal}-{link.hubspot.id}"
        for link in links
        if link.state is LinkState.CREATING and link.hubspot is not None
    ]
    person.facts.need(*(RecordAt(ref) for ref in refs), *(SalesforceByKey(key) for key in keys))
    read = [record for ref in refs if (record := person.facts.record(ref)) is not None]
    return (*read, *(record for key in keys for record in person.facts.salesforce_by_key(key)))


def _emails_in(person: Person, link: Link) -> tuple[str, ...]:
    """The e-mail keys that the link remembers."""
    known: list[Value] = [link.email]
    keys = {row.key for row in person.settings.mappings if row.converter is Converter.EMAIL}
    for key, pair in link.base.items():
        if of_mapping(key) in keys:
            known += [pair.hubspot, pair.salesforce]
    return tuple(key for key in map(email_key, known) if key)


def _closing(person: Person, links: tuple[Link, ...], survivors: list[RecordRef]) -> Person:
    """End the links without keeping a value, and name the Salesforce records that still hold the person."""
    closed = tuple(_emptied(link) for link in links)
    own = person.link
    person = person.storing(*(link for link in closed if own is None or link.id != own.id))
    if own is not None:
        person = person.changed(link=_emptied(own))
    if not survivors:
        return person
    names = ", ".join(map(str, survivors))
    return person.reporting(
        ReportKind.ERASED, f"the person was erased in HubSpot; {names} remains", *survivors
    )


def _emptied(link: Link) -> Link:
    return link.changed(
        state=LinkState.ENDED, ended=Ended.ERASED, base={}, email="", placeholders={}, intents=()
    )
