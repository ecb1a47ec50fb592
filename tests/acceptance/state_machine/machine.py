"""The state machine: how a run begins, and how it is judged in the end."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from contract.activity import DeadLetter
from contract.records import HUBSPOT_CONTACT
from tests.acceptance.state_machine.crms import NUMBER
from tests.acceptance.state_machine.journal import What
from tests.acceptance.state_machine.oracle import judge
from tests.acceptance.state_machine.oracle.run import Complaint, Run
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
        self._complain(self.world.unsettled(), judged=True)
        calls, events = self.world.writes(), len(self.world.journal.events)
        self.world.tell_again()
        self._complain([] if self._rest() else ["it never came to rest again"])
        self._complain([f"old notices led to: {event}" for event in self.world.journal.events[events:]])
        if not self._letters() and not self._erased():  # what is refused may be tried and refused again
            self._complain([f"old notices led to {call}" for call in self.world.writes() - calls])

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

    def _erased(self) -> bool:
        """Whether anybody was, which takes the letters about an address along that HubSpot refuses now."""
        return any(event.what is What.ERASED for event in self.world.journal.events)

    def _letters(self) -> list[DeadLetter]:
        with self.world.database.transaction() as tx:
            return tx.dead_letters.find(portal=NUMBER, limit=1000)
