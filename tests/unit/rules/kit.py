"""A linked contact and lead with one interesting field, and what a decision writes on each side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contract.decisions import Decision, Write
from contract.links import Link, Pair
from contract.mappings import DEFAULT_MAPPINGS, Converter, FieldMapping, MappingRule
from contract.records import Side, Value
from contract.settings import Settings
from tests.fakes.people import contact, in_step, lead, notice, world

PHONE = next(mapping for mapping in DEFAULT_MAPPINGS if mapping.key == "phone")
OTHERS = tuple(mapping for mapping in DEFAULT_MAPPINGS if mapping.key != "phone")


def settings(
    rule: MappingRule = MappingRule.PREFER_SALESFORCE, converter: Converter = Converter.TEXT, **values: Any
) -> Settings:
    """The default settings with the phone field under this rule and converter."""
    length = values.pop("length", PHONE.length)
    phone: FieldMapping = replace(PHONE, rule=rule, converter=converter, length=length)
    return Settings(mappings=(*OTHERS, phone), **values)


def decide_field(
    hubspot: Value,
    salesforce: Value,
    base: Pair | None,
    chosen: Settings,
    *,
    link_with: dict[str, Any] | None = None,
    hubspot_with: dict[str, Any] | None = None,
    salesforce_with: dict[str, Any] | None = None,
) -> Decision:
    """The decision on a linked pair that differs in the phone field at most, both sides noticed."""
    one = contact(1, email="ann@x.com", phone=hubspot, **(hubspot_with or {}))
    other = lead(
        1, Email="ann@x.com", LastName="Lee", Company="X", Phone=salesforce, **(salesforce_with or {})
    )
    tie = _with_base(in_step(one, other), base)
    asked = world(one, other, links=[tie.changed(**(link_with or {}))])
    return asked.decide(notice(one.ref), notice(other.ref), settings=chosen)


def _with_base(tie: Link, base: Pair | None) -> Link:
    known = {key: pair for key, pair in tie.base.items() if key != "phone"}
    return tie.changed(base=known if base is None else {**known, "phone": base})


def written(decision: Decision, side: Side) -> dict[str, Value]:
    """The values written on one side."""
    return {
        name: value for write in decision.writes if write.side is side for name, value in write.values.items()
    }


def phone(decision: Decision) -> str:
    """What becomes of the phone field: "hs=…", "sf=…" or "leave"."""
    hubspot, salesforce = written(decision, Side.HUBSPOT), written(decision, Side.SALESFORCE)
    found = [f"hs={hubspot['phone']}"] if "phone" in hubspot else []
    found += [f"sf={salesforce['Phone']}"] if "Phone" in salesforce else []
    return " ".join(found) or "leave"


def only_write(decision: Decision) -> Write:
    """The single write of a decision."""
    (write,) = decision.writes
    return write
