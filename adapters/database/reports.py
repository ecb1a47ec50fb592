"""What an operator should look at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from adapters.database.column_types import ref_of, ref_text
from adapters.database.statements import Store, chunks, greater, insert_into, lesser, merge_key
from adapters.database.tables import reports as table
from contract.activity import StoredReport
from contract.decisions import Report
from contract.records import RecordRef


class ReportStore(Store):
    """Reports, each once per kind and set of records."""

    def report(self, portal: int, reports: Sequence[Report], *, at: datetime) -> None:
        """The newest words stand. Reports that name the same records in another order are the same."""
        statement = insert_into(self._connection, table)
        new, old = statement.excluded, table.c
        upsert = statement.on_conflict_do_update(
            index_elements=[old.portal, old.merge_key],
            set_={
                "refs": new.refs,
                "says": new.says,
                "first_seen": lesser(old.first_seen, new.first_seen),
                "last_seen": greater(old.last_seen, new.last_seen),
            },
        )
        newest = {
            merge_key(report.kind.value, *sorted(map(ref_text, report.refs))): report for report in reports
        }
        rows = [
            {
                "portal": portal,
                "merge_key": key,
                "kind": report.kind.value,
                "refs": refs_text(report.refs),
                "says": report.says,
                "first_seen": at,
                "last_seen": at,
            }
            for key, report in sorted(newest.items())
        ]
        for chunk in chunks(rows):
            self._connection.execute(upsert, chunk)

    def reports(self, portal: int) -> list[StoredReport]:
        """Newest sight first."""
        newest_first = (table.c.last_seen.desc(), table.c.kind, table.c.refs)
        rows = self._connection.execute(select(table).where(table.c.portal == portal).order_by(*newest_first))
        return [_stored(row) for row in rows]


def refs_text(refs: Sequence[RecordRef]) -> str:
    """The stored form of a report's records: a JSON list."""
    return json.dumps([ref_text(ref) for ref in refs], ensure_ascii=False)


def _stored(row: Row[Any]) -> StoredReport:
    return StoredReport(
        kind=row.kind,
        refs=tuple(ref_of(text) for text in json.loads(row.refs)),
        says=row.says,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
    )
