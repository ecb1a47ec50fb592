"""Rows in memory, with all-or-nothing changes and what each row was just before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from sandbox.salesforce.fields import ObjectSpec, Row

ChangeKind = Literal["created", "updated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record. Its row is never changed in place, only replaced."""

    row: Row
    created_at: datetime
    changed_at: datetime
    previous: Row | None = None
    """The row before its last change; None when it did not exist."""
    deleted_at: datetime | None = None
    deleted_with: str | None = None
    """The parent whose deletion took this record along, and whose undeletion brings it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A committed save that outbound messages and automation may react to."""

    object_name: str
    record_id: str
    kind: ChangeKind
    user_id: str


Index = dict[str, dict[str, None]]
"""Record ids in order of arrival, by a folded value."""


def folded(value: object) -> str:
    """The form in which Salesforce compares text: without regard to case."""
    return str(value).lower()


@dataclass(slots=True)
class Store:
    """All tables of one org. Not locked: its owner serialises every use."""

    objects: dict[str, ObjectSpec]
    on_commit: Callable[[list[Saved]], None]
    tables: dict[str, dict[str, Entry]] = field(default_factory=dict)
    indexes: dict[tuple[str, str], Index] = field(default_factory=dict)
    writes: int = 0
    """Rows put since the start, to tell whether a call changed anything."""
    _undo: list[tuple[str, str, Entry | None]] = field(default_factory=list)
    _saved: list[Saved] = field(default_factory=list)
    _depth: int = 0

    def __post_init__(self) -> None:
        for name in self.objects:
            self.tables[name] = {}

    def entry(self, object_name: str, record_id: str) -> Entry | None:
        """The true state of a record, deleted or not."""
        return self.tables[object_name].get(record_id)

    def rows(self, object_name: str) -> list[Row]:
        """The true rows of an object, deleted ones among them, oldest first."""
        return [entry.row for entry in self.tables[object_name].values()]

    def matches(self, object_name: str, field_name: str, value: object) -> list[Row]:
        """Rows not deleted whose indexed field equals the value in any case."""
        ids = self.indexes.get((object_name, field_name), {}).get(folded(value), {})
        found = (self.tables[object_name][record_id].row for record_id in ids)
        return [row for row in found if not row["IsDeleted"]]

    def candidates(self, object_name: str, field_name: str, values: Iterable[str]) -> list[str]:
        """Ids of rows whose indexed field equals one of the folded values, in order of arrival."""
        index = self.indexes.get((object_name, field_name), {})
        return [record_id for value in dict.fromkeys(values) for record_id in index.get(value, {})]

    def put(self, object_name: str, row: Row, now: datetime) -> None:
        """Create or replace a row; undone if the transaction around it fails."""
        record_id = row["Id"]
        old = self.tables[object_name].get(record_id)
        if old is None:
            entry = Entry(row=row, created_at=now, changed_at=now)
        else:
            entry = replace(old, row=row, changed_at=now, previous=old.row)
        self.put_entry(object_name, record_id, entry)

    def put_entry(self, object_name: str, record_id: str, entry: Entry | None) -> None:
        """Replace a whole entry, None to remove it for good; undone like `put`."""
        self._undo.append((object_name, record_id, self.tables[object_name].get(record_id)))
        self._set(object_name, record_id, entry)
        self.writes += 1

    def note(self, saved: Saved) -> None:
        """Tell `on_commit` of a save once the outermost transaction holds."""
        self._saved.append(saved)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an inner one that fails leaves the outer one as it was before."""
        undo, saved = len(self._undo), len(self._saved)
        self._depth += 1
        try:
            yield
        except BaseException:
            self._roll_back(undo, saved)
            raise
        finally:
            self._depth -= 1
        if self._depth == 0:
            self._commit()

    def _commit(self) -> None:
        self._undo.clear()
        saved, self._saved = self._saved, []
        if saved:
            self.on_commit(saved)

    def _roll_back(self, undo: int, saved: int) -> None:
        while len(self._undo) > undo:
            object_name, record_id, entry = self._undo.pop()
            self._set(object_name, record_id, entry)
            self.writes -= 1
        del self._saved[saved:]

    def _set(self, object_name: str, record_id: str, entry: Entry | None) -> None:
        table = self.tables[object_name]
        old = table.get(record_id)
        self._reindex(object_name, record_id, old.row if old else None, entry.row if entry else None)
        if entry is None:
            table.pop(record_id, None)
        else:
            table[record_id] = entry

    def _reindex(self, object_name: str, record_id: str, old: Row | None, new: Row | None) -> None:
        for name in self.objects[object_name].indexed:
            before, after = (row and row.get(name) for row in (old, new))
            if before == after:
                continue
            index = self.indexes.setdefault((object_name, name), {})
            if before is not None:
                index[folded(before)].pop(record_id)
            if after is not None:
                index.setdefault(folded(after), {})[record_id] = None
