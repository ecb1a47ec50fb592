"""The table of promises names tests and files that exist."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[2]
TABLE = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")


def test_every_test_named_in_the_table_exists_in_a_file_its_line_names() -> None:
    missing = []
    for line in TABLE.splitlines():
        paths = [TESTS / name for name in re.findall(r"`([a-z_]+/[a-z_/.]*)`", line)]
        missing += [str(path) for path in paths if not path.exists()]
        source = "".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())
        missing += [name for name in re.findall(r"`(test_\w+)`", line) if f"def {name}(" not in source]
    assert missing == []


def test_every_invariant_of_this_part_has_its_line() -> None:
    assert re.findall(r"^\| (\d) \|", TABLE, re.MULTILINE) == ["1", "2", "3", "4", "6", "7"]
