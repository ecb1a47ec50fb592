"""The state machine: who may do what next."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from contract.activity import DeadLetter
from contract.mappings import DEFAULT_MAPPINGS, EMAIL_RULES, MappingRule
from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, SALESFORCE_LEAD, RecordRef, Side
from contract.settings import CreateAs, Settings, SyncMode
from tests.acceptance.state_machine.crew import Crew
from tests.acceptance.state_machine.crms import LIST, NUMBER
from tests.acceptance.state_machine.fields import BY_KEY, FIELDS
from tests.acceptance.state_machine.journal import What
from tests.acceptance.state_machine.oracle import judge
from tests.acceptance.state_machine.oracle.run import Complaint, Run
from tests.acceptance.state_machine.people import PERSONS, People, is_deleted
from tests.acceptance.state_machine.report import told
from tests.acceptance.state_machine.rest import come_to_rest
from tests.acceptance.state_machine.world import World

_RULES = {
    field.key: st.sampled_from(sorted(EMAIL_RULES) if field.key == "email" else list(MappingRule))
    for field in FIELDS
}
SETTINGS = st.fixed_dictionaries(
    {
        "create_as": st.sampled_from([CreateAs.LEAD, CreateAs.CONTACT, CreateAs.LEAD, CreateAs.NONE]),
        "create_from_leads": st.booleans(),
        "create_from_contacts": st.booleans(),
        "delete_when_lead_deleted": st.booleans(),
        "delete_when_contact_deleted": st.booleans(),
        "inclusion_list": st.sampled_from([None, None, None, None, LIST]),
        "rules": st.fixed_dictionaries(_RULES),
    }
)
CHOICE = st.integers(0, 11)
OBJECT = st.sampled_from([HUBSPOT_CONTACT, SALESFORCE_LEAD, SALESFORCE_CONTACT])
FIELD = st.sampled_from([field.key for field in FIELDS])
KIND = st.integers(0, 7)
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


class Machine(RuleBasedStateMachine):
    """One run. What people do is followed by nothing, by some work, or by all the work there is."""

    world: World
    people: People
    crew: Crew

    @initialize(
        drawn=SETTINGS,
        seed=st.integers(0, 2**20),
        first=st.lists(st.tuples(CHOICE, OBJECT), min_size=1, max_size=4),
    )
    def begin(self, drawn: Mapping[str, Any], seed: int, first: Sequence[tuple[int, str]]) -> None:
        self.settings = _settings(drawn)
        self.world = World(seed=seed, settings=self.settings)
        self.people = People(self.world)
        self.crew = Crew(self.world)
        self.crew.sweep()
        for who, object_type in first:
            self.people.create(who, object_type)
        self._go_on(Then.SETTLE)

    # --- people ---------------------------------------------------------------------------------

    @rule(who=CHOICE, object_type=OBJECT, then=THEN)
    def create(self, who: int, object_type: str, then: Then) -> None:
        self.people.create(who, object_type)
        self._go_on(then)

    @rule(who=CHOICE, object_type=st.sampled_from(PERSONS), then=THEN)
    def create_on_both_sides(self, who: int, object_type: str, then: Then) -> None:
        self.people.create(who, HUBSPOT_CONTACT)
        self.people.create(who, object_type)
        self._go_on(then)

    @rule(choice=CHOICE, field=FIELD, kind=KIND, then=THEN)
    def edit(self, choice: int, field: str, kind: int, then: Then) -> None:
        self._edit(self.people.pick(choice), field, kind)
        self._go_on(then)

    @rule(choice=CHOICE, left=FIELD, right=FIELD, kind=KIND, then=THEN)
    def edit_both_sides(self, choice: int, left: str, right: str, kind: int, then: Then) -> None:
        """Two people at work on one pair, on the same field or on two."""
        for ref, field in zip(self.world.pair(choice), (left, right), strict=False):
            self._edit(ref, field, kind)
        self._go_on(then)

    @rule(choice=CHOICE, side=st.integers(0, 1), field=FIELD, kind=KIND, then=THEN)
    def edit_a_pair(self, choice: int, side: int, field: str, kind: int, then: Then) -> None:
        for ref in self.world.pair(choice)[side : side + 1]:
            self._edit(ref, field, kind)
        self._go_on(then)

    @rule(choice=CHOICE, then=THEN)
    def delete(self, choice: int, then: Then) -> None:
        self._with(self.people.pick(choice), self.people.delete)
        self._go_on(then)

    @rule(choice=CHOICE, side=st.integers(0, 1), then=THEN)
    def delete_from_a_pair(self, choice: int, side: int, then: Then) -> None:
        for ref in self.world.pair(choice)[side : side + 1]:
            self._with(ref, self.people.delete)
        self._go_on(then)

    @rule(choice=CHOICE, then=THEN)
    def bring_back(self, choice: int, then: Then) -> None:
        self._with(self.people.pick(choice, fits=is_deleted), self.people.bring_back)
        self._go_on(then)

    @rule(choice=CHOICE, other=CHOICE, then=THEN)
    def merge(self, choice: int, other: int, then: Then) -> None:
        winner = self.people.pick(choice)
        loser = self.people.pick(other, winner.object_type, but=winner) if winner else None
        if winner and loser:
            self.people.merge(winner, loser)
        self._go_on(then)

    @rule(choice=CHOICE, into=st.none() | CHOICE, then=THEN)
    def convert(self, choice: int, into: int | None, then: Then) -> None:
        lead = self.people.pick(choice, SALESFORCE_LEAD)
        contact = None if into is None else self.people.pick(into, SALESFORCE_CONTACT)
        if lead:
            self.people.convert(lead, contact)
        self._go_on(then)

    @rule(choice=CHOICE, then=THEN)
    def erase(self, choice: int, then: Then) -> None:
        self._with(self.people.pick(choice, HUBSPOT_CONTACT), self.people.erase)
        self._go_on(then)

    @rule(choice=CHOICE, stay=st.booleans(), then=THEN)
    def join(self, choice: int, stay: bool, then: Then) -> None:  # noqa: FBT001  # hypothesis passes it
        self._with(self.people.pick(choice, HUBSPOT_CONTACT), lambda ref: self.people.join(ref, stay=stay))
        self._go_on(then)

    # --- time and the workers -------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.1, 0.7, 1.0, 3.0, 11.0, 70.0]))
    def wait(self, seconds: float) -> None:
        self.world.clock.sleep(seconds)

    @rule(then=THEN)
    def sweep(self, then: Then) -> None:
        self.crew.sweep()
        self._go_on(then)

    @rule(side=st.sampled_from(Side), seconds=st.sampled_from([2.0, 30.0]), then=THEN)
    def refuse_calls(self, side: Side, seconds: float, then: Then) -> None:
        """The CRM wants fewer calls for a while."""
        if side is Side.HUBSPOT:
            self.world.crms.hubspot.refuse_for(NUMBER, seconds)
        else:
            self.world.crms.salesforce.refuse_for(seconds)
        self._go_on(then)

    @rule(then=THEN)
    def expire_tokens(self, then: Then) -> None:
        self.world.crms.salesforce.expire_tokens()
        self._go_on(then)

    @rule(then=THEN)
    def forget_ledger(self, then: Then) -> None:
        self.world.forget_ledger()
        self._go_on(then)

    @rule(point=POINT)
    def die_receiving(self, point: int) -> None:
        self.world.deliver()
        self.crew.die(point, self.crew.receive)

    @rule(point=POINT, then=THEN)
    def die_reconciling(self, point: int, then: Then) -> None:
        self._go_on(Then.RECEIVE)
        self.crew.die(point, self.crew.reconcile)
        self._go_on(then)

    @rule(point=POINT, choice=CHOICE, field=FIELD, kind=KIND, then=THEN)
    def edit_amid_a_batch(self, point: int, choice: int, field: str, kind: int, then: Then) -> None:
        self._go_on(Then.RECEIVE)
        self.crew.interrupt(point, lambda: self._edit(self.people.pick(choice), field, kind))
        self._go_on(then)

    @precondition(lambda self: self.crew.frozen is None)
    @rule(point=POINT, seconds=st.sampled_from([1.0, 11.0]))
    def freeze(self, point: int, seconds: float) -> None:
        self._go_on(Then.RECEIVE)
        self.crew.freeze(point)
        self.world.clock.sleep(seconds)

    @precondition(lambda self: self.crew.frozen is not None)
    @rule(then=THEN)
    def thaw(self, then: Then) -> None:
        self.crew.thaw()
        self._go_on(then)

    def _go_on(self, then: Then) -> None:
        if then is Then.NOTHING:
            return
        for _ in range(_ROUNDS[then]):
            self.world.deliver()
            self.crew.receive()
            if then is not Then.RECEIVE:
                self.crew.reconcile()
                self.world.clock.sleep(1.1)

    # --- the end --------------------------------------------------------------------------------

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
        self._complain([] if come_to_rest(self.world, self.crew) else ["it never came to rest"])
        self._complain(self.world.unsettled(), judged=True)
        calls, events = self.world.writes(), len(self.world.journal.events)
        self.world.tell_again()
        self._complain([] if come_to_rest(self.world, self.crew) else ["it never came to rest again"])
        self._complain([f"old notices led to: {event}" for event in self.world.journal.events[events:]])
        if not self._letters() and not self._erased():  # what is refused may be tried and refused again
            self._complain([f"old notices led to {call}" for call in self.world.writes() - calls])

    def _complain(self, says: Sequence[str], *, judged: bool = False) -> None:
        """Raise what is wrong, and if it is to be judged, what is wrong in the oracle's eyes."""
        if not says and not judged:
            return
        with self.world.database.transaction() as tx:
            activity = tx.activity.history(NUMBER, limit=10_000)
        run = Run(journal=self.world.journal, settings=self.settings, letters=self._letters())
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

    def _edit(self, ref: RecordRef | None, field: str, kind: int) -> None:
        if ref is not None:
            self.people.edit(ref, BY_KEY[field], kind)

    @staticmethod
    def _with(ref: RecordRef | None, act: Any) -> None:
        if ref is not None:
            act(ref)


def _settings(drawn: Mapping[str, Any]) -> Settings:
    """The portal's settings, with the fields of the run alone."""
    rules = drawn["rules"]
    mappings = tuple(
        replace(mapping, rule=rules[mapping.key]) for mapping in DEFAULT_MAPPINGS if mapping.key in rules
    )
    rest = {name: value for name, value in drawn.items() if name != "rules"}
    return Settings(mode=SyncMode.ON, mappings=mappings, **rest)
