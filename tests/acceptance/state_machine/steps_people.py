"""Steps of people: they create, edit, delete, merge, convert and erase on both sides."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, SALESFORCE_LEAD
from tests.acceptance.state_machine.people import PERSONS, is_deleted
from tests.acceptance.state_machine.play import CHOICE, FIELD, KIND, OBJECT, THEN, Play, Then


class PeopleSteps(Play):
    """What anybody may do in either CRM."""

    @rule(who=CHOICE, object_type=OBJECT, then=THEN)
    def create(self, who: int, object_type: str, then: Then) -> None:
        self.people.create(who, object_type)
        self.go_on(then)

    @rule(who=CHOICE, object_type=st.sampled_from(PERSONS), then=THEN)
    def create_on_both_sides(self, who: int, object_type: str, then: Then) -> None:
        self.people.create(who, HUBSPOT_CONTACT)
        self.people.create(who, object_type)
        self.go_on(then)

    @rule(choice=CHOICE, field=FIELD, kind=KIND, then=THEN)
    def edit(self, choice: int, field: str, kind: int, then: Then) -> None:
        self.edit_one(self.people.pick(choice), field, kind)
        self.go_on(then)

    @rule(choice=CHOICE, left=FIELD, right=FIELD, kind=KIND, then=THEN)
    def edit_both_sides(self, choice: int, left: str, right: str, kind: int, then: Then) -> None:
        """Two people at work on one pair, on the same field or on two."""
        for ref, field in zip(self.world.pair(choice), (left, right), strict=False):
            self.edit_one(ref, field, kind)
        self.go_on(then)

    @rule(choice=CHOICE, side=st.integers(0, 1), field=FIELD, kind=KIND, then=THEN)
    def edit_a_pair(self, choice: int, side: int, field: str, kind: int, then: Then) -> None:
        for ref in self.world.pair(choice)[side : side + 1]:
            self.edit_one(ref, field, kind)
        self.go_on(then)

    @rule(choice=CHOICE, then=THEN)
    def delete(self, choice: int, then: Then) -> None:
        self.with_one(self.people.pick(choice), self.people.delete)
        self.go_on(then)

    @rule(choice=CHOICE, side=st.integers(0, 1), then=THEN)
    def delete_from_a_pair(self, choice: int, side: int, then: Then) -> None:
        for ref in self.world.pair(choice)[side : side + 1]:
            self.with_one(ref, self.people.delete)
        self.go_on(then)

    @rule(choice=CHOICE, then=THEN)
    def bring_back(self, choice: int, then: Then) -> None:
        self.with_one(self.people.pick(choice, fits=is_deleted), self.people.bring_back)
        self.go_on(then)

    @rule(choice=CHOICE, other=CHOICE, then=THEN)
    def merge(self, choice: int, other: int, then: Then) -> None:
        winner = self.people.pick(choice)
        loser = self.people.pick(other, winner.object_type, but=winner) if winner else None
        if winner and loser:
            self.people.merge(winner, loser)
        self.go_on(then)

    @rule(choice=CHOICE, into=st.none() | CHOICE, then=THEN)
    def convert(self, choice: int, into: int | None, then: Then) -> None:
        lead = self.people.pick(choice, SALESFORCE_LEAD)
        contact = None if into is None else self.people.pick(into, SALESFORCE_CONTACT)
        if lead:
            self.people.convert(lead, contact)
        self.go_on(then)

    @rule(choice=CHOICE, then=THEN)
    def erase(self, choice: int, then: Then) -> None:
        self.with_one(self.people.pick(choice, HUBSPOT_CONTACT), self.people.erase)
        self.go_on(then)

    @rule(choice=CHOICE, stay=st.booleans(), then=THEN)
    def join(self, choice: int, stay: bool, then: Then) -> None:  # noqa: FBT001  # hypothesis passes it
        self.with_one(self.people.pick(choice, HUBSPOT_CONTACT), lambda ref: self.people.join(ref, stay=stay))
        self.go_on(then)
