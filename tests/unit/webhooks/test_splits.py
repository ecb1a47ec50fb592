"""However deliveries are cut, repeated and mixed, the same records come to be looked at."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.changes import Change
from tests.unit.webhooks.kit import (
    BASE,
    NOW,
    ORG,
    SECRET,
    Desk,
    event,
    message,
    milliseconds,
    notification,
    payload,
    sign,
)

NAMES = (
    "contact_property_change",
    "contact_creation_burst",
    "contact_merge",
    "contact_erasure",
    "object_events",
)
EVENTS: list[dict[str, Any]] = [one for name in NAMES for one in json.loads(payload(f"hubspot/{name}.json"))]


def published(desk: Desk) -> set[Change]:
    return {replace(change, trace_id="") for change in desk.publisher.changes()}


def whole() -> set[Change]:
    desk = Desk()
    desk.hubspot(EVENTS)
    return published(desk)


def pieces(items: Sequence[Any], cuts: Sequence[int]) -> list[Sequence[Any]]:
    edges = [0, *sorted(cuts), len(items)]
    return [items[start:end] for start, end in itertools.pairwise(edges) if start < end]


@settings(max_examples=50, deadline=None)
@given(
    order=st.permutations(EVENTS),
    again=st.lists(st.sampled_from(EVENTS), max_size=5),
    cuts=st.lists(st.integers(0, len(EVENTS)), max_size=6),
)
def test_any_split_of_the_events_over_deliveries_names_the_same_changes(
    order: list[dict[str, Any]], again: list[dict[str, Any]], cuts: list[int]
) -> None:
    desk = Desk()
    repeated = [one | {"attemptNumber": 3} for one in again]
    for piece in pieces([*order, *repeated], cuts):
        assert desk.hubspot(list(piece)).status_code == 200
    assert published(desk) == whole()


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(0, 40), max_size=6), order=st.permutations(range(40)))
def test_any_split_of_the_notifications_over_messages_names_the_same_changes(
    cuts: list[int], order: list[int]
) -> None:
    notifications = [notification(f"0031t00000Ab{number:03}") for number in order]
    desk, at_once = Desk(), Desk()
    for piece in pieces(notifications, cuts):
        assert desk.salesforce(message(piece, org=ORG)).status_code == 200
    at_once.salesforce(message(notifications))
    assert published(desk) == published(at_once)
    assert len(published(desk)) == 80


class Trickle(io.RawIOBase):
    """Gives a body in pieces of these sizes, as a slow network does."""

    def __init__(self, body: bytes, sizes: Sequence[int]) -> None:
        self._left = body
        self._sizes = iter(sizes)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = min(next(self._sizes, len(self._left)), len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size


@settings(max_examples=40, deadline=None)
@given(sizes=st.lists(st.integers(1, 200), max_size=20))
def test_a_body_that_trickles_in_is_read_whole(sizes: list[int]) -> None:
    desk, body = Desk(), json.dumps([event(objectId=number) for number in range(1, 6)]).encode()
    stamp = milliseconds(NOW)
    answer = desk.client.post(
        "/webhooks/hubspot",
        data=body,
        environ_overrides={"wsgi.input": Trickle(body, sizes)},
        headers={
            "X-HubSpot-Signature-v3": sign(SECRET, f"{BASE}/webhooks/hubspot", body, stamp),
            "X-HubSpot-Request-Timestamp": stamp,
        },
    )
    assert answer.status_code == 200
    assert len(desk.publisher.changes()) == 5
