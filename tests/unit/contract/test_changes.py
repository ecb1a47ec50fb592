"""The envelope: what goes onto the broker comes back, and nothing else passes for it."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.changes import Change, ChangeSet, Kind, Origin, decode, encode
from contract.errors import InvalidInput
from contract.records import RecordRef, Side

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
TIMES = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001  # hypothesis adds the zone
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=8))]),
)
CHANGES = st.builds(
    Change,
    portal=st.integers(1, 2**63 - 1),
    ref=st.builds(RecordRef, side=st.sampled_from(Side), object_type=TEXTS, id=TEXTS),
    kind=st.sampled_from(Kind),
    occurred_at=TIMES,
    properties=st.lists(TEXTS, max_size=3).map(tuple),
    merged_ids=st.lists(TEXTS, max_size=3).map(tuple),
    echo=st.booleans(),
    origin=st.sampled_from(Origin),
    trace_id=TEXTS,
)
CHANGE_SETS = st.builds(
    ChangeSet, id=TEXTS, received_at=TIMES, changes=st.lists(CHANGES, max_size=5).map(tuple)
)


@settings(max_examples=150, deadline=None)
@given(change_set=CHANGE_SETS)
def test_every_change_set_comes_back_as_it_went(change_set: ChangeSet) -> None:
    assert decode(encode(change_set)) == change_set


SOUND: dict[str, Any] = json.loads(
    encode(
        ChangeSet(
            id="d",
            received_at=datetime(2026, 11, 20, tzinfo=UTC),
            changes=(
                Change(
                    portal=1,
                    ref=RecordRef(side=Side.HUBSPOT, object_type="contact", id="51"),
                    kind=Kind.UPDATED,
                    occurred_at=datetime(2026, 11, 20, tzinfo=UTC),
                    trace_id="t",
                ),
            ),
        )
    )
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=50) | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_else_is_refused_and_nothing_else_is_raised(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        decode(body)


@settings(max_examples=150, deadline=None)
@given(key=st.sampled_from([*SOUND, *SOUND["changes"][0]]), value=JSON)
def test_a_damaged_envelope_is_refused_or_still_a_change_set(key: str, value: Any) -> None:
    damaged = {**SOUND, "changes": [dict(SOUND["changes"][0])]}
    (damaged if key in SOUND else damaged["changes"][0])[key] = value
    with contextlib.suppress(InvalidInput):
        assert isinstance(decode(json.dumps(damaged).encode()), ChangeSet)


def test_keys_of_a_later_version_are_ignored() -> None:
    later = {**SOUND, "later": 1, "changes": [{**SOUND["changes"][0], "later": {"a": 1}}]}
    assert encode(decode(json.dumps(later).encode())) == encode(decode(json.dumps(SOUND).encode()))


@pytest.mark.parametrize("key", ["id", "received_at", "changes"])
def test_a_missing_part_is_named(key: str) -> None:
    with pytest.raises(InvalidInput, match=key):
        decode(json.dumps({name: value for name, value in SOUND.items() if name != key}).encode())


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(InvalidInput):
        decode(b"[" * 200_000)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(InvalidInput, match="occurred_at"):
        decode(json.dumps(SOUND).replace("2026-11-20T00:00:00+00:00", "2026-11-20T00:00:00").encode())
