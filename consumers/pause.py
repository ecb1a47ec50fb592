"""Pause: whether a portal may still be written to, asked of the database before each call that writes."""

from __future__ import annotations

from datetime import datetime

from consumers.retry import STOPPED
from contract.errors import CrmError, ErrorClass, Fault
from contract.ports import Transaction
from contract.settings import Suspension, SyncMode


def ended(suspension: Suspension | None, now: datetime) -> bool:
    """Whether there is no suspension, or one that has ended by itself."""
    return suspension is None or (suspension.clears_at is not None and suspension.clears_at <= now)


def may_write(tx: Transaction, portal: int, *, now: datetime) -> None:
    """Raise CrmError (waiting) where all portals are paused, or this one is not on any more or suspended."""
    if tx.pauses.current() is not None:
        raise CrmError(_stopped("all portals were paused"))
    if tx.portals.mode(portal) is not SyncMode.ON:
        raise CrmError(_stopped("the portal was paused"))
    if not ended(tx.portals.suspension(portal), now):
        raise CrmError(_stopped("the portal was suspended"))


def _stopped(why: str) -> Fault:
    return Fault(error=ErrorClass.WAITING, code=STOPPED, says=f"{why} before this was written")
