"""What commands print: tables, local times, and faults without tracebacks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contract.errors import DiptychError, InvalidInput

PIPE_WIDTH = 200
"""Columns where the output goes into a file or a pipe: enough that a table's rows stay whole."""

Cell = str | int | datetime | Text | None


class Screen:
    """Standard output and error. Colours and the window's width only on a terminal."""

    def __init__(self) -> None:
        self.out = _console(sys.stdout)
        self.err = _console(sys.stderr)

    def say(self, text: str | Text = "", style: str = "") -> None:
        """One line or paragraph, taken literally; wrapped on a terminal only."""
        words = Text(text) if isinstance(text, str) else text
        self.out.print(words, style=style, soft_wrap=not self.out.is_terminal)

    def raw(self, text: str) -> None:
        """Text as it is, for files and scripts: never wrapped, never styled."""
        self.out.file.write(text if text.endswith("\n") else f"{text}\n")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, empty: str) -> None:
        """A table, or the sentence `empty` when there are no rows."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in columns:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        if table.row_count:
            self.out.print(table)
        else:
            self.say(empty)

    def note(self, text: str) -> None:
        """A remark, on standard error, so that it does not stand in what a script reads."""
        self.err.print(Text(text, style="dim"), soft_wrap=not self.err.is_terminal)

    def complain(self, text: str) -> None:
        """A fault, on standard error."""
        self.err.print(Text(text, style="red"), soft_wrap=not self.err.is_terminal)


def local(at: datetime | None) -> str:
    """The time on this machine's clock, with its zone; "" for none."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z") if at else ""


def sentences(error: DiptychError) -> Iterable[str]:
    """What the error says, then each fault on a line of its own unless the message has them already."""
    yield str(error)
    if isinstance(error, InvalidInput) and "\n" not in str(error):
        yield from (f"  {path}: {says}" for path, says in error.faults.items())


def _cell(value: Cell) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, datetime):
        return Text(local(value))
    return Text("" if value is None else str(value))


def marked_console() -> Console:
    """Standard output for texts of our own that carry rich's markup."""
    return _console(sys.stdout, markup=True)


def _console(stream: TextIO, *, markup: bool = False) -> Console:
    width = None if stream.isatty() else int(os.environ.get("COLUMNS", PIPE_WIDTH))
    return Console(file=stream, width=width, highlight=False, emoji=False, markup=markup)
