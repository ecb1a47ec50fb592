"""Steps of time, of outages, and of workers who die, freeze and wake up."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from contract.records import Side
from tests.acceptance.state_machine.crms import NUMBER
from tests.acceptance.state_machine.play import CHOICE, FIELD, KIND, POINT, THEN, Play, Then


class WorkerSteps(Play):
    """What befalls the product and its surroundings."""

    @rule(seconds=st.sampled_from([0.1, 0.7, 1.0, 3.0, 11.0, 70.0]))
    def wait(self, seconds: float) -> None:
        self.world.clock.sleep(seconds)

    @rule(then=THEN)
    def sweep(self, then: Then) -> None:
        self.crew.sweep()
        self.go_on(then)

    @rule(side=st.sampled_from(Side), seconds=st.sampled_from([2.0, 30.0]), then=THEN)
    def refuse_calls(self, side: Side, seconds: float, then: Then) -> None:
        """The CRM wants fewer calls for a while."""
        if side is Side.HUBSPOT:
            self.world.crms.hubspot.refuse_for(NUMBER, seconds)
        else:
            self.world.crms.salesforce.refuse_for(seconds)
        self.go_on(then)

    @rule(then=THEN)
    def expire_tokens(self, then: Then) -> None:
        self.world.crms.salesforce.expire_tokens()
        self.go_on(then)

    @rule(then=THEN)
    def forget_ledger(self, then: Then) -> None:
        self.world.forget_ledger()
        self.go_on(then)

    @rule(point=POINT)
    def die_receiving(self, point: int) -> None:
        self.world.deliver()
        self.crew.die(point, self.crew.receive)

    @rule(point=POINT, then=THEN)
    def die_reconciling(self, point: int, then: Then) -> None:
        self.go_on(Then.RECEIVE)
        self.crew.die(point, self.crew.reconcile)
        self.go_on(then)

    @rule(point=POINT, choice=CHOICE, field=FIELD, kind=KIND, then=THEN)
    def edit_amid_a_batch(self, point: int, choice: int, field: str, kind: int, then: Then) -> None:
        self.go_on(Then.RECEIVE)
        self.crew.interrupt(point, lambda: self.edit_one(self.people.pick(choice), field, kind))
        self.go_on(then)

    @precondition(lambda self: self.crew.frozen is None)
    @rule(point=POINT, seconds=st.sampled_from([1.0, 11.0]))
    def freeze(self, point: int, seconds: float) -> None:
        self.go_on(Then.RECEIVE)
        self.crew.freeze(point)
        self.world.clock.sleep(seconds)

    @precondition(lambda self: self.crew.frozen is not None)
    @rule(then=THEN)
    def thaw(self, then: Then) -> None:
        self.crew.thaw()
        self.go_on(then)
