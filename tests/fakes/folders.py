"""Folders in memory, and databases of one's own in them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from adapters.database import Keys, SqlDatabase, open_database

_KEYS = Keys.generate()
_MEMORY = Path("/dev/shm")


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder that is gone afterwards; on a file system in memory where there is one."""
    with tempfile.TemporaryDirectory(prefix="diptych-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        yield Path(folder)


def new_database(folder: Path) -> SqlDatabase:
    """A database of its own with all tables and nothing in them."""
    shutil.copy(_migrated(), folder / "diptych.sqlite3")
    return open_database(None, path=folder / "diptych.sqlite3", keys=_KEYS)


@cache
def _migrated() -> Path:
    """An empty database with all tables, made once and copied for each office."""
    folder = tempfile.mkdtemp(prefix="diptych-", dir=_MEMORY if _MEMORY.is_dir() else None)
    path = Path(folder) / "empty.sqlite3"
    database = open_database(None, path=path, keys=_KEYS)
    database.migrate()
    database.close()
    return path
