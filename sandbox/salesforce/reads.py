"""What a reader is shown: the living rows, or for a moment after a change what was there before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce.fields import FieldSpec, ObjectSpec, Row
from sandbox.salesforce.org import Org
from sandbox.salesforce.store import Entry

BIN_DAYS = 15
"""How long a deleted record can still be read by queryAll."""


def shown(org: Org, spec: ObjectSpec, record_id: str, *, deleted_too: bool = False) -> Row | None:
    """The row as the API's user sees it now; None when missing, deleted, hidden, or not there yet."""
    entry = org.store.entry(spec.name, record_id)
    if entry is None or record_id in org.access.hidden_records:
        return None
    row = _as_replicated(org, entry)
    if row is None or not row["IsDeleted"]:
        return row
    return row if deleted_too and not _left_the_bin(org, entry) else None


def _as_replicated(org: Org, entry: Entry) -> Row | None:
    """The true row, or by the faults' chances the one that an index lagging behind still holds."""
    faults = org.faults
    if not (faults.stale_read or faults.missing_read):
        return entry.row
    now, lag = org.clock(), timedelta(seconds=faults.stale_seconds)
    if now - entry.created_at < lag and org.chance(faults.missing_read):
        return None
    if entry.previous is not None and now - entry.changed_at < lag and org.chance(faults.stale_read):
        return entry.previous
    return entry.row


def _left_the_bin(org: Org, entry: Entry) -> bool:
    return entry.deleted_at is not None and org.clock() - entry.deleted_at > timedelta(days=BIN_DAYS)


def deletions(org: Org, spec: ObjectSpec) -> dict[str, datetime]:
    """When records of the object were deleted, by id, those that left the recycle bin among them."""
    binned = {
        record_id: entry.deleted_at
        for record_id, entry in org.store.tables[spec.name].items()
        if entry.deleted_at is not None
    }
    return {**org.purged.get(spec.name, {}), **binned}


def attributes(spec: ObjectSpec, row: Row, version: str) -> dict[str, str]:
    """The `attributes` member of a record in an answer."""
    return {"type": spec.name, "url": f"/services/data/{version}/sobjects/{spec.name}/{row['Id']}"}


def rendered(spec: ObjectSpec, row: Row, fields: list[FieldSpec], version: str) -> dict[str, Any]:
    """A record as row and retrieve calls answer it: the asked fields, and always its Id."""
    values = {field.name: row[field.name] for field in fields}
    return {"attributes": attributes(spec, row, version), "Id": row["Id"], **values}
