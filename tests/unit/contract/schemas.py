"""Schemas of both CRMs for tests of mappings: all that the standard rows name, sound, and one more pair."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contract.mapping_check import Misfit, Schemas, check
from contract.mappings import DEFAULT_MAPPINGS, OPT_OUT, OWNER, FieldMapping, MappingRule
from contract.records import FieldSchema, Side
from contract.settings import Settings, SyncMode

OURS, LEAD, CONTACT = (Side.HUBSPOT, "contact"), (Side.SALESFORCE, "Lead"), (Side.SALESFORCE, "Contact")
ALWAYS_SALESFORCE, ALWAYS_HUBSPOT = MappingRule.ALWAYS_SALESFORCE, MappingRule.ALWAYS_HUBSPOT
ROW = FieldMapping(key="tier", hubspot="tier", fields={"Lead": "Tier__c"}, length=40)


def field(name: str, kind: str = "string", **more: Any) -> FieldSchema:
    return FieldSchema(name=name, label=name, kind=kind, **more)


def text(name: str, **more: Any) -> FieldSchema:
    return field(name, **{"length": 255, **more})


def standard() -> dict[tuple[Side, str], dict[str, FieldSchema]]:
    """All that the standard rows name, sound."""
    rows = (*DEFAULT_MAPPINGS, OWNER, OPT_OUT)
    found = {place: {name: text(name) for name in _names(rows, place[1])} for place in (LEAD, CONTACT)}
    ours = {row.hubspot: field(row.hubspot, updateable=row is not OPT_OUT) for row in rows}
    return {OURS: ours, **found}


def _names(rows: tuple[FieldMapping, ...], object_type: str) -> set[str]:
    return {name for row in rows if (name := row.salesforce(object_type))}


def schemas(
    ours: FieldSchema | None, lead: FieldSchema | None, contact: FieldSchema | None = None
) -> Schemas:
    """The standard fields, and these."""
    found = standard()
    for place, more in zip((OURS, LEAD, CONTACT), (ours, lead, contact), strict=True):
        if more is not None:
            found[place][more.name] = more
    return found


def misfits(row: FieldMapping, known: Schemas, **settings: Any) -> tuple[Misfit, ...]:
    chosen = {"mode": SyncMode.ON, "mappings": (*DEFAULT_MAPPINGS, row), **settings}
    return check(Settings(**chosen), known)


def told(row: FieldMapping, known: Schemas, **settings: Any) -> list[tuple[str, str]]:
    """Grade and sentence of each finding."""
    return [("fault" if one.sure else "doubt", one.says) for one in misfits(row, known, **settings)]


TIER, TIER_C = field("tier"), text("Tier__c")


def fixed(known: FieldSchema, **more: Any) -> FieldSchema:
    """The same, but we may not write it."""
    return replace(known, createable=False, updateable=False, **more)
