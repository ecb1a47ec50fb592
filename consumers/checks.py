"""Live checks of both sides' credentials: hourly, at first sight and after a portal file was saved.

Besides who we are they ask whether we see the objects of persons at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from consumers.pause import ended
from consumers.reconcile import Crms
from consumers.schemas import described, expected_account
from consumers.suspension import INVISIBLE, lifted_by_check, suspend
from contract.errors import CrmError, ErrorClass, Fault
from contract.ports import Account, Transaction
from contract.records import Side
from contract.settings import Portal, SuspensionCause, SyncMode
from contract.standing import CredentialCheck

CHECK_EVERY = timedelta(hours=1)
AFTER_NO_ANSWER = timedelta(minutes=1)
"""When a side that could not be asked is asked again."""
_REFUSALS = frozenset({ErrorClass.AUTH, ErrorClass.PERMISSION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check showed, and the fault where the credentials are not valid or an object is not shown.

    `seen` is False where nobody could be asked whether the objects are shown.
    """

    check: CredentialCheck
    fault: Fault | None = None
    seen: bool = True


def due(known: Mapping[Side, CredentialCheck], now: datetime) -> bool:
    """Whether a side was never checked, or not within the hour."""
    return any(side not in known or now - known[side].checked_at >= CHECK_EVERY for side in Side)


def check(portal: Portal, crms: Crms, *, now: datetime) -> list[Finding]:
    """Ask both sides who we are; nothing of a side that does not answer, for that says nothing."""
    found = (_side(portal, crms, side, now) for side in Side)
    return [finding for finding in found if finding]


def learn(tx: Transaction, portal: Portal, findings: Sequence[Finding], *, now: datetime) -> None:
    """Keep what was found. A portal at work is stopped by invalid credentials, and by valid ones goes on.

    One that stands still for credentials tells which ones, as they are found now.
    """
    tx.credentials.keep(portal.number, [finding.check for finding in findings])
    faults = [finding.fault for finding in findings if finding.fault]
    standing = tx.portals.suspension(portal.number)
    if not faults and len(findings) == len(Side):
        tx.portals.clear(portal.number, SuspensionCause.CREDENTIALS)
        if all(finding.seen for finding in findings):
            tx.portals.clear(portal.number, SuspensionCause.INVISIBLE)
    replaceable = ended(standing, now) or lifted_by_check(standing)
    if faults and portal.settings.mode is not SyncMode.OFF and replaceable:
        suspend(tx, portal, faults[0], now=now)


def _side(portal: Portal, crms: Crms, side: Side, now: datetime) -> Finding | None:
    try:
        told = crms.by_side()[side].check()
    except CrmError as error:
        return _refused(side, error.fault, now)
    if told.account[:15] != expected_account(portal, side)[:15]:
        return _refused(side, _wrong_account(side, told.says), now, user=told.user)
    valid = CredentialCheck(side=side, valid=True, user=told.user, says=told.says, checked_at=now)
    return _looked(side, crms.by_side()[side], valid)


def _looked(side: Side, account: Account, valid: CredentialCheck) -> Finding:
    """Whether Salesforce shows us the objects of persons; a refusal of another kind says nothing of that."""
    if side is Side.HUBSPOT:  # it shows contacts or refuses the call, by the scopes of the app
        return Finding(check=valid)
    try:
        described(side, account)
    except CrmError as error:
        if error.fault.code == INVISIBLE:
            return Finding(check=valid, fault=error.fault)
        return Finding(check=valid, seen=error.fault.error is ErrorClass.PERMISSION)
    return Finding(check=valid)


def _refused(side: Side, fault: Fault, now: datetime, *, user: str = "") -> Finding | None:
    if fault.error not in _REFUSALS:
        return None
    says = f"{fault.says} ({fault.code})"
    return Finding(
        check=CredentialCheck(side=side, valid=False, user=user, says=says, checked_at=now), fault=fault
    )


def _wrong_account(side: Side, says: str) -> Fault:
    """Good credentials of another account would write into the wrong one."""
    return Fault(error=ErrorClass.AUTH, code="WRONG_ACCOUNT", says=says, side=side)
