"""Retry policy: what becomes of a person whose work met a fault. Pure: it decides, others act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from contract.errors import ErrorClass, Fault

FIRST_WAIT = 1.0
"""Seconds before the first retry of a passing fault; doubled each time."""
LONGEST_WAIT = 900.0
STALE_WAIT = 1.0
FIRST_HOLD = 5.0
"""Seconds a portal waits when its CRM wants fewer calls but names no time; doubled while it still does."""
MOST_ATTEMPTS = 30
"""About four hours: what has not passed by then is an operator's to hear of."""
_MOST_DOUBLINGS = 20
"""Far beyond the longest wait, and not beyond what a float holds."""
STOPPED = "STOPPED"
"""The code of what was not written because the portal was paused or suspended meanwhile."""
_FORBID_ALL = frozenset({"INVALID_TYPE", "OBJECT_FORBIDDEN", "MISSING_SCOPES"})
"""Codes of refusals that hold for every record of the object, also where they are told of a row."""
CRASHES_ALONE = 5
"""Once in a full batch, once among few, three times alone: a row that killed its worker so often is dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Look again after `wait`. With `tell`, an operator hears of it by a dead letter all the same."""

    wait: timedelta
    tell: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """File a dead letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The whole portal waits: the CRM wants fewer calls. `wait` is None where it named no time."""

    wait: timedelta | None


@dataclass(frozen=True, slots=True)
class Suspend:
    """The whole portal stops until its cause is gone or an operator acts."""


@dataclass(frozen=True, slots=True)
class Halt:
    """The portal was stopped under way: the row waits as it is."""


Verdict = Retry | GiveUp | Hold | Suspend | Halt


def after(fault: Fault, attempts: int, jitter: Callable[[], float], *, whole_call: bool = False) -> Verdict:
    """What to do after `attempts` earlier failures. `jitter` gives a number in [0, 1).

    `whole_call` says that not this row but a call was refused, as it would be for any other row.

    A CRM that is away for a day must not bury every record that was noticed meanwhile: what passes by
    itself is told once, and tried on.
    """
    if fault.error is ErrorClass.QUOTA:
        return Hold(wait=timedelta(seconds=fault.retry_after) if fault.retry_after else None)
    if fault.code == STOPPED:
        return Halt()
    if fault.error is ErrorClass.AUTH or (whole_call and forbids_all(fault)) or fault.code in _FORBID_ALL:
        return Suspend()
    passing = fault.error is ErrorClass.TRANSIENT
    if fault.error.permanent or (attempts >= MOST_ATTEMPTS and not passing):
        return GiveUp()
    if fault.error is ErrorClass.STALE:
        return Retry(wait=timedelta(seconds=STALE_WAIT * (1 + min(attempts, 10) / 2)))
    wait = min(FIRST_WAIT * 2 ** min(attempts, _MOST_DOUBLINGS), LONGEST_WAIT) * (0.5 + jitter() / 2)
    seconds = max(wait, fault.retry_after or 0.0)
    return Retry(wait=timedelta(seconds=seconds), tell=passing and attempts == MOST_ATTEMPTS)


def forbids_all(fault: Fault) -> bool:
    """Whether this refusal of a whole call is one that everybody would meet, and not about single fields."""
    return fault.error is ErrorClass.PERMISSION and not fault.fields


def hold_for(hold: Hold, holds_before: int) -> timedelta:
    """How long the portal waits, after so many holds in a row."""
    doubled = FIRST_HOLD * 2 ** min(holds_before, _MOST_DOUBLINGS)
    return hold.wait or timedelta(seconds=min(doubled, LONGEST_WAIT))
