"""The durable row "this record needs a look"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from contract.changes import Kind
from contract.records import RecordRef


class WorkClass(IntEnum):
    """Lower goes first; under a short budget higher classes stop first."""

    LIVE = 0
    RETRY = 1
    REPLAY = 2
    BACKFILL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRow:
    """One record of one portal that must be looked at.

    Notices merge into it: `kinds` and `merged_ids` are unions, `noticed_at` is the newest notice by
    the CRM's clock, `received_at` when the newest notice reached us and `first_received_at` when the
    row came to be, both by ours. `version` grows with
    every merged notice, so that work done under an older version does not remove the row. `crashes`
    counts workers that died while they worked on it, committed before the work.
    """

    portal: int
    ref: RecordRef
    kinds: frozenset[Kind]
    merged_ids: frozenset[str] = frozenset()
    noticed_at: datetime
    received_at: datetime
    first_received_at: datetime
    work_class: WorkClass = WorkClass.LIVE
    due_at: datetime
    attempts: int = 0
    crashes: int = 0
    waits_on: str | None = None
    version: int = 1
    trace_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """A pending row that stays: when it is due again, in which class, and why."""

    row: PendingRow
    due_at: datetime
    work_class: WorkClass
    attempts: int
    waits_on: str | None = None
