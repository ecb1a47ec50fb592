"""A survey of one side: which records there are, for jobs that look at many. It names records, no values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contract.records import RecordRef


class Survey(Protocol):
    """Lists the records of one side. Raises CrmError."""

    def newest(self, object_type: str) -> Iterator[Sequence[RecordRef]]:
        """Pages of live, unconverted records, the last modified first; at most 10,000 in all."""

    def deleted(self, object_type: str, limit: int) -> Sequence[RecordRef]:
        """The records deleted last, merge losers not among them; none where the CRM cannot tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeTraces:
    """What the native connector did since a moment: contacts it synced, and when it last did."""

    contacts: int
    last: datetime | None = None


class NativeConnector(Protocol):
    """What HubSpot's own Salesforce integration left in HubSpot. Raises CrmError."""

    def count(self) -> int:
        """How many contacts name a Salesforce lead or contact."""

    def linked(self) -> Iterator[Sequence[RecordRef]]:
        """Pages of contacts that name a Salesforce lead or contact, by rising id."""

    def traces(self, since: datetime) -> NativeTraces:
        """What it did since then; nothing where it was never installed."""
