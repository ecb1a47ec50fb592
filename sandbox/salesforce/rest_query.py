"""SOQL over REST with paging, and the replication calls that list deleted and updated ids."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce import soql
from sandbox.salesforce.errors import SalesforceError, row_error
from sandbox.salesforce.org import Org
from sandbox.salesforce.reads import BIN_DAYS, deletions
from sandbox.salesforce.values import parsed_time, rest_time
from sandbox.salesforce.wire import Answer, Call

SMALLEST_BATCH, LARGEST_BATCH = 200, 2000
MOST_CURSORS = 10
"""Open queries per user; one more closes the oldest."""
UPDATED_DAYS = 30


def query(org: Org, call: Call) -> Answer:
    """GET query?q= and queryAll?q=; queryAll shows rows in the recycle bin too."""
    text = call.args.get("q")
    if not text:
        raise SalesforceError("MALFORMED_QUERY", "SOQL statement must not be empty")
    deleted_too = call.path.startswith("queryAll")
    found = soql.run(org, soql.parse(text), deleted_too=deleted_too, version=call.version)
    size = _batch_size(org, call)
    body = {"totalSize": found.total, "done": True, "records": found.records}
    if len(found.records) > size:
        locator = _open(org, found.records)
        body = _page(call, locator, found.records, 0, size)
    return Answer(body=body)


def query_more(org: Org, call: Call) -> Answer:
    """GET query/<locator>: the next page. Raises INVALID_QUERY_LOCATOR once the cursor is closed."""
    locator, _, start = call.names["locator"].rpartition("-")
    records = org.cursors.get(locator)
    if records is None or not start.isdigit() or int(start) >= len(records):
        raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
    return Answer(body=_page(call, locator, records, int(start), _batch_size(org, call)))


def _page(call: Call, locator: str, records: list[dict[str, Any]], start: int, size: int) -> dict[str, Any]:
    end = start + size
    done = end >= len(records)
    more = {} if done else {"nextRecordsUrl": f"/services/data/{call.version}/query/{locator}-{end}"}
    return {"totalSize": len(records), "done": done, **more, "records": records[start:end]}


def _open(org: Org, records: list[dict[str, Any]]) -> str:
    locator = org.ids.new("01g")
    org.cursors[locator] = records
    while len(org.cursors) > MOST_CURSORS:
        org.cursors.popitem(last=False)
    return locator


def _batch_size(org: Org, call: Call) -> int:
    """What the client wishes, within 200 and 2,000; a smaller default is Salesforce's right too."""
    wished = re.search(r"batchSize\s*=\s*(\d+)", call.header("sforce-query-options"), re.IGNORECASE)
    if wished is None:
        return org.query_batch_size
    return min(max(int(wished[1]), SMALLEST_BATCH), LARGEST_BATCH)


def deleted(org: Org, call: Call) -> Answer:
    """GET sobjects/X/deleted?start=&end=: ids deleted in [start, end), undeleted ones left out."""
    spec = org.resource(call.names["object"])
    start, end = _span(org, call, BIN_DAYS)
    rows = [
        {"id": record_id, "deletedDate": rest_time(moment)}
        for record_id, moment in deletions(org, spec).items()
        if start <= moment < end and record_id not in org.access.hidden_records
    ]
    known_since = max(org.delete_log_since, org.clock() - timedelta(days=BIN_DAYS))
    body = {
        "deletedRecords": rows,
        "earliestDateAvailable": rest_time(known_since),
        "latestDateCovered": rest_time(min(end, org.clock())),
    }
    return Answer(body=body)


def updated(org: Org, call: Call) -> Answer:
    """GET sobjects/X/updated?start=&end=: ids of living records saved in [start, end)."""
    spec = org.resource(call.names["object"])
    start, end = _span(org, call, UPDATED_DAYS)
    ids = [
        row["Id"]
        for row in org.store.rows(spec.name)
        if not row["IsDeleted"]
        and row["Id"] not in org.access.hidden_records
        and rest_time(start) <= row["LastModifiedDate"] < rest_time(end)
    ]
    return Answer(body={"ids": ids, "latestDateCovered": rest_time(min(end, org.clock()))})


def _span(org: Org, call: Call, most_days: int) -> tuple[datetime, datetime]:
    start, end = (_moment(call, name) for name in ("start", "end"))
    if end - start <= timedelta(minutes=1):
        raise _bad_span("endDate must be more than one minute after startDate")
    if org.clock() - start > timedelta(days=most_days):
        raise _bad_span(f"startDate cannot be more than {most_days} days ago")
    return start, end


def _moment(call: Call, name: str) -> datetime:
    moment = parsed_time(call.args.get(name, ""))
    if moment is None:
        raise _bad_span(f"The {name} parameter is not a dateTime")
    return moment


def _bad_span(message: str) -> SalesforceError:
    return row_error("INVALID_REPLICATION_DATE", message)
