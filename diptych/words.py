"""Verdicts, writes and values as sentences have them, on the command line and in the demo's table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract.records import Side

LONGEST = 120
"""Characters of a value that are shown."""


def sentence(verdict: Mapping[str, Any]) -> str:
    """A verdict in words, with the value that it gives a field and the one that is lost by that."""
    words = str(verdict.get("says", ""))
    field = f"{verdict['field']}: " if verdict.get("field") else ""
    given, lost = verdict.get("value"), verdict.get("lost")
    if "writes" in verdict and given is None and lost is None:
        # The values were erased with the person, and the same is said of each field.
        return words
    if given in {None, ""}:
        values = f"it held {shown(lost)}" if lost not in {None, ""} else ""
    else:
        values = shown(given) + (f" in place of {shown(lost)}" if lost not in {None, ""} else "")
    return field + words + (f" ({values})" if values else "")


def record_of(write: Mapping[str, Any]) -> str:
    """The record that a write was for, such as `Salesforce lead 00Q…`; without its id if it has none yet."""
    side, kind = write.get("side"), str(write.get("object_type", "record")).lower()
    return f"{Side(side).label if side else ''} {kind} {write.get('record_id') or ''}".strip()


def shown(value: Any) -> str:
    """A value as people write it, cut where it is long."""
    if value is None or value == "":
        return "(blank)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return str(value)
    return f'"{value}"' if len(value) <= LONGEST else f'"{value[:LONGEST]}…" ({len(value)} characters)'
