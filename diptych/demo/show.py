"""Prints a scene as a table: each change, the verdicts on it and the writes they led to."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contract.activity import ActivityEntry
from diptych.demo.script import Scene

_MOST = 4
"""Lines per cell; more tells a reader less."""


def show_scene(
    console: Console, scene: Scene, entries: Sequence[ActivityEntry], missed: dict[str, list[str]]
) -> None:
    """One table per scene; entries are matched to changes by the person's e-mail."""
    table = Table(title=scene.title, title_justify="left", title_style="bold", expand=True, show_lines=True)
    table.add_column("Change", ratio=3)
    table.add_column("Verdicts", ratio=4)
    table.add_column("Writes", ratio=3)
    told: set[str] = set()
    for step in scene.steps:
        about = [entry for entry in entries if step.email and _concerns(entry, step.email)]
        again = step.email in told
        told.add(step.email)
        table.add_row(
            escape(step.says) + _missed(missed.get(step.says, [])),
            "(see above)" if again and step.email else _verdicts(about),
            "" if again else _writes(about),
        )
    console.print(table)


def _concerns(entry: ActivityEntry, email: str) -> bool:
    return entry.email == email or any(
        str(value).strip().casefold() == email for write in entry.writes for value in write["values"].values()
    )


def _verdicts(entries: Sequence[ActivityEntry]) -> str:
    lines = [
        f"[cyan]{escape(verdict['rule'])}[/] {escape(verdict.get('field') or '')} {escape(verdict['says'])}"
        for entry in entries
        for verdict in entry.verdicts
    ]
    return _cut([" ".join(line.split()) for line in dict.fromkeys(lines)]) or "nothing to do"


def _writes(entries: Sequence[ActivityEntry]) -> str:
    lines = []
    for entry in entries:
        for write in entry.writes:
            outcome = write["outcome"]
            mark = "[green]ok[/]" if outcome["ok"] else f"[red]{escape(outcome['code'])}[/]"
            left = "".join(f" [yellow]without {escape(name)}[/]" for name in outcome.get("left_out", {}))
            names = ", ".join(name for name in list(write["values"])[:_MOST])
            more = f" +{len(write['values']) - _MOST}" if len(write["values"]) > _MOST else ""
            lines.append(
                f"{write['action']} {write['side']} {write['object_type']}: {names}{more} {mark}{left}"
            )
    return _cut(lines)


def _missed(sentences: Sequence[str]) -> str:
    return "".join(f"\n[bold red]LOST[/] {escape(sentence)}" for sentence in sentences)


def _cut(lines: Sequence[str]) -> str:
    more = [f"[dim]… and {len(lines) - _MOST} more[/]"] if len(lines) > _MOST else []
    return "\n".join([*lines[:_MOST], *more])
