"""Suspension: what a refusal that concerns the whole portal is told as, and what lets the portal go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from consumers.pause import ended
from consumers.retry import forbids_all
from contract.errors import ErrorClass, Fault
from contract.ports import Transaction
from contract.records import HUBSPOT_CONTACT, Side
from contract.settings import AuthMethod, Portal, Suspension, SuspensionCause
from contract.standing import CredentialCheck

TRY_AGAIN = timedelta(hours=1)
"""How often refused credentials are checked again, and forbidden calls tried again."""
_NO_ACCESS = frozenset({"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "ORG_LOCKED"})
"""Refusals that a check of who we are does not meet: the credentials are good, the API is closed."""
INVISIBLE = "INVALID_TYPE"
"""How Salesforce refuses an object that it does not show us."""
_BY_CHECK = frozenset({SuspensionCause.CREDENTIALS, SuspensionCause.INVISIBLE})
_GRANT = {
    INVISIBLE: "grant read access to the object, as the permission set `Diptych` does",
    "OBJECT_FORBIDDEN": "grant create and edit access to the object, as the permission set `Diptych` does",
    "MISSING_SCOPES": "add the scope to the app, and install it again",
}
"""What lets the portal go on, where we can say so."""


def stops_all(fault: Fault) -> bool:
    """Whether this refusal of a whole call concerns whatever else the portal would do."""
    return fault.error is ErrorClass.AUTH or forbids_all(fault)


def lifted_by_check(suspension: Suspension | None) -> bool:
    """Whether a check of both accounts decides how long this lasts, and says what is wrong now."""
    return suspension is not None and suspension.cause in _BY_CHECK


def suspend(tx: Transaction, portal: Portal, fault: Fault, *, now: datetime) -> Suspension:
    """Stop the portal for this refusal; refused credentials are kept as a check that failed."""
    side = fault.side or Side.HUBSPOT
    known = tx.credentials.of(portal.number).get(side)
    user = (known.user if known else "") or _configured_user(portal, side)
    suspension = _suspension(fault, side, user, now)
    standing = tx.portals.suspension(portal.number)
    if standing and not ended(standing, now) and standing.reason == suspension.reason:
        suspension = replace(suspension, since=standing.since)
    if suspension.cause is SuspensionCause.CREDENTIALS:
        check = CredentialCheck(side=side, valid=False, user="", says=fault.says, checked_at=now)
        tx.credentials.keep(portal.number, [check])
    tx.portals.suspend(portal.number, suspension)
    return suspension


def _suspension(fault: Fault, side: Side, user: str, now: datetime) -> Suspension:
    place = f"{HUBSPOT_CONTACT}: " if side is Side.HUBSPOT and fault.error is ErrorClass.PERMISSION else ""
    who = f"; integration user: {user}" if user else ""
    grant = f"; {_GRANT[fault.code]}" if fault.code in _GRANT else ""
    reason = f"{side}: {place}{fault.says} ({fault.code}){who}{grant}"
    if fault.error is ErrorClass.AUTH and fault.code not in _NO_ACCESS:
        return Suspension(reason=reason, since=now, cause=SuspensionCause.CREDENTIALS)
    if fault.code == INVISIBLE:
        return Suspension(reason=reason, since=now, cause=SuspensionCause.INVISIBLE)
    return Suspension(reason=reason, since=now, clears_at=now + TRY_AGAIN, cause=SuspensionCause.ACCESS)


def _configured_user(portal: Portal, side: Side) -> str:
    if side is Side.HUBSPOT:
        return f"app {portal.hubspot.app_id}"
    auth = portal.salesforce.auth
    return auth.username if auth.method is AuthMethod.JWT else ""
