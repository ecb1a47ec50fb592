"""How the day ended, in sentences, and what to try next."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from diptych.demo.people import People
from diptych.demo.stage import Stage

_FAULTS = {"lost": "lost", "duplicates": "duplicated", "diverged": "not in step"}


def summarise(console: Console, stage: Stage, people: People, result: Mapping[str, float]) -> None:
    """The figures of the day, and what it leaves for people to look at."""
    failed = sum(not write["outcome"]["ok"] for entry in stage.activity() for write in entry.writes)
    again = f", {failed} of them refused or left without an answer at first" if failed else ""
    console.print(
        f"\n[bold]{result['changes']} changes in {result['seconds']:.0f} seconds[/] led to "
        f"{result['writes']} writes{again}."
    )
    wrong = [f"{result[name]:.0f} {words}" for name, words in _FAULTS.items() if result[name]]
    if wrong:
        console.print(f"[bold red]Something went wrong: {', '.join(wrong)}; see above.[/]")
    else:
        console.print("[bold green]Nothing was lost or duplicated, and both CRMs agree as the rules say.[/]")
    tasks = [
        *_letters(stage),
        *(f"[yellow]{report.kind}:[/] {escape(report.says)}" for report in stage.reports()),
    ]
    if tasks:
        console.print("\nLeft for people to look at:")
    for task in tasks:
        console.print(Padding(people.named(task), (0, 0, 0, 2)))


def _letters(stage: Stage) -> Iterator[str]:
    for letter in stage.dead_letters():
        field = f"field {letter.field} of " if letter.field else ""
        yield f"[yellow]dead letter {letter.id}:[/] {field}{letter.ref}: {escape(letter.says)}"


def invite(console: Console, stage: Stage) -> None:
    """Where everything is, while it stays up."""
    diptych = Path(sys.argv[0])
    console.print("\nEverything stays up. Edit somebody on one page and watch the other page follow:\n")
    console.print(f"  HubSpot stand-in     {stage.hubspot.base_url}")
    console.print(f"  Salesforce stand-in  {stage.salesforce.base_url}")
    console.print("\nAsk in a second terminal why somebody looks as they do:\n", soft_wrap=True)
    console.print(f"  export DIPTYCH_DATA_DIR={stage.data_dir}", soft_wrap=True)
    console.print(f"  {diptych} why marie@day.example", soft_wrap=True)
    console.print(f"  {diptych} dead-letters list", soft_wrap=True)
    console.print("\nPress Ctrl-C to end.")
