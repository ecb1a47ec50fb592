"""Marks: which notices need no look, by the stamp of what was read and the stamp of our own write."""

from __future__ import annotations

from datetime import datetime

import pytest

from consumers.marks import already_seen, as_written, keys_of
from contract.changes import SKIPPABLE, Kind
from contract.records import RecordRef
from tests.fakes.people import NOW, PORTAL, ago, hs, lead_ref
from tests.unit.consumers.kit import change

HS, SF = hs(1), lead_ref(1)


@pytest.mark.parametrize(
    ("ref", "read", "occurred", "seen"),
    [
        (HS, None, ago(100), False),  # no mark says nothing
        (HS, NOW, ago(1), True),
        (HS, NOW, ago(0.001), True),
        (HS, NOW, NOW, False),  # another edit may share the millisecond
        (HS, ago(1), NOW, False),
        (SF, NOW, ago(1), True),
        (SF, NOW, ago(0.5), False),  # Salesforce tells whole seconds
        (SF, NOW, NOW, False),
        (SF, ago(1), NOW, False),
    ],
)
def test_a_notice_is_seen_when_it_is_a_tick_older_than_what_was_read(
    ref: RecordRef, read: datetime | None, occurred: datetime, *, seen: bool
) -> None:
    stamps = {(PORTAL, ref): read} if read else {}
    assert already_seen(change(ref, occurred_at=occurred), stamps) is seen


@pytest.mark.parametrize(
    ("echo", "occurred", "seen"),
    [
        (True, NOW, True),
        (True, ago(1), True),
        (True, ago(-1), False),
        (False, NOW, False),
        (False, ago(9), False),
    ],
)
def test_the_stamp_of_our_own_write_answers_for_its_echo_alone(
    occurred: datetime, *, echo: bool, seen: bool
) -> None:
    stamps = {as_written((PORTAL, HS)): NOW}
    assert already_seen(change(HS, occurred_at=occurred, echo=echo), stamps) is seen


@pytest.mark.parametrize("kind", Kind)
def test_only_kinds_that_a_newer_state_holds_are_skipped(kind: Kind) -> None:
    stamps = {(PORTAL, HS): NOW, as_written((PORTAL, HS)): NOW}
    assert already_seen(change(HS, kind, occurred_at=ago(60), echo=True), stamps) is (kind in SKIPPABLE)


@pytest.mark.parametrize("kind", [Kind.DELETED, Kind.MERGED, Kind.ERASED, Kind.RESTORED, Kind.LISTED])
def test_deletions_merges_erasures_and_their_like_are_never_skippable(kind: Kind) -> None:
    assert kind not in SKIPPABLE
    assert keys_of([change(HS, kind, echo=True)]) == set()


def test_marks_of_another_portal_or_record_say_nothing() -> None:
    stamps = {(PORTAL + 1, HS): NOW, (PORTAL, hs(2)): NOW, as_written((PORTAL, hs(2))): NOW}
    assert not already_seen(change(HS, occurred_at=ago(60), echo=True), stamps)


def test_the_mark_of_a_write_is_asked_for_only_where_the_crm_says_that_we_wrote() -> None:
    asked = keys_of([change(HS, echo=True), change(SF)])
    assert asked == {(PORTAL, HS), as_written((PORTAL, HS)), (PORTAL, SF)}
