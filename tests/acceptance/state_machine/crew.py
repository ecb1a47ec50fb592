"""The workers of a run: one at work, at most one frozen in the middle of a batch, the others dead."""

from __future__ import annotations

from collections.abc import Callable

from tests.acceptance.state_machine.fate import Died, Frozen, die
from tests.acceptance.state_machine.process import Process
from tests.acceptance.state_machine.world import World

MOST_DEATHS = 4
"""A row that killed its worker more often is a dead letter, which is another story."""


class Crew:
    """A worker that dies or freezes is followed by another under a new name; leases pass on by expiry."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._count = 0
        self._deaths = 0
        self.frozen: Frozen | None = None
        self._worker = self._hire()

    def receive(self) -> int:
        """Take what the broker holds."""
        return self._worker.receive()

    def reconcile(self) -> int:
        """One batch; 0 as long as another worker's lease stands."""
        return self._worker.reconcile()

    def sweep(self) -> int:
        """One sweep."""
        return self._worker.sweep()

    def die(self, point: int, work: Callable[[], int]) -> None:
        """Work, and die on the way where the way is long enough."""
        if self._deaths >= MOST_DEATHS:
            return
        worker = self._worker
        worker.fate.strike(point, die)
        try:
            work()
        except Died:
            self._deaths += 1
            worker.vanish()
            self._worker = self._hire()
        finally:
            worker.fate.spare()

    def interrupt(self, point: int, act: Callable[[], None]) -> None:
        """One batch, in the midst of which a person acts; after it, if it was too short."""
        fate = self._worker.fate
        fate.strike(point, act)
        self._worker.reconcile()
        if fate.spare():
            act()

    def freeze(self, point: int) -> None:
        """Stop the worker within its batch, where it is long enough, and hire another."""
        worker = self._worker
        frozen = Frozen(worker.reconcile, worker.fate, point)
        if frozen.at_work:
            self.frozen = frozen
            self._worker = self._hire()

    def thaw(self) -> None:
        """Let the frozen worker finish its batch; it then gives up its place."""
        if self.frozen is not None:
            frozen, self.frozen = self.frozen, None
            frozen.thaw()

    def _hire(self) -> Process:
        self._count += 1
        return Process(self._world, f"w{self._count}", seed=self._count)
