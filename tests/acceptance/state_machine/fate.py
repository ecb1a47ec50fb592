"""What may befall a worker between two of its steps: death, a long freeze, or people acting meanwhile.

A worker passes a point before and after each call to a CRM and around each transaction. Nothing inside
the product knows of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import requests
from requests.adapters import BaseAdapter

from contract.ports import Database, Transaction


class Died(BaseException):
    """The process is gone at this very point."""


class Fate:
    """Counts the points that one worker passes; at the chosen one something happens, once."""

    def __init__(self) -> None:
        self._left = 0
        self._befalls: Callable[[], None] | None = None

    def strike(self, after: int, befalls: Callable[[], None]) -> None:
        """Let it happen when `after` more points have been passed."""
        self._left, self._befalls = after, befalls

    def spare(self) -> bool:
        """Let nothing happen; whether something still would have."""
        pending, self._befalls = self._befalls is not None, None
        return pending

    def point(self) -> None:
        """Passed by the worker."""
        if self._befalls is None:
            return
        if self._left > 0:
            self._left -= 1
            return
        befalls, self._befalls = self._befalls, None
        befalls()


def die() -> None:
    """To strike a worker with."""
    raise Died


class Wire(BaseAdapter):
    """A transport with a point before a request leaves and one before its answer is heard."""

    def __init__(
        self,
        beyond: BaseAdapter,
        fate: Fate,
        *,
        leaves: Callable[[requests.PreparedRequest], None],
        done: Callable[[], None],
        unheard: Callable[[], None],
    ) -> None:
        super().__init__()
        self._beyond = beyond
        self._fate = fate
        self._leaves = leaves
        self._done = done
        self._unheard = unheard

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        self._fate.point()
        self._leaves(request)
        try:
            response = self._beyond.send(request, *args, **options)
        except requests.RequestException:
            self._unheard()
            raise
        finally:
            self._done()
        self._fate.point()
        return response

    def close(self) -> None:
        """There is nothing to give back."""


class WatchedDatabase:
    """A database with a point before each transaction and one after its commit."""

    def __init__(self, database: Database, fate: Fate) -> None:
        self._database = database
        self._fate = fate

    def transaction(self) -> AbstractContextManager[Transaction]:
        return self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        self._fate.point()
        with self._database.transaction() as tx:
            yield tx
        self._fate.point()

    def migrate(self) -> None:
        self._database.migrate()

    def close(self) -> None:
        self._database.close()


class Frozen:
    """A piece of a worker's work, stopped in its middle until it is thawed.

    It has a thread of its own, but only one of the two sides ever runs: each hands over and waits.
    """

    def __init__(self, work: Callable[[], object], fate: Fate, after: int) -> None:
        self._ours, self._theirs = threading.Semaphore(0), threading.Semaphore(0)
        self._error: BaseException | None = None
        self._ended = False
        self._work = work
        self._thread = threading.Thread(target=self._run, name="frozen", daemon=True)
        fate.strike(after, self._freeze)
        self._thread.start()
        self._ours.acquire()
        fate.spare()
        self._raise()

    @property
    def at_work(self) -> bool:
        """Whether it is still in the middle."""
        return not self._ended

    def thaw(self) -> None:
        """Let it go on to its end; raises what the work raises."""
        self._theirs.release()
        self._ours.acquire()
        self._thread.join()
        self._raise()

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001  # handed to whoever waits
            self._error = error
        finally:
            self._ended = True
            self._ours.release()

    def _freeze(self) -> None:
        self._ours.release()
        self._theirs.acquire()

    def _raise(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error
