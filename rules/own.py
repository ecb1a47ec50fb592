"""Rules of a user's own: each proposal is checked, applied and told in the trace, or refused.

See contract/own_rules.py for what such a rule sees and may propose.
"""

from __future__ import annotations

from dataclasses import replace

from contract.decisions import Action, Verdict, Write
from contract.errors import ErrorClass, Fault
from contract.links import Pair
from contract.mappings import Converter, FieldMapping
from contract.own_rules import LeaveField, OwnRule, Place, Proposal, Seen, SetField, Veto
from contract.records import Record, Side, Value
from rules.converters import meaning
from rules.person import Person, Stop, again, stop

NOT_INSTALLED_WAIT = 60.0
"""Seconds until a person is looked at again whose portal names a rule that this process lacks."""


class RefusedError(Exception):
    """A proposal that a rule of one's own may not make; the message says why."""


def before_matching(person: Person) -> Person:
    """What the portal's own rules say before anybody is linked or created."""
    return _speak(person, Place.BEFORE_MATCHING)


def after_mapping(person: Person) -> Person:
    """What the portal's own rules say about the field writes.

    Where one side of a pair was looked at and nothing differs, no field is decided and none is asked.
    """
    creates = any(write.action is Action.CREATE for write in person.writes)
    if not creates and len(person.records) < len(Side):
        return person
    return _speak(person, Place.AFTER_MAPPING)


def _speak(person: Person, place: Place) -> Person:
    for name in person.settings.own_rules:
        rule = person.own.get(name)
        if rule is None:
            text = f"the settings name the own rule {name!r}, which is not installed here: nothing is decided"
            raise again(person, name, NOT_INSTALLED_WAIT, text)
        if rule.place is place:
            person = _heard(person, name, rule)
    return person


def _heard(person: Person, name: str, rule: OwnRule) -> Person:
    try:
        for proposal in tuple(rule.decide(_seen(person))):
            person = _applied(person, name, rule.place, proposal)
    except Stop:
        raise
    except RefusedError as error:
        raise _failed(person, name, rule.place, "OWN_RULE_REFUSED", str(error)) from None
    except Exception as error:  # somebody else's code: its failure is this person's alone
        raise _failed(person, name, rule.place, "OWN_RULE_FAILED", type(error).__name__) from error
    return person


def _seen(person: Person) -> Seen:
    return Seen(
        portal=person.facts.portal,
        hubspot=person.hubspot,
        salesforce=person.salesforce,
        linked=person.live_link is not None,
        kinds=person.facts.kinds(),
        now=person.facts.now,
        writes=person.writes,
    )


def _applied(person: Person, name: str, place: Place, proposal: Proposal) -> Person:
    if isinstance(proposal, Veto):
        raise stop(_silenced(person, place), name, f"veto: {proposal.says}")
    if place is Place.BEFORE_MATCHING:
        raise RefusedError("before matching only a veto may be proposed")
    if isinstance(proposal, SetField):
        return _set(person, name, proposal)
    if isinstance(proposal, LeaveField):
        return _left(person, name, proposal)
    raise RefusedError(f"a {type(proposal).__name__} is no proposal")


def _silenced(person: Person, place: Place) -> Person:
    """Nothing is written or linked; where a merge or a conversion has moved the link before, that stands."""
    stored, link = person.facts.link, person.link
    moved = stored is not None and link is not None and link.ends != stored.ends
    if place is Place.BEFORE_MATCHING and moved:
        return person.changed(writes=(), field_faults=())
    return person.untied().changed(writes=(), others=(), field_faults=())


def _set(person: Person, name: str, proposal: SetField) -> Person:
    mapping = _mapping(person, proposal.side, proposal.field)
    if mapping.converter is Converter.EMAIL:
        raise RefusedError(f"{proposal.field} decides who is who: no own rule may set it")
    if not isinstance(proposal.value, str | int | float | bool | None):
        raise RefusedError(f"a {type(proposal.value).__name__} is no value of a field")
    write = next((w for w in person.writes if w.side is proposal.side and w.action in _WITH_FIELDS), None)
    record = person.record(proposal.side)
    if write is None and record is None:
        raise RefusedError(f"{proposal.field} cannot be set: there is no {proposal.side} record")
    if proposal.value is None and write is not None and proposal.field in write.required:
        raise RefusedError(f"{proposal.field} is required and cannot be cleared")
    if write is None and record is not None:
        if _same(person, mapping, record.fields.get(proposal.field), proposal.value):
            return person
        write = _update(record, name)
        person = person.changed(writes=(*person.writes, write))
    verdict = _verdict(person, name, mapping, proposal.says)
    verdict = replace(verdict, writes=proposal.side, value=proposal.value)
    return _with(person, write, mapping, proposal.field, proposal.value).changed(
        trace=(*person.trace, verdict)
    )


