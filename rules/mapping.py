"""Field mappings: a three-way merge of both sides against the base, by the cells of `cells.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from contract.changes import Kind
from contract.decisions import Action, ReportKind, Verdict, Write
from contract.errors import ErrorClass, Fault
from contract.facts import EditedAt
from contract.links import Link, Pair
from contract.mappings import Converter
from contract.records import Record, RecordRef, Side, Value, email_key, is_blank
from rules.cells import IN_WORDS, Move, Situation, cell
from rules.converters import UnconvertibleError
from rules.fields import Field, differing, fields_of
from rules.freshness import older
from rules.person import Person

RULE = "mapping"
_NAMES = {Side.HUBSPOT: "HubSpot", Side.SALESFORCE: "Salesforce"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one field comes to: the pair that the base becomes, and what is written to which side."""

    pair: Pair | None = None
    writes: Mapping[Side, Value] = field(default_factory=dict)
    verdict: Verdict | None = None
    fault: Fault | None = None


def decide(person: Person) -> Person:
    """The differences of a linked pair, written to the side that gives way."""
    link = person.live_link
    if link is None:
        return person
    if len(person.records) == 1:
        if not _calls_for_a_look(person, link, person.records[0]):
            return person.says(RULE, "nothing differs from what both sides last agreed on")
        person.need_both()
    return _merged(person, link)


def edited(person: Person, side: Side) -> bool:
    """Whether this side's record differs from what it held when the pair was last in step."""
    link, record = person.link, person.record(side)
    if link is None or record is None:
        return False
    return any(key in link.base for key in differing(person, link, record))


class _Judged(NamedTuple):
    """A field with what has changed; `move` is None where nothing has, or both sides mean the same."""

    field: Field
    situation: Situation | None
    move: Move | None


def _judged(field_: Field) -> _Judged:
    situation = _situation(field_)
    if situation is None or field_.in_step():
        return _Judged(field_, situation, None)
    hubspot, salesforce = field_.blank(Side.HUBSPOT), field_.blank(Side.SALESFORCE)
    move = cell(field_.mapping.rule, situation, hubspot_blank=hubspot, salesforce_blank=salesforce)
    return _Judged(field_, situation, move)


def _settled(judged: _Judged, newer: Side) -> Result:
    """What one field comes to; `newer` is the side on which it was edited last."""
    field_, situation, move = judged
    if field_.base == field_.native and not field_.late:
        return Result()
    if situation is None or move is None:
        return _late_only(field_, _agreed(field_, situation))
    return _late_only(field_, _moved(field_, situation, move, newer))


def _calls_for_a_look(person: Person, link: Link, record: Record) -> bool:
    """Whether the other side must be read, too: a difference, or the list was entered."""
    return Kind.LISTED in person.facts.kinds() or bool(differing(person, link, record))


def _situation(field_: Field) -> Situation | None:
    if field_.base is None:
        return Situation.NO_BASE
    hubspot, salesforce = field_.changed(Side.HUBSPOT), field_.changed(Side.SALESFORCE)
    if hubspot and salesforce:
        return Situation.BOTH
    if hubspot:
        return Situation.ONLY_HUBSPOT
    return Situation.ONLY_SALESFORCE if salesforce else None


def _new_form(field_: Field) -> Pair | None:
    """The base entry to adopt where a side holds the same in another form; None for no change."""
    return field_.native if field_.native != field_.base else None


def _agreed(field_: Field, situation: Situation | None) -> Result:
    verdict = None
    if situation not in {None, Situation.NO_BASE}:
        verdict = _verdict(field_, f"{situation}; both sides now mean the same: nothing to write")
    return Result(pair=_new_form(field_), verdict=verdict)


def _moved(field_: Field, situation: Situation, move: Move, newer: Side) -> Result:
    why = f"{situation}; {IN_WORDS[field_.mapping.rule]}"
    if move is Move.LEAVE:
        return Result(verdict=_verdict(field_, f"{why}: {move.value}"))
    if move is Move.NEWER:
        why += f", and {_NAMES[newer]} was edited last"
        move = Move.SALESFORCE if newer is Side.HUBSPOT else Move.HUBSPOT
    return _carry(field_, why, Side.SALESFORCE if move is Move.SALESFORCE else Side.HUBSPOT)


def _carry(field_: Field, why: str, to: Side) -> Result:
    try:
        value = field_.carried(to)
    except UnconvertibleError as error:
        return _unconvertible(field_, to, str(error))
    if to is Side.SALESFORCE and field_.required and is_blank(value):
        text = f"{why}: Salesforce requires {field_.name}, so it is not cleared"
        return Result(pair=field_.native, verdict=_verdict(field_, text))
    if field_.holds(to, value):
        return Result(pair=field_.native)
    pair = field_.native.having(to, value)
    lost = field_.hubspot if to is Side.HUBSPOT else field_.salesforce
    verdict = _verdict(field_, f"{why}: {_what(to, value)}", writes=to, value=value, lost=lost)
    return Result(pair=pair, writes={to: value}, verdict=verdict)


def _what(to: Side, value: Value) -> str:
    if is_blank(value):
        return f"{_NAMES[to]} is cleared, too"
    return f"{_NAMES[to]} takes the {_NAMES[to.other]} value"


