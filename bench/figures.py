"""What was measured, as plain tables: what each says, under which conditions, when, and on what machine."""

from __future__ import annotations

import os
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

Cell = str | int | float

_SHOWN = ("flask", "gunicorn", "waitress", "pika", "redis", "sqlalchemy", "psycopg", "requests")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table. `key` names it on the command line; `details` are kept in the JSON file alone."""

    key: str
    title: str
    says: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    details: dict[str, Any] = field(default_factory=dict)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share (0 to 1) of the values lies, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def machine() -> dict[str, str]:
    """Processor, memory and versions: without them no figure means anything."""
    return {
        "cores": str(os.cpu_count()),
        "processor": _first_of("/proc/cpuinfo", "model name"),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": sys.version.split()[0],
        "packages": ", ".join(f"{name} {version(name)}" for name in _SHOWN),
    }


def load() -> float:
    """How many processes wanted a core in the last minute, ours and others'."""
    return round(os.getloadavg()[0], 2)


def _first_of(path: str, name: str) -> str:
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"
