"""Inbox: broker -> pending rows. Fast, on any worker; order does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from consumers import forget
from consumers.marks import already_seen, keys_of
from contract.changes import Change, ChangeSet, Kind, decode
from contract.errors import DiptychError, InvalidInput
from contract.pending import WorkClass
from contract.ports import Database, Delivery, Marks, Subscriber

log = structlog.get_logger()

_ECHOES = frozenset({Kind.CREATED, Kind.UPDATED})


class Inbox:
    """Merges change sets into pending rows and only then acknowledges them."""

    def __init__(self, *, subscriber: Subscriber, database: Database, marks: Marks) -> None:
        self._subscriber = subscriber
        self._database = database
        self._marks = marks
        self._held: list[Delivery] = []

    def step(self, *, now: datetime, limit: int = 500, wait: float = 0.5) -> int:
        """Take up to `limit` messages and make them pending; returns how many were taken.

        Raises DatabaseUnavailable; what was taken is then held, unacknowledged, and the next step begins
        with it: a broker gives an unacknowledged message to nobody else while we live.
        """
        self._held = self._held or self._subscriber.take(limit, wait)
        if not self._held:
            return 0
        try:
            self._merge(self._held, now)
        except DiptychError:
            raise
        except Exception:  # noqa: BLE001  # one of them is at fault, and none may hold up the others
            self._merge_each(self._held, now)
        taken, self._held = len(self._held), []
        return taken

    def _merge_each(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """One message at a time; one that can be decoded but not stored becomes a dead letter."""
        for delivery in deliveries:
            try:
                self._merge([delivery], now)
            except DiptychError:
                raise
            except Exception as error:
                log.exception("inbox.unstorable", message_id=delivery.message_id)
                self._subscriber.reject(delivery, f"it can be read but not stored: {type(error).__name__}")

    def _merge(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        good, bad = _decoded(deliveries)
        changes = self._worth_a_look([change for _, change_set in good for change in change_set.changes])
        if changes:
            with self._database.transaction() as tx:
                noted = [_with_echo_noted(change) for change in changes]
                tx.pending.merge(noted, work_class=WorkClass.LIVE, now=now, due_at=now)
                forget.at_once(tx, noted, now=now)
        self._subscriber.ack([delivery for delivery, _ in good])
        for delivery, reason in bad:
            log.warning("inbox.undecodable", message_id=delivery.message_id)
            self._subscriber.reject(delivery, reason)

    def _worth_a_look(self, changes: Sequence[Change]) -> list[Change]:
        """Leave out what was already seen in a newer state: mostly the echoes of our own writes."""
        stamps = self._marks.seen(keys_of(changes))
        return [change for change in changes if not already_seen(change, stamps)]


def _with_echo_noted(change: Change) -> Change:
    """A row of nothing but echoes is not looked at once the batch that wrote is settled."""
    return replace(change, kind=Kind.ECHOED) if change.echo and change.kind in _ECHOES else change


def _decoded(
    deliveries: Sequence[Delivery],
) -> tuple[list[tuple[Delivery, ChangeSet]], list[tuple[Delivery, str]]]:
    good: list[tuple[Delivery, ChangeSet]] = []
    bad: list[tuple[Delivery, str]] = []
    for delivery in deliveries:
        try:
            good.append((delivery, decode(delivery.body)))
        except InvalidInput as error:
            bad.append((delivery, str(error)))
    return good, bad
