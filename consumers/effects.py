"""What a decision would do, counted by field: for previews and go-live reports, where nothing is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from consumers.people import Person
from contract.decisions import Action, Write
from contract.facts import RecordAt
from contract.links import LinkState
from contract.records import Record, RecordRef, Side, Value, is_blank


class Act(StrEnum):
    """What is done to a record or to one of its fields."""

    LINK = "link"
    CREATE = "create"
    UPDATE = "update"
    CLEAR = "clear"
    ARCHIVE = "archive"
    MERGE = "merge"
    OPT_OUT = "opt out"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Key:
    """What effects are counted by; `field` is "" where the record as a whole is meant."""

    act: Act
    side: Side
    object_type: str
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One effect on `ref`; for a creation `ref` is the record that it would be created for.

    The values are people's data: they are for a terminal, and no `repr` shows them.
    """

    key: Key
    ref: RecordRef
    before: Value = field(default=None, repr=False)
    after: Value = field(default=None, repr=False)


def effects_of(person: Person) -> Iterator[Effect]:
    """The link it would make, then each write, field by field."""
    subject = person.rows[0].ref
    if _links_anew(person):
        side = subject.side.other
        partner = person.decision.link.end(side) if person.decision.link else None
        if partner is not None:
            yield Effect(key=Key(act=Act.LINK, side=side, object_type=partner.object_type), ref=subject)
    for write in person.decision.writes:
        yield from _of_write(person, write, subject)


def plain(key: Key) -> list[str]:
    """The key as an activity entry keeps it."""
    return [key.act.value, key.side.value, key.object_type, key.field]


def of_notice(notice: Mapping[str, Any]) -> list[Key]:
    """What the decision of an activity entry would do, if it was not carried out."""
    return [
        Key(act=Act(act), side=Side(side), object_type=object_type, field=name)
        for act, side, object_type, name in notice.get("would", ())
    ]


_WHOLE = {
    Action.CREATE: Act.CREATE,
    Action.OPT_OUT: Act.OPT_OUT,
    Action.ARCHIVE: Act.ARCHIVE,
    Action.MERGE: Act.MERGE,
}
"""What is done to a record as a whole."""


def _of_write(person: Person, write: Write, subject: RecordRef) -> Iterator[Effect]:
    key = Key(act=Act.UPDATE, side=write.side, object_type=write.object_type)
    ref = subject
    if write.record_id is not None and write.action is not Action.CREATE:
        ref = RecordRef(side=write.side, object_type=write.object_type, id=write.record_id)
    if write.action in _WHOLE:
        yield Effect(key=_as(key, _WHOLE[write.action]), ref=ref)
        return
    record: Record | None = person.facts.answers.get(RecordAt(ref))
    for name, after in write.values.items():
        before = record.fields.get(name) if record else None
        act = Act.CLEAR if is_blank(after) else Act.UPDATE
        yield Effect(key=_as(key, act, name), ref=ref, before=before, after=after)


def _as(key: Key, act: Act, name: str = "") -> Key:
    return Key(act=act, side=key.side, object_type=key.object_type, field=name)


def _links_anew(person: Person) -> bool:
    """Whether two records that are there already would be tied together."""
    link, known = person.decision.link, person.facts.link
    if link is None or link.state is not LinkState.LIVE or None in {link.hubspot, link.salesforce}:
        return False
    return known is None or (known.hubspot, known.salesforce) != (link.hubspot, link.salesforce)
