"""Steps that only some runs play: owners, opt-outs, places, lifecycle stages, contact roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, Side
from tests.acceptance.state_machine.play import CHOICE, SIDE, THEN, Play, Then
from tests.acceptance.state_machine.setup import Extra

F = TypeVar("F", bound=Callable[..., None])


def only_with(*extras: Extra) -> Callable[[F], F]:
    """The step is there in runs that play one of these."""
    return precondition(lambda self: bool(self.setup.extras & set(extras)))


_ON_RECORDS = (Extra.OWNERS, Extra.OPT_OUT, Extra.PLACES, Extra.STAGES, Extra.EXCEPTIONS)
"""What people do to records of both sides."""


class AffairSteps(Play):
    """Mostly on one end of a pair, since that is where it matters."""

    @only_with(Extra.OWNERS)
    @rule(choice=CHOICE, side=SIDE, owner=CHOICE, then=THEN)
    def give_to_another_owner(self, choice: int, side: Side, owner: int, then: Then) -> None:
        self.with_one(self.end(choice, side), lambda ref: self.affairs.give(ref, owner))
        self.go_on(then)

    @only_with(Extra.OWNERS)
    @rule(choice=CHOICE, left=CHOICE, right=CHOICE, then=THEN)
    def give_both_sides_to_others(self, choice: int, left: int, right: int, then: Then) -> None:
        for ref, owner in zip(self.world.pair(choice), (left, right), strict=False):
            self.affairs.give(ref, owner)
        self.go_on(then)

    @only_with(Extra.OPT_OUT)
    @rule(choice=CHOICE, side=SIDE, back=st.sampled_from([False, False, True]), then=THEN)
    def opt_out(self, choice: int, side: Side, back: bool, then: Then) -> None:  # noqa: FBT001  # hypothesis passes it
        self.with_one(self.end(choice, side), lambda ref: self.affairs.opt(ref, out=not back))
        self.go_on(then)

    @only_with(Extra.PLACES)
    @rule(choice=CHOICE, side=SIDE, place=CHOICE, spelling=st.integers(0, 7), then=THEN)
    def move(self, choice: int, side: Side, place: int, spelling: int, then: Then) -> None:
        self.with_one(self.end(choice, side), lambda ref: self.affairs.move(ref, place, spelling))
        self.go_on(then)

    @only_with(Extra.STAGES, Extra.EXCEPTIONS)
    @rule(choice=CHOICE, stage=CHOICE, then=THEN)
    def set_the_stage(self, choice: int, stage: int, then: Then) -> None:
        self.with_one(self.end(choice, Side.HUBSPOT), lambda ref: self.affairs.advance(ref, stage))
        self.go_on(then)

    @only_with(Extra.STAGES)
    @rule(choice=CHOICE, deal=CHOICE, then=THEN)
    def take_part_in_a_deal(self, choice: int, deal: int, then: Then) -> None:
        contact = self.people.pick(choice, SALESFORCE_CONTACT)
        self.with_one(contact, lambda ref: self.affairs.take_part(ref, deal))
        self.crew.sweep()
        self.go_on(then)

    @only_with(Extra.STAGES)
    @rule(choice=CHOICE, left=st.booleans(), then=THEN)
    def move_a_deal(self, choice: int, left: bool, then: Then) -> None:  # noqa: FBT001  # hypothesis passes it
        (self.affairs.leave if left else self.affairs.close)(choice)
        self.crew.sweep()
        self.go_on(then)

    @only_with(Extra.STAGES)
    @rule(choice=CHOICE, deal=CHOICE, stage=CHOICE, then=THEN)
    def begin_a_pair_with_a_deal(self, choice: int, deal: int, stage: int, then: Then) -> None:
        """A contact on both sides, who takes part in a deal."""
        self.people.create(choice, HUBSPOT_CONTACT)
        self.people.create(choice, SALESFORCE_CONTACT)
        self.go_on(Then.SETTLE)
        self.take_part_in_a_deal(choice=-1, deal=deal, then=Then.NOTHING)
        self.go_on(then)

    @only_with(Extra.MIRRORING)
    @rule(choice=CHOICE, other=CHOICE, then=THEN)
    def merge_two_of_salesforce(self, choice: int, other: int, then: Then) -> None:
        """Two pairs whose Salesforce records become one, if they are of one object."""
        ends = [self.end(number, Side.SALESFORCE) for number in (choice, other)]
        winner, loser = ends
        if winner and loser and winner != loser and winner.object_type == loser.object_type:
            self.people.merge(winner, loser)
        self.crew.sweep()
        self.go_on(then)

    @only_with(*_ON_RECORDS)
    @rule(acts=st.lists(st.tuples(CHOICE, CHOICE, SIDE, CHOICE, THEN), min_size=3, max_size=10))
    def busy_hour(self, acts: list[tuple[int, int, Side, int, Then]]) -> None:
        """Several of these things one after the other, whatever the run plays of them."""
        played = [extra for extra in _ON_RECORDS if self.plays(extra)]
        for what, choice, side, detail, then in acts:
            self._happen(played[what % len(played)], choice, side, detail)
            self.go_on(then)

    def _happen(self, what: Extra, choice: int, side: Side, detail: int) -> None:
        hubspot = what is Extra.EXCEPTIONS or (what is Extra.STAGES and detail % 2)
        ref = self.end(choice, Side.HUBSPOT if hubspot else side)
        if ref is None:
            return
        if what is Extra.OWNERS:
            self.affairs.give(ref, detail)
        elif what is Extra.OPT_OUT:
            self.affairs.opt(ref, out=detail > 3)
        elif what is Extra.PLACES:
            self.affairs.move(ref, detail, choice)
        elif hubspot:
            self.affairs.advance(ref, detail)
        elif ref.object_type == SALESFORCE_CONTACT:
            self.affairs.take_part(ref, detail)
        else:
            self.affairs.close(detail)
