"""Adopting what the native connector had linked: checked at both ends, decided by the rules, stored at once.

The plan only reads. Storing it makes links and pending rows in our tables; neither CRM is written to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain, islice

from consumers.deciding import Decide, decide_all
from consumers.effects import Act, Key, effects_of
from consumers.facts import FactReader
from consumers.lookout import Lookout
from consumers.people import Person
from consumers.reconcile import BATCH
from consumers.sampling import Sample, row, unlinked
from contract.decisions import Report, ReportKind
from contract.facts import ErasedEmail, ErasedRef, Excluded, RecordAt
from contract.links import Link, LinkState
from contract.ports import Database, NativeTraces
from contract.records import SALESFORCE_CONTACT, SALESFORCE_LEAD, Record, RecordRef, Side, email_key
from contract.salesforce_ids import is_id, long_id
from contract.settings import Portal
from rules.moves import follow

LATELY = timedelta(hours=24)
"""Who wrote within this time still writes."""
_ERASED = {ErasedRef, ErasedEmail}
_NAMED_BY = (("salesforcecontactid", SALESFORCE_CONTACT), ("salesforceleadid", SALESFORCE_LEAD))


class Fate(StrEnum):
    """What becomes of a contact that names a Salesforce record."""

    ADOPTED = "will be linked"
    LINKED = "linked already"
    SHARED = "another contact names the same record"
    TAKEN = "its record is linked with another contact"
    DELETED = "its record is deleted"
    UNSEEN = "its record is not visible to the integration user"
    PERSON_ACCOUNT = "its record is a person account"
    ERASED = "the person was erased"
    KEPT_OUT = "an operator keeps it out of the sync"
    UNDECIDED = "nothing could be decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """One pair to link; `others` are links given up for it. `moved` is true where the id had a successor."""

    contact: RecordRef
    link: Link
    others: tuple[Link, ...]
    emails_agree: bool
    moved: bool
    effects: tuple[Key, ...]
    reports: tuple[Report, ...]

    @property
    def partner(self) -> RecordRef:
        """The Salesforce record."""
        if self.link.salesforce is None:
            raise ValueError(self.contact)
        return self.link.salesforce


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What adopting comes to.

    `effects` counts what going live would do to the pairs, `unlinked` what it would do to the records of a
    sample that have no partner, once they are edited. `left_out` holds the contacts of each fate but the
    first two.
    """

    adoptions: Sequence[Adoption]
    linked: int
    left_out: Mapping[Fate, Sequence[RecordRef]]
    reports: Sequence[Report]
    effects: Mapping[Key, int]
    looked_at: Mapping[Side, int]
    unlinked: Mapping[Key, int]
    native: NativeTraces


@dataclass(slots=True, kw_only=True)
class _Findings:
    """What the batches have brought so far."""

    candidates: dict[RecordRef, list[Adoption]] = field(default_factory=dict)
    left_out: dict[Fate, list[RecordRef]] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    linked: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopter:
    """Looks at one portal as it is."""

    portal: Portal
    lookout: Lookout
    database: Database
    decide: Decide
    clock: Callable[[], datetime]

    def plan(self, *, sample: int, progress: Callable[[int], None] = lambda _: None) -> Plan:
        """Check every contact that names a Salesforce record. Raises CrmError; stores nothing."""
        found, seen = _Findings(), 0
        contacts = chain.from_iterable(self.lookout.native.linked())
        while batch := list(islice(contacts, BATCH)):
            self._check(batch, found)
            seen += len(batch)
            progress(seen)
        adoptions = _chosen(found)
        named = {
            ref for some in found.candidates.values() for one in some for ref in (one.contact, one.partner)
        }
        looked_at, others = self._others(sample, named)
        return Plan(
            adoptions=adoptions,
            linked=found.linked,
            left_out=found.left_out,
            reports=[*found.reports, *(report for one in adoptions for report in one.reports)],
            effects=Counter(key for one in adoptions for key in one.effects),
            looked_at=looked_at,
            unlinked=others,
            native=self.lookout.native.traces(self.clock() - LATELY),
        )

    def _check(self, contacts: Sequence[RecordRef], found: _Findings) -> None:
        with self.database.transaction() as tx:
            links = tx.links.of(self.portal.number, contacts)
        live = {ref for ref, link in links.items() if link.state is LinkState.LIVE}
        found.linked += len(live)
        rows = [row(self.portal.number, ref) for ref in contacts if ref not in live]
        for person in self._decided(Sample(rows=rows, links=links)):
            adoption = _adoption(person)
            if adoption is not None:
                found.candidates.setdefault(adoption.partner, []).append(adoption)
                continue
            found.left_out.setdefault(_obstacle(person), []).append(person.rows[0].ref)
            found.reports += person.decision.reports

    def _others(
        self, sample: int, named: Collection[RecordRef]
    ) -> tuple[Mapping[Side, int], Mapping[Key, int]]:
        """What would be done to records that get no link now, once somebody edits them."""
        looked_at, effects = dict.fromkeys(Side, 0), Counter[Key]()
        for side in Side:
            number, survey = self.portal.number, self.lookout.surveys[side]
            found = unlinked(self.database, number, survey, side, sample, besides=named)
            people = self._decided(found)
            looked_at[side] = len(people)
            effects.update(effect.key for person in people for effect in effects_of(person))
        return looked_at, effects

    def _decided(self, sample: Sample) -> list[Person]:
        reader = FactReader(
            portal=self.portal,
            hubspot=self.lookout.crms.hubspot,
            salesforce=self.lookout.crms.salesforce,
            database=self.database,
        )
        people = sample.people(self.portal.number, self.clock())
        decide_all(people, reader, self.portal.settings, self.decide)
        return people


