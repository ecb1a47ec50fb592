"""Which waiting messages are taken together, and when the broker gives up on one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

SUSPICIOUS = 2
"""Redeliveries from which on a message is taken alone."""

DELIVERY_LIMIT = 20
"""Redeliveries after which the broker itself moves a message to the dead letters."""

PREFETCH = 500
"""Messages a subscriber may hold that nobody took yet."""


def batch_size(redelivered: Sequence[int], limit: int) -> int:
    """How many of the waiting messages, in order, are taken together: one suspicious or `limit` sound ones.

    `redelivered` says for each message how often it was delivered before.
    """
    if redelivered and redelivered[0] >= SUSPICIOUS:
        return 1
    return len(list(_sound(redelivered[:limit])))


def _sound(redelivered: Iterable[int]) -> Iterable[int]:
    return takewhile(lambda times: times < SUSPICIOUS, redelivered)
