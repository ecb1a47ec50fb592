"""One mapped field of a linked pair: both values, the base, and what has changed."""

from __future__ import annotations

from dataclasses import dataclass, field

from contract.links import Link, Pair
from contract.mappings import REQUIRED_FIELDS, FieldMapping
from contract.records import Record, Side, Value, is_blank
from rules.converters import carried, meaning
from rules.person import Forms, Person, synced, value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A mapped field as both sides show it.

    `late` holds the sides that carry an outdated write of our own; their value here is the base's.
    `placeholder` is the Salesforce value that we made up and that counts as blank.
    """

    mapping: FieldMapping
    name: str
    hubspot: Value
    salesforce: Value
    base: Pair | None
    placeholder: str | None = None
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
        """Whether Salesforce holds our own placeholder."""
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
        return self._meaning(self.native.of(side)) != self._meaning(self.base.of(side))

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
    """The fields that take part: mapped, readable on both sides; both records must have been read."""
    hubspot, salesforce = person.hubspot, person.salesforce
    if hubspot is None or salesforce is None:
        return ()
    return tuple(
        _field(person, link, mapping, name)
        for mapping, name in synced(person.settings, salesforce.ref.object_type)
        if mapping.hubspot in hubspot.fields and name in salesforce.fields
    )


def _field(person: Person, link: Link, mapping: FieldMapping, name: str) -> Field:
    base = link.base.get(mapping.key)
    late = frozenset(side for side in Side if (side, mapping.key) in person.late)
    values = {
        record.ref.side.value: base.of(record.ref.side)
        if base is not None and record.ref.side in late
        else value_of(record, mapping, name)
        for record in person.records
    }
    return Field(
        mapping=mapping,
        name=name,
        hubspot=values[Side.HUBSPOT.value],
        salesforce=values[Side.SALESFORCE.value],
        base=base,
        placeholder=link.placeholders.get(mapping.key),
        required=name in REQUIRED_FIELDS.get(person.salesforce_type, ()),
        late=late,
        zone=person.settings.time_zone,
        forms=person.forms,
    )


def differing(person: Person, link: Link, record: Record) -> tuple[str, ...]:
    """Mapping keys whose value on this record differs from its half of the base, or has no base yet."""
    return tuple(
        mapping.key
        for mapping, name in synced(person.settings, person.salesforce_type)
        if (mapping.hubspot if record.ref.side is Side.HUBSPOT else name) in record.fields
        and not _agrees(person, link, record, mapping, name)
    )


def _agrees(person: Person, link: Link, record: Record, mapping: FieldMapping, name: str) -> bool:
    base, zone = link.base.get(mapping.key), person.settings.time_zone
    if base is None:
        return False
    value, half = value_of(record, mapping, name), base.of(record.ref.side)
    return value == half or meaning(mapping, value, zone) == meaning(mapping, half, zone)
