"""Prints a scene as a table: each change, the verdicts on it and the writes they led to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from contract.activity import ActivityEntry
from diptych.demo.people import People
from diptych.demo.script import Scene, Step
from diptych.words import record_of, sentence

_MOST = 5
"""Lines per cell and fields per write; more tells a reader less."""
_WIDEST = 160
"""Columns: longer lines are hard to follow."""
_DONE = {"create": "created", "update": "updated", "archive": "archived", "opt_out": "opted out"}


class SceneTables:
    """Prints scene after scene, one row per person: what they did to one person is decided together."""

    def __init__(self, console: Console, people: People) -> None:
        self._console = console
        self._people = people
        self._begun = False

    def show(
        self, scene: Scene, entries: Sequence[ActivityEntry], missed: Mapping[str, Sequence[str]]
    ) -> None:
        """The scene's changes, with what was decided and written while it was played."""
        table = self._table(scene.title)
        shown: set[int | None] = set()
        for steps in _by_person(scene.steps):
            emails = {email for step in steps for email in (step.email, *step.also)}
            about = [entry for entry in entries if self._people.concerns(entry, emails)]
            shown.update(entry.id for entry in about)
            lost = [says for step in steps for says in missed.get(step.says, ())]
            table.add_row(
                _changes(steps, lost), _verdicts(about, self._people), _writes(about, arrived=not lost)
            )
        late = [entry for entry in entries if entry.writes and entry.id not in shown]
        if late:
            about_before = "[dim]from the scenes before[/]"
            table.add_row(about_before, _verdicts(late, self._people), _writes(late, arrived=True))
        self._console.print()
        self._console.print(table)

    def _table(self, title: str) -> Table:
        table = Table(
            box=box.HORIZONTALS,
            border_style="dim",
            show_header=not self._begun,
            show_lines=True,
            title=escape(title),
            title_justify="left",
            title_style="bold",
            width=min(self._console.width, _WIDEST),
        )
        for name, ratio in (("Change", 6), ("Verdicts", 8), ("Writes", 5)):
            table.add_column(name, ratio=ratio)
        self._begun = True
        return table


def _by_person(steps: Sequence[Step]) -> Iterable[list[Step]]:
    rows: dict[str, list[Step]] = {}
    for step in steps:
        rows.setdefault(step.email, []).append(step)
    return rows.values()


def _changes(steps: Sequence[Step], lost: Sequence[str]) -> RenderableType:
    told = [escape(step.says) for step in steps]
    return _lines(
        [*told, *(f"[bold red]LOST[/] {escape(says)}" for says in lost)], most=len(told) + len(lost)
    )


def _verdicts(entries: Sequence[ActivityEntry], people: People) -> RenderableType:
    told = [verdict for entry in _telling(entries) for verdict in _speaking(entry.verdicts)]
    # "Nothing differs" is worth saying only where nothing else is said.
    says = [verdict for verdict in told if verdict.get("field") or verdict["rule"] != "mapping"] or told
    # What holds for the whole record comes first.
    says.sort(key=lambda verdict: bool(verdict.get("field")))
    lines = dict.fromkeys(escape(_capital(people.named(sentence(verdict)))) for verdict in says)
    return _lines(list(lines)) if lines else "[dim]nothing had to be decided[/]"


def _telling(entries: Sequence[ActivityEntry]) -> Iterator[ActivityEntry]:
    """Without the looks that wrote nothing by rules that had spoken already, as an echo calls for them."""
    spoken: set[str] = set()
    for entry in entries:
        rules = {verdict["rule"] for verdict in entry.verdicts}
        if entry.writes or rules - spoken:
            yield entry
        spoken |= rules


def _speaking(verdicts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Without the remark that nobody matches, where the next sentence says what follows from it.

    And without owners who stay as they are: everybody of this day is the integration user's.
    """
    creates = any(verdict["rule"] == "creation" for verdict in verdicts)
    return [
        verdict
        for verdict in verdicts
        if not (creates and verdict["rule"] == "matching")
        and not (verdict["rule"] == "owner" and not verdict.get("writes"))
    ]


def _writes(entries: Sequence[ActivityEntry], *, arrived: bool) -> RenderableType:
    writes = [write for entry in entries for write in entry.writes]
    told = (_write(write, writes[place + 1 :], arrived) for place, write in enumerate(writes))
    return _lines(list(dict.fromkeys(told)))


def _write(write: Mapping[str, Any], later: Sequence[Mapping[str, Any]], arrived: bool) -> str:  # noqa: FBT001  # a fact of the row
    outcome = write["outcome"]
    record = record_of({**write, "record_id": None})
    names = "" if write["action"] == "create" else _names(write["values"])
    done = _DONE.get(write["action"], write["action"])
    if outcome["ok"]:
        left = "".join(f"; [yellow]{escape(name)} was refused[/]" for name in outcome.get("left_out", {}))
        return f"[green]{record} {done}[/]{names}{left}"
    code = escape(outcome["code"])
    if any(_same(write, other) for other in later):
        return f"[yellow]{record} not {done}[/]{names} ({code}); tried again"
    if arrived:
        return f"[yellow]{record} {done}[/]{names} ({code}, but the next look found it written)"
    return f"[red]{record} not {done}[/]{names} ({code})"


def _same(write: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(write[name] == other[name] for name in ("side", "object_type", "action"))


def _names(values: Mapping[str, Any]) -> str:
    names = [escape(name) for name in values]
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f": {', '.join(names[:_MOST])}{more}" if names else ""


def _capital(text: str) -> str:
    """A sentence that begins with a field's name keeps it as it is."""
    return text if text.partition(" ")[0].endswith(":") else text[:1].upper() + text[1:]


def _lines(lines: Sequence[str], most: int = _MOST) -> RenderableType:
    """One line as it is, several as a list."""
    if len(lines) < 2:  # noqa: PLR2004
        return "".join(lines)
    listed = Table.grid(padding=(0, 1, 0, 0))
    for line in lines[:most]:
        listed.add_row("-", line)
    if len(lines) > most:
        listed.add_row("", f"[dim]and {len(lines) - most} more[/]")
    return listed
