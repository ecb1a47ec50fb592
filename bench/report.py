"""Sections on the screen, in bench/results/figures.json, and as docs/figures.md made from that file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import Section

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "figures.json"
FRAGMENT = ROOT / "docs" / "figures.md"

_HEAD = """\
# Figures

Made by `python -m bench --services --write`; not edited by hand. The stand-in CRMs take 100 ms per API
call, and stand-ins, load and Diptych share one machine, so compare figures within a table.

{machine}
"""
_MACHINE = "{cores} cores ({processor}), {memory} memory, {system}, Python {python}; {packages}."


def show(console: Console, section: Section) -> None:
    """Print one section."""
    table = Table(title=section.title, title_justify="left", title_style="bold", caption_justify="left")
    for place, name in enumerate(section.columns):
        table.add_column(name, justify="left" if _is_text(section.rows, place) else "right")
    for row in section.rows:
        table.add_row(*map(str, row))
    console.print(table)
    console.print(section.says, style="dim")


def write(sections: Iterable[Section], *, machine: Mapping[str, str], taken: Mapping[str, str]) -> None:
    """Put the sections into the file, in place of older ones, and make the Markdown anew.

    `taken` says of this run when, and how busy the machine was, by section. What another machine measured
    is dropped: figures of two machines are not for one page.
    """
    stored = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    kept = stored.get("sections", {}) if stored.get("machine") == machine else {}
    new = {section.key: {**asdict(section), "taken": taken[section.key]} for section in sections}
    results = {"machine": dict(machine), "sections": {**kept, **new}}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    FRAGMENT.write_text(markdown(results), encoding="utf-8")


def markdown(results: Mapping[str, Any]) -> str:
    """The page of these results."""
    parts = [_HEAD.format(machine=_MACHINE.format(**results["machine"]))]
    for section in results["sections"].values():
        columns, rows = section["columns"], section["rows"]
        marks = [":--" if _is_text(rows, place) else "--:" for place in range(len(columns))]
        lines = [columns, marks, *rows]
        table = "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
        parts.append(f"## {section['title']}\n\n{section['says']}\n\n{table}\n\n{section['taken']}\n")
    return "\n".join(parts)


def _is_text(rows: Any, place: int) -> bool:
    return all(isinstance(row[place], str) for row in rows)
