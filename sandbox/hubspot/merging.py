"""Merging two records of a type: the primary's values win, the other's fill the gaps."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.hubspot.errors import ApiError, bad_request
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Record, Source, Version
from sandbox.hubspot.shelf import Shelf, additional_emails
from sandbox.hubspot.times import iso
from sandbox.hubspot.values import fold_email
from sandbox.hubspot.writes import retire

MAX_MERGES = 250


def merge(portal: Portal, shelf: Shelf, primary: Record, other: Record, source: Source) -> Record:
    """Make one live record of two; answers the survivor, under a new id where the account does so.

    Since 2025 HubSpot gives the survivor an id of its own; both old ids answer with it from then on.
    """
    if primary is other:
        raise bad_request("Cannot merge an object with itself.")
    merged_ids = _merged_ids(portal, primary, other)
    if len(merged_ids) > MAX_MERGES:
        raise ApiError(414, "VALIDATION_ERROR", "Cannot have more than 250 identities on a profile")
    values, moved = _combine(shelf, primary.now.values, other.now.values)
    values["hs_merged_object_ids"] = ";".join(merged_ids)
    survivor = _survivor(portal, shelf, primary, other, values, source)
    for record in (primary, other):
        if record is not survivor:
            portal.lists.inherit(record, survivor)
            portal.associations.inherit(record, survivor)
    portal.lists.reconsider(survivor)
    portal.announce.merge(
        survivor.type,
        primary=primary.id,
        merged=other.id,
        survivor=survivor.id,
        moved=moved,
        at=survivor.now.updated_at,
        source=source,
    )
    return survivor


def _merged_ids(portal: Portal, primary: Record, other: Record) -> list[str]:
    ids: list[str] = []
    for record in (primary, other):
        ids += [i for i in record.now.values.get("hs_merged_object_ids", "").split(";") if i]
    retired = [primary.id, other.id] if portal.world.merge_new_id else [other.id]
    return list(dict.fromkeys([*ids, *retired]))


def _combine(shelf: Shelf, first: Mapping[str, str], second: Mapping[str, str]) -> tuple[dict[str, str], int]:
    """The survivor's values, and how many the other gave: gaps, its addresses, the farther stage."""
    values = {**second, **first}
    created = shelf.type.created
    values[created] = min(first[created], second[created])
    held = [v["lifecyclestage"] for v in (first, second) if "lifecyclestage" in v]
    if held:
        order = shelf.definitions["lifecyclestage"].values
        values["lifecyclestage"] = max(held, key=lambda stage: order.index(stage) if stage in order else -1)
    addresses = [
        *additional_emails(first),
        *([second["email"]] if "email" in second else []),
        *additional_emails(second),
    ]
    own = fold_email(values.get("email", ""))
    further = {fold_email(a): a for a in addresses if fold_email(a) != own}
    if further:
        values["hs_additional_emails"] = ";".join(further.values())
    system = {created, shelf.type.modified, "hs_object_id", "hs_merged_object_ids"}
    moved = sum(1 for name, value in values.items() if name not in system and first.get(name) != value)
    return values, moved


def _survivor(
    portal: Portal, shelf: Shelf, primary: Record, other: Record, values: dict[str, str], source: Source
) -> Record:
    now = portal.world.now()
    at = max(now, primary.now.updated_at + 1, other.now.updated_at + 1)
    survivor_id = portal.new_id() if portal.world.merge_new_id else primary.id
    values |= {"hs_object_id": survivor_id, shelf.type.modified: iso(at)}
    version = Version(seen_at=now, updated_at=at, values=values)
    before = primary.now.values
    if portal.world.merge_new_id:
        created = min(primary.created_at, other.created_at)
        history = {name: list(changes) for name, changes in primary.history.items()}
        survivor = Record(
            type=shelf.type, id=survivor_id, created_at=created, versions=[version], history=history
        )
        retire(portal, shelf, primary, survivor_id)
        retire(portal, shelf, other, survivor_id)
        shelf.records[survivor_id] = survivor
    else:
        survivor = primary
        shelf.release(primary)
        retire(portal, shelf, other, survivor_id)
        primary.push(version, keep_after=portal.keep_after())
    for name, value in values.items():
        if before.get(name) != value:
            survivor.note(name, value, at, source)
    shelf.hold(survivor)
    return survivor
