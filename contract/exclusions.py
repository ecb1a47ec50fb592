"""Exclusions: persons whom an operator keeps out of the sync, under every id that they go by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contract.records import RecordRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Who said it, when and why; `refs` are all records that it keeps out, sorted."""

    id: int
    author: str
    reason: str
    since: datetime
    refs: tuple[RecordRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Further ids under which the person of this exclusion is known by now."""

    exclusion: int
    refs: tuple[RecordRef, ...]
