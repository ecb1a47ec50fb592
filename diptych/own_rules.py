"""Finding the rules of users' own that are installed beside Diptych."""

from __future__ import annotations

from collections.abc import Container
from importlib.metadata import EntryPoint, entry_points

import structlog

from contract.own_rules import ENTRY_POINTS, OwnRule, Place
from contract.settings import Portal

log = structlog.get_logger()


def installed() -> dict[str, OwnRule]:
    """By the name under which settings choose them. One that cannot be loaded is told and left out."""
    return {entry.name: rule for entry in entry_points(group=ENTRY_POINTS) if (rule := _load(entry))}


def missing(portal: Portal, own: Container[str]) -> list[str]:
    """A sentence for each rule that the portal's settings name and that is not installed here."""
    return [
        f"own_rules names {name!r}, which is not installed here: a worker without it decides nothing for "
        "this portal, and its notices wait"
        for name in portal.settings.own_rules
        if name not in own
    ]


def _load(entry: EntryPoint) -> OwnRule | None:
    try:
        rule: OwnRule = entry.load()
    except Exception as error:  # noqa: BLE001  # somebody else's code
        log.error("own_rule.not_loaded", rule=entry.name, error=type(error).__name__)  # noqa: TRY400
        return None
    sound = callable(getattr(rule, "decide", None)) and isinstance(getattr(rule, "place", None), Place)
    if not sound:
        log.error("own_rule.not_a_rule", rule=entry.name)
    return rule if sound else None
