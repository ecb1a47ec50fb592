"""Whether both CRMs' schemas bear a portal's mappings: one check for whoever asks, and pure.

What a file names must be right; what only the standard table brings is at most doubtful, since nobody asked
for it by name: an unseen fax number must not keep a portal from being set up. E-mail is never only doubtful.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from contract.kinds import SALESFORCE_OBJECTS
from contract.mapping_pairs import of_pair
from contract.mappings import (
    CREATION_KEY,
    EMAIL,
    OPT_OUT,
    OWN_ROWS,
    STANDARD,
    WRITES,
    Converter,
    FieldMapping,
    MappingRule,
    with_codes,
)
from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, SALESFORCE_LEAD, FieldSchema, Side
from contract.settings import CreateAs, Settings, SyncMode

Schemas = Mapping[tuple[Side, str], Mapping[str, FieldSchema]]
"""Fields by name, of each object that a CRM described to us; what is missing was not asked, or not told."""

Place = tuple[str, Side, str]
"""A mapping's field on one side: the HubSpot property, the side, and the side's object."""

_OWN = frozenset(row.hubspot for row in OWN_ROWS)
_READS_ONLY = {Side.HUBSPOT: MappingRule.ALWAYS_HUBSPOT, Side.SALESFORCE: MappingRule.ALWAYS_SALESFORCE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Something in the way of a mapping, in a sentence.

    `path` is its place in the portal's file, `mapping` the HubSpot property, "" where it is about none.
    `sure` says that it must fail, else it may. `idles` says that the field of this side and object cannot
    be used at all, so that the mapping has to take no part.
    """

    path: str
    mapping: str
    side: Side
    object_type: str
    says: str
    sure: bool = True
    idles: bool = False


def check(settings: Settings, schemas: Schemas) -> tuple[Misfit, ...]:
    """Everything in the way of the mappings, as far as the schemas tell; row by row, the file's order."""
    rows = [row for row in (*settings.rows, OPT_OUT) if row.rule is not MappingRule.DONT_SYNC]
    found = [misfit for row in rows for misfit in _of_row(settings, row, schemas)]
    return (*found, *_twice(rows), *_unfilled(settings, rows, schemas))


def _of_row(settings: Settings, row: FieldMapping, schemas: Schemas) -> Iterator[Misfit]:
    for misfit in _faults(settings, row, schemas):
        if not _as_standard(row):
            yield misfit
        elif misfit.sure:
            yield replace(misfit, sure=False)


def _as_standard(row: FieldMapping) -> bool:
    standard = STANDARD.get(row.hubspot)
    return standard is not None and standard != EMAIL and row in (standard, with_codes(standard))


def _faults(settings: Settings, row: FieldMapping, schemas: Schemas) -> Iterator[Misfit]:
    known = schemas.get((Side.HUBSPOT, HUBSPOT_CONTACT))
    ours = known.get(row.hubspot) if known is not None else None
    if known is not None:
        yield from _hubspot(settings, row, ours, known)
    for object_type in SALESFORCE_OBJECTS:
        name, fields = row.salesforce(object_type), schemas.get((Side.SALESFORCE, object_type))
        if name is None or fields is None:
            continue
        theirs = fields.get(name)
        yield from _salesforce(row, object_type, theirs, schemas)
        if ours is None or theirs is None or row.hubspot in _OWN:
            continue
        for part, says, sure in of_pair(row, object_type, ours, theirs):
            yield _misfit(row, Side.SALESFORCE, object_type, says, part=part, sure=sure)


def _misfit(
    row: FieldMapping,
    side: Side,
    object_type: str,
    says: str,
    *,
    part: str = "",
    sure: bool = True,
    idles: bool = False,
) -> Misfit:
    part = part or ("hubspot" if side is Side.HUBSPOT else object_type.lower())
    return Misfit(
        path=f"mappings[{row.hubspot}].{part}",
        mapping=row.hubspot,
        side=side,
        object_type=object_type,
        says=says,
        sure=sure,
        idles=idles,
    )


def _hubspot(
    settings: Settings, row: FieldMapping, field: FieldSchema | None, known: Mapping[str, FieldSchema]
) -> Iterator[Misfit]:
    if field is None or not field.readable:
        says = f"HubSpot shows us no contact property {row.hubspot}"
        made_later = settings.mode is SyncMode.OFF and _makeable(row)
        says += "; `diptych setup` makes it" if made_later else _elsewhere(row.hubspot, known)
        yield _misfit(row, Side.HUBSPOT, HUBSPOT_CONTACT, says, sure=not made_later, idles=True)
    elif row.hubspot != OPT_OUT.hubspot and not _writeable(
        row, Side.HUBSPOT, field
    ):  # it has a call of its own
        own = ", for HubSpot works it out itself" if field.calculated else ""
        says = f"HubSpot's contact property {row.hubspot} is read-only{own}{_only_read(Side.HUBSPOT)}"
        yield _misfit(row, Side.HUBSPOT, HUBSPOT_CONTACT, says, idles=True)


def _makeable(row: FieldMapping) -> bool:
    """Whether `diptych setup` would make the property: none of HubSpot's own, and no list of choices."""
    own = row.hubspot in STANDARD or row.hubspot.startswith("hs_")
    return not own and row.converter is not Converter.MULTI_SELECT


