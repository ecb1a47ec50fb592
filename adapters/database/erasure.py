"""Deleting an erased person's values from wherever they stand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, null, select, update

from adapters.database.column_types import ref_text
from adapters.database.job_tables import jobs
from adapters.database.links import ends
from adapters.database.standing_tables import excluded_records, exclusions
from adapters.database.statements import chunks
from adapters.database.tables import activity, activity_refs, dead_letters, links, reports
from contract.activity import DeadLetterState
from contract.decisions import Erasure, ReportKind
from contract.records import RecordRef, email_key

ERASED = "This person was erased; what stood here is gone."


def forget(connection: Connection, portal: int, erasure: Erasure, *, at: datetime) -> None:
    """Delete the person's values from this portal's activity, dead letters, links, reports and exclusions.

    What jobs found goes as a whole: it is made anew in a minute.
    """
    refs = sorted(set(erasure.refs), key=ref_text)
    emails = sorted({email_key(email) for email in erasure.emails} - {""})
    _forget_activity(connection, portal, refs, emails)
    _forget_letters(connection, portal, refs, at)
    _forget_links(connection, portal, refs, emails)
    _forget_reports(connection, portal, refs)
    _forget_reasons(connection, portal, refs)
    connection.execute(update(jobs).where(jobs.c.portal == portal).values(found=null()))


def _forget_activity(
    connection: Connection, portal: int, refs: Sequence[RecordRef], emails: Sequence[str]
) -> None:
    ids: set[int] = set()
    for chunk in chunks(refs):
        ids.update(connection.scalars(select(activity_refs.c.activity).where(activity_refs.c.ref.in_(chunk))))
    for some in chunks(emails):
        ids.update(connection.scalars(select(activity.c.id).where(activity.c.email.in_(some))))
    entries = select(activity.c.id, activity.c.verdicts, activity.c.writes)
    statement = update(activity).where(activity.c.id == bindparam("at_id")).values(email="")
    for piece in chunks(sorted(ids)):
        named = activity.c.portal == portal, activity.c.id.in_(piece)
        values = [
            {
                "at_id": row.id,
                "verdicts": [_skeleton_of_verdict(verdict) for verdict in row.verdicts],
                "writes": [_skeleton_of_write(write) for write in row.writes],
            }
            for row in connection.execute(entries.where(*named))
        ]
        if values:
            connection.execute(statement, values)


def _skeleton_of_verdict(verdict: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: verdict[name] for name in ("rule", "field", "writes") if name in verdict}
    return {**kept, "says": ERASED}


def _skeleton_of_write(write: Mapping[str, Any]) -> dict[str, Any]:
    names = ("side", "object_type", "record_id", "action")
    outcome = write.get("outcome") or {}
    return {
        **{name: write[name] for name in names if name in write},
        "reason": ERASED,
        "values": {},
        "outcome": {name: outcome[name] for name in ("ok", "error", "code") if name in outcome},
    }


def _forget_letters(connection: Connection, portal: int, refs: Sequence[RecordRef], at: datetime) -> None:
    """Nobody can do anything about them any more, so open ones are settled."""
    resolved = {"state": DeadLetterState.RESOLVED.value, "settled_at": at}
    for chunk in chunks(refs):
        theirs = dead_letters.c.portal == portal, dead_letters.c.ref.in_(chunk)
        still_open = dead_letters.c.state == DeadLetterState.OPEN.value
        connection.execute(update(dead_letters).where(*theirs, still_open).values(resolved))
        connection.execute(update(dead_letters).where(*theirs).values(raw=None, note=""))


def _forget_links(
    connection: Connection, portal: int, refs: Sequence[RecordRef], emails: Sequence[str]
) -> None:
    """The version grows: whoever still holds these values may not store them again."""
    for theirs in [*ends(refs), *(links.c.email.in_(chunk) for chunk in chunks(emails))]:
        connection.execute(
            update(links)
            .where(links.c.portal == portal, theirs)
            .values(base={}, placeholders={}, intents=[], email="", version=links.c.version + 1)
        )


def _forget_reports(connection: Connection, portal: int, refs: Sequence[RecordRef]) -> None:
    """All but the reports of the erasure itself, for they tell the operator what is left to do."""
    erased = {ref_text(ref) for ref in refs}
    stored = reports.c.portal == portal, reports.c.kind != ReportKind.ERASED.value
    rows = connection.execute(select(reports.c.merge_key, reports.c.refs).where(*stored))
    keys = [row.merge_key for row in rows if erased.intersection(json.loads(row.refs))]
    for chunk in chunks(sorted(keys)):
        named = reports.c.portal == portal, reports.c.merge_key.in_(chunk)
        connection.execute(update(reports).where(*named).values(says=ERASED))


def _forget_reasons(connection: Connection, portal: int, refs: Sequence[RecordRef]) -> None:
    """Whom an operator kept out stays kept out; what was said of the person goes."""
    for chunk in chunks(refs):
        named = (excluded_records.c.portal == portal, excluded_records.c.ref.in_(chunk))
        theirs = select(excluded_records.c.exclusion).where(*named)
        connection.execute(update(exclusions).where(exclusions.c.id.in_(theirs)).values(reason=ERASED))
