"""Cutting work into calls: by count, by size, and so that no call names one record twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Consecutive parts of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def packed(items: Sequence[T], cost: Callable[[T], int], room: int) -> Iterator[list[T]]:
    """Consecutive parts whose costs add up to at most `room`; an item that alone costs more goes alone."""
    part: list[T] = []
    used = 0
    for item in items:
        if part and used + cost(item) > room:
            yield part
            part, used = [], 0
        part.append(item)
        used += cost(item)
    if part:
        yield part


def waves(items: Sequence[T], identity: Callable[[T], Hashable]) -> list[list[T]]:
    """Items parted so that no part has two of one identity, and those of one identity keep their order.

    Both CRMs refuse a call that names one record twice.
    """
    found: list[list[T]] = []
    seen: dict[Hashable, int] = {}
    for item in items:
        key = identity(item)
        place = seen.get(key, 0)
        seen[key] = place + 1
        if place == len(found):
            found.append([])
        found[place].append(item)
    return found