def _unconvertible(field_: Field, to: Side, why: str) -> Result:
    says = f"the {_NAMES[to.other]} value has no form in {_NAMES[to]}: {why}"
    fault = Fault(error=ErrorClass.DATA, code="UNCONVERTIBLE", says=says, side=to, fields=(field_.on(to),))
    return Result(verdict=_verdict(field_, f"{says}; the field is left out"), fault=fault)


def _late_only(field_: Field, result: Result) -> Result:
    """With what an outdated write of our own must be replaced by, where nothing else is written there."""
    final = result.pair or field_.base
    if not field_.late or final is None:
        return result
    missing = {side: final.of(side) for side in field_.late}
    text = "an outdated write of our own arrived late: the agreed value is written again"
    side, value = next(iter(missing.items()))
    verdict = result.verdict or _verdict(field_, text, writes=side, value=value)
    return replace(result, pair=final, writes={**result.writes, **missing}, verdict=verdict)


def _verdict(field_: Field, says: str, **details: Any) -> Verdict:
    return Verdict(
        rule=RULE,
        says=says,
        field=field_.mapping.key,
        hubspot=field_.hubspot,
        salesforce=field_.salesforce,
        **details,
    )


def _merged(person: Person, link: Link) -> Person:
    judged = [_judged(one) for one in fields_of(person, link)]
    newer = _newer(person, [one.field for one in judged if one.move is Move.NEWER])
    settled = tuple(
        (one.field, _settled(one, newer.get(one.field.mapping.key, Side.SALESFORCE))) for one in judged
    )
    person, settled = _without_taken_address(person, settled)
    for side in Side:
        person = _writing(person, side, [(one, result) for one, result in settled if side in result.writes])
    agreed = {
        one.mapping.key: result.pair
        for one, result in settled
        if result.pair is not None and not result.writes
    }
    results = [result for _, result in settled]
    person = person.changed(
        agreed={**person.agreed, **agreed},
        link=_without_replaced(link, [one for one, _ in settled]),
        trace=(*person.trace, *(result.verdict for result in results if result.verdict)),
        field_faults=(*person.field_faults, *(result.fault for result in results if result.fault)),
    )
    if any(result.writes for result in results):
        return person
    return person.says(RULE, "nothing is to be written")


def _without_taken_address(
    person: Person, settled: tuple[tuple[Field, Result], ...]
) -> tuple[Person, tuple[tuple[Field, Result], ...]]:
    """An address that another contact holds is left out: HubSpot would refuse it at every look."""
    kept = []
    for one, result in settled:
        holder = _holder_of_address(person, one, result)
        if holder is None:
            kept.append((one, result))
            continue
        text = f"{holder} holds this address already: it is left out"
        ends = (record.ref for record in person.records)
        person = person.reporting(ReportKind.DUPLICATE, text, holder, *ends)
        kept.append((one, Result(verdict=_verdict(one, text))))
    return person, tuple(kept)


def _holder_of_address(person: Person, one: Field, result: Result) -> RecordRef | None:
    """Another contact that holds the address which this one is to get."""
    if one.mapping.converter is not Converter.EMAIL or person.hubspot is None:
        return None
    address = email_key(result.writes.get(Side.HUBSPOT))
    if not address:
        return None
    own = person.hubspot.ref
    found = person.facts.hubspot_by_email(address)
    return next((hit.ref for hit in found if hit.ref != own), None)


def _newer(person: Person, contested: Sequence[Field]) -> Mapping[str, Side]:
    """By mapping key the side that was edited last, of fields where it matters; a tie is Salesforce's.

    Told by each field's own history, and by whole seconds, since Salesforce shows no finer.
    """
    hubspot, salesforce = person.hubspot, person.salesforce
    if hubspot is None or salesforce is None:
        return {}
    refs = {Side.HUBSPOT: hubspot.ref, Side.SALESFORCE: salesforce.ref}
    person.facts.need(*(EditedAt(refs[side], one.on(side)) for one in contested for side in Side))
    newer = {}
    for one in contested:
        at = {side: person.facts.edited_at(refs[side], one.on(side)) for side in Side}
        in_hubspot = older(at[Side.SALESFORCE], at[Side.HUBSPOT], Side.SALESFORCE)
        newer[one.mapping.key] = Side.HUBSPOT if in_hubspot else Side.SALESFORCE
    return newer


def _writing(person: Person, side: Side, settled: Sequence[tuple[Field, Result]]) -> Person:
    """All values of one side in one update."""
    record = person.record(side)
    if record is None or not settled:
        return person
    named = [(one.on(side), one.mapping.key, result) for one, result in settled]
    write = Write(
        action=Action.UPDATE,
        side=side,
        object_type=record.ref.object_type,
        record_id=record.ref.id,
        values={name: result.writes[side] for name, _, result in named},
        keys={name: key for name, key, _ in named},
        pairs={key: result.pair for _, key, result in named if result.pair is not None},
        before=record.modified_at,
        reason=f"{_NAMES[side]} is brought in step: {', '.join(sorted(name for name, _, _ in named))}",
    )
    return person.changed(writes=(*person.writes, write))


def _without_replaced(link: Link, fields: Iterable[Field]) -> Link:
    """Without the placeholders in whose place Salesforce now holds something real, or HubSpot the same."""
    real = {
        one.name
        for one in fields
        if not is_blank(one.salesforce) and (not one.made_up or one.holds(Side.SALESFORCE, one.hubspot))
    }
    left = {name: text for name, text in link.placeholders.items() if name not in real}
    return link.changed(placeholders=left) if len(left) < len(link.placeholders) else link
