"""What operators do, by the calls that the command line makes for them."""

from __future__ import annotations

from collections import Counter

from consumers.guards import UNTIL_RELEASED
from contract.pending import WorkClass
from contract.records import RecordRef
from contract.settings import SyncMode
from contract.standing import GuardedWork
from diptych.cli.records import notices
from diptych.cli.why import meant, parse
from tests.acceptance.state_machine.crms import NUMBER, portal_of
from tests.acceptance.state_machine.orders import Did
from tests.acceptance.state_machine.setup import flipped
from tests.acceptance.state_machine.world import World

_WHO = "operator"


class Operators:
    """Each act is noted where it is committed: from then on it holds."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.paused = {False: False, True: False}
        """Whether this portal is paused, and whether all are."""
        self._stops = 0

    def pause(self, *, everyone: bool) -> None:
        """Stop this portal, which goes on observing every other time, or all."""
        if not self.paused[everyone]:
            self._stops += 1
            mode = SyncMode.OBSERVE if self._stops % 2 else SyncMode.OFF
            self._switch(Did.PAUSED, everyone=everyone, mode=mode)

    def resume(self, *, everyone: bool) -> None:
        """Lift that pause again."""
        if self.paused[everyone]:
            self._switch(Did.RESUMED, everyone=everyone, mode=SyncMode.ON)

    def release(self) -> bool:
        """Let all go that is held; whether there was anything."""
        now = self._world.clock()
        with self._world.database.transaction() as tx:
            released = tx.held.release(NUMBER, list(GuardedWork), author=_WHO, comment="", at=now)
            tx.pending.wake(NUMBER, [UNTIL_RELEASED], now=now)
        if released:
            amounts = Counter({one.work: one.amount for one in released})
            self._world.journal.ordered(Did.RELEASED, now, amounts=amounts)
            self._world.observe_held()
        return bool(released)

    def save(self, choice: int) -> None:
        """A new version of the settings."""
        now = self._world.clock()
        with self._world.database.transaction() as tx:
            stored = tx.portals.get(NUMBER)
            if stored is None:
                return
            settings = flipped(stored.settings, choice)
            tx.portals.save(portal_of(settings), author=_WHO, comment="", at=now)
        self._world.orders += 1
        self._world.journal.ordered(Did.SAVED, now, settings=settings)

    def keep_out(self, ref: RecordRef) -> None:
        """Never sync this person."""
        now = self._world.clock()
        with self._world.database.transaction() as tx:
            refs = meant(tx, NUMBER, parse(ref.id))
            made = tx.exclusions.begin(NUMBER, refs, author=_WHO, reason="", at=now)
        self._world.journal.ordered(Did.KEPT_OUT, now, refs=frozenset(made.refs))
        self._world.observe_kept_out()

    def sync_again(self, choice: int = 0, *, everybody: bool = False) -> bool:
        """Lift that for one of those kept out, or for all of them; whether there was anybody."""
        now = self._world.clock()
        with self._world.database.transaction() as tx:
            standing = tx.exclusions.standing(NUMBER)
            chosen = standing if everybody or not standing else [standing[choice % len(standing)]]
            named = {one.refs[choice % len(one.refs)] for one in chosen}
            refs = frozenset(ref for one in named for ref in meant(tx, NUMBER, parse(one.id)))
            lifted = tx.exclusions.end(NUMBER, refs, author=_WHO, at=now)
            refs = refs.union(*(one.refs for one in lifted))
            changes = list(notices(NUMBER, refs))
            tx.pending.merge(changes, work_class=WorkClass.REPLAY, now=now, due_at=now)
        if lifted:
            self._world.journal.ordered(Did.SYNCED_AGAIN, now, refs=refs)
            self._world.observe_kept_out()
        return bool(lifted)

    def _switch(self, did: Did, *, everyone: bool, mode: SyncMode) -> None:
        now, stop = self._world.clock(), did is Did.PAUSED
        with self._world.database.transaction() as tx:
            if not everyone:
                tx.portals.set_mode(NUMBER, mode, author=_WHO, at=now)
            elif stop:
                tx.pauses.begin(author=_WHO, comment="", at=now)
            else:
                tx.pauses.end(author=_WHO, at=now)
        self.paused[everyone] = stop
        self._world.orders += 1
        self._world.journal.ordered(did, now, everyone=everyone)
