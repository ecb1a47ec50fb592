"""The rules are pure, small, and in a literal order."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

import rules
from rules import RULES

FOLDER = Path(rules.__file__).parent
FILES = sorted(FOLDER.glob("*.py"))
ALLOWED = {
    *("__future__", "collections", "contract", "dataclasses", "datetime", "decimal", "enum", "functools"),
    *("itertools", "re", "rules", "types", "typing", "unicodedata", "zoneinfo"),
}
"""zoneinfo reads the system's table of time zones, which stands for a constant."""


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_a_rule_imports_the_vocabulary_and_nothing_that_reaches_outside(path: Path) -> None:
    assert set(_imports(ast.parse(path.read_text()))) <= ALLOWED


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_a_rule_never_asks_for_the_time(path: Path) -> None:
    calls = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    assert not calls & {"utcnow", "today"}
    assert "datetime.now" not in path.read_text()


def test_half_of_the_functions_have_less_than_ten_lines_and_none_more_than_forty() -> None:
    trees = [ast.parse(path.read_text()) for path in FILES]
    lengths = [
        (node.end_lineno or 0) - node.lineno + 1
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    ]
    assert median(lengths) < 10
    assert max(lengths) <= 40
    assert all(len(path.read_text().splitlines()) <= 300 for path in FILES)


def test_the_order_of_the_rules() -> None:
    assert [name for name, _ in RULES] == [
        "erasure",
        "erasure: addresses",
        "never sync",
        "freshness",
        "fields seen again",
        "creation: answers never seen",
        "merges",
        "conversion",
        "deletion",
        "own rules: before matching",
        "matching",
        "erasure: records found since",
        "never sync: records found since",
        "fields seen again: of records found since",
        "intents",
        "places",
        "creation",
        "owner",
        "mapping",
        "own rules: after mapping",
        "places: a state with its country",
        "lifecycle",
        "inclusion",
        "opt-out",
    ]


def test_the_folder_says_what_it_is_in_three_sentences() -> None:
    text = (FOLDER / "README.md").read_text().strip()
    assert len(text.splitlines()) == 3
