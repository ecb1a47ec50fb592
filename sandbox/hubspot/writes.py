"""Creating, changing, archiving, restoring and erasing records, with all that HubSpot does around it."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.hubspot.cleaning import check_unique
from sandbox.hubspot.errors import Conflict
from sandbox.hubspot.optouts import OPT_OUT, followed
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import AUTOMATION, Record, Source, Version
from sandbox.hubspot.shelf import Shelf, additional_emails
from sandbox.hubspot.times import iso
from sandbox.hubspot.values import fold_email

PAGE_VIEWS = "hs_analytics_num_page_views"


def create(portal: Portal, shelf: Shelf, cleaned: Mapping[str, str], source: Source) -> Record:
    """A new record of checked values, announced."""
    kind, now, record_id = shelf.type, portal.world.now(), portal.new_id()
    cleaned = followed(portal.opted_out, cleaned, {}) if OPT_OUT in shelf.definitions else cleaned
    set_values = {name: value for name, value in cleaned.items() if value}
    made_by = {"hs_object_source": source.kind, "hs_object_source_id": source.id}
    stamps = {"hs_object_id": record_id, kind.created: iso(now), kind.modified: iso(now)}
    values = {**set_values, **made_by, **stamps}
    version = Version(seen_at=now, updated_at=now, values=values)
    record = Record(type=kind, id=record_id, created_at=now, versions=[version])
    for name, value in values.items():
        record.note(name, value, now, source)
    shelf.records[record_id] = record
    shelf.hold(record)
    portal.lists.reconsider(record)
    changed = [(shelf.definitions[name], value) for name, value in set_values.items()]
    portal.announce.creation(kind, record_id, now, source, changed)
    _automate(portal, shelf, record)
    return record


def update(portal: Portal, shelf: Shelf, record: Record, cleaned: Mapping[str, str], source: Source) -> None:
    """Change a live record to checked values. Raises Conflict; what already holds is no change."""
    held = record.now.values
    changed = {name: value for name, value in cleaned.items() if held.get(name, "") != value}
    if not changed:
        return
    check_unique(portal, shelf, {**held, **changed}, record)
    if OPT_OUT in shelf.definitions:
        changed = followed(portal.opted_out, changed, held)
    values = {name: value for name, value in {**held, **changed}.items() if value}
    shelf.release(record)
    at = _advance(portal, record, values)
    shelf.hold(record)
    for name, value in changed.items():
        record.note(name, value, at, source)
    portal.lists.reconsider(record)
    told = [(shelf.definitions[name], value) for name, value in changed.items()]
    portal.announce.changes(record.type, record.id, at, source, told)
    if source is not AUTOMATION:
        _automate(portal, shelf, record)


def _advance(
    portal: Portal,
    record: Record,
    values: Mapping[str, str],
    *,
    archived: bool = False,
    merged_into: str | None = None,
) -> int:
    """Give a record its next version; answers its modification stamp, later than any before."""
    now = portal.world.now()
    at = max(now, record.now.updated_at + 1)
    record.push(
        Version(
            seen_at=max(now, record.now.seen_at),
            updated_at=at,
            values={**values, record.type.modified: iso(at)},
            archived_at=at if archived else None,
            merged_into=merged_into,
        ),
        keep_after=portal.keep_after(),
    )
    return at


def _automate(portal: Portal, shelf: Shelf, record: Record) -> None:
    """Perhaps a workflow touches the record right after, which moves its modification stamp."""
    if PAGE_VIEWS in shelf.definitions and portal.world.chance(portal.world.faults.automation):
        views = int(record.now.values.get(PAGE_VIEWS, "0")) + 1
        update(portal, shelf, record, {PAGE_VIEWS: str(views)}, AUTOMATION)


def archive(portal: Portal, shelf: Shelf, record: Record, source: Source) -> None:
    """Move a live record to the recycle bin, out of every list."""
    shelf.release(record)
    at = _advance(portal, record, record.now.values, archived=True)
    portal.lists.forget(record)
    portal.announce.deletion(record.type, record.id, at, source)


def restore(portal: Portal, shelf: Shelf, record: Record, source: Source) -> None:
    """Bring an archived record back. Raises Conflict when another now holds its e-mail."""
    clash = shelf.clash(record.now.values, record.id)
    if clash is not None:
        raise Conflict(record.type.singular.capitalize(), clash[1])
    at = _advance(portal, record, record.now.values)
    shelf.hold(record)
    portal.lists.reconsider(record)
    portal.announce.restore(record.type, record.id, at, source)


def retire(portal: Portal, shelf: Shelf, record: Record, survivor_id: str) -> None:
    """Let a merged record's id answer with the survivor from now on."""
    shelf.release(record)
    _advance(portal, record, record.now.values, merged_into=survivor_id)


def erase(portal: Portal, shelf: Shelf, record: Record, source: Source) -> None:
    """Delete a contact for good, with every id merged into it, and block its e-mail addresses."""
    values = record.now.values
    shelf.release(record)
    addresses = [values["email"]] if "email" in values else []
    portal.erased |= {fold_email(address) for address in [*addresses, *additional_emails(values)]}
    portal.lists.forget(record)
    portal.associations.forget(record)
    merged = values.get("hs_merged_object_ids", "").split(";")
    for record_id in (record.id, *merged):
        shelf.records.pop(record_id, None)
    at = max(portal.world.now(), record.now.updated_at + 1)
    portal.announce.erasure(record.id, at, source)
    portal.announce.deletion(record.type, record.id, at, source, erased=True)
