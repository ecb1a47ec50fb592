"""The embedded broker: durable queues in a SQLite file, for one host and one consuming process.

Any process may publish. Taking is one process's right, held by a lock on the file beside (`<path>.lock`)
for as long as the process lives: who gets it knows that every message still marked as taken was taken by a
process that is dead, and makes them wait again.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

import structlog

from adapters.broker.batch import DELIVERY_LIMIT, batch_size
from adapters.broker.embedded_file import BrokerFile
from contract.errors import BrokerUnavailable
from contract.ports import Delivery, QueueDepth

INBOX = "inbox"
DEAD = "dead"

DEADLINE_SECONDS = 3.0
POLL_SECONDS = 0.1
"""How soon a message published by another process is noticed; our own process's are at once."""

_log = structlog.get_logger(__name__)


class EmbeddedBroker:
    """contract.ports.Broker on one SQLite file, which is made when first used (its folder must exist)."""

    def __init__(self, path: Path) -> None:
        self._file = BrokerFile(path)
        self._right = _RightToTake(path.with_name(f"{path.name}.lock"), self._file)
        self._news = threading.Condition()

    def publisher(self) -> EmbeddedPublisher:
        """A publisher for all threads of the process."""
        return EmbeddedPublisher(self._file, self._announce)

    def subscriber(self) -> EmbeddedSubscriber:
        """A subscriber of the inbox, for one thread."""
        return EmbeddedSubscriber(INBOX, self._file, self._right, self._news)

    def dead_letters(self) -> EmbeddedSubscriber:
        """A subscriber of the dead-letter queue, for one thread."""
        return EmbeddedSubscriber(DEAD, self._file, self._right, self._news)

    def depth(self) -> QueueDepth:
        """Messages waiting; those that subscribers hold unacked are not counted. BrokerUnavailable."""
        counts = dict(self._file.run(_count_waiting, seconds=DEADLINE_SECONDS))
        return QueueDepth(inbox=counts.get(INBOX, 0), dead=counts.get(DEAD, 0))

    def close(self) -> None:
        """Close the file and give up the right to take."""
        self._file.close()
        self._right.release()

    def _announce(self) -> None:
        with self._news:
            self._news.notify_all()


class EmbeddedPublisher:
    """contract.ports.Publisher: returns once the message is on disk."""

    def __init__(self, file: BrokerFile, announce: Callable[[], None]) -> None:
        self._file = file
        self._announce = announce

    def publish(self, body: bytes, *, message_id: str) -> None:
        """Insert and commit; BrokerUnavailable when the disk is full, read-only or too slow."""
        self._file.run(lambda rows: _insert(rows, message_id, body), seconds=DEADLINE_SECONDS)
        self._announce()

    def close(self) -> None:
        """Nothing to give back: the file belongs to the broker."""


