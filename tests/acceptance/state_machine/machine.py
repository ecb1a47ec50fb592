"""The state machine: how a run begins, and how it is judged in the end."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from contract.activity import DeadLetter
from contract.mappings import MappingRule
from contract.records import HUBSPOT_CONTACT
from contract.settings import Settings
from tests.acceptance.state_machine.crms import NUMBER
from tests.acceptance.state_machine.fields import fields_of
from tests.acceptance.state_machine.journal import Event, What
from tests.acceptance.state_machine.oracle import judge
from tests.acceptance.state_machine.oracle.run import Complaint, Run
from tests.acceptance.state_machine.orders import Did
from tests.acceptance.state_machine.people import PERSONS
from tests.acceptance.state_machine.play import CHOICE, OBJECT, Then
from tests.acceptance.state_machine.report import told
from tests.acceptance.state_machine.rest import come_to_rest
from tests.acceptance.state_machine.setup import EXTRAS, ORDER, PLAYED, SETTINGS, Extra, made
from tests.acceptance.state_machine.steps_affairs import AffairSteps
from tests.acceptance.state_machine.steps_operators import OperatorSteps
from tests.acceptance.state_machine.steps_people import PeopleSteps
from tests.acceptance.state_machine.steps_workers import WorkerSteps

_RELEASES = 30
"""More than there can be: each lets go what it took to hold all that came after the one before."""

_LONG_AFTER = 3600.0
"""Seconds."""


class Machine(PeopleSteps, WorkerSteps, AffairSteps, OperatorSteps):
    """All steps there are."""

    @initialize(
        drawn=SETTINGS,
        extras=EXTRAS,
        played=PLAYED,
        order=ORDER,
        seed=st.integers(0, 2**20),
        first=st.lists(st.tuples(CHOICE, OBJECT), min_size=1, max_size=4),
        twice=st.lists(st.tuples(CHOICE, st.sampled_from(PERSONS)), min_size=1, max_size=3),
    )
    def begin(
        self,
        drawn: Mapping[str, Any],
        extras: Mapping[Extra, Any],
        played: list[Extra],
        order: int,
        seed: int,
        first: Sequence[tuple[int, str]],
        twice: Sequence[tuple[int, str]],
    ) -> None:
        """Some people who are there on one side, and some on both."""
        self.open(made(drawn, extras, played, order=order, seed=seed))
        self.crew.sweep()
        for who, object_type in (*first, *twice, *((who, HUBSPOT_CONTACT) for who, _ in twice)):
            self.people.create(who, object_type)
        self.go_on(Then.SETTLE)

    def teardown(self) -> None:
        if not hasattr(self, "crew"):
            return
        try:
            if sys.exc_info()[0] is None:
                self._judge()
        finally:
            self.crew.thaw()
            self.world.close()

    def _judge(self) -> None:
        """Bring the run to rest, let the oracle speak, then tell all notices again: nothing may follow."""
        self.crew.thaw()
        self._complain([] if self._rest() else ["it never came to rest"])
        if self.setup.seed % 2:
            self._sync_everybody()
        self._complain(self.world.unsettled(), judged=True)
        calls, events = self.world.writes(), len(self.world.journal.events)
        self.world.tell_again()
        self._complain([] if self._rest() else ["it never came to rest again"])
        idle = self._idle()
        news = [event for event in self.world.journal.events[events:] if event.what is not What.TOUCHED]
        late = self._made_late(news)
        self._complain(
            [f"old notices led to: {e}" for e in news if e.field not in idle and e.act not in late]
        )
        if not (self._letters() or self._erased() or idle or late):  # what is refused may be tried again
            self._complain([f"old notices led to {call}" for call in self.world.writes() - calls])

    def _sync_everybody(self) -> None:
        """Lift what keeps anybody out, long after the last edit: no sweep looks back as far as that."""
        self.world.clock.sleep(_LONG_AFTER)
        if self.operators.sync_again(everybody=True):
            self._complain([] if self._rest() else ["it never came to rest after all are synced again"])

    def _rest(self) -> bool:
        """Nothing is paused and nothing held any more, and all is worked off."""
        for everyone in (False, True):
            self.operators.resume(everyone=everyone)
        for _ in range(_RELEASES):
            if not come_to_rest(self.world, self.crew):
                return False
            if not self.operators.release():
                return True
        return False

    def _complain(self, says: Sequence[str], *, judged: bool = False) -> None:
        """Raise what is wrong, and if it is to be judged, what is wrong in the oracle's eyes."""
        if not says and not judged:
            return
        with self.world.database.transaction() as tx:
            activity = tx.activity.history(NUMBER, limit=10_000)
        run = Run(
            journal=self.world.journal,
            setup=self.setup,
            letters=self._letters(),
            staff=self.world.crms.staff,
            standings=self.world.crms.standings(),
        )
        found = [Complaint(says=text, refs=run.refs) for text in says]
        if judged:
            found += judge(run)
        if found:
            raise AssertionError(told(run, found, activity))

    def _made_late(self, news: Sequence[Event]) -> set[int]:
        """Strokes that created somebody who had met a record which was never synced until that was lifted.

        Only those who were kept out are looked at anew then, not whoever else has their address.
        """
        lifted = any(order.did is Did.SYNCED_AGAIN for order in self.world.journal.orders)
        return {event.act for event in news if lifted and event.what is What.CREATED}

    def _idle(self) -> set[str]:
        """Fields that were not synced for a while: what they hold travels when their pair is looked at."""
        rows = [row for settings in self._versions() for row in settings.mappings]
        idle = {row.key for row in rows if row.rule is MappingRule.DONT_SYNC}
        synced = {row.key for row in rows if row.rule is not MappingRule.DONT_SYNC}
        fields = [field for field in fields_of(self.setup.settings) if field.key in idle & synced]
        return {name for field in fields for name in (field.hubspot, field.lead, field.contact) if name}

    def _versions(self) -> list[Settings]:
        return [order.settings for order in self.world.journal.orders if order.settings is not None]

    def _erased(self) -> bool:
        """Whether anybody was, which takes the letters about an address along that HubSpot refuses now."""
        return any(event.what is What.ERASED for event in self.world.journal.events)

    def _letters(self) -> list[DeadLetter]:
        with self.world.database.transaction() as tx:
            return tx.dead_letters.find(portal=NUMBER, limit=1000)
