"""`diptych demo --headless`, as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from diptych.demo.day import the_day
from tests.acceptance.demo.ports import free_port

README = Path(__file__).parents[3] / "README.md"
DIPTYCH = Path(sys.executable).with_name("diptych")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """Played once, with nothing configured, in a folder that nothing may be left in."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DIPTYCH_")}
    played = subprocess.run(
        [str(DIPTYCH), "demo", "--headless", "--port", str(free_port())],
        cwd=folder,
        env={**environment, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert list(folder.iterdir()) == []
    return played


def test_the_day_ends_well_and_its_last_line_says_so(demo: subprocess.CompletedProcess[str]) -> None:
    figures = json.loads(demo.stdout.strip().splitlines()[-1])
    assert list(figures) == [
        "changes",
        "writes",
        "dead_letters",
        "lost",
        "duplicates",
        "diverged",
        "seconds",
    ]
    assert (figures["lost"], figures["duplicates"], figures["diverged"]) == (0, 0, 0), demo.stdout[-3000:]
    assert figures["changes"] >= 60
    assert figures["writes"] >= 40
    assert figures["dead_letters"] == 1
    assert demo.returncode == 0


def test_a_reader_sees_every_scene_with_changes_verdicts_and_writes(
    demo: subprocess.CompletedProcess[str],
) -> None:
    for words in ("Change", "Verdicts", "Writes", *(scene.title for scene in the_day())):
        assert words in demo.stdout
    assert "HubSpot: a form brings Marie Laurent" in demo.stdout
    assert "Website" in demo.stdout
    assert "LOST" not in demo.stdout


def test_nothing_breaks_behind_the_scenes(demo: subprocess.CompletedProcess[str]) -> None:
    assert "Traceback" not in demo.stderr
    assert "surprise" not in demo.stderr
