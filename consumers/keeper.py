"""Keeper: the broker's dead-letter queue -> dead letters in the database. Commit first, then ack."""

from __future__ import annotations

from datetime import datetime, timedelta

from contract.activity import DeadLetter, DeadLetterScope
from contract.jobs import KEPT as JOBS_KEPT
from contract.ports import Database, Delivery, Subscriber

RAW_KEPT = timedelta(days=30)
"""A message that cannot be read may hold anything, personal values too, and no erasure finds it."""
_FORGET_EVERY = timedelta(hours=1)


class Keeper:
    """Moves what the broker could not deliver to where an operator finds it, and forgets it in time.

    Jobs that ended are forgotten along with it.
    """

    def __init__(self, *, subscriber: Subscriber, database: Database) -> None:
        self._subscriber = subscriber
        self._database = database
        self._held: list[Delivery] = []
        self._forgot_at: datetime | None = None

    def step(self, *, now: datetime, limit: int = 100, wait: float = 0.5) -> int:
        """Keep up to `limit` messages; returns how many.

        Raises DatabaseUnavailable; what was taken is then held and the next step begins with it.
        """
        self._held = self._held or self._subscriber.take(limit, wait)
        if self._held:
            with self._database.transaction() as tx:
                tx.dead_letters.add([_letter(delivery, now) for delivery in self._held])
            self._subscriber.ack(self._held)
        kept, self._held = len(self._held), []
        self._forget(now)
        return kept

    def _forget(self, now: datetime) -> None:
        if self._forgot_at is not None and now - self._forgot_at < _FORGET_EVERY:
            return
        with self._database.transaction() as tx:
            tx.dead_letters.forget_raw(now - RAW_KEPT)
            tx.jobs.forget(now - JOBS_KEPT)
        self._forgot_at = now


def _letter(delivery: Delivery, now: datetime) -> DeadLetter:
    return DeadLetter(
        portal=None,
        scope=DeadLetterScope.CHANGE,
        ref=None,
        field=delivery.message_id,
        error="unknown",
        code="UNREADABLE_MESSAGE",
        says=f"a message could not be read: {delivery.reason or 'no reason given'}",
        fix="Look at the message. If it names records, have them looked at; then discard it.",
        first_seen=now,
        last_seen=now,
        raw=delivery.body,
    )
