"""The page that names a test for each sentence names tests, rows and rules that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[2]
RULES = {path.name for path in (TESTS.parent / "rules").glob("*.py")} - {"__init__.py"}
PAGE = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
LINES = [line for line in PAGE.splitlines() if line.startswith("| ") and "`" in line]


def _claims(line: str) -> Iterator[tuple[Path, list[str]]]:
    """Each path of a line, with the tests and rows that follow it."""
    _, _, held_by = line.removeprefix("| ").partition(" | ")
    for part in re.split(r"; (?=`[a-z_]+/)", held_by):
        path, *names = re.findall(r"`([^`]+)`", part)
        yield TESTS / path, names


def _is_there(name: str, source: str) -> bool:
    return f"def {name}(" in source if name.startswith("test_") else f'("{name}",' in source


def _missing(line: str) -> Iterator[str]:
    for path, names in _claims(line):
        source = path.read_text(encoding="utf-8") if path.is_file() else ""
        files = [name for name in names if name.endswith(".py")]
        yield from [str(path)] if not source else []
        yield from [name for name in files if not (TESTS / name).is_file()]
        yield from [name for name in names if name not in files and not _is_there(name, source)]


def test_what_the_page_names_exists() -> None:
    assert [name for line in LINES for name in _missing(line)] == []


def test_every_sentence_is_held_by_something() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and line != "| promise | held by |"]
    assert [row for row in rows if "`" not in row] == ["| rule | its table | beside it |"]


def test_every_rule_has_a_table() -> None:
    named = {name for line in LINES for name in re.findall(r"\b(\w+\.py)\b", line.split(" | ")[0])}
    assert named == RULES
