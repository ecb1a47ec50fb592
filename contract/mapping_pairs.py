"""Whether a property and a field that both can be used fit each other: types, choices, lengths."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from contract.kinds import SALESFORCE_OBJECTS
from contract.mapping_types import Fit, Sort, better, fit, sort_of
from contract.mappings import CODES, WRITES, Converter, FieldMapping
from contract.records import FieldSchema, Side

_CODED = frozenset(CODES.values())
_CHOOSING = frozenset({Sort.CHOICE, Sort.CHOICES})
_VALUES_AS_THEY_ARE = frozenset({Converter.TEXT, Converter.MULTI_SELECT, Converter.BOOLEAN})
_SHOWN = 5
"""Values named in a sentence."""

Said = tuple[str, str, bool]
"""The key of the mapping that it is about, the sentence, and whether it must fail."""


def of_pair(row: FieldMapping, object_type: str, ours: FieldSchema, theirs: FieldSchema) -> Iterator[Said]:
    """What speaks against this pair; nothing of codes of places, which have rules of their own."""
    if theirs.name in _CODED:
        return
    fields = {Side.HUBSPOT: ours, Side.SALESFORCE: theirs}
    names = {
        Side.HUBSPOT: f"HubSpot's {ours.name}",
        Side.SALESFORCE: f"Salesforce's {object_type}.{theirs.name}",
    }
    sorts = {side: sort_of(side, field) for side, field in fields.items()}
    between = [(sorts[target.other], sorts[target]) for target in WRITES[row.rule]]
    worst = min(fit(row.converter, *pair) for pair in between)
    if worst is not Fit.ALWAYS:
        what = " and ".join(f"{names[side]} holds {sorts[side]}" for side in Side)
        carries = "carries nothing between them" if worst is Fit.NEVER else "carries only some values"
        advice = better(between, worst)
        hint = f"; `converter: {advice}` fits better" if advice else ""
        yield "converter", f"{what}: `converter: {row.converter}` {carries}{hint}", worst is Fit.NEVER
    if worst is Fit.NEVER:
        return
    for target in sorted(WRITES[row.rule]):
        yield from _choices(row, object_type, target, fields=fields, names=names, sorts=sorts)
    if Side.SALESFORCE in WRITES[row.rule]:
        yield from _length(row, names, sorts, theirs)
        yield from _required(object_type, theirs, names)


def _choices(
    row: FieldMapping,
    object_type: str,
    target: Side,
    *,
    fields: dict[Side, FieldSchema],
    names: dict[Side, str],
    sorts: dict[Side, Sort],
) -> Iterator[Said]:
    """What the target's list of choices lacks; a list that takes other values, too, lacks nothing."""
    part = "hubspot" if target is Side.HUBSPOT else object_type.lower()
    field, source = fields[target], target.other
    if sorts[target] not in _CHOOSING or not field.restricted or row.converter not in _VALUES_AS_THEY_ARE:
        return
    values = _values(fields[source], sorts[source])
    if values is None:
        says = (
            f"{names[target]} takes its {len(field.options)} choices only, and {names[source]} is free text"
        )
        yield part, f"{says}: other values are left out", False
        return
    missing = [value for value in values if value not in field.options]
    if missing:
        sure = len(missing) == len(values)
        which = "none of the choices" if sure else f"no choice for {_listed(missing)}"
        yield part, f"{names[target]} has {which} of {names[source]}: they are left out", sure


def _values(field: FieldSchema, sort: Sort) -> Collection[str] | None:
    """The values that the field can hold, None where that cannot be known."""
    if sort is Sort.FLAG:
        return ("true", "false")
    return field.options if sort in _CHOOSING and field.options and field.restricted else None


def _listed(values: list[str]) -> str:
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return ", ".join(repr(value) for value in values[:_SHOWN]) + more


def _length(
    row: FieldMapping, names: dict[Side, str], sorts: dict[Side, Sort], field: FieldSchema
) -> Iterator[Said]:
    if sorts[Side.SALESFORCE] is not Sort.TEXT or field.length is None:
        return
    holds = f"{names[Side.SALESFORCE]} takes {field.length} characters"
    if row.length is not None and row.length > field.length:
        yield "length", f"{holds}, fewer than the {row.length} that longer texts are cut to", True
    elif row.length is None and row.converter is Converter.TEXT and sorts[Side.HUBSPOT] is Sort.TEXT:
        yield (
            "length",
            f"{holds}: longer texts are left out, unless `length: {field.length}` cuts them",
            False,
        )


def _required(object_type: str, field: FieldSchema, names: dict[Side, str]) -> Iterator[Said]:
    if field.required and field.name not in SALESFORCE_OBJECTS[object_type].required:
        says = f"Salesforce requires {object_type}.{field.name}: where {names[Side.HUBSPOT]} is blank, no "
        yield object_type.lower(), f"{says}{object_type.lower()} can be created, and none is cleared", False
