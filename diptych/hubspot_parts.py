"""What `diptych setup` makes in a HubSpot account: which steps are needed, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from adapters.crm.hubspot_setup import GROUP, HubSpotSetup, NewProperty, PropertyGroup
from contract.mappings import DEFAULT_MAPPINGS, OWN_ROWS, MappingRule
from contract.records import Side
from contract.settings import Portal
from diptych.releases import Standing, integration

_STANDARD = frozenset(mapping.hubspot for mapping in (*DEFAULT_MAPPINGS, *OWN_ROWS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that must be there. `make` is None where it is there already, or where only people can."""

    what: str
    says: str
    make: Callable[[], None] | None = None
    by_hand: bool = False


def steps(setup: HubSpotSetup, portal: Portal, version: str) -> Iterator[Step]:
    """The steps for this portal. Raises CrmError where the account cannot be read."""
    group, there = setup.group(), setup.properties()
    yield _group(setup, group, version)
    wanted = _wanted(portal)
    present = [new.name for new in wanted if new.name in there]
    if present:
        yield Step(what="mapped properties", says=", ".join(sorted(present)))
    for new in wanted:
        if new.name not in there:
            yield _property(setup, new)


EVENTS = ("created", "deleted", "deleted for privacy", "restored", "merged")
"""What happens to contacts that HubSpot must tell, as its pages for subscriptions name it."""


def subscribed_properties(portal: Portal) -> list[str]:
    """The contact properties whose changes HubSpot must tell, sorted: what is carried, and what decides."""
    settings = portal.settings
    rows = (*settings.rows, *OWN_ROWS)
    carried = {row.hubspot for row in rows if row.rule is not MappingRule.DONT_SYNC}
    return sorted(carried | {when.hubspot_property for when in settings.create_as_when})


def _wanted(portal: Portal) -> list[NewProperty]:
    """The mapped properties, each once. Diptych itself keeps nothing on a contact."""
    found = {
        mapping.hubspot: NewProperty(name=mapping.hubspot, converter=mapping.converter)
        for mapping in (*portal.settings.mappings, *OWN_ROWS)
        if mapping.rule is not MappingRule.DONT_SYNC
    }
    return list(found.values())


def _group(setup: HubSpotSetup, group: PropertyGroup | None, version: str) -> Step:
    what = f"property group {GROUP}"
    if group is None:
        return Step(what=what, says=f"with version {version}", make=lambda: setup.make_group(version))
    standing = integration(Side.HUBSPOT, group.version or "", build=version).standing
    if group.version == version or standing is Standing.NEWER:
        return Step(what=what, says=f"with version {group.version}")
    before = f"version {group.version}" if group.version else "no version"
    says = f"labelled with version {version} instead of {before}"
    return Step(what=what, says=says, make=lambda: setup.label_group(version))


def _property(setup: HubSpotSetup, new: NewProperty) -> Step:
    what = f"property {new.name}"
    if new.name in _STANDARD or new.name.startswith("hs_"):  # HubSpot keeps that beginning for itself
        says = "every account has it, but HubSpot does not show it to the token: see its permissions there"
        return Step(what=what, says=says, by_hand=True)
    if not new.makeable:
        says = f"make it in HubSpot: a mapping by {new.converter} needs options that only you know"
        return Step(what=what, says=says, by_hand=True)
    return Step(what=what, says=f"for {new.converter} values", make=lambda: setup.make_property(new))
