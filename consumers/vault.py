"""Vaults: where a gateway finds the grant of its side of its portal, and takes turns at refreshing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contract.errors import CrmError, ErrorClass, Fault
from contract.grants import Grant
from contract.ports import Database
from contract.records import Side

TURN = timedelta(seconds=90)
"""How long the turn of a process that died keeps others waiting: longer than a refresh takes."""
PATIENCE = timedelta(seconds=30)
"""How long one waits for its turn before it lets the work be tried again later."""
_LOOK = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseVault:
    """Implements contract.ports.Vault."""

    database: Database
    portal: int
    side: Side
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    new_id: Callable[[], str]

    def read(self) -> Grant | None:
        with self.database.transaction() as tx:
            return tx.grants.get(self.portal, self.side)

    def keep(self, renewed: Grant) -> None:
        with self.database.transaction() as tx:
            tx.grants.renew(self.portal, self.side, renewed, at=self.clock())

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A claim in the database, for a lock of its own would be held open while the CRM answers."""
        since, owner = self.clock(), self.new_id()
        while not self._taken(owner):
            if self.clock() - since >= PATIENCE:
                raise CrmError(_busy(self.side))
            self.sleep(_LOOK)
        try:
            yield
        finally:
            with self.database.transaction() as tx:
                tx.claims.release({self._key}, owner)

    @property
    def _key(self) -> str:
        return f"refresh {self.portal} {self.side}"

    def _taken(self, owner: str) -> bool:
        now = self.clock()
        with self.database.transaction() as tx:
            return bool(tx.claims.take({self._key}, owner, now=now, until=now + TURN))


@dataclass(slots=True, kw_only=True)
class HandVault:
    """Implements contract.ports.Vault for a grant that is not stored yet, because it is looked at first."""

    grant: Grant

    def read(self) -> Grant | None:
        return self.grant

    def keep(self, renewed: Grant) -> None:
        self.grant = replace(renewed, version=renewed.version + 1)

    def turn(self) -> nullcontext[None]:
        """There is nobody else."""
        return nullcontext()


def _busy(side: Side) -> Fault:
    return Fault(
        error=ErrorClass.TRANSIENT,
        code="REFRESH_BUSY",
        says=f"another process is refreshing the access to {side.label}",
        side=side,
    )