class EmbeddedSubscriber:
    """contract.ports.Subscriber on one queue of the file."""

    def __init__(self, queue: str, file: BrokerFile, right: _RightToTake, news: threading.Condition) -> None:
        self._queue = queue
        self._file = file
        self._right = right
        self._news = news
        self._holder = uuid4().hex

    def take(self, limit: int, wait: float) -> list[Delivery]:
        """Take messages; see contract.ports.Subscriber.

        With the file unusable, or the right to take held by another process: none, after `wait`.
        """
        deadline = time.monotonic() + wait
        while not (taken := self._try(limit)) and (patience := deadline - time.monotonic()) > 0:
            with self._news:
                self._news.wait(min(patience, POLL_SECONDS))
        return taken

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Delete; see contract.ports.Subscriber. BrokerUnavailable: they come again after a restart."""
        mine = [(delivery.tag, self._holder) for delivery in deliveries]
        self._file.run(lambda rows: _delete(rows, mine))

    def reject(self, delivery: Delivery, reason: str) -> None:
        """Move to the dead letters; see contract.ports.Subscriber. BrokerUnavailable: it was not."""
        self._file.run(lambda rows: _bury(rows, delivery.tag, self._holder, reason), seconds=DEADLINE_SECONDS)

    def close(self) -> None:
        """Let what was taken and not acked wait again."""
        try:
            self._file.run(lambda rows: _release(rows, self._holder))
        except BrokerUnavailable:
            _log.warning("broker.release_failed", queue=self._queue)  # the next process releases them

    def _try(self, limit: int) -> list[Delivery]:
        try:
            if not self._right.held():
                return []
            return self._file.run(lambda rows: _take(rows, self._queue, self._holder, limit))
        except BrokerUnavailable as error:
            _log.warning("broker.take_failed", queue=self._queue, reason=str(error))
            return []


class _RightToTake:
    """The lock file. Whoever locks it first takes; the kernel unlocks it when the process ends."""

    def __init__(self, path: Path, file: BrokerFile) -> None:
        self._path = path
        self._file = file
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._told = False

    def held(self) -> bool:
        """Whether we hold it, trying to get it if not. BrokerUnavailable if the file cannot be made."""
        with self._lock:
            if self._descriptor is None:
                self._descriptor = self._acquire()
            return self._descriptor is not None

    def release(self) -> None:
        """Let another process take."""
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def _acquire(self) -> int | None:
        descriptor = self._lock_file()
        if descriptor is None:
            return None
        try:
            self._file.run(_release_all)
        except BrokerUnavailable:
            os.close(descriptor)
            raise
        return descriptor

    def _lock_file(self) -> int | None:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise BrokerUnavailable(f"the broker's lock file failed: {error}") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            self._tell()
            return None
        return descriptor

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            _log.warning("broker.another_process_takes", lock=str(self._path))


def _insert(rows: sqlite3.Connection, message_id: str, body: bytes) -> None:
    rows.execute(
        "INSERT INTO broker_message (queue, message_id, body) VALUES (?, ?, ?)", (INBOX, message_id, body)
    )


def _take(rows: sqlite3.Connection, queue: str, holder: str, limit: int) -> list[Delivery]:
    found = rows.execute(
        "SELECT id, body, message_id, deliveries, reason FROM broker_message"
        " WHERE queue = ? AND holder IS NULL ORDER BY id LIMIT ?",
        (queue, limit),
    ).fetchall()
    hopeless = [row for row in found if row[3] > DELIVERY_LIMIT and queue == INBOX]
    _bury_hopeless(rows, [row[0] for row in hopeless])
    waiting = [row for row in found if row not in hopeless]
    taken = [
        Delivery(tag=tag, body=body, message_id=message_id, redelivered=deliveries, reason=reason)
        for tag, body, message_id, deliveries, reason in waiting[
            : batch_size([row[3] for row in waiting], limit)
        ]
    ]
    rows.executemany(
        "UPDATE broker_message SET holder = ?, deliveries = deliveries + 1 WHERE id = ?",
        [(holder, delivery.tag) for delivery in taken],
    )
    return taken


def _delete(rows: sqlite3.Connection, mine: list[tuple[int, str]]) -> None:
    rows.executemany("DELETE FROM broker_message WHERE id = ? AND holder = ?", mine)


def _bury(rows: sqlite3.Connection, tag: int, holder: str, reason: str) -> None:
    rows.execute(
        "UPDATE broker_message SET queue = ?, reason = ?, deliveries = 0, holder = NULL"
        " WHERE id = ? AND holder = ?",
        (DEAD, reason, tag, holder),
    )


def _bury_hopeless(rows: sqlite3.Connection, tags: list[int]) -> None:
    # The reason is RabbitMQ's word for the same fate.
    rows.executemany(
        "UPDATE broker_message SET queue = ?, reason = 'delivery_limit', deliveries = 0 WHERE id = ?",
        [(DEAD, tag) for tag in tags],
    )


def _release(rows: sqlite3.Connection, holder: str) -> None:
    rows.execute("UPDATE broker_message SET holder = NULL WHERE holder = ?", (holder,))


def _release_all(rows: sqlite3.Connection) -> None:
    rows.execute("UPDATE broker_message SET holder = NULL WHERE holder IS NOT NULL")


def _count_waiting(rows: sqlite3.Connection) -> list[tuple[str, int]]:
    return rows.execute(
        "SELECT queue, count(*) FROM broker_message WHERE holder IS NULL GROUP BY queue"
    ).fetchall()
