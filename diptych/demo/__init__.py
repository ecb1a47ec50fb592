"""The demo: a scripted day on stand-in CRMs, over real HTTP, judged by a comparer that knows no rules."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from diptych.demo.comparer import diverged, duplicates, misses
from diptych.demo.day import the_day
from diptych.demo.people import People
from diptych.demo.script import Scene
from diptych.demo.show import SceneTables
from diptych.demo.stage import Stage, open_stage
from diptych.demo.summary import invite, summarise

_CALM = 1.6
"""Seconds without movement before a scene is over: longer than a sweep, which finds what was dropped."""
_PATIENCE = 25.0


def run(*, console: Console, headless: bool, port: int, seed: int, wait: Callable[[], None]) -> int:
    """Play the day, print what happened; returns the exit code.

    Headless ends with one JSON line; otherwise `wait` keeps everything up until the user has enough.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="diptych-demo-") as folder:
        with open_stage(Path(folder), port=port, seed=seed) as stage:
            people = People()
            lost, letters = _play(stage, console, people)
            result = _judge(stage, console, lost, letters, time.monotonic() - started)
            failed = bool(result["lost"] or result["duplicates"] or result["diverged"])
            summarise(console, stage, people, result)
            if not headless:
                invite(console, stage)
                wait()
        if headless:
            print(json.dumps(result))  # noqa: T201  # the last line is for programs
    return int(failed)


def _play(stage: Stage, console: Console, people: People) -> tuple[list[str], list[str]]:
    """All scenes; returns what was lost, and scenes whose dead letters are not as scripted."""
    lost: list[str] = []
    letters: list[str] = []
    told = open_letters = 0
    tables = SceneTables(console, people)
    for scene in the_day():
        with console.status(f"{scene.title} …"):
            missed = _act(stage, scene)
        people.look(stage.hubspot, stage.salesforce)
        entries = stage.activity()
        tables.show(scene, entries[told:], missed)
        told = len(entries)
        lost += [sentence for sentences in missed.values() for sentence in sentences[:1]]
        new_letters = len(stage.dead_letters()) - open_letters
        open_letters += new_letters
        if new_letters != scene.dead_letters:
            letters.append(f"{scene.title}: {new_letters} dead letters instead of {scene.dead_letters}")
    return lost, letters


def _act(stage: Stage, scene: Scene) -> dict[str, list[str]]:
    """Play one scene and look, once all is calm, whether each change arrived."""
    if scene.before:
        scene.before(stage.hubspot, stage.salesforce)
    for step in scene.steps:
        step.act(stage.hubspot, stage.salesforce)
    stage.rest(at_least=_CALM, at_most=_PATIENCE)
    if scene.after:
        scene.after(stage.hubspot, stage.salesforce)
    seen = stage.picture()
    found = {step.says: misses(step.expect, seen) for step in scene.steps}
    return {says: sentences for says, sentences in found.items() if sentences}


def _judge(
    stage: Stage, console: Console, lost: list[str], letters: list[str], seconds: float
) -> dict[str, int | float]:
    seen = stage.picture()
    differs: dict[str, set[str]] = {}
    allowed: dict[str, int] = {}
    for scene in the_day():
        allowed |= scene.twice
        for email, names in scene.differs.items():
            differs.setdefault(email, set()).update(names)
    twice = duplicates(seen, allowed)
    apart = diverged(seen, differs)
    for name, sentences in (("lost", lost), ("duplicate", twice), ("diverged", apart), ("letters", letters)):
        for sentence in sentences:
            console.print(f"[bold red]{name}[/] {sentence}", highlight=False)
    return {
        "changes": sum(len(scene.steps) for scene in the_day()),
        "writes": sum(len(entry.writes) for entry in stage.activity()),
        "dead_letters": len(stage.dead_letters()),
        "lost": len(lost),
        "duplicates": len(twice),
        "diverged": len(apart) + len(letters),
        "seconds": round(seconds, 1),
    }
