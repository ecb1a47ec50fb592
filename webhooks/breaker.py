"""A publisher that does not wait again for a broker that just kept somebody waiting in vain.

Each try may take 3 s. More deliveries than there are threads would wait for those threads first and be
answered too late; told "away" at once, they come again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from contract.errors import BrokerUnavailable
from contract.ports import Publisher

REST = timedelta(seconds=1)
"""How long nobody tries after a try failed; whoever waited for a thread meanwhile is answered in it."""


class Breaker:
    """contract.ports.Publisher around another one. `clock` gives aware UTC. Usable from many threads."""

    def __init__(self, publisher: Publisher, clock: Callable[[], datetime]) -> None:
        self._publisher = publisher
        self._clock = clock
        self._lock = threading.Lock()
        self._failed_at: datetime | None = None

    def publish(self, body: bytes, *, message_id: str) -> None:
        """See contract.ports.Publisher; raises BrokerUnavailable at once within REST after a failure."""
        if self._resting():
            raise BrokerUnavailable("the broker was away a moment ago")
        try:
            self._publisher.publish(body, message_id=message_id)
        except BrokerUnavailable:
            self._note(self._clock())
            raise
        self._note(None)

    def close(self) -> None:
        """Close the publisher inside."""
        self._publisher.close()

    def _resting(self) -> bool:
        with self._lock:
            # A clock that was set back must not keep everybody out for as long as it jumped.
            return self._failed_at is not None and abs(self._clock() - self._failed_at) < REST

    def _note(self, failed_at: datetime | None) -> None:
        with self._lock:
            self._failed_at = failed_at
