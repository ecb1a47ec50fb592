"""Copies of frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from contract.frozen import changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Two numbers."""

    x: int
    y: int = 0


def test_a_copy_differs_in_what_was_named_alone() -> None:
    point = Point(x=1, y=2)
    assert changed(point, {"y": 3}) == Point(x=1, y=3)
    assert point == Point(x=1, y=2)


def test_a_name_that_it_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="Point has no z"):
        changed(Point(x=1), {"z": 3})
