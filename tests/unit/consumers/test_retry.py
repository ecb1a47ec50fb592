"""The retry policy: what each class of fault asks for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consumers.retry import (
    FIRST_HOLD,
    FIRST_WAIT,
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    STALE_WAIT,
    STOPPED,
    GiveUp,
    Halt,
    Hold,
    Retry,
    Suspend,
    after,
    hold_for,
)
from contract.errors import ErrorClass
from tests.unit.consumers.kit import HALF, fault

PASSING = [ErrorClass.TRANSIENT, ErrorClass.WAITING, ErrorClass.CONFLICT]


def seconds(verdict: object) -> float:
    assert isinstance(verdict, Retry)
    return verdict.wait.total_seconds()


@pytest.mark.parametrize("error", [error for error in ErrorClass if error.permanent])
@pytest.mark.parametrize("attempts", [0, 1, 99])
def test_trap_11_what_trying_again_cannot_help_is_given_up_at_once(error: ErrorClass, attempts: int) -> None:
    assert after(fault(error), attempts, HALF) == GiveUp()


def test_every_class_of_fault_has_its_verdict() -> None:
    verdicts = {error: type(after(fault(error), 0, HALF)) for error in ErrorClass}
    assert verdicts == {
        ErrorClass.TRANSIENT: Retry,
        ErrorClass.QUOTA: Hold,
        ErrorClass.AUTH: Suspend,
        ErrorClass.WAITING: Retry,
        ErrorClass.STALE: Retry,
        ErrorClass.CONFLICT: Retry,
        ErrorClass.DATA: GiveUp,
        ErrorClass.PERMISSION: GiveUp,
        ErrorClass.DUPLICATE: GiveUp,
        ErrorClass.MAPPING: GiveUp,
        ErrorClass.UNKNOWN: GiveUp,
    }


@pytest.mark.parametrize("attempts", [0, MOST_ATTEMPTS])
def test_what_a_pause_kept_from_being_written_waits_as_it_is(attempts: int) -> None:
    assert after(fault(ErrorClass.WAITING, STOPPED), attempts, HALF) == Halt()


@pytest.mark.parametrize(
    ("code", "fields", "whole_call", "verdict"),
    [
        ("HTTP 403", (), True, Suspend()),
        ("HTTP 403", (), False, GiveUp()),
        ("INVALID_FIELD", ("Title",), True, GiveUp()),
        ("INSUFFICIENT_ACCESS_OR_READONLY", (), False, GiveUp()),
        ("INVALID_TYPE", (), False, Suspend()),
        ("OBJECT_FORBIDDEN", (), False, Suspend()),
        ("MISSING_SCOPES", (), False, Suspend()),
    ],
)
def test_a_permission_that_every_record_would_miss_suspends(
    code: str, fields: tuple[str, ...], *, whole_call: bool, verdict: object
) -> None:
    missing = fault(ErrorClass.PERMISSION, code, fields=fields)
    assert after(missing, 0, HALF, whole_call=whole_call) == verdict


@pytest.mark.parametrize("error", PASSING)
def test_waits_double_up_to_the_longest(error: ErrorClass) -> None:
    waits = [seconds(after(fault(error), n, lambda: 0.999999)) for n in range(MOST_ATTEMPTS)]
    expected = [min(FIRST_WAIT * 2**n, LONGEST_WAIT) for n in range(MOST_ATTEMPTS)]
    assert waits == pytest.approx(expected, rel=1e-3)


def test_jitter_spreads_a_wait_over_its_upper_half() -> None:
    waits = [seconds(after(fault(ErrorClass.TRANSIENT), 3, lambda j=j: j)) for j in (0.0, 0.5, 0.999999)]  # type: ignore[misc]
    full = FIRST_WAIT * 8
    assert waits == pytest.approx([full / 2, full * 0.75, full], rel=1e-3)


def test_the_crms_own_time_is_waited_for_where_it_is_longer() -> None:
    assert seconds(after(fault(ErrorClass.TRANSIENT, retry_after=3600.0), 0, HALF)) == 3600
    assert seconds(after(fault(ErrorClass.TRANSIENT, retry_after=0.1), 0, HALF)) == FIRST_WAIT * 0.75


@pytest.mark.parametrize("error", [ErrorClass.WAITING, ErrorClass.CONFLICT, ErrorClass.STALE])
def test_what_has_not_passed_after_many_attempts_needs_a_person(error: ErrorClass) -> None:
    assert isinstance(after(fault(error), MOST_ATTEMPTS - 1, HALF), Retry)
    assert after(fault(error), MOST_ATTEMPTS, HALF) == GiveUp()


def test_a_crm_that_is_away_for_days_is_told_of_once_and_tried_on() -> None:
    told = [after(fault(ErrorClass.TRANSIENT), n, HALF) for n in (29, 30, 31, 5000)]
    assert [isinstance(one, Retry) and one.tell for one in told] == [False, True, False, False]
    assert seconds(told[-1]) == LONGEST_WAIT * 0.75


def test_a_stale_read_is_repeated_shortly_however_often() -> None:
    waits = [seconds(after(fault(ErrorClass.STALE), n, HALF)) for n in (0, 1, 10, 29)]
    assert waits == [STALE_WAIT, STALE_WAIT * 1.5, STALE_WAIT * 6, STALE_WAIT * 6]


@pytest.mark.parametrize("attempts", [0, MOST_ATTEMPTS + 1])
def test_a_quota_holds_the_portal_and_never_counts_against_the_row(attempts: int) -> None:
    assert after(fault(ErrorClass.QUOTA, retry_after=30.0), attempts, HALF) == Hold(
        wait=timedelta(seconds=30)
    )
    assert after(fault(ErrorClass.QUOTA), attempts, HALF) == Hold(wait=None)


def test_refused_credentials_suspend_the_portal_however_often_they_are_refused() -> None:
    assert after(fault(ErrorClass.AUTH), MOST_ATTEMPTS + 1, HALF) == Suspend()


def test_a_hold_lasts_as_long_as_the_crm_says_else_doubles_up_to_the_longest() -> None:
    assert hold_for(Hold(wait=timedelta(seconds=7)), 9) == timedelta(seconds=7)
    waits = [hold_for(Hold(wait=None), n).total_seconds() for n in (0, 1, 2, 20, 5000)]
    assert waits == [FIRST_HOLD, FIRST_HOLD * 2, FIRST_HOLD * 4, LONGEST_WAIT, LONGEST_WAIT]
