"""How many persons a core decides in a second, with 30 mapped fields."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from typing import Any

from bench.figures import Section, median
from contract.changes import Kind
from contract.decisions import Decision
from contract.facts import Excluded, Facts, LinkOf, Notice, Question, RecordAt, Unanswered
from contract.links import Link, LinkState, Pair
from contract.mappings import DEFAULT_MAPPINGS, Converter, FieldMapping, MappingRule
from contract.records import HUBSPOT_CONTACT, SALESFORCE_LEAD, Record, RecordRef, Side, Value
from contract.salesforce_ids import long_id
from contract.settings import Settings, SyncMode
from rules import decide

FIELDS = 30
_PERSONS = 1_000
_RUNS = 5
_NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
_CHANGED = _NOW - timedelta(minutes=1)
_BEFORE = _NOW - timedelta(days=1)
_PORTAL = 1

_MIXED = tuple(converter for converter in Converter if converter is not Converter.EMAIL)
_MAPPINGS = (
    *(replace(row, rule=MappingRule.TWO_WAY) for row in DEFAULT_MAPPINGS),
    *(
        FieldMapping(
            key=f"extra_{number}",
            hubspot=f"extra_{number}",
            fields={"Lead": f"Extra_{number}__c", "Contact": f"Extra_{number}__c"},
            rule=MappingRule.TWO_WAY,
            converter=converter,
        )
        for number, converter in zip(range(FIELDS - len(DEFAULT_MAPPINGS)), cycle(_MIXED), strict=False)
    ),
)
SETTINGS = Settings(mode=SyncMode.ON, mappings=_MAPPINGS)

_VALUES: Mapping[Converter, tuple[Value, Value]] = {
    Converter.TEXT: ("Analytical", "Analytical"),
    Converter.EMAIL: ("ada@bench.example", "ada@bench.example"),
    Converter.NUMBER: ("12.5", 12.5),
    Converter.INTEGER: ("12", 12),
    Converter.BOOLEAN: ("true", True),
    Converter.DATE: ("2026-11-24", "2026-11-24"),
    Converter.DATETIME: ("2026-11-24T12:00:00Z", "2026-11-24T12:00:00.000+0000"),
    Converter.MULTI_SELECT: ("a;b", "a;b"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A person as noticed, and all that may be asked about that person."""

    facts: Facts
    answers: Mapping[Question, Any]
    writes: int


def measure() -> Section:
    """Every case, decided as the worker decides it: question by question, with all answers at hand."""
    cases: Mapping[str, Callable[[int], Case]] = {
        "linked, one field edited in HubSpot": _edited,
        "linked, nothing to do (an echo)": _echo,
        "new in HubSpot, a lead is created": _new,
    }
    rows = tuple((what, *_rate([make(number) for number in range(_PERSONS)])) for what, make in cases.items())
    return Section(
        key="rules",
        title="Rules",
        says=f"Persons decided per second on one core, {FIELDS} mapped fields, two-way, mixed converters; "
        f"median of {_RUNS} runs over {_PERSONS} persons. Reading and writing not included.",
        columns=("person", "persons/s per core", "rounds of questions"),
        rows=rows,
    )


def _rate(cases: list[Case]) -> tuple[int, int]:
    rounds, seconds = 0, []
    for _ in range(_RUNS):
        began = time.process_time()
        rounds = max([_decided(case) for case in cases])
        seconds.append(time.process_time() - began)
    return round(len(cases) / median(seconds)), rounds


def _decided(case: Case) -> int:
    """Decide one person; how many rounds it took."""
    facts, rounds = case.facts, 1
    course: Callable[[Facts], Decision] = partial(decide, settings=SETTINGS)
    while True:
        try:
            decision = course(facts)
        except Unanswered as need:
            found = {asked: case.answers.get(asked, _nothing(asked)) for asked in need.questions}
            facts, rounds = facts.knowing(found), rounds + 1
            course = need.go_on or course
            continue
        if len(decision.writes) != case.writes:
            raise RuntimeError(f"the wrong thing was measured: {decision}")
        return rounds


def _nothing(asked: Question) -> Any:
    """The answer where there is nothing: no record, no link, no tombstone, no hit."""
    return None if isinstance(asked, RecordAt | LinkOf | Excluded) else ()


def _edited(number: int) -> Case:
    return _linked(number, {"jobtitle": "Countess"}, writes=1)


def _echo(number: int) -> Case:
    return _linked(number, {}, writes=0)


def _new(number: int) -> Case:
    contact = _contact(number, {})
    return Case(facts=_facts(contact.ref, None), answers={RecordAt(contact.ref): contact}, writes=1)


def _linked(number: int, edit: Mapping[str, Value], *, writes: int) -> Case:
    contact, lead = _contact(number, edit), _lead(number)
    link = Link(
        id=number + 1,
        portal=_PORTAL,
        hubspot=contact.ref,
        salesforce=lead.ref,
        state=LinkState.LIVE,
        base={row.key: Pair(*_VALUES[row.converter]) for row, _ in SETTINGS.synced(SALESFORCE_LEAD)},
        hubspot_seen=_BEFORE,
        salesforce_seen=_BEFORE,
        email="ada@bench.example",
        version=1,
    )
    answers: dict[Question, Any] = {RecordAt(record.ref): record for record in (contact, lead)}
    return Case(facts=_facts(contact.ref, link), answers=answers, writes=writes)


def _facts(ref: RecordRef, link: Link | None) -> Facts:
    notice = Notice(
        ref=ref,
        kinds=frozenset({Kind.UPDATED}),
        merged_ids=frozenset(),
        noticed_at=_CHANGED,
        received_at=_NOW,
        first_received_at=_NOW,
    )
    return Facts(portal=_PORTAL, now=_NOW, notices=(notice,), link=link)


def _contact(number: int, edit: Mapping[str, Value]) -> Record:
    values = {row.hubspot: _VALUES[row.converter][0] for row in _MAPPINGS}
    ref = RecordRef(side=Side.HUBSPOT, object_type=HUBSPOT_CONTACT, id=str(1_000_000 + number))
    return Record(ref=ref, fields={**values, **edit}, modified_at=_CHANGED, created_at=_BEFORE)


def _lead(number: int) -> Record:
    values = {
        row.fields[SALESFORCE_LEAD]: _VALUES[row.converter][1]
        for row in _MAPPINGS
        if SALESFORCE_LEAD in row.fields
    }
    ref = RecordRef(side=Side.SALESFORCE, object_type=SALESFORCE_LEAD, id=long_id(f"00Q{number:012d}"))
    return Record(ref=ref, fields=values, modified_at=_BEFORE, created_at=_BEFORE)
