"""What a run draws before anything happens: its settings, and which of the rarer things are played in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from contract.lifecycle import STAGE
from contract.mappings import DEFAULT_MAPPINGS, EMAIL_RULES, MappingRule
from contract.settings import CreateAs, CreateAsWhen, GuardLimits, Settings, SyncMode
from tests.acceptance.state_machine.crms import LIST
from tests.acceptance.state_machine.fields import FIELDS, MEMBER, MEMBERSHIP, PLACES


class Extra(StrEnum):
    """What only some of the runs play, so that each run stays cheap."""

    OWNERS = "owners"
    OPT_OUT = "opt-out"
    PLACES = "places"
    STAGES = "stages"
    EXCEPTIONS = "exceptions"
    GUARDS = "guards"
    PAUSES = "pauses"
    VERSIONS = "versions"
    OWN_RULES = "own rules"
    NEVER_SYNC = "never sync"
    MIRRORING = "mirrored merges"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A run as it is drawn. `stages` is HubSpot's order of them, of which some may be its own."""

    extras: frozenset[Extra]
    settings: Settings
    stages: tuple[str, ...]
    seed: int


STANDARD_STAGES = (
    *("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead"),
    *("opportunity", "customer", "evangelist", "other"),
)
_ORDERS = (
    STANDARD_STAGES,
    ("lead", "trial", "subscriber", "opportunity", "pilot", "customer", "evangelist", "other"),
    ("subscriber", "other", "lead", "customer", "opportunity", "evangelist"),
)
"""The order of a new account, and two of accounts that have stages or an order of their own."""
OWN_RULES = ("no-competitors", "tidy-titles")
_EXCEPTIONS = tuple(
    CreateAsWhen(hubspot_property=name, values=frozenset(values), create_as=kind)
    for name, values, kind in (
        (STAGE, {"opportunity", "customer"}, CreateAs.CONTACT),
        (STAGE, {"subscriber", "other"}, CreateAs.NONE),
        (MEMBERSHIP, {MEMBER}, CreateAs.CONTACT),
        (MEMBERSHIP, {MEMBER}, CreateAs.LEAD),
    )
)
_RULES = {
    field.key: st.sampled_from(sorted(EMAIL_RULES) if field.key == "email" else list(MappingRule))
    for field in (*FIELDS, *PLACES)
}
SETTINGS = st.fixed_dictionaries(
    {
        "create_as": st.sampled_from([CreateAs.LEAD, CreateAs.CONTACT, CreateAs.LEAD, CreateAs.NONE]),
        "create_from_leads": st.booleans(),
        "create_from_contacts": st.booleans(),
        "delete_when_lead_deleted": st.booleans(),
        "delete_when_contact_deleted": st.booleans(),
        "inclusion_list": st.sampled_from([None, None, None, None, LIST]),
        "rules": st.fixed_dictionaries(_RULES),
    }
)
EXTRAS = st.fixed_dictionaries(
    {
        Extra.OWNERS: st.just({}),
        Extra.OPT_OUT: st.just({}),
        Extra.PLACES: st.fixed_dictionaries({"picklists": st.sampled_from([True, True, False])}),
        Extra.STAGES: st.fixed_dictionaries({"automatic_stages": st.sampled_from([True, True, True, False])}),
        Extra.EXCEPTIONS: st.fixed_dictionaries(
            {
                "create_as_when": st.lists(
                    st.sampled_from(_EXCEPTIONS), min_size=1, max_size=2, unique=True
                ).map(tuple)
            }
        ),
        Extra.GUARDS: st.fixed_dictionaries(
            {
                "guards": st.builds(
                    GuardLimits,
                    deletions=st.integers(0, 2),
                    creates=st.integers(0, 4),
                    clears=st.integers(0, 2),
                )
            }
        ),
        Extra.PAUSES: st.just({}),
        Extra.VERSIONS: st.just({}),
        Extra.OWN_RULES: st.fixed_dictionaries(
            {"own_rules": st.sampled_from([OWN_RULES, OWN_RULES[:1], OWN_RULES[1:]])}
        ),
        Extra.NEVER_SYNC: st.just({}),
        Extra.MIRRORING: st.just({"mirror_merges": True}),
    }
)
"""By each extra the settings that come with it."""
_OFTEN, _RARELY = st.sampled_from([False, False, False, True, True]), st.sampled_from([False] * 4 + [True])
_HINDERS = {Extra.GUARDS, Extra.PAUSES, Extra.VERSIONS, Extra.OWN_RULES, Extra.NEVER_SYNC}
PLAYED = st.fixed_dictionaries({extra: _RARELY if extra in _HINDERS else _OFTEN for extra in Extra}).map(
    lambda drawn: [extra for extra, plays in drawn.items() if plays]
)
"""What holds back or forbids is rarer, so that it does not hide the rest."""


def made(
    drawn: Mapping[str, Any], extras: Mapping[Extra, Any], played: list[Extra], *, order: int, seed: int
) -> Setup:
    """The run that these draws come to: what is not played is as in a portal that never heard of it."""
    mapped = {field.key for field in (*FIELDS, *(PLACES if Extra.PLACES in played else ()))}
    rules = drawn["rules"]
    mappings = tuple(
        replace(mapping, rule=rules[mapping.key]) for mapping in DEFAULT_MAPPINGS if mapping.key in mapped
    )
    rest = {name: value for name, value in drawn.items() if name != "rules"}
    for extra in played:
        rest |= extras[extra]
    staged = Extra.STAGES in played or Extra.EXCEPTIONS in played
    return Setup(
        extras=frozenset(played),
        settings=Settings(mode=SyncMode.ON, mappings=mappings, **rest),
        stages=_ORDERS[order] if staged else STANDARD_STAGES,
        seed=seed,
    )


ORDER = st.integers(0, len(_ORDERS) - 1)


def flipped(settings: Settings, choice: int) -> Settings:
    """The next version: one switch turned over, or one field under another rule.

    Rules of which some cells leave both sides as they are stay as they are: what was left is not looked at
    again when the rule changes.
    """
    switches = (
        *("create_from_leads", "create_from_contacts"),
        *("delete_when_lead_deleted", "delete_when_contact_deleted"),
    )
    if choice < len(switches):
        turned: Any = {switches[choice]: not getattr(settings, switches[choice])}
        return replace(settings, **turned)
    if choice == len(switches):
        return replace(settings, create_as=_OTHER[settings.create_as])
    movable = [row.key for row in settings.mappings if row.key != "email" and row.rule in _TURN]
    if not movable:
        return replace(settings, create_from_leads=not settings.create_from_leads)
    key = movable[choice % len(movable)]
    rows = (replace(row, rule=_TURN[row.rule]) if row.key == key else row for row in settings.mappings)
    return replace(settings, mappings=tuple(rows))


_OTHER = {
    CreateAs.LEAD: CreateAs.CONTACT,
    CreateAs.CONTACT: CreateAs.NONE,
    CreateAs.NONE: CreateAs.LEAD,
}
_TURN = {
    MappingRule.PREFER_SALESFORCE: MappingRule.TWO_WAY,
    MappingRule.TWO_WAY: MappingRule.PREFER_HUBSPOT,
    MappingRule.PREFER_HUBSPOT: MappingRule.DONT_SYNC,
    MappingRule.DONT_SYNC: MappingRule.PREFER_SALESFORCE,
}
