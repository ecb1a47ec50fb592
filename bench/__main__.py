"""`python -m bench`: measure, print, and with --write keep the figures."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from rich.console import Console

from bench.figures import load, machine
from bench.report import show, write
from bench.sections import SECTIONS, Extent
from bench.stacks import EMBEDDED, SERVICES


@click.command()
@click.option("--only", multiple=True, type=click.Choice(list(SECTIONS)), help="These sections; else all.")
@click.option("--services", is_flag=True, help="Also on private RabbitMQ, Redis and PostgreSQL.")
@click.option("--people", default=1_000, show_default=True, help="Persons of a burst.")
@click.option("--samples", default=200, show_default=True, help="Single changes per direction.")
@click.option("--seconds", default=5.0, show_default=True, help="Load per server of the ingest.")
@click.option("--write", "keep", is_flag=True, help="Write bench/results/figures.json and docs/figures.md.")
def main(
    *, only: tuple[str, ...], services: bool, people: int, samples: int, seconds: float, keep: bool
) -> None:
    """The figures of the README. All of it takes about half an hour, most of it waiting for idleness."""
    console = Console(width=150)
    found, taken = [], {}
    stacks = (EMBEDDED, SERVICES) if services else (EMBEDDED,)
    extent = Extent(stacks=stacks, people=people, samples=samples, seconds=seconds)
    for key in only or SECTIONS:
        taken[key] = f"Taken {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; load average before: {load()}."
        section = SECTIONS[key](extent)
        show(console, section)
        console.print(taken[key], style="dim")
        found.append(section)
    if keep:
        write(found, machine=machine(), taken=taken)


if __name__ == "__main__":
    main()
