"""Steps of operators: they pause and resume, release what guards hold, keep people out, save settings."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from contract.records import Side
from tests.acceptance.state_machine.play import CHOICE, POINT, SIDE, THEN, Play, Then
from tests.acceptance.state_machine.setup import Extra
from tests.acceptance.state_machine.steps_affairs import only_with


class OperatorSteps(Play):
    """Each is there only in runs in which it matters."""

    @only_with(Extra.PAUSES)
    @rule(everyone=st.booleans(), then=THEN)
    def pause(self, everyone: bool, then: Then) -> None:  # noqa: FBT001  # hypothesis passes it
        self.operators.pause(everyone=everyone)
        self.go_on(then)

    @only_with(Extra.PAUSES)
    @rule(everyone=st.booleans(), then=THEN)
    def resume(self, everyone: bool, then: Then) -> None:  # noqa: FBT001  # hypothesis passes it
        self.operators.resume(everyone=everyone)
        self.world.clock.sleep(2.0)
        self.go_on(then)

    @only_with(Extra.PAUSES)
    @rule(point=POINT, everyone=st.booleans(), then=THEN)
    def pause_amid_a_batch(self, point: int, everyone: bool, then: Then) -> None:  # noqa: FBT001  # as above
        self.go_on(Then.RECEIVE)
        self.crew.interrupt(point, lambda: self.operators.pause(everyone=everyone))
        self.go_on(then)

    @only_with(Extra.GUARDS)
    @rule(then=THEN)
    def release(self, then: Then) -> None:
        self.operators.release()
        self.go_on(then)

    @only_with(Extra.NEVER_SYNC)
    @rule(choice=CHOICE, side=SIDE, then=THEN)
    def keep_out(self, choice: int, side: Side, then: Then) -> None:
        self.with_one(self.end(choice, side), self.operators.keep_out)
        self.go_on(then)

    @only_with(Extra.NEVER_SYNC)
    @rule(point=POINT, choice=CHOICE, side=SIDE, then=THEN)
    def keep_out_amid_a_batch(self, point: int, choice: int, side: Side, then: Then) -> None:
        self.go_on(Then.RECEIVE)
        act = self.operators.keep_out
        self.crew.interrupt(point, lambda: self.with_one(self.end(choice, side), act))
        self.go_on(then)

    @only_with(Extra.NEVER_SYNC)
    @rule(choice=CHOICE, then=THEN)
    def sync_again(self, choice: int, then: Then) -> None:
        self.operators.sync_again(choice)
        self.go_on(then)

    @only_with(Extra.VERSIONS)
    @rule(choice=CHOICE, then=THEN)
    def save_settings(self, choice: int, then: Then) -> None:
        self.operators.save(choice)
        self.go_on(then)

    @only_with(Extra.VERSIONS)
    @rule(point=POINT, choice=CHOICE, then=THEN)
    def save_settings_amid_a_batch(self, point: int, choice: int, then: Then) -> None:
        self.go_on(Then.RECEIVE)
        self.crew.interrupt(point, lambda: self.operators.save(choice))
        self.go_on(then)
