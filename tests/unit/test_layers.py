"""Who may import whom: the layers of the design, read from the imports themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]

MAY_IMPORT = {
    "contract": set(),
    "rules": {"contract"},
    "adapters": {"contract"},
    "webhooks": {"contract", "adapters"},
    "console": {"contract", "adapters"},
    "consumers": {"contract", "adapters", "rules"},
    "sandbox": set(),
    "diptych": {"contract", "rules", "adapters", "webhooks", "console", "consumers"},
    "diptych.demo": {
        "contract",
        "rules",
        "adapters",
        "webhooks",
        "console",
        "consumers",
        "sandbox",
        "diptych",
    },
}
"""Our own packages: what each may import besides itself. The longest name that fits counts."""

AT_HOME_IN = {
    "flask": {"webhooks", "console", "sandbox", "diptych"},
    "pika": {"adapters.broker"},
    "redis": {"adapters.ledger"},
    "fakeredis": {"adapters.ledger"},
    "sqlalchemy": {"adapters.database"},
    "alembic": {"adapters.database"},
}
"""Libraries that only these may import."""

NOT_IN_RULES = {
    *("os", "io", "pathlib", "shutil", "subprocess", "tempfile", "sqlite3", "logging", "structlog"),
    *("socket", "ssl", "http", "urllib", "requests", "asyncio", "threading", "multiprocessing"),
    *("time", "random", "secrets", "environs", "sentry_sdk"),
}
"""Whatever lets a pure decision depend on the world, or change it."""

IMPURE_CALLS = {"now", "utcnow", "today", "open", "print", "input", "uuid1", "uuid4"}

PACKAGES = [name for name in MAY_IMPORT if "." not in name and (ROOT / name / "__init__.py").exists()]


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def _imports() -> Iterator[tuple[str, str]]:
    """Every (importer, imported) of our packages; outside names only as far as their top level."""
    for module in _graph().modules:
        if _top(module) in PACKAGES:
            for imported in _graph().find_modules_directly_imported_by(module):
                yield module, imported


def _top(module: str) -> str:
    return module.partition(".")[0]


def _inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _layer(module: str) -> str:
    return max((layer for layer in MAY_IMPORT if _inside(module, layer)), key=len)


def _names(imports: Iterator[tuple[str, str]]) -> list[str]:
    return sorted(f"{importer} imports {imported}" for importer, imported in imports)


def test_our_packages_import_only_downwards() -> None:
    wrong = (
        (importer, imported)
        for importer, imported in _imports()
        if _top(imported) in PACKAGES
        and _top(imported) != _top(importer)
        and _top(imported) not in MAY_IMPORT[_layer(importer)]
    )
    assert _names(wrong) == []


def test_the_product_never_imports_tests_or_benchmarks() -> None:
    wrong = (
        (importer, imported) for importer, imported in _imports() if _top(imported) in {"tests", "bench"}
    )
    assert _names(wrong) == []


@pytest.mark.parametrize("library", sorted(AT_HOME_IN))
def test_a_library_is_imported_only_where_it_is_at_home(library: str) -> None:
    wrong = (
        (importer, imported)
        for importer, imported in _imports()
        if _top(imported) == library and not any(_inside(importer, home) for home in AT_HOME_IN[library])
    )
    assert _names(wrong) == []


def test_rules_import_nothing_that_reaches_the_world() -> None:
    wrong = (
        (importer, imported)
        for importer, imported in _imports()
        if _inside(importer, "rules") and _top(imported) in NOT_IN_RULES
    )
    assert _names(wrong) == []


def test_rules_never_ask_the_clock_chance_or_the_disk() -> None:
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno} calls {name}"
        for path in sorted((ROOT / "rules").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and (name := _called(node)) in IMPURE_CALLS
    ]
    assert calls == []


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_every_package_of_the_project_has_its_layer() -> None:
    apart = {"tests", "bench"}
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - apart
    assert found <= set(MAY_IMPORT)


def test_the_demos_comparer_knows_neither_rules_nor_consumers() -> None:
    """Directly or through others: what judges the outcome must not share the reasoning that led to it."""
    upstream = _graph().find_upstream_modules("diptych.demo.comparer")
    assert {_top(module) for module in upstream} & {"rules", "consumers"} == set()
