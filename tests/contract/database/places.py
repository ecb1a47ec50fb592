"""Where a database under test lives, and how to look into it from outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.database import Keys, SqlDatabase, open_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A PostgreSQL URL, or None and the path of a SQLite file."""

    url: str | None
    path: Path
    keys: Keys

    def open(self, keys: Keys | None = None) -> SqlDatabase:
        """Another Database on the same tables."""
        return open_database(self.url, path=self.path, keys=keys or self.keys)

    @property
    def sqlite(self) -> bool:
        return self.url is None

    def bytes_on_disk(self) -> bytes:
        """All that SQLite's files hold, the write-ahead log included."""
        return b"".join(file.read_bytes() for file in self.path.parent.glob(f"{self.path.name}*"))


@contextmanager
def opened_with(place: Place, options: str) -> Iterator[SqlDatabase]:
    """The database under server settings of the test's own."""
    url = f"{place.url}?options={options.replace(' ', '%20').replace('=', '%3D')}"
    opened = Place(url=url, path=place.path, keys=place.keys).open()
    yield opened
    opened.close()
