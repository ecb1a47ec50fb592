"""What all steps of a run share: its world, and how it goes on after a step."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, SALESFORCE_LEAD, RecordRef, Side
from tests.acceptance.state_machine.affairs import Affairs
from tests.acceptance.state_machine.crew import Crew
from tests.acceptance.state_machine.fields import BY_KEY, FIELDS
from tests.acceptance.state_machine.operators import Operators
from tests.acceptance.state_machine.people import People
from tests.acceptance.state_machine.setup import Extra, Setup
from tests.acceptance.state_machine.world import World

CHOICE = st.integers(0, 11)
OBJECT = st.sampled_from([HUBSPOT_CONTACT, SALESFORCE_LEAD, SALESFORCE_CONTACT])
FIELD = st.sampled_from([field.key for field in FIELDS])
KIND = st.integers(0, 7)
SIDE = st.sampled_from(Side)
POINT = st.integers(0, 24)
"""How many points a worker passes before something befalls it; a batch has up to about thirty."""


class Then(StrEnum):
    """What follows on an act of people."""

    NOTHING = "nothing"
    RECEIVE = "receive"
    WORK = "work"
    SETTLE = "settle"


THEN = st.sampled_from(Then)
_ROUNDS = {Then.RECEIVE: 1, Then.WORK: 1, Then.SETTLE: 3}


class Play(RuleBasedStateMachine):
    """One run. What people do is followed by nothing, by some work, or by all the work there is."""

    setup: Setup
    world: World
    people: People
    affairs: Affairs
    operators: Operators
    crew: Crew

    def open(self, setup: Setup) -> None:
        """Set the scene."""
        self.setup = setup
        self.world = World(setup)
        self.people = People(self.world)
        self.affairs = Affairs(self.world, self.people)
        self.operators = Operators(self.world)
        self.crew = Crew(self.world)

    def plays(self, extra: Extra) -> bool:
        """Whether this run has it."""
        return extra in self.setup.extras

    def go_on(self, then: Then) -> None:
        """Let as much be worked off as the step asks for."""
        if then is Then.NOTHING:
            return
        for _ in range(_ROUNDS[then]):
            self.world.deliver()
            self.crew.receive()
            if then is not Then.RECEIVE:
                self.crew.reconcile()
                self.world.clock.sleep(1.1)

    def edit_one(self, ref: RecordRef | None, field: str, kind: int) -> None:
        """Type into one field of a record, if there is one."""
        if ref is not None:
            self.people.edit(ref, BY_KEY[field], kind)

    def end(self, choice: int, side: Side) -> RecordRef | None:
        """The end of a pair on this side, else any record there."""
        found = [ref for ref in self.world.pair(choice) if ref.side is side]
        objects = [HUBSPOT_CONTACT] if side is Side.HUBSPOT else [SALESFORCE_LEAD, SALESFORCE_CONTACT]
        return found[0] if found else self.people.pick(choice, *objects)

    @staticmethod
    def with_one(ref: RecordRef | None, act: Callable[[RecordRef], None]) -> None:
        """Do something with a record, if there is one."""
        if ref is not None:
            act(ref)