_WITH_FIELDS = frozenset({Action.CREATE, Action.UPDATE})


def _with(person: Person, write: Write | None, mapping: FieldMapping, field: str, value: Value) -> Person:
    """With the value in this write, and the base as both sides will then be."""
    if write is None:
        return person
    other = _value_to_be(person, write.side.other, mapping)
    pair = Pair(value, other) if write.side is Side.HUBSPOT else Pair(other, value)
    new = replace(
        write,
        values={**write.values, field: value},
        keys={**write.keys, field: mapping.key},
        pairs={**write.pairs, mapping.key: pair},
    )
    writes = tuple(new if one is write else _agreeing(one, mapping.key, pair) for one in person.writes)
    return person.changed(writes=writes)


def _agreeing(write: Write, key: str, pair: Pair) -> Write:
    """Another write of the same field: after it, too, the base is what both sides hold."""
    return replace(write, pairs={**write.pairs, key: pair}) if key in write.pairs else write


def _value_to_be(person: Person, side: Side, mapping: FieldMapping) -> Value:
    """What this side will hold in the field once everything decided so far is written."""
    name = _name(person, side, mapping)
    for write in person.writes:
        if write.side is side and name in write.values:
            return write.values[name]
    return _value(person, side, mapping)


def _left(person: Person, name: str, proposal: LeaveField) -> Person:
    mapping = _mapping(person, proposal.side, proposal.field)
    kept: list[Write] = []
    for write in person.writes:
        if write.side is not proposal.side or proposal.field not in write.values:
            kept.append(write)
            continue
        if proposal.field in write.required:
            raise RefusedError(f"{proposal.field} is required and cannot be left out")
        left = _without(write, proposal.field, mapping.key)
        kept += [left] if left.values else []
    verdict = _verdict(person, name, mapping, proposal.says)
    return person.changed(writes=tuple(kept), trace=(*person.trace, verdict))


def _without(write: Write, field: str, key: str) -> Write:
    return replace(
        write,
        values={name: value for name, value in write.values.items() if name != field},
        keys={name: known for name, known in write.keys.items() if name != field},
        pairs={known: pair for known, pair in write.pairs.items() if known != key},
    )


def _mapping(person: Person, side: Side, field: str) -> FieldMapping:
    found = (row for row in person.settings.mappings if _name(person, side, row) == field)
    mapping = next(found, None)
    if mapping is None:
        raise RefusedError(f"{field} is mapped to nothing, so it was not read and may not be written")
    return mapping.keyed(_object_type(person))


def _name(person: Person, side: Side, mapping: FieldMapping) -> str:
    """The mapped field on this side; "" where this Salesforce object has none."""
    if side is Side.HUBSPOT:
        return mapping.hubspot
    return mapping.salesforce(_object_type(person)) or ""


def _object_type(person: Person) -> str:
    """The Salesforce object of this person, also of one about to be created; "" while there is none."""
    created = (write.object_type for write in person.writes if write.side is Side.SALESFORCE)
    return person.salesforce_type or next(created, "")


def _same(person: Person, mapping: FieldMapping, one: Value, other: Value) -> bool:
    zone = person.settings.time_zone
    return meaning(mapping, one, zone) == meaning(mapping, other, zone)


def _update(record: Record, name: str) -> Write:
    return Write(
        action=Action.UPDATE,
        side=record.ref.side,
        object_type=record.ref.object_type,
        record_id=record.ref.id,
        before=record.modified_at,
        reason=f"the own rule {name} asks for it",
    )


def _verdict(person: Person, name: str, mapping: FieldMapping, says: str) -> Verdict:
    return Verdict(
        rule=name,
        says=says,
        field=mapping.key,
        hubspot=_value(person, Side.HUBSPOT, mapping),
        salesforce=_value(person, Side.SALESFORCE, mapping),
    )


def _value(person: Person, side: Side, mapping: FieldMapping) -> Value:
    record = person.record(side)
    return record.fields.get(_name(person, side, mapping)) if record is not None else None


def _failed(person: Person, name: str, place: Place, code: str, why: str) -> Stop:
    says = f"the own rule {name} failed: {why}"
    fault = Fault(error=ErrorClass.MAPPING, code=code, says=says)
    return Stop(_silenced(person, place).says(name, says), fault=fault)
