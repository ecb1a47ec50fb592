"""Which worker lives, and which one reconciles which portal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, case, delete, or_, select, update

from adapters.database.postgres import end_stalled
from adapters.database.statements import Store, insert_into
from adapters.database.tables import leases, workers
from contract.activity import Lease
from contract.errors import LeaseLost

_FORGOTTEN = timedelta(days=1)
"""Only rows that nobody renews any more are deleted, or two late workers might wait for each other."""


class LeaseStore(Store):
    """Implements contract.ports.LeaseStore."""

    def heartbeat(self, worker: str, *, now: datetime, until: datetime) -> list[str]:
        """A worker stops counting when its time has come, this one at once when `until` is `now`.

        On PostgreSQL, workers that froze within a transaction lose it, for they may hold what others need.
        """
        if self._connection.dialect.name == "postgresql":
            end_stalled(self._connection)
        statement = insert_into(self._connection, workers).values(worker=worker, lives_until=until)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[workers.c.worker], set_={"lives_until": statement.excluded.lives_until}
            )
        )
        self._connection.execute(delete(workers).where(workers.c.lives_until < now - _FORGOTTEN))
        living = self._connection.execute(
            select(workers.c.worker).where(workers.c.lives_until > now)
        ).scalars()
        return sorted(living)

    def leases(self) -> list[Lease]:
        """The leases that somebody holds, expired ones too, ordered by portal."""
        held = select(leases).where(leases.c.owner.is_not(None)).order_by(leases.c.portal)
        return [_lease(row) for row in self._connection.execute(held)]

    def lapsed(self, *, now: datetime) -> list[int]:
        """SQLite knows no row locks: there one transaction writes at a time."""
        statement = select(leases.c.portal).where(leases.c.owner.is_not(None), leases.c.expires_at <= now)
        return sorted(self._connection.execute(statement.with_for_update(skip_locked=True)).scalars())

    def acquire(self, portal: int, worker: str, *, now: datetime, until: datetime) -> Lease | None:
        """One upsert. Our own lease, once expired, comes back under a new epoch like anybody's."""
        statement = insert_into(self._connection, leases).values(
            portal=portal, owner=worker, epoch=1, expires_at=until
        )
        new, old = statement.excluded, leases.c
        ours = and_(old.owner == worker, old.expires_at > now)
        free = or_(old.owner.is_(None), old.expires_at <= now)
        row = self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[old.portal],
                set_={
                    "owner": new.owner,
                    "epoch": case((ours, old.epoch), else_=old.epoch + 1),
                    "expires_at": new.expires_at,
                },
                where=or_(ours, free),
            ).returning(leases)
        ).first()
        return _lease(row) if row else None

    def release(self, portal: int, worker: str) -> None:
        """The row stays, and with it the epoch."""
        ours = and_(leases.c.portal == portal, leases.c.owner == worker)
        self._connection.execute(update(leases).where(ours).values(owner=None))

    def check(self, lease: Lease, *, now: datetime) -> None:
        row = self._connection.execute(
            select(leases).where(leases.c.portal == lease.portal).with_for_update()
        ).first()
        if row is None or row.owner != lease.owner or row.epoch != lease.epoch:
            raise LeaseLost(f"portal {lease.portal} belongs to another worker now")
        if row.expires_at <= now:
            raise LeaseLost(f"the lease on portal {lease.portal} has run out")


def _lease(row: Row[Any]) -> Lease:
    return Lease(portal=row.portal, owner=row.owner, epoch=row.epoch, expires_at=row.expires_at)
