"""Answers the rules' questions for a whole batch in as few calls as there can be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from consumers.counterparts import counterparts
from consumers.predecessors import predecessors
from consumers.visibility import visible
from contract.changes import LONG_AGO
from contract.errors import CrmError, ErrorClass, Fault
from contract.facts import (
    EditedAt,
    ErasedEmail,
    ErasedRef,
    Excluded,
    HubSpotByEmail,
    LinkOf,
    Member,
    OwnerAcross,
    Places,
    Predecessors,
    Question,
    RecordAt,
    RolesOf,
    SalesforceByEmail,
    SalesforceByKey,
    Stages,
)
from contract.lifecycle import Standing
from contract.links import LinkState
from contract.mappings import CREATION_KEY
from contract.ports import Crm, Database
from contract.records import (
    HUBSPOT_CONTACT,
    SALESFORCE_CONTACT,
    SALESFORCE_LEAD,
    Record,
    RecordRef,
    Side,
    email_key,
)
from contract.settings import Portal

_PERSONS = (SALESFORCE_CONTACT, SALESFORCE_LEAD)

_NOT_VISIBLE_YET = Fault(
    error=ErrorClass.STALE,
    code="NOT_VISIBLE_YET",
    says="a record we know under this e-mail cannot be read yet",
)

ByEmail = HubSpotByEmail | SalesforceByEmail
Q = TypeVar("Q")
R = TypeVar("R", RecordAt, EditedAt)
Found = dict[Question, Any]
Failed = dict[Question, Fault]


class FactReader:
    """Reads both CRMs and the database for one batch of one portal; remembers what it already read."""

    def __init__(self, *, portal: Portal, hubspot: Crm, salesforce: Crm, database: Database) -> None:
        self._portal = portal
        self._crms = {Side.HUBSPOT: hubspot, Side.SALESFORCE: salesforce}
        self._database = database
        self._known: Found = {}

    def answer(self, questions: Collection[Question]) -> tuple[Found, Failed]:
        """All answers that could be had, and why the others could not."""
        asked = [question for question in questions if question not in self._known]
        failed: Failed = {}
        self._from_database(asked)
        self._records(asked, failed)
        self._edits(asked, failed)
        self._guarded(_of(asked, HubSpotByEmail), partial(self._hubspot_by_email, failed=failed), failed)
        self._guarded(
            _of(asked, SalesforceByEmail), partial(self._salesforce_by_email, failed=failed), failed
        )
        self._guarded(_of(asked, SalesforceByKey), self._salesforce_by_key, failed)
        self._guarded(_of(asked, Predecessors), self._predecessors, failed)
        self._guarded(_of(asked, Member), self._members, failed)
        self._guarded(_of(asked, OwnerAcross), self._owners, failed)
        self._guarded(_of(asked, Places), self._places, failed)
        self._guarded(_of(asked, RolesOf), self._roles, failed)
        self._guarded(_of(asked, Stages), self._stages, failed)
        return {q: self._known[q] for q in questions if q in self._known}, failed

    def forget_lookups(self) -> None:
        """Ask Salesforce anew who has which e-mail or key: somebody else may have created them since."""
        self._known = {question: known for question, known in self._known.items() if not is_lookup(question)}

    def record(self, ref: RecordRef) -> Record | None:
        """The record as read in this batch, if it was."""
        found: Record | None = self._known.get(RecordAt(ref))
        return found

    def _guarded(self, asked: list[Q], answer: Callable[[list[Q]], None], failed: Failed) -> None:
        if not asked:
            return
        try:
            answer(asked)
        except CrmError as error:
            failed.update(dict.fromkeys(asked, error.fault))  # type: ignore[arg-type]  # Q is one kind of Question

    def _records(self, asked: Iterable[Question], failed: Failed) -> None:
        for side, object_type, members in _by_type(_of(asked, RecordAt)):

            def read(members: list[RecordAt], side: Side = side, object_type: str = object_type) -> None:
                ids = {question.ref.id for question in members}
                found = self._crms[side].read(
                    object_type, ids, self._portal.settings.reads(side, object_type)
                )
                self._known.update({question: found.get(question.ref.id) for question in members})

            self._guarded(members, read, failed)

    def _edits(self, asked: Iterable[Question], failed: Failed) -> None:
        for side, object_type, members in _by_type(_of(asked, EditedAt)):

            def ask(members: list[EditedAt], side: Side = side, object_type: str = object_type) -> None:
                fields: dict[str, set[str]] = {}
                for question in members:
                    fields.setdefault(question.ref.id, set()).add(question.field)
                found = self._crms[side].edited(object_type, fields)
                self._known.update({q: found.get((q.ref.id, q.field)) or self._modified(q) for q in members})

            self._guarded(members, ask, failed)

    def _modified(self, question: EditedAt) -> datetime:
        """The stamp of a record whose history the CRM does not tell."""
        record = self.record(question.ref)
        return record.modified_at if record is not None else LONG_AGO

    def _hubspot_by_email(self, asked: list[HubSpotByEmail], failed: Failed) -> None:
        emails = {question.email for question in asked}
        fields = self._portal.settings.reads(Side.HUBSPOT, HUBSPOT_CONTACT)
        found = self._crms[Side.HUBSPOT].find(HUBSPOT_CONTACT, "email", emails, fields)
        found, unseen = self._with_our_own(Side.HUBSPOT, emails, found)
        self._keep_by_email(asked, sorted(found, key=_age), unseen, failed)

    def _salesforce_by_email(self, asked: list[SalesforceByEmail], failed: Failed) -> None:
        emails = {question.email for question in asked}
        found, unseen = self._with_our_own(Side.SALESFORCE, emails, self._find_persons("Email", emails))
        self._keep_by_email(asked, sorted(found, key=_contacts_first), unseen, failed)

    def _with_our_own(
        self, side: Side, emails: set[str], found: list[Record]
    ) -> tuple[list[Record], set[str]]:
        """What was found and, read by id, what our links know under these e-mails.

        A lookup by value may lag behind what we ourselves just made or saw; our links do not. The second
        part are the e-mails whose linked record cannot be read yet: nothing may be created for those.
        """
        with self._database.transaction() as tx:
            links = tx.links.by_email(self._portal.number, emails)
        seen = {record.ref for record in found}
        known = {
            end: link.email
            for link in links
            if link.state is not LinkState.ENDED and (end := link.end(side)) and end not in seen
        }
        questions = [RecordAt(ref) for ref in known]
        failed: Failed = {}
        self._records([question for question in questions if question not in self._known], failed)
        read = {question.ref: self._known.get(question) for question in questions}
        more = [record for record in read.values() if record and record.live]
        return [*found, *more], {known[ref] for ref, record in read.items() if record is None}

    def _keep_by_email(
        self, asked: Sequence[ByEmail], found: list[Record], unseen: set[str], failed: Failed
    ) -> None:
        by_email: dict[str, list[Record]] = {}
        for record in found:
            for address in _addresses(record):
                by_email.setdefault(address, []).append(record)
        for question in asked:
            if question.email in unseen:
                failed[question] = _NOT_VISIBLE_YET
            else:
                self._known[question] = tuple(by_email.get(question.email, ()))

    def _salesforce_by_key(self, asked: list[SalesforceByKey]) -> None:
        by_key: dict[str, list[Record]] = {}
        for record in self._find_persons(CREATION_KEY, {question.key for question in asked}):
            by_key.setdefault(record.text(CREATION_KEY), []).append(record)
        self._known.update({question: tuple(by_key.get(question.key, ())) for question in asked})

    def _find_persons(self, field: str, values: set[str]) -> list[Record]:
        """Contacts before leads, each oldest first."""
        crm = self._crms[Side.SALESFORCE]
        return [
            record
            for object_type in _PERSONS
            for record in sorted(
                crm.find(
                    object_type, field, values, self._portal.settings.reads(Side.SALESFORCE, object_type)
                ),
                key=_age,
            )
        ]

    def _predecessors(self, asked: list[Predecessors]) -> None:
        self._known.update(predecessors(asked, self._crms[Side.SALESFORCE]).items())

    def _members(self, asked: list[Member]) -> None:
        chosen = self._portal.settings.inclusion_list
        ids = {question.hubspot_id for question in asked}
        members = self._crms[Side.HUBSPOT].members(chosen, ids) if chosen else ids
        self._known.update({question: question.hubspot_id in members for question in asked})

    def _owners(self, asked: list[OwnerAcross]) -> None:
        self._known.update(counterparts(asked, self._crms).items())

    def _places(self, asked: list[Places]) -> None:
        self._known.update(dict.fromkeys(asked, self._crms[Side.SALESFORCE].places()))

    def _roles(self, asked: list[RolesOf]) -> None:
        found = visible(lambda: self._crms[Side.SALESFORCE].roles({one.contact_id for one in asked}))
        unseen = None if found is None else frozenset[Standing]()
        self._known.update({one: (found or {}).get(one.contact_id, unseen) for one in asked})

    def _stages(self, asked: list[Stages]) -> None:
        found = visible(self._crms[Side.HUBSPOT].stages)
        self._known.update(dict.fromkeys(asked, found or ()))

    def _from_database(self, asked: Iterable[Question]) -> None:
        links = _of(asked, LinkOf)
        refs = _of(asked, ErasedRef)
        emails = _of(asked, ErasedEmail)
        kept_out = _of(asked, Excluded)
        if not (links or refs or emails or kept_out):
            return
        number = self._portal.number
        with self._database.transaction() as tx:
            found = tx.links.of(number, {question.ref for question in links})
            gone = tx.tombstones.erased_refs(number, {question.ref for question in refs})
            silent = tx.tombstones.erased_emails(number, {question.email for question in emails})
            out = tx.exclusions.of(number, {question.ref for question in kept_out})
        self._known.update({question: found.get(question.ref) for question in links})
        self._known.update({question: question.ref in gone for question in refs})
        self._known.update({question: question.email in silent for question in emails})
        self._known.update({question: out.get(question.ref) for question in kept_out})


def is_lookup(question: Question) -> bool:
    """Whether this asks Salesforce who holds a value."""
    return isinstance(question, SalesforceByEmail | SalesforceByKey)


def _of(questions: Iterable[Question], kind: type[Q]) -> list[Q]:
    return [question for question in questions if isinstance(question, kind)]


def _by_type(questions: Iterable[R]) -> Iterator[tuple[Side, str, list[R]]]:
    groups: dict[tuple[Side, str], list[R]] = {}
    for question in questions:
        groups.setdefault((question.ref.side, question.ref.object_type), []).append(question)
    for (side, object_type), members in groups.items():
        yield side, object_type, members


def _addresses(record: Record) -> set[str]:
    """The e-mail keys of a record; HubSpot's secondary ones included."""
    if record.ref.side is Side.SALESFORCE:
        return {email_key(record.text("Email"))}
    return {email_key(a) for a in (record.text("email"), *record.text("hs_additional_emails").split(";"))}


def _contacts_first(record: Record) -> tuple[Any, ...]:
    return _PERSONS.index(record.ref.object_type), *_age(record)


def _age(record: Record) -> tuple[Any, str]:
    return record.created_at, record.ref.id
