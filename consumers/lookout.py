"""One portal's two accounts as jobs look at them: gateways, and what lists each side's records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from consumers.reconcile import Crms
from contract.ports import NativeConnector, Survey
from contract.records import Side
from contract.settings import Portal


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookout:
    """Patient gateways: an asked-for wait is waited out. `calls` are those made so far, by side."""

    crms: Crms
    surveys: Mapping[Side, Survey]
    native: NativeConnector
    calls: Mapping[Side, int]


Look = Callable[[Portal], AbstractContextManager[Lookout]]
"""Opens a portal's accounts for one job; the calls made are stored at the end, as a backfill's."""
