"""Changes and rows of the pending table as values: folding, comparing, reading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from sqlalchemy import Row

from adapters.database.column_types import ref_text
from contract.changes import Change, Kind
from contract.pending import PendingRow, WorkClass

KIND_BITS = {
    Kind.CREATED: 1,
    Kind.UPDATED: 2,
    Kind.DELETED: 4,
    Kind.RESTORED: 8,
    Kind.MERGED: 16,
    Kind.ERASED: 32,
    Kind.ASSOCIATED: 64,
    Kind.LISTED: 128,
    Kind.ECHOED: 256,
}
"""A set of kinds is stored as the sum of its bits, so that the database itself unites sets."""


def folded(
    changes: Iterable[Change], *, work_class: WorkClass, now: datetime, due_at: datetime
) -> list[dict[str, Any]]:
    """One row per record, in a fixed order."""
    by_record: defaultdict[tuple[int, str], list[Change]] = defaultdict(list)
    for change in changes:
        by_record[change.portal, ref_text(change.ref)].append(change)
    rows = []
    for _, same in sorted(by_record.items()):
        newest = max(same, key=lambda change: (change.occurred_at, change.trace_id))
        rows.append(
            {
                "portal": newest.portal,
                "ref": newest.ref,
                "kinds": reduce(or_, (KIND_BITS[change.kind] for change in same)),
                "noticed_at": newest.occurred_at,
                "received_at": now,
                "first_received_at": now,
                "work_class": int(work_class),
                "due_at": due_at,
                "attempts": 0,
                "crashes": 0,
                "version": len(same),
                "trace_id": newest.trace_id,
            }
        )
    return rows


def unchanged(taken: PendingRow, stored: Row[Any]) -> bool:
    """Whether the row is the one that was taken, without a notice since.

    A row that was removed and came to be again counts its versions anew; when it came to be tells the two
    apart, so that finishing twice after a commit of unknown outcome cannot remove a new notice.
    """
    return bool(stored.version == taken.version and stored.first_received_at == taken.first_received_at)


def to_row(row: Row[Any], merged_ids: frozenset[str]) -> PendingRow:
    """The stored row."""
    return PendingRow(
        portal=row.portal,
        ref=row.ref,
        kinds=frozenset(kind for kind, bit in KIND_BITS.items() if row.kinds & bit),
        merged_ids=merged_ids,
        noticed_at=row.noticed_at,
        received_at=row.received_at,
        first_received_at=row.first_received_at,
        work_class=WorkClass(row.work_class),
        due_at=row.due_at,
        attempts=row.attempts,
        crashes=row.crashes,
        waits_on=row.waits_on,
        version=row.version,
        trace_id=row.trace_id,
    )
