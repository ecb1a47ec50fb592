"""`make mutants`: change rules/ in thousands of small ways, and see that its unit tests notice.

mutmut makes the changes and runs, for each, the tests that reach the changed function ([tool.mutmut] in
pyproject.toml says which tests at all). What nobody noticed is told function by function; what was looked at
and is no hole stands with its reason in tests/mutants.toml. Exit code 1 where less than 85 % are noticed.
`make mutants ARGS=--again` goes on from the run before: it tries the mutants of functions that changed since,
those that were not tried and those that nobody noticed.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path

AGAIN = "--again"
SHARE = 0.85
"""Of the mutants at least this share must make a test fail."""
_ROOT = Path(__file__).parents[1]
_MADE = _ROOT / "mutants"
"""mutmut's copy of the project, ignored by git; its result for rules/x.py is in rules/x.py.meta."""
_NOTICED = frozenset({1, 3, 24, 36, 152, 255, -24})
"""mutmut's exit codes for: a test failed, pytest itself did, and the ways of running out of time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change: `function` is "rules.places.decide", `change` the lines before and after it."""

    function: str
    change: str
    noticed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Survivors that were looked at: those of functions like `function` whose change contains `change`."""

    function: str
    change: str
    why: str

    def covers(self, mutant: Mutant) -> bool:
        return fnmatchcase(mutant.function, self.function) and self.change in mutant.change


def main(arguments: Sequence[str]) -> int:
    """Run mutmut on all of rules/ anew, or on the mutants named, and tell the outcome."""
    if not arguments:
        shutil.rmtree(_MADE, ignore_errors=True)
    if arguments == [AGAIN]:
        arguments = []
        forget_survivors(_MADE)
    mutmut = Path(sys.executable).with_name("mutmut")
    ran = subprocess.run([mutmut, "run", "--max-children", "1", *arguments], cwd=_ROOT, check=False)
    if ran.returncode != 0:
        return ran.returncode
    listed = tomllib.loads((_ROOT / "tests" / "mutants.toml").read_text())["accepted"]
    return told([*results(_MADE)], [Accepted(**row) for row in listed])


def forget_survivors(made: Path) -> None:
    """Have mutmut try again what nobody noticed: tests may have been added since.

    What was noticed stands as long as its function is the same, for mutmut compares each function with the
    one it changed. Which tests reach it is found out anew.
    """
    (made / "mutmut-stats.json").unlink(missing_ok=True)
    for meta in made.glob("rules/*.py.meta"):
        known = json.loads(meta.read_text())
        codes = known["exit_code_by_key"]
        known["exit_code_by_key"] = {key: code if code in _NOTICED else None for key, code in codes.items()}
        meta.write_text(json.dumps(known))


def told(mutants: Sequence[Mutant], accepted: Sequence[Accepted]) -> int:
    """Print survivors not yet looked at, a line per module, and the share; the exit code."""
    survivors = [one for one in mutants if not one.noticed]
    new = [one for one in survivors if not any(row.covers(one) for row in accepted)]
    for function, group in groupby(new, key=lambda one: one.function):
        print(f"\n{function}: not noticed")
        print(*(one.change for one in group), sep="\n")
    print(f"\n{'module':<16}{'mutants':>8}{'noticed':>8}{'share':>8}")
    for module, group in groupby(mutants, key=lambda one: one.function.split(".")[1]):
        _print_share(module, [*group])
    share = _print_share("all of rules/", mutants)
    print(f"{len(survivors)} survived, {len(survivors) - len(new)} of them looked at (tests/mutants.toml)")
    for row in accepted:
        if not any(row.covers(one) for one in survivors):
            print(f"tests/mutants.toml: nothing survives any more in {row.function}: {row.change}")
    return 0 if share >= SHARE else 1


def _print_share(name: str, mutants: Sequence[Mutant]) -> float:
    noticed = sum(one.noticed for one in mutants)
    share = noticed / len(mutants) if mutants else 1.0
    print(f"{name:<16}{len(mutants):>8}{noticed:>8}{share:>8.1%}")
    return share


def results(made: Path) -> Iterator[Mutant]:
    """What mutmut found out, module by module; what it did not get to is left out."""
    for meta in sorted(made.glob("rules/*.py.meta")):
        codes = json.loads(meta.read_text())["exit_code_by_key"]
        source = _functions(meta.with_suffix("").read_text())
        for key, code in codes.items():
            if code is not None:
                mangled = key.rpartition(".")[2]
                original = mangled.rpartition("__mutmut_")[0] + "__mutmut_orig"
                noticed = code in _NOTICED
                yield Mutant(
                    function=f"{key.rpartition('.')[0]}.{_plain(original)}",
                    change="" if noticed else _change(source[original], source[mangled]),
                    noticed=noticed,
                )


def _functions(source: str) -> dict[str, list[str]]:
    """The lines of each function of a mutated module, without its name: it tells the mutant's number."""
    lines = source.splitlines()
    found = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    return {
        node.name: [line.replace(node.name, "") for line in lines[node.lineno - 1 : node.end_lineno]]
        for node in found
    }


def _plain(mangled: str) -> str:
    """The name as it is written in rules/: "x_decide" and "xǁPersonǁsays" are what mutmut makes of it."""
    name = mangled.removesuffix("__mutmut_orig")
    return name.removeprefix("x_") if name.startswith("x_") else name.removeprefix("xǁ").replace("ǁ", ".")


def _change(before: Sequence[str], after: Sequence[str]) -> str:
    """The lines that differ, "- " before and "+ " after, without their indentation."""
    diff = [*unified_diff(before, after, n=0, lineterm="")][2:]
    return "\n".join(f"    {line[0]} {line[1:].strip()}" for line in diff if line[0] in "-+")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
