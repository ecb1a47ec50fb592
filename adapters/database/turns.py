"""Turns at the one SQLite file: threads of this process in a queue, other processes let in between."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock

from contract.errors import DatabaseUnavailable

_PAUSE_SECONDS = 0.004
"""What a waiting process, which tries every 1 or 2 ms, needs to get in."""


class Turns:
    """Lets one thread of this process after another have a transaction, and then whoever waits outside.

    SQLite's own waiting is trying again and again; a process whose threads leave no pause between their
    transactions would keep all others out. So one that waits holds a shared lock on a file of its own
    beside the database's, and whoever ends a transaction looks whether somebody does.

    `busy_seconds` is how long a transaction waits for its turn, whoever has it. `with` raises
    DatabaseUnavailable when the turn does not come, as within a transaction of the same thread.
    """

    def __init__(self, database: Path, *, busy_seconds: float = 30.0) -> None:
        self.busy_seconds = busy_seconds
        self._lock = Lock()
        self._gate = database.with_name(f"{database.name}-turns")

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=self.busy_seconds):
            raise DatabaseUnavailable(f"the database was busy for {self.busy_seconds} seconds")

    def __exit__(self, *_: object) -> None:
        try:
            if self._somebody_waits():
                time.sleep(_PAUSE_SECONDS)
        finally:
            self._lock.release()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Ask other processes for a pause between their transactions; do without, where that cannot be."""
        with ExitStack() as stack:
            with suppress(OSError):
                fcntl.flock(stack.enter_context(self._opened()), fcntl.LOCK_SH)
            yield

    def _somebody_waits(self) -> bool:
        """Where that cannot be told, nobody is taken to wait: it costs them time, and nothing else."""
        with suppress(OSError), self._opened() as gate:
            try:
                fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @contextmanager
    def _opened(self) -> Iterator[int]:
        gate = os.open(self._gate, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield gate
        finally:
            os.close(gate)
