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
    if "value" not in verdict:
        # Nothing is to be written, or the values were erased with the person.
        return words if "writes" in verdict or not verdict.get("field") else f"{verdict['field']}: {words}"
    given, lost = verdict["value"], verdict.get("lost")
    if given in {None, ""}:
        values = f"it held {shown(lost)}" if lost else ""
    else:
        values = shown(given) + (f" in place of {shown(lost)}" if lost not in {None, ""} else "")
    return f"{verdict.get('field', '')}: {words}" + (f" ({values})" if values else "")


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
