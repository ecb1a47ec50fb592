"""Files and functions that are read without scrolling back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
PACKAGES = (
    *("contract", "rules", "adapters", "webhooks", "consumers", "console"),
    *("diptych", "sandbox", "tests", "bench"),
)
MODULE, FUNCTION, MEDIAN = 300, 40, 10
"""Lines."""


def _modules() -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def _functions() -> Iterator[tuple[str, int]]:
    for name, text in _modules():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}: {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    assert {name: lines for name, text in _modules() if (lines := text.count("\n")) > MODULE} == {}


def test_no_function_is_longer_than_forty_lines_and_most_are_under_ten() -> None:
    lengths = dict(_functions())
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION} == {}
    assert median(lengths.values()) < MEDIAN
