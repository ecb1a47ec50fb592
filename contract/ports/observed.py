"""What observing has found: the newest decision about each record that waits for the sync to be on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from contract.activity import ActivityEntry


class ObservedStore(Protocol):
    """Entries by what their records wait on."""

    def newest(self, portal: int, waits_on: str) -> Iterator[ActivityEntry]:
        """Of each waiting record the newest entry, once even where several records share it; by age."""

    def waiting(self, portal: int, waits_on: str) -> int:
        """How many records wait on this."""
