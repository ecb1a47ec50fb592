"""What operators did, what guards held, which stages were sent: kept beside the events of the CRMs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from contract.records import RecordRef
from contract.settings import Settings
from contract.standing import GuardedWork


class Did(StrEnum):
    """What an operator did."""

    PAUSED = "paused"
    RESUMED = "resumed"
    RELEASED = "released"
    SAVED = "saved"
    KEPT_OUT = "kept out"
    SYNCED_AGAIN = "synced again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One act of an operator. A pause names the pause it is, for one portal or for all."""

    seq: int
    at: datetime
    did: Did
    everyone: bool = False
    settings: Settings | None = None
    amounts: Mapping[GuardedWork, int] = field(default_factory=dict)
    refs: frozenset[RecordRef] = frozenset()
    """Whom it is about, under all ids that are known to be theirs."""

    def __str__(self) -> str:
        tail = f" {dict(self.amounts)}" if self.amounts else " all" if self.everyone else ""
        tail += f" {', '.join(map(str, sorted(self.refs)))}" if self.refs else ""
        return f"{self.seq:4} {self.at:%H:%M:%S.%f} operator {self.did}{tail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """The kinds of work that wait for an operator, as they stood after a batch or a release."""

    seq: int
    works: frozenset[GuardedWork]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOut:
    """All records that are never synced, as that stood after a batch or an operator's word."""

    seq: int
    refs: frozenset[RecordRef]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentStage:
    """A lifecycle stage on its way to HubSpot, which ignores a step back without a word."""

    seq: int
    batch: int
    contact: RecordRef
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A contact role was added or taken away, or its opportunity moved, for these contacts."""

    seq: int
    contacts: frozenset[RecordRef]
