"""API calls, counted by the hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select

from adapters.database.statements import Store, chunks, insert_into
from adapters.database.tables import api_calls
from contract.activity import ApiCalls
from contract.pending import WorkClass
from contract.records import Side

_HOUR = timedelta(hours=1)


class ApiCallStore(Store):
    """Counts by portal, side, hour and class."""

    def count_calls(self, calls: Iterable[ApiCalls]) -> None:
        totals: Counter[tuple[int, str, datetime, int]] = Counter()
        for count in calls:
            totals[count.portal, count.side.value, count.hour, int(count.work_class)] += count.calls
        statement = insert_into(self._connection, api_calls)
        columns = api_calls.c
        upsert = statement.on_conflict_do_update(
            index_elements=[columns.portal, columns.side, columns.hour, columns.work_class],
            set_={"calls": columns.calls + statement.excluded.calls},
        )
        names = ("portal", "side", "hour", "work_class")
        rows = [{**dict(zip(names, key, strict=True)), "calls": n} for key, n in sorted(totals.items())]
        for chunk in chunks(rows):
            self._connection.execute(upsert, chunk)

    def calls_since(self, portal: int, since: datetime) -> list[ApiCalls]:
        """The counts of all hours that reach past `since`, the one it falls into included, in order."""
        columns = api_calls.c
        rows = self._connection.execute(
            select(api_calls)
            .where(columns.portal == portal, columns.hour > since - _HOUR)
            .order_by(columns.hour, columns.side, columns.work_class)
        )
        return [
            ApiCalls(
                portal=row.portal,
                side=Side(row.side),
                hour=row.hour,
                work_class=WorkClass(row.work_class),
                calls=row.calls,
            )
            for row in rows
        ]
