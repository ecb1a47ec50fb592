"""Ownership: which worker reconciles which portal. One at a time, evenly shared, taken over soon."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from contract.activity import Lease
from contract.errors import LeaseLost
from contract.ports import Database

LEASE = timedelta(seconds=10)
"""A dead worker's portals are free after this long; renewed every RENEW."""
RENEW = timedelta(seconds=3)


class Ownership:
    """Keeps this worker's leases. `renew` runs in a thread of its own, so no slow batch delays it."""

    def __init__(self, *, worker: str, database: Database, clock: Callable[[], datetime]) -> None:
        self.worker = worker
        self._database = database
        self._clock = clock
        self._leases: dict[int, Lease] = {}
        self._lock = threading.Lock()

    def renew(self, portals: Collection[int], busy: Collection[int] = ()) -> None:
        """Say that we live, renew what we own, hand over what is beyond our share, take what is free.

        `portals` are all that want an owner, no others are kept; those in `busy` are not handed over now.
        """
        now = self._clock()
        until = now + LEASE
        with self._database.transaction() as tx:
            workers = tx.leases.heartbeat(self.worker, now=now, until=until)
            share = -(-len(portals) // max(1, len(workers)))
            held = {lease.portal: lease for lease in tx.leases.leases()}
            mine = {number for number, lease in held.items() if _is_ours(lease, self.worker, now)}
            ours = sorted(mine.intersection(portals))
            spare = {n for n in ours[share:] if n not in busy}
            for number in spare | mine.difference(portals):
                tx.leases.release(number, self.worker)
            keep = [number for number in ours if number not in spare]
            lapsed = tx.leases.lapsed(now=now)
            free = [n for n in sorted(portals) if n not in held or n in lapsed]
            wanted = keep + free[: max(0, share - len(keep))]
            got = [tx.leases.acquire(n, self.worker, now=now, until=until) for n in wanted]
        with self._lock:
            self._leases = {lease.portal: lease for lease in got if lease}

    def owned(self) -> list[int]:
        """The portals whose lease still stands by our clock."""
        now = self._clock()
        with self._lock:
            return sorted(number for number, lease in self._leases.items() if lease.expires_at > now)

    def lease(self, portal: int) -> Lease:
        """The lease as last renewed; raises LeaseLost when it is not ours any more."""
        with self._lock:
            lease = self._leases.get(portal)
        if lease is None or lease.expires_at <= self._clock():
            message = f"portal {portal} belongs to another worker now"
            raise LeaseLost(message)
        return lease

    def release_all(self) -> None:
        """Give everything back, so that others need not wait for the leases to run out."""
        with self._lock:
            leases, self._leases = list(self._leases), {}
        with self._database.transaction() as tx:
            for number in leases:
                tx.leases.release(number, self.worker)
            tx.leases.heartbeat(self.worker, now=self._clock(), until=self._clock())


def _is_ours(lease: Lease, worker: str, now: datetime) -> bool:
    return lease.owner == worker and lease.expires_at > now
