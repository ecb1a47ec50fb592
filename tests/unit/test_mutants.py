"""`make mutants`: reads what mutmut found out, and tells it with its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import mutants
from tests.mutants import Accepted, Mutant

MUTATED = """
def x_decide__mutmut_orig(person):
    return person if person else None

def x_decide__mutmut_1(person):
    return person if (person) or True else None

def x_decide__mutmut_2(person):
    return person if (person) and False else None

class Person:
    def xǁPersonǁsays__mutmut_orig(self): return "a"
    def xǁPersonǁsays__mutmut_1(self): return "A"
"""


def survivor(function: str, change: str = "") -> Mutant:
    return Mutant(function=function, change=change, noticed=False)


NOTICED = Mutant(function="rules.a.f", change="", noticed=True)


def test_each_mutant_has_its_function_and_where_nobody_noticed_it_the_lines_that_differ(
    tmp_path: Path,
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.py").write_text(MUTATED)
    codes = {"x_decide__mutmut_1": 0, "x_decide__mutmut_2": 1, "xǁPersonǁsays__mutmut_1": 0}
    codes_by_key = {"exit_code_by_key": {f"rules.a.{key}": code for key, code in codes.items()}}
    (tmp_path / "rules" / "a.py.meta").write_text(json.dumps(codes_by_key))
    forced, negated, method = mutants.results(tmp_path)
    assert forced == survivor(
        "rules.a.decide",
        "    - return person if person else None\n    + return person if (person) or True else None",
    )
    assert negated == Mutant(function="rules.a.decide", change="", noticed=True)
    assert method.function == "rules.a.Person.says"


def test_what_nobody_noticed_is_tried_again_and_what_somebody_did_stands(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    meta, stats = tmp_path / "rules" / "a.py.meta", tmp_path / "mutmut-stats.json"
    meta.write_text(
        json.dumps({"exit_code_by_key": {"1": 0, "2": 1, "3": 33, "4": None}, "hashes": {"f": 5}})
    )
    stats.write_text("{}")
    mutants.forget_survivors(tmp_path)
    codes = {"1": None, "2": 1, "3": None, "4": None}
    assert json.loads(meta.read_text()) == {"exit_code_by_key": codes, "hashes": {"f": 5}}
    assert not stats.exists()


@pytest.mark.parametrize(("noticed", "code"), [(85, 0), (84, 1)])
def test_it_fails_where_less_than_85_of_100_are_noticed(noticed: int, code: int) -> None:
    assert mutants.told([NOTICED] * noticed + [survivor("rules.a.f")] * (100 - noticed), []) == code


def test_only_survivors_that_nobody_looked_at_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    looked_at = Accepted(function="rules.a.f", change="+ x = 1", why="x is never read")
    outdated = Accepted(function="rules.b.f", change="+ y", why="as above")
    found = [survivor("rules.a.f", "- x = 0\n+ x = 1"), survivor("rules.a.g", "- y = 0\n+ y = 1")]
    mutants.told(found, [looked_at, outdated])
    told = capsys.readouterr().out
    assert "rules.a.g: not noticed" in told
    assert "rules.a.f: not noticed" not in told
    assert "2 survived, 1 of them looked at" in told
    assert "nothing survives any more in rules.b.f: + y" in told
