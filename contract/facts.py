"""Everything a decision may know, and the questions by which a rule asks for more.

A rule simply uses what it needs, e.g. `facts.record(ref)`. Where the answer is not known yet, the
accessor raises Unanswered; the caller answers the questions of a whole batch of persons in bulk and
goes on from the rule that asked. Rules are pure, so what the earlier ones said still holds, and no fact
is read that no rule needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contract.changes import Kind
from contract.exclusions import Exclusion
from contract.frozen import changed
from contract.lifecycle import Standing
from contract.links import Link
from contract.places import Atlas
from contract.records import Record, RecordRef, Side

if TYPE_CHECKING:
    from contract.decisions import Decision


@dataclass(frozen=True, slots=True)
class RecordAt:
    """The record with these ids, live, deleted or merged; None when it is not visible to us."""

    ref: RecordRef


@dataclass(frozen=True, slots=True)
class EditedAt:
    """When this field of this record was last edited; where the CRM keeps no history of it, the record."""

    ref: RecordRef
    field: str


@dataclass(frozen=True, slots=True)
class HubSpotByEmail:
    """Live HubSpot contacts that hold this e-mail (an `email_key`), also as a secondary one; oldest first."""

    email: str


@dataclass(frozen=True, slots=True)
class SalesforceByEmail:
    """Live, unconverted Salesforce leads and contacts with this e-mail: contacts first, each oldest first."""

    email: str


@dataclass(frozen=True, slots=True)
class SalesforceByKey:
    """Salesforce leads and contacts whose creation key is this, deleted and converted ones included."""

    key: str


@dataclass(frozen=True, slots=True)
class Predecessors:
    """Salesforce records that live on as this one: merged into it or converted to it, each id and e-mail."""

    ref: RecordRef


@dataclass(frozen=True, slots=True)
class LinkOf:
    """The link that holds this record, live, creating or ended; None when there is none."""

    ref: RecordRef


@dataclass(frozen=True, slots=True)
class Member:
    """Whether this HubSpot contact is on the inclusion list (at most 60 s old)."""

    hubspot_id: str


@dataclass(frozen=True, slots=True)
class ErasedRef:
    """Whether a tombstone stands for this record id."""

    ref: RecordRef


@dataclass(frozen=True, slots=True)
class ErasedEmail:
    """Whether a tombstone stands for this e-mail (an `email_key`)."""

    email: str


@dataclass(frozen=True, slots=True)
class Excluded:
    """The Exclusion by which an operator keeps this record out of the sync, if there is one."""

    ref: RecordRef


@dataclass(frozen=True, slots=True)
class OwnerAcross:
    """Who on the other side looks after records for this owner of this side: a Counterpart."""

    side: Side
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """The owner or user with the same e-mail; where `id` is None, `says` why there is none."""

    id: str | None = None
    says: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """The countries and states of the org, an Atlas; None where it shows no picklists of them."""


@dataclass(frozen=True, slots=True)
class RolesOf:
    """How the opportunities stand on which this Salesforce contact has a role: a set of Standing.

    None where the integration user may not see contact roles or their opportunities.
    """

    contact_id: str


@dataclass(frozen=True, slots=True)
class Stages:
    """The portal's lifecycle stages in their order; empty where we may not see it."""


Question = (
    RecordAt
    | EditedAt
    | HubSpotByEmail
    | SalesforceByEmail
    | SalesforceByKey
    | Predecessors
    | LinkOf
    | Member
    | ErasedRef
    | ErasedEmail
    | Excluded
    | OwnerAcross
    | Places
    | RolesOf
    | Stages
)
Answers = Mapping[Question, Any]