def _salesforce(
    row: FieldMapping, object_type: str, field: FieldSchema | None, schemas: Schemas
) -> Iterator[Misfit]:
    name = row.salesforce(object_type) or ""
    if field is None or not field.readable:
        says = f"Salesforce shows us no field {name} of {_plural(object_type)}"
        says += _on_the_other_object(name, object_type, schemas)
        yield _misfit(row, Side.SALESFORCE, object_type, says, idles=True)
    elif not _writeable(row, Side.SALESFORCE, field):
        why = "is a formula" if field.calculated else "may not be written by the integration user"
        says = f"{object_type}.{name} {why}{_only_read(Side.SALESFORCE)}"
        yield _misfit(row, Side.SALESFORCE, object_type, says, idles=True)


def _plural(object_type: str) -> str:
    return SALESFORCE_OBJECTS[object_type].plural


def _writeable(row: FieldMapping, side: Side, field: FieldSchema) -> bool:
    """Whether the field can be written, or need not be."""
    return side not in WRITES[row.rule] or (field.createable and field.updateable)


def _only_read(side: Side) -> str:
    return f"; only `rule: {_READS_ONLY[side]}` leaves it to be read"


def _elsewhere(name: str, known: Mapping[str, FieldSchema]) -> str:
    """Where the name is to be found after all."""
    alike = next((one for one in known if one.lower() == name.lower()), None)
    if alike is not None:
        return f": it is spelt {alike} there"
    return ": its name is another, or we lack the permission to see it"


def _on_the_other_object(name: str, object_type: str, schemas: Schemas) -> str:
    hint = _elsewhere(name, schemas[Side.SALESFORCE, object_type])
    (other,) = set(SALESFORCE_OBJECTS) - {object_type}
    if "spelt" in hint or name not in schemas.get((Side.SALESFORCE, other), {}):
        return hint
    null = f"`{object_type.lower()}: null`"
    return f", though {_plural(other)} have it: {null} leaves it to them, or we lack the permission to see it"


def _twice(rows: list[FieldMapping]) -> Iterator[Misfit]:
    """Two mappings onto one field would write over each other; in a file the picklists alone lead to them."""
    for object_type in SALESFORCE_OBJECTS:
        holders: dict[str, str] = {}
        for row in rows:
            name = row.salesforce(object_type)
            holder = holders.setdefault(name.lower(), row.hubspot) if name else row.hubspot
            if holder != row.hubspot:
                says = f"{object_type}.{name} is mapped to {holder} already: set that one to dont_sync"
                yield _misfit(row, Side.SALESFORCE, object_type, says)


def _unfilled(settings: Settings, rows: list[FieldMapping], schemas: Schemas) -> Iterator[Misfit]:
    """Fields that a creation needs and no mapping gives; an automation of the org may, before it looks."""
    created = {settings.create_as, *(exception.create_as for exception in settings.create_as_when)}
    for choice, object_type in ((CreateAs.LEAD, SALESFORCE_LEAD), (CreateAs.CONTACT, SALESFORCE_CONTACT)):
        fields = schemas.get((Side.SALESFORCE, object_type), {}) if choice in created else {}
        filled = {row.salesforce(object_type) for row in rows if Side.SALESFORCE in WRITES[row.rule]}
        filled |= {*SALESFORCE_OBJECTS[object_type].required, CREATION_KEY}
        for field in fields.values():
            if field.required and field.name not in filled:
                says = (
                    f"Salesforce requires {object_type}.{field.name}, and no mapping fills it: new "
                    f"{_plural(object_type)} are refused unless an automation of the org sets it"
                )
                yield Misfit(
                    path="contacts.create_as",
                    mapping="",
                    side=Side.SALESFORCE,
                    object_type=object_type,
                    says=says,
                    sure=False,
                )


def mapped(settings: Settings) -> frozenset[Place]:
    """Where the portal's own rows of mappings have a field that takes part."""
    found: set[Place] = set()
    for row in settings.mappings:
        objects = [one for one in SALESFORCE_OBJECTS if row.salesforce(one)]
        if objects and row.rule is not MappingRule.DONT_SYNC:
            found |= {(row.hubspot, Side.SALESFORCE, one) for one in objects}
            found.add((row.hubspot, Side.HUBSPOT, HUBSPOT_CONTACT))
    return frozenset(found)


def without(settings: Settings, idle: Collection[Place]) -> Settings:
    """The settings as they are decided under while mappings have no field to use in these places.

    Such a field is as if it were not mapped: it is neither read nor written, never taken for blank, and the
    bases that pairs have of it wait for its return.
    """
    return replace(settings, mappings=tuple(_row_without(row, idle) for row in settings.mappings))


def workable(settings: Settings, schemas: Schemas) -> Settings:
    """The settings without whatever these schemas give no field to use."""
    idle = {(one.mapping, one.side, one.object_type) for one in check(settings, schemas) if one.idles}
    return without(settings, idle)


def _row_without(row: FieldMapping, idle: Collection[Place]) -> FieldMapping:
    if (row.hubspot, Side.HUBSPOT, HUBSPOT_CONTACT) in idle:
        return replace(row, rule=MappingRule.DONT_SYNC)
    gone = [one for one in row.fields if (row.hubspot, Side.SALESFORCE, one) in idle]
    for object_type in gone:
        row = row.onto(object_type, None)
    return row
