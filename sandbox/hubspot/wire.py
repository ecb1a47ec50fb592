"""Records and batch results as the API writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Record, Version
from sandbox.hubspot.times import iso


def record_wire(
    portal: Portal,
    record: Record,
    version: Version,
    *,
    names: Sequence[str] = (),
    history: Sequence[str] = (),
) -> dict[str, Any]:
    """A record with the properties asked for, else the default ones: unset null, undefined left out."""
    definitions = portal.shelf_of(record).definitions
    kind = record.type
    wanted = [*kind.always, *names, *history] if names or history else kind.default
    wire: dict[str, Any] = {
        "id": record.id,
        "properties": {name: version.values.get(name) for name in wanted if name in definitions},
        "createdAt": iso(record.created_at),
        "updatedAt": iso(version.updated_at),
        "archived": version.archived_at is not None,
    }
    if version.archived_at is not None:
        wire["archivedAt"] = iso(version.archived_at)
    if history:
        wire["propertiesWithHistory"] = {
            name: [c.to_wire() for c in record.history.get(name, ()) if c.at <= version.updated_at]
            for name in history
            if name in definitions
        }
    return wire


def written(portal: Portal, record: Record, trace_id: str | None = None) -> dict[str, Any]:
    """A record right after it was written: every property that is set, and the input's trace id."""
    wire = record_wire(portal, record, record.now, names=list(record.now.values))
    return wire if trace_id is None else {**wire, "objectWriteTraceId": trace_id}
