"""What the rules decide: writes, the link as it shall stand, and the trace that explains both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from contract.errors import Fault
from contract.exclusions import Cover
from contract.links import Link, Pair
from contract.records import RecordRef, Side, Value


class Action(StrEnum):
    """What a write does."""

    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"
    MERGE = "merge"
    """HubSpot's call that makes one contact of two: `Write.record_id` is merged into `Write.into`."""
    OPT_OUT = "opt_out"
    """HubSpot's call by which an address (`Write.email`) gets no e-mail any more; none takes it back."""


ENDING = frozenset({Action.ARCHIVE, Action.MERGE})
"""Actions after which their record is no more. They may be repeated, so their link is stored after them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write on one record.

    `values` maps the CRM's field names to native values (None clears). `keys` maps those field names
    to mapping keys, for the fields that have one; `pairs` maps mapping keys to what the base becomes
    when the write succeeds. `required` are the fields without which the record cannot be created.
    `creation_key` is the value of the external-id field of a new Salesforce record
    ("<portal>-<hubspot id>"). `email` is the normalised address of a new record. `into` is the id of the
    record whose values win a merge. `before` is the stamp of the record as read for this decision (None
    for a creation).
    """

    action: Action
    side: Side
    object_type: str
    record_id: str | None = None
    into: str | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    pairs: Mapping[str, Pair] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    creation_key: str | None = None
    email: str = ""
    before: datetime | None = None
    use_assignment_rules: bool = False
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the CRM answered for one write.

    On success `record_id` names the record, after a merge the survivor, whose id may be new; `created` is
    false when an upsert found it there already; `stamp` and `fields` are the record's stamp and stored values
    where the CRM's answer shows them.
    `fault` is None exactly on success.
    """

    record_id: str | None = None
    created: bool = False
    stamp: datetime | None = None
    fields: Mapping[str, Value] = field(default_factory=dict)
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One rule's word on one record or field, in plain words.

    Field verdicts carry both sides' values as read and, where something is written, which side gets
    which value; `lost` is the value that gave way.
    """

    rule: str
    says: str
    field: str | None = None
    hubspot: Value = None
    salesforce: Value = None
    writes: Side | None = None
    value: Value = None
    lost: Value = None


class ReportKind(StrEnum):
    """What an operator should look at."""

    DUPLICATE = "duplicate"
    MERGE = "merge"
    ERASED = "erased"
    NOT_VISIBLE = "not_visible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Something no rule may settle alone; kept once per (kind, refs)."""

    kind: ReportKind
    refs: tuple[RecordRef, ...]
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A person who must be forgotten: ids and e-mail keys to turn into keyed hashes, and data to delete."""

    refs: tuple[RecordRef, ...]
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Nothing was decided: look again after so many seconds, because.

    `waiting` names the record this one waits for, if any.
    """

    seconds: float
    because: str
    waiting: RecordRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done for one person.

    `link` is the subject's link as it shall stand *before* the outcomes of `writes` (base halves
    already seen to agree adopted, moved ends moved); None leaves the stored link untouched. `others`
    are further links to store (ended ones). `look_at` are further records that must be looked at. `covers`
    are new ids of persons whom an operator keeps out.
    With `again` set, the pending rows stay and nothing else is stored but the trace. `fault` files a
    dead letter for the record, each of `field_faults` one for the single field it names.
    """

    writes: tuple[Write, ...] = ()
    link: Link | None = None
    others: tuple[Link, ...] = ()
    trace: tuple[Verdict, ...] = ()
    reports: tuple[Report, ...] = ()
    erasure: Erasure | None = None
    look_at: tuple[RecordRef, ...] = ()
    covers: tuple[Cover, ...] = ()
    again: Again | None = None
    fault: Fault | None = None
    field_faults: tuple[Fault, ...] = ()
