"""Small builders of persons for tests: records, links, notices, and facts that answer from a handful.

Every mapped field that is not given is blank; name it in `hidden` to leave it out altogether.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from contract.changes import Kind
from contract.decisions import Decision
from contract.exclusions import Exclusion
from contract.facts import (
    Answers,
    Counterpart,
    EditedAt,
    ErasedEmail,
    ErasedRef,
    Excluded,
    Facts,
    HubSpotByEmail,
    LinkOf,
    Member,
    Notice,
    OwnerAcross,
    Places,
    Predecessors,
    Question,
    RecordAt,
    RolesOf,
    SalesforceByEmail,
    SalesforceByKey,
    Stages,
    Unanswered,
)
from contract.lifecycle import Standing
from contract.links import Ended, Intent, Link, LinkState, Pair
from contract.mappings import DEFAULT_MAPPINGS
from contract.own_rules import OwnRule
from contract.places import Atlas
from contract.records import (
    HUBSPOT_CONTACT,
    SALESFORCE_CONTACT,
    SALESFORCE_LEAD,
    Record,
    RecordRef,
    Side,
    Value,
    email_key,
)
from contract.salesforce_ids import long_id
from contract.settings import Settings
from rules import decide
from rules.person import successor
from tests.fakes.sound import assert_sound, assert_sound_question

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
PORTAL = 4242
KEY_FIELD = "Diptych_Key__c"


def ago(seconds: float) -> datetime:
    """The moment so many seconds before now."""
    return NOW - timedelta(seconds=seconds)


def hs(number: int) -> RecordRef:
    """A HubSpot contact's name."""
    return RecordRef(side=Side.HUBSPOT, object_type=HUBSPOT_CONTACT, id=str(number))


def lead_ref(number: int) -> RecordRef:
    """A lead's name."""
    return RecordRef(side=Side.SALESFORCE, object_type=SALESFORCE_LEAD, id=long_id(f"00Q{number:012d}"))


def contact_ref(number: int) -> RecordRef:
    """A Salesforce contact's name."""
    return RecordRef(side=Side.SALESFORCE, object_type=SALESFORCE_CONTACT, id=long_id(f"003{number:012d}"))


def contact(number: int, *, hidden: Collection[str] = (), **values: Any) -> Record:
    """A HubSpot contact; keywords that are attributes of Record set those, all others are properties."""
    blank: dict[str, Value] = {mapping.hubspot: None for mapping in DEFAULT_MAPPINGS}
    blank |= {"hs_additional_emails": None, "salesforcecontactid": None, "salesforceleadid": None}
    return _record(hs(number), blank, hidden, values)


def lead(number: int, *, hidden: Collection[str] = (), **values: Any) -> Record:
    """A Salesforce lead."""
    return _record(lead_ref(number), _blank(SALESFORCE_LEAD), hidden, values)


def sf_contact(number: int, *, hidden: Collection[str] = (), **values: Any) -> Record:
    """A Salesforce contact."""
    return _record(contact_ref(number), _blank(SALESFORCE_CONTACT), hidden, values)


def _blank(object_type: str) -> dict[str, Value]:
    return {name: None for mapping in DEFAULT_MAPPINGS if (name := mapping.salesforce(object_type))}


def _record(
    ref: RecordRef, blank: dict[str, Value], hidden: Collection[str], values: dict[str, Any]
) -> Record:
    attributes = {name: values.pop(name) for name in list(values) if name in Record.__dataclass_fields__}
    fields = {name: value for name, value in {**blank, **values}.items() if name not in hidden}
    stamps = {"modified_at": ago(60), "created_at": LONG_AGO}
    return Record(ref=ref, fields=fields, **{**stamps, **attributes})


def in_step(hubspot: Record, salesforce: Record, **base: Pair) -> Link:
    """A live link whose base is what both records hold, but for the keys given."""
    held = {
        mapping.key: Pair(hubspot.fields[mapping.hubspot], salesforce.fields[name])
        for mapping in DEFAULT_MAPPINGS
        if (name := mapping.salesforce(salesforce.ref.object_type))
        and mapping.hubspot in hubspot.fields
        and name in salesforce.fields
    }
    return link(
        hubspot.ref, salesforce.ref, base={**held, **base}, email=email_key(hubspot.fields.get("email"))
    )


def link(hubspot: RecordRef | None, salesforce: RecordRef | None, **values: Any) -> Link:
    """A stored link, live unless told otherwise."""
    plain: dict[str, Any] = {"id": 1, "portal": PORTAL, "state": LinkState.LIVE, "version": 1}
    return Link(hubspot=hubspot, salesforce=salesforce, **{**plain, **values})


def intent(side: Side, *, seconds_ago: float = 5, settled: bool = True, **values: Any) -> Intent:
    """An intent sent a moment ago; `pairs` and `before` as given."""
    plain: dict[str, Any] = {"id": f"{side}-{seconds_ago}", "epoch": 1, "before": ago(60), "pairs": {}}
    return Intent(side=side, sent_at=ago(seconds_ago), settled=settled, **{**plain, **values})


def notice(ref: RecordRef, *kinds: Kind, seconds_ago: float = 60, **values: Any) -> Notice:
    """A notice received as many seconds ago as the change is old."""
    plain: dict[str, Any] = {
        "merged_ids": frozenset(),
        "noticed_at": ago(seconds_ago),
        "received_at": ago(seconds_ago),
        "first_received_at": ago(seconds_ago),
    }
    return Notice(ref=ref, kinds=frozenset(kinds or {Kind.UPDATED}), **{**plain, **values})