def _adoption(person: Person) -> Adoption | None:
    """The pair, where the rules link the contact with the record that it names, or with its successor."""
    link = person.decision.link
    if link is None or link.state is not LinkState.LIVE or link.salesforce is None:
        return None
    named = _named(person)
    heirs = {heir.ref: record for record in named if (heir := follow(person.facts, record))}
    if link.salesforce not in heirs:
        return None
    contact, partner = _record(person, person.rows[0].ref), _record(person, link.salesforce)
    return Adoption(
        contact=person.rows[0].ref,
        link=link,
        others=person.decision.others,
        emails_agree=_emails_agree(contact, partner),
        moved=heirs[link.salesforce].ref != link.salesforce,
        effects=tuple(effect.key for effect in effects_of(person) if effect.key.act is not Act.LINK),
        reports=person.decision.reports,
    )


def _record(person: Person, ref: RecordRef) -> Record | None:
    found: Record | None = person.facts.answers.get(RecordAt(ref))
    return found


def _named(person: Person) -> list[Record]:
    """The Salesforce records that the contact's properties name, those that could be read."""
    contact = _record(person, person.rows[0].ref)
    if contact is None:
        return []
    refs = (
        RecordRef(side=Side.SALESFORCE, object_type=object_type, id=long_id(text))
        for name, object_type in _NAMED_BY
        if is_id(text := contact.text(name))
    )
    return [record for ref in refs if (record := _record(person, ref))]


def _emails_agree(contact: Record | None, partner: Record | None) -> bool:
    """Whether the Salesforce record has one of the contact's addresses."""
    if contact is None or partner is None:
        return False
    known = (contact.text("email"), *contact.text("hs_additional_emails").split(";"))
    return email_key(partner.text("Email")) in {email_key(address) for address in known}


def _obstacle(person: Person) -> Fate:
    """Why the contact gets no link by the id that it names."""
    named, decision = _named(person), person.decision
    known = {type(question) for question, told in person.facts.answers.items() if told}
    obstacles = (
        (known & _ERASED or decision.erasure, Fate.ERASED),
        (Excluded in known, Fate.KEPT_OUT),
        (decision.fault or decision.again, Fate.UNDECIDED),
        (not named, Fate.UNSEEN),
        (all(record.deleted for record in named), Fate.DELETED),
        (any(record.person_account for record in named), Fate.PERSON_ACCOUNT),
        (decision.reports, Fate.TAKEN),
    )
    return next((fate for there, fate in obstacles if there), Fate.UNDECIDED)


def _chosen(found: _Findings) -> list[Adoption]:
    """One contact for each record: whose e-mail agrees, else the older one. The others are left out."""
    chosen = []
    for partner, rivals in found.candidates.items():
        first, *others = sorted(rivals, key=lambda one: (not one.emails_agree, int(one.contact.id)))
        chosen.append(first)
        if others:
            refs = [one.contact for one in others]
            found.left_out.setdefault(Fate.SHARED, []).extend(refs)
            names = ", ".join(map(str, refs))
            says = f"{partner} is named by several contacts: {first.contact} is taken, {names} left aside"
            kept = tuple(sorted({partner, first.contact, *refs}))
            found.reports.append(Report(kind=ReportKind.DUPLICATE, refs=kept, says=says))
    return chosen
