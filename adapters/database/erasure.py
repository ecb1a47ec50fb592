"""Deleting an erased person's values from wherever they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select, update

from adapters.database.column_types import ref_text
from adapters.database.reports import refs_text
from adapters.database.statements import chunks
from adapters.database.tables import activity, activity_refs, dead_letters, links, reports
from contract.decisions import Erasure, ReportKind
from contract.records import RecordRef, Side, email_key

ERASED = "This person was erased; what stood here is gone."


def forget(connection: Connection, portal: int, erasure: Erasure) -> None:
    """Delete the person's values from activity, dead letters, links and reports of this portal."""
    refs = sorted(set(erasure.refs), key=ref_text)
    emails = sorted({email_key(email) for email in erasure.emails} - {""})
    _forget_activity(connection, portal, refs, emails)
    _forget_letters(connection, portal, refs)
    _forget_links(connection, portal, refs, emails)
    _forget_reports(connection, portal, refs)


def _forget_activity(
    connection: Connection, portal: int, refs: Sequence[RecordRef], emails: Sequence[str]
) -> None:
    by_ref = select(activity_refs.c.activity).where(activity_refs.c.ref.in_(refs))
    entries = select(activity.c.id, activity.c.verdicts, activity.c.writes).where(
        activity.c.portal == portal, or_(activity.c.id.in_(by_ref), activity.c.email.in_(emails))
    )
    rows = connection.execute(entries.order_by(activity.c.id).with_for_update()).all()
    statement = update(activity).where(activity.c.id == bindparam("at_id")).values(email="")
    for chunk in chunks(rows):
        values = [
            {
                "at_id": row.id,
                "verdicts": [_skeleton_of_verdict(verdict) for verdict in row.verdicts],
                "writes": [_skeleton_of_write(write) for write in row.writes],
            }
            for row in chunk
        ]
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


def _forget_letters(connection: Connection, portal: int, refs: Sequence[RecordRef]) -> None:
    theirs = (dead_letters.c.portal == portal, dead_letters.c.ref.in_(refs))
    connection.execute(update(dead_letters).where(*theirs).values(raw=None, note=""))


def _forget_links(
    connection: Connection, portal: int, refs: Sequence[RecordRef], emails: Sequence[str]
) -> None:
    """The version grows: whoever still holds these values may not store them again."""
    theirs = or_(*(_link_of(ref) for ref in refs), links.c.email.in_(emails))
    connection.execute(
        update(links)
        .where(links.c.portal == portal, theirs)
        .values(base={}, placeholders={}, intents=[], email="", version=links.c.version + 1)
    )


def _link_of(ref: RecordRef) -> ColumnElement[bool]:
    if ref.side is Side.HUBSPOT:
        return (links.c.hubspot_object == ref.object_type) & (links.c.hubspot_id == ref.id)
    return links.c.salesforce_id == ref.id


def _forget_reports(connection: Connection, portal: int, refs: Sequence[RecordRef]) -> None:
    """All but the reports of the erasure itself, for they tell the operator what is left to do."""
    if not refs:
        return
    named = (reports.c.refs.contains(refs_text([ref])[1:-1], autoescape=True) for ref in refs)
    connection.execute(
        update(reports)
        .where(reports.c.portal == portal, reports.c.kind != ReportKind.ERASED.value, or_(*named))
        .values(says=ERASED)
    )