def world(
    *records: Record,
    links: Iterable[Link] = (),
    members: Collection[str] = (),
    erased: Collection[RecordRef | str] = (),
) -> WorldAnswers:
    """What both CRMs and the database would answer."""
    return WorldAnswers(records, tuple(links), members, erased)


class WorldAnswers:
    """Answers any question from a handful of records and links; counts what was asked.

    `overlook` holds records that are shown in an older state when read by id, but not when found by search;
    `edits` says when a field was last edited, if not when its record was; `pairs_of_owners` which HubSpot
    owner and which Salesforce user are one person, `atlas` which places the org lists, `roles` how
    a Salesforce contact's opportunities stand, `stages` the portal's lifecycle stages in order, `exclusions`
    whom an operator keeps out.
    """

    def __init__(
        self,
        records: Iterable[Record],
        links: tuple[Link, ...],
        members: Collection[str],
        erased: Collection[RecordRef | str],
    ) -> None:
        self.records = {record.ref: record for record in records}
        self.links = list(links)
        self.members = members
        self.erased = erased
        self.asked: set[Question] = set()
        self.rounds = 0
        self.overlook: dict[RecordRef, Record] = {}
        self.edits: dict[tuple[RecordRef, str], datetime] = {}
        self.pairs_of_owners: dict[str, str] = {}
        self.atlas: Atlas | None = None
        self.roles: dict[str, frozenset[Standing] | None] = {}
        self.stages: tuple[str, ...] = ()
        self.exclusions: list[Exclusion] = []

    def answer(self, questions: Iterable[Question]) -> Answers:
        """One round of answers."""
        self.rounds += 1
        self.asked.update(questions)
        for question in questions:
            assert_sound_question(question)
        return {question: self._answer(question) for question in questions}

    def _answer(self, question: Question) -> Any:  # noqa: C901, PLR0911, PLR0912  # one line per kind of question
        match question:
            case RecordAt(ref):
                return self.overlook.get(ref) or self.records.get(ref)
            case EditedAt(ref, field):
                return self.edits.get((ref, field)) or self.records[ref].modified_at
            case HubSpotByEmail(email):
                return self._with_email(Side.HUBSPOT, email)
            case SalesforceByEmail(email):
                return self._with_email(Side.SALESFORCE, email)
            case SalesforceByKey(key):
                return tuple(one for one in self.records.values() if one.fields.get(KEY_FIELD) == key)
            case Predecessors(ref):
                return tuple(one for one in self.records.values() if successor(one) == ref)
            case LinkOf(ref):
                return self.link_of(ref)
            case Member(hubspot_id):
                return hubspot_id in self.members
            case ErasedRef(ref):
                return ref in self.erased
            case ErasedEmail(email):
                return email in self.erased
            case Excluded(ref):
                return next((one for one in self.exclusions if ref in one.refs), None)
            case Places():
                return self.atlas
            case RolesOf(contact_id):
                return self.roles.get(contact_id, frozenset())
            case Stages():
                return self.stages
            case OwnerAcross(side, id_):
                return self._across(side, id_)

    def _across(self, side: Side, id_: str) -> Counterpart:
        users = self.pairs_of_owners
        known = users if side is Side.HUBSPOT else {user: owner for owner, user in users.items()}
        return Counterpart(id=known[id_]) if id_ in known else Counterpart(says=f"{id_} is nobody there")

    def _with_email(self, side: Side, email: str) -> tuple[Record, ...]:
        found = [
            record
            for record in self.records.values()
            if record.ref.side is side and record.live and email in _addresses(record)
        ]
        return tuple(sorted(found, key=lambda one: (one.ref.object_type == SALESFORCE_LEAD, one.created_at)))

    def link_of(self, ref: RecordRef) -> Link | None:
        """The link that is not ended if there is one, else the newest ended one."""
        holding = [one for one in self.links if ref in {one.hubspot, one.salesforce}]
        return max(holding, key=_newest_last, default=None)

    def decide(
        self,
        *notices: Notice,
        settings: Settings | None = None,
        now: datetime = NOW,
        own: Mapping[str, OwnRule] = MappingProxyType({}),
    ) -> Decision:
        """The rules' decision on the person of these notices, answering round by round.

        Going on from the rule that asked must come to the same as deciding from the start.
        """
        facts = Facts(portal=PORTAL, now=now, notices=notices, link=self.link_of(notices[0].ref))
        start = partial(decide, settings=settings or Settings(), own=own)
        course: Callable[[Facts], Decision] = start
        while True:
            try:
                decision = course(facts)
            except Unanswered as need:
                facts, course = facts.knowing(self.answer(need.questions)), need.go_on or start
            else:
                assert decision == start(facts)
                assert_sound(decision)
                return decision


def _newest_last(one: Link) -> tuple[bool, bool, int]:
    return (one.state is not LinkState.ENDED, one.ended is not Ended.MERGED, one.id or 0)


def _addresses(record: Record) -> set[str]:
    if record.ref.side is Side.SALESFORCE:
        return {email_key(record.fields.get("Email"))}
    return {
        email_key(part) for part in [record.text("email"), *record.text("hs_additional_emails").split(";")]
    }


def rules_of(decision: Decision) -> list[str]:
    """The rules that spoke, in order."""
    return [verdict.rule for verdict in decision.trace]


def said(decision: Decision) -> str:
    """All that was said, in one text."""
    return " | ".join(verdict.says for verdict in decision.trace)
