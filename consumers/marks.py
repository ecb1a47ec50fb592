"""Marks in the ledger: up to which stamp a record was read, and which stamp our own write gave it.

The two are kept apart. What was read holds all edits up to its stamp. The stamp of a write says nothing of
what others did between our read and our write, so it answers for the write's own echo alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from contract.changes import SKIPPABLE, Change
from contract.ports import RecordKey
from contract.records import STAMP_RESOLUTION


def as_written(key: RecordKey) -> RecordKey:
    """The name under which the stamp of our own last write on this record is marked."""
    portal, ref = key
    return portal, replace(ref, object_type=f"{ref.object_type}:written")


def keys_of(changes: Iterable[Change]) -> set[RecordKey]:
    """The marks that can say whether these changes were already seen."""
    keys: set[RecordKey] = set()
    for change in changes:
        if change.kind in SKIPPABLE:
            key = (change.portal, change.ref)
            keys |= {key, as_written(key)} if change.echo else {key}
    return keys


def already_seen(change: Change, stamps: Mapping[RecordKey, datetime]) -> bool:
    """Whether the state this change speaks of is part of what was settled.

    A notice at least one tick of the CRM's stamps older than what was read is. One that the CRM says we
    caused ourselves is so, too, up to the stamp of our own write. Deletions, merges and erasures are never
    skipped.
    """
    if change.kind not in SKIPPABLE:
        return False
    key = (change.portal, change.ref)
    read, written = stamps.get(key), stamps.get(as_written(key))
    if change.echo and any(stamp is not None and change.occurred_at <= stamp for stamp in (read, written)):
        return True
    return read is not None and change.occurred_at + STAMP_RESOLUTION[change.ref.side] <= read
