"""A database that can be away: its transactions fail before they begin or when they should commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from contract.errors import DatabaseUnavailable
from contract.ports import Database, Transaction


class AwayDatabase:
    """Passes everything to the database beneath unless told otherwise.

    With `away` nothing begins. With `commits_left` at n, the transactions after the next n are rolled back
    at their end. `begun` counts transactions.
    """

    def __init__(self, beneath: Database) -> None:
        self.away = False
        self.commits_left: int | None = None
        self.begun = 0
        self._beneath = beneath

    def transaction(self) -> AbstractContextManager[Transaction]:
        return self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        if self.away:
            raise DatabaseUnavailable("away")
        self.begun += 1
        with self._beneath.transaction() as tx:
            yield tx
            self._spend()

    def _spend(self) -> None:
        if self.commits_left is None:
            return
        if self.commits_left == 0:
            raise DatabaseUnavailable("gone before the commit")
        self.commits_left -= 1

    def migrate(self) -> None:
        self._beneath.migrate()

    def close(self) -> None:
        self._beneath.close()
