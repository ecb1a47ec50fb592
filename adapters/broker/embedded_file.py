"""The embedded broker's file: one table in SQLite, written by one thread with group commit.

Measured: sixteen threads that each commit for themselves wait up to half a second for the write lock; one
thread that commits for all of them turns their waiting into larger batches.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import structlog

from contract.errors import BrokerUnavailable

T = TypeVar("T")

COMMIT_TOGETHER = 500
BUSY_SECONDS = 2.0

# AUTOINCREMENT: without it SQLite hands out an id again once the table was empty, and an id must
# never name two messages.
SCHEMA = """
CREATE TABLE IF NOT EXISTS broker_message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    message_id TEXT NOT NULL,
    body BLOB NOT NULL,
    deliveries INTEGER NOT NULL DEFAULT 0,
    holder TEXT,
    reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS broker_message_waiting ON broker_message (queue, id) WHERE holder IS NULL;
"""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    work: Callable[[sqlite3.Connection], Any]
    answer: Future[Any] = field(default_factory=Future)


class BrokerFile:
    """Runs work inside durable transactions. Opens the file at the first work; usable from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._connection: sqlite3.Connection | None = None

    def run(self, work: Callable[[sqlite3.Connection], T], *, seconds: float | None = None) -> T:
        """The result of `work`, once it is committed; BrokerUnavailable if it cannot be.

        After `seconds` the caller is told BrokerUnavailable, but the work may still be committed later.
        """
        job = _Job(work=work)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="diptych-broker-file", daemon=True)
                self._thread.start()
            self._jobs.put(job)
        try:
            result: T = job.answer.result(seconds)
        except TimeoutError:
            job.answer.cancel()
            raise BrokerUnavailable("the broker's file was not written in time") from None
        return result

    def close(self) -> None:
        """Finish what was asked and close the file; later work would open it again."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._jobs.put(None)
                thread.join()

    def _write(self) -> None:
        going = True
        while going:
            batch = [self._jobs.get()]
            while len(batch) < COMMIT_TOGETHER and not self._jobs.empty():
                batch.append(self._jobs.get())
            going = None not in batch
            self._commit([job for job in batch if job and job.answer.set_running_or_notify_cancel()])
        self._close_connection()

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            results = [job.work(connection) for job in jobs]
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  # whatever it is, every caller waits for an answer
            _log.warning("broker.file_failed", reason=str(error))
            self._close_connection()  # rolls back; a new connection also gets over an I/O error
            for job in jobs:
                job.answer.set_exception(BrokerUnavailable(f"the broker's file failed: {error}"))
        else:
            for job, result in zip(jobs, results, strict=True):
                job.answer.set_result(result)

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.touch(mode=0o600)
            self._connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.executescript(SCHEMA)
        return self._connection

    def _close_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