class Unanswered(Exception):  # noqa: N818  # control flow between rules and their caller
    """These questions must be answered before the rule can go on.

    `go_on` decides with facts that know the answers, too, from the rule that asked; None where that cannot
    be told and the caller decides from the start.
    """

    def __init__(self, *questions: Question) -> None:
        super().__init__(questions)
        self.questions = questions
        self.go_on: Callable[[Facts], Decision] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the pending row of one record says: the union of its kinds, and the newest time of each clock.

    `noticed_at` is the CRM's clock, `received_at` (newest) and `first_received_at` are ours.
    """

    ref: RecordRef
    kinds: frozenset[Kind]
    merged_ids: frozenset[str]
    noticed_at: datetime
    received_at: datetime
    first_received_at: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about one person when deciding.

    `link` is the stored link the noticed records belong to, if any; `notices` has one entry per
    pending row of this person (usually one); `now` is our clock.
    """

    portal: int
    now: datetime
    notices: tuple[Notice, ...]
    link: Link | None
    answers: Answers = field(default_factory=dict)

    def _answer(self, question: Question) -> Any:
        if question not in self.answers:
            raise Unanswered(question)
        return self.answers[question]

    def need(self, *questions: Question) -> list[Any]:
        """The answers to all of these; raises Unanswered for all that are not known yet."""
        answers = self.answers
        try:
            return [answers[question] for question in questions]
        except KeyError:
            raise Unanswered(*(question for question in questions if question not in answers)) from None

    def record(self, ref: RecordRef) -> Record | None:
        """See RecordAt."""
        found: Record | None = self._answer(RecordAt(ref))
        return found

    def edited_at(self, ref: RecordRef, field: str) -> datetime:
        """See EditedAt."""
        at: datetime = self._answer(EditedAt(ref, field))
        return at

    def hubspot_by_email(self, email: str) -> tuple[Record, ...]:
        """See HubSpotByEmail."""
        found: tuple[Record, ...] = self._answer(HubSpotByEmail(email))
        return found

    def salesforce_by_email(self, email: str) -> tuple[Record, ...]:
        """See SalesforceByEmail."""
        found: tuple[Record, ...] = self._answer(SalesforceByEmail(email))
        return found

    def salesforce_by_key(self, key: str) -> tuple[Record, ...]:
        """See SalesforceByKey."""
        found: tuple[Record, ...] = self._answer(SalesforceByKey(key))
        return found

    def predecessors(self, ref: RecordRef) -> tuple[Record, ...]:
        """See Predecessors."""
        found: tuple[Record, ...] = self._answer(Predecessors(ref))
        return found

    def link_of(self, ref: RecordRef) -> Link | None:
        """See LinkOf."""
        found: Link | None = self._answer(LinkOf(ref))
        return found

    def member(self, hubspot_id: str) -> bool:
        """See Member."""
        return bool(self._answer(Member(hubspot_id)))

    def erased(self, ref: RecordRef) -> bool:
        """See ErasedRef."""
        return bool(self._answer(ErasedRef(ref)))

    def erased_email(self, email: str) -> bool:
        """See ErasedEmail."""
        return bool(self._answer(ErasedEmail(email)))

    def excluded(self, ref: RecordRef) -> Exclusion | None:
        """See Excluded."""
        found: Exclusion | None = self._answer(Excluded(ref))
        return found

    def owner_across(self, side: Side, id_: str) -> Counterpart:
        """See OwnerAcross."""
        found: Counterpart = self._answer(OwnerAcross(side, id_))
        return found

    def places(self) -> Atlas | None:
        """See Places."""
        found: Atlas | None = self._answer(Places())
        return found

    def roles_of(self, contact_id: str) -> frozenset[Standing] | None:
        """See RolesOf."""
        found: frozenset[Standing] | None = self._answer(RolesOf(contact_id))
        return found

    def stages(self) -> tuple[str, ...]:
        """See Stages."""
        found: tuple[str, ...] = self._answer(Stages())
        return found

    def kinds(self) -> frozenset[Kind]:
        """The union of all notices' kinds."""
        return frozenset().union(*(notice.kinds for notice in self.notices))

    def knowing(self, answers: Answers) -> Facts:
        """The same facts with more answers."""
        return changed(self, {"answers": {**self.answers, **answers}})
