"""One mapped field of a linked pair: both values, the base, and what has changed."""

from __future__ import annotations

from dataclasses import dataclass, field

from contract.kinds import SALESFORCE_OBJECTS
from contract.links import Link, Pair
from contract.mappings import OPT_OUT, FieldMapping
from contract.records import Record, Side, Value, is_blank
from rules.converters import Forms, carried, meaning
from rules.optout import is_out
from rules.person import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A mapped field as both sides show it.

    `late` holds the sides that carry an outdated write of our own; their value here is the base's.
    `placeholder` is the Salesforce value that nobody chose and that counts as blank.
    """

    mapping: FieldMapping
    name: str
    hubspot: Value
    salesforce: Value
    base: Pair | None
    placeholder: str | bool | None = None
    required: bool = False
    late: frozenset[Side] = frozenset()
    zone: str = "UTC"
    forms: Forms = field(default_factory=dict)

    def on(self, side: Side) -> str:
        """The field's name on this side."""
        return self.mapping.hubspot if side is Side.HUBSPOT else self.name

    def value(self, side: Side) -> Value:
        """What this side holds; a placeholder counts as blank."""
        if side is Side.HUBSPOT:
            return self.hubspot
        return None if self.made_up else self.salesforce

    @property
    def made_up(self) -> bool:
        """Whether Salesforce holds a placeholder, which nobody chose."""
        return self.placeholder is not None and self.salesforce == self.placeholder

    @property
    def native(self) -> Pair:
        """Both values as the CRMs hold them."""
        return Pair(self.hubspot, self.salesforce)

    def blank(self, side: Side) -> bool:
        """Null, "", white space or a placeholder."""
        return is_blank(self.value(side))

    def changed(self, side: Side) -> bool:
        """Whether this side differs from its own half of the base, by meaning and not by form."""
        if self.base is None:
            return False
        now, then = self.native.of(side), self.base.of(side)
        return now != then and self._meaning(now) != self._meaning(then)

    def in_step(self) -> bool:
        """Whether both sides mean the same, as far as Salesforce can hold it."""
        blank = self.blank(Side.HUBSPOT), self.blank(Side.SALESFORCE)
        if any(blank):
            return all(blank)
        salesforce = self._meaning(self.salesforce)
        if self._meaning(self.hubspot) == salesforce:
            return True
        try:
            return self._meaning(self.carried(Side.SALESFORCE)) == salesforce
        except ValueError:
            return False

    def carried(self, to: Side) -> Value:
        """The other side's value in this side's form; raises UnconvertibleError."""
        return carried(self.mapping, self.value(to.other), to, zone=self.zone, forms=self.forms)

    def holds(self, side: Side, value: Value) -> bool:
        """Whether this side already holds a value of this meaning."""
        return self._meaning(self.native.of(side)) == self._meaning(value)

    def _meaning(self, value: Value) -> object:
        return meaning(self.mapping, value, self.zone)


def fields_of(person: Person, link: Link) -> tuple[Field, ...]:
    """The fields of which there is something to decide; both records must have been read.

    They are mapped, readable on both sides, and not just as they were when last in step.
    """
    hubspot, salesforce = person.hubspot, person.salesforce
    if hubspot is None or salesforce is None:
        return ()
    late = {key for _, key in person.late}
    left, right, bases = hubspot.fields, salesforce.fields, link.base
    fields: list[Field] = []
    for mapping, name in person.settings.synced(salesforce.ref.object_type):
        key = mapping.key
        if mapping.hubspot not in left or name not in right:
            continue
        ours, theirs, base = left[mapping.hubspot], right[name], bases.get(key)
        as_agreed = base is not None and base.hubspot == ours and base.salesforce == theirs
        if not as_agreed or key in late or name in link.placeholders:
            fields.append(_field(person, link, mapping, name, Pair(ours, theirs)))
    return tuple(fields)


def _field(person: Person, link: Link, mapping: FieldMapping, name: str, values: Pair) -> Field:
    base = link.base.get(mapping.key)
    late = frozenset(side for side, key in person.late if key == mapping.key)
    hubspot = base.hubspot if base is not None and Side.HUBSPOT in late else values.hubspot
    salesforce = base.salesforce if base is not None and Side.SALESFORCE in late else values.salesforce
    return Field(
        mapping=mapping,
        name=name,
        hubspot=hubspot,
        salesforce=salesforce,
        base=base,
        placeholder=link.placeholders.get(name),
        required=name in SALESFORCE_OBJECTS[person.salesforce_type].required,
        late=late,
        zone=person.settings.time_zone,
        forms=person.forms,
    )


def says_something(key: str, salesforce: Value) -> bool:
    """Whether this Salesforce value of a mapping tells anything.

    A checkbox is never blank there: unticked, it reads like one that nobody ever looked at.
    """
    return is_out(salesforce) if key == OPT_OUT.key else not (salesforce is False or is_blank(salesforce))


def differing(person: Person, link: Link, record: Record) -> tuple[str, ...]:
    """Mapping keys whose value on this record differs from its half of the base, or has no base yet."""
    zone, fields, bases = person.settings.time_zone, record.fields, link.base
    in_hubspot = record.ref.side is Side.HUBSPOT
    found: list[str] = []
    for mapping, name in person.settings.synced(person.salesforce_type):
        own = mapping.hubspot if in_hubspot else name
        if own not in fields:
            continue
        value, base = fields[own], bases.get(mapping.key)
        if base is not None:
            half = base.hubspot if in_hubspot else base.salesforce
            if value == half or meaning(mapping, value, zone) == meaning(mapping, half, zone):
                continue
        found.append(mapping.key)
    return tuple(found)
