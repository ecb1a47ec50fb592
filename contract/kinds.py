"""The kinds of records that are kept in step: all that tells one from another stands in this table.

Receivers, reads, sweeps, schema checks and portal files follow it; the rules are those of persons, the one
kind there is so far.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract.lifecycle import STAGE
from contract.mappings import CREATION_KEY, DEFAULT_MAPPINGS, OPT_OUT, FieldMapping
from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, SALESFORCE_LEAD, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceObject:
    """One Salesforce object of a kind. `prefix` begins its ids, `plural` is for sentences.

    `required` are the fields without which Salesforce refuses to create a record.
    """

    name: str
    plural: str
    prefix: str
    required: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectKind:
    """What there is to know of one kind.

    `hubspot` is HubSpot's object type, `number` the one that its `object.*` events call it by. `mappings` are
    those that every portal begins with; `reads` are the fields by side that its rules look at besides mapped
    ones.
    """

    hubspot: str
    number: str
    objects: tuple[SalesforceObject, ...]
    mappings: tuple[FieldMapping, ...]
    reads: Mapping[Side, tuple[str, ...]]

    def types(self, side: Side) -> tuple[str, ...]:
        """Its object types on this side."""
        return (self.hubspot,) if side is Side.HUBSPOT else tuple(one.name for one in self.objects)


PERSON = ObjectKind(
    hubspot=HUBSPOT_CONTACT,
    number="0-1",
    objects=(
        SalesforceObject(
            name=SALESFORCE_LEAD, plural="leads", prefix="00Q", required=frozenset({"LastName", "Company"})
        ),
        SalesforceObject(
            name=SALESFORCE_CONTACT, plural="contacts", prefix="003", required=frozenset({"LastName"})
        ),
    ),
    mappings=DEFAULT_MAPPINGS,
    reads={
        Side.HUBSPOT: (
            "email",
            "hs_additional_emails",
            "salesforcecontactid",
            "salesforceleadid",
            "company",
            STAGE,
            OPT_OUT.hubspot,
        ),
        Side.SALESFORCE: ("Email", "LastName", "FirstName", CREATION_KEY, OPT_OUT.fields[SALESFORCE_CONTACT]),
    },
)

KINDS: tuple[ObjectKind, ...] = (PERSON,)
"""Every kind, in the order in which their records are looked for."""

SALESFORCE_OBJECTS: Mapping[str, SalesforceObject] = {one.name: one for kind in KINDS for one in kind.objects}
"""The Salesforce objects of all kinds, by name."""

_KIND_OF = {(side, name): kind for kind in KINDS for side in Side for name in kind.types(side)}


def kind_of(side: Side, object_type: str) -> ObjectKind:
    """The kind that this object type belongs to; raises KeyError for one that is not synced."""
    return _KIND_OF[side, object_type]
