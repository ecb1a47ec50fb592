"""People at work in both CRMs. A CRM refuses some acts, as it would refuse them to a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count

from contract.lifecycle import STAGE
from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, SALESFORCE_LEAD, RecordRef, Side, Value
from sandbox.hubspot.errors import ApiError
from sandbox.salesforce import SalesforceError
from tests.acceptance.state_machine.crms import BAD, NUMBER
from tests.acceptance.state_machine.fields import FIELDS, MEMBER, MEMBERSHIP, SPELLINGS, Mapped
from tests.acceptance.state_machine.journal import Author, State
from tests.acceptance.state_machine.own_rules import RIVAL
from tests.acceptance.state_machine.setup import Extra
from tests.acceptance.state_machine.world import World

_NAMES = ("ada", "bob", "cleo", "dan", "eve", "finn", "gus", "hana", "ivo", "jill")
_BLANK, _ODD, _SAME, _BAD, _RULED = 0, 1, 2, 3, 4
"""Kinds of typing: nothing, an odd form, what others show, what a CRM refuses, what a rule of users' own is
about; else a new value."""


def is_live(state: State) -> bool:
    """Stands there for people to edit."""
    return state.live


def is_deleted(state: State) -> bool:
    """Lies in a recycle bin, and not because it lost a merge."""
    return state.deleted and not state.merged_into


class People:
    """Acts on the records there are; a `choice` picks one by number, so that every number does something."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._crms = world.crms
        self._extras = world.setup.extras
        self._numbers = count(1)

    def pick(
        self,
        choice: int,
        *objects: str,
        fits: Callable[[State], bool] = is_live,
        but: RecordRef | None = None,
    ) -> RecordRef | None:
        """A record of one of these objects (of any, without a name) that fits; None if there is none."""
        found = [
            ref
            for ref, state in self._crms.states().items()
            if fits(state) and ref != but and (not objects or ref.object_type in objects)
        ]
        return found[choice % len(found)] if found else None

    def create(self, who: int, object_type: str) -> None:
        """A new person with the address of that number."""
        ref = RecordRef(side=_side(object_type), object_type=object_type, id="")
        person = self._person(who, needs_all=ref.side is Side.SALESFORCE)
        values = {
            own: person[field.key] for field in FIELDS if field.key in person and (own := field.name(ref))
        }
        if ref.side is Side.HUBSPOT:
            values |= {MEMBERSHIP: MEMBER} if who % 4 else {}
            values |= self._stage(who)
            self._act(lambda: self._crms.hubspot.ui_create(NUMBER, "contacts", values))
        else:
            self._act(lambda: self._crms.salesforce.ui_create(object_type, values))

    def edit(self, ref: RecordRef, field: Mapped, kind: int) -> None:
        """Another value in one field."""
        name = field.name(ref)
        if name is None:
            return
        self.write(ref, {name: self._value(ref, field, kind)})

    def write(self, ref: RecordRef, values: Mapping[str, Value]) -> None:
        """These values, by the CRM's own names."""
        if ref.side is Side.HUBSPOT:
            self._act(lambda: self._crms.hubspot.ui_update(NUMBER, "contacts", ref.id, values))
        else:
            self._act(lambda: self._crms.salesforce.ui_update(ref.object_type, ref.id, values))

    def join(self, ref: RecordRef, *, stay: bool) -> None:
        """Onto the inclusion list, or off it."""
        self.write(ref, {MEMBERSHIP: MEMBER if stay else ""})

    def delete(self, ref: RecordRef) -> None:
        """Into the recycle bin."""
        if ref.side is Side.HUBSPOT:
            self._act(lambda: self._crms.hubspot.ui_delete(NUMBER, "contacts", ref.id))
        else:
            self._act(lambda: self._crms.salesforce.ui_delete(ref.object_type, ref.id))

    def bring_back(self, ref: RecordRef) -> None:
        """Out of the recycle bin."""
        if ref.side is Side.HUBSPOT:
            self._act(lambda: self._crms.hubspot.ui_restore(NUMBER, "contacts", ref.id))
        else:
            self._act(lambda: self._crms.salesforce.ui_undelete(ref.object_type, ref.id))

    def merge(self, winner: RecordRef, loser: RecordRef) -> None:
        """Two records of one object become one."""
        if winner.side is Side.HUBSPOT:
            self._act(lambda: self._crms.hubspot.ui_merge(NUMBER, "contacts", winner.id, loser.id))
        else:
            self._act(lambda: self._crms.salesforce.ui_merge(winner.object_type, winner.id, [loser.id]))

    def convert(self, lead: RecordRef, into: RecordRef | None) -> None:
        """The lead becomes a contact, a new one or the given one; where stages are played, with a deal."""
        contact = into.id if into else None
        deal = f"of {lead.id}" if Extra.STAGES in self._extras else None
        convert = self._crms.salesforce.ui_convert
        self._act(lambda: convert(lead.id, contact_id=contact, opportunity_name=deal))

    def erase(self, ref: RecordRef) -> None:
        """The contact is deleted for good, as the law demands."""
        self._act(lambda: self._crms.hubspot.ui_gdpr_delete(NUMBER, ref.id))

    def _person(self, who: int, *, needs_all: bool) -> Mapping[str, str]:
        name = _NAMES[who % len(_NAMES)]
        rival = Extra.OWN_RULES in self._extras and who >= len(_NAMES)
        firm = RIVAL if rival else f"{name}-firm.example"
        person = {"email": f"{name}@{firm}", "firstname": name.title()}
        person |= {"phone": self._fresh(), "jobtitle": self._fresh()}
        if needs_all or who % 3:
            person |= {"lastname": self._fresh(), "company": self._fresh()}
        return person

    def _stage(self, who: int) -> Mapping[str, str]:
        """Some begin at a stage, where stages are played at all."""
        stages = self._world.setup.stages
        played = self._extras & {Extra.STAGES, Extra.EXCEPTIONS} and who % 2
        return {STAGE: stages[who % len(stages)]} if played else {}

    def _value(self, ref: RecordRef, field: Mapped, kind: int) -> Value:
        fresh = self._fresh()
        if kind == _RULED and Extra.OWN_RULES in self._extras and field.key in {"email", "jobtitle"}:
            return f"{fresh}@{RIVAL}" if field.key == "email" else next(iter(SPELLINGS)).upper()
        if kind == _SAME:
            return self._elsewhere(ref, field) or fresh
        if field.key == "email":
            return f" {fresh.upper()}@moved.example" if kind == _ODD else f"{fresh}@moved.example"
        if kind == _BLANK or (kind == _BAD and field.key == "phone"):
            return f"{BAD}-{fresh}" if kind == _BAD else ""
        if field.key == "annualrevenue":
            return f"{fresh[1:]}000.{'005' if kind == _ODD else '25'}"
        return f" {fresh} " if kind == _ODD else fresh

    def _elsewhere(self, ref: RecordRef, field: Mapped) -> Value:
        """What some record of the other side holds in the field."""
        for other, state in self._crms.states().items():
            value = state.fields.get(field.name(other) or "")
            if other.side is not ref.side and value is not None and field.key != "email":
                return value
        return None

    def _fresh(self) -> str:
        return f"v{next(self._numbers)}"

    def _act(self, act: Callable[[], object]) -> None:
        with suppress(ApiError, SalesforceError):
            act()
        self._world.observe(Author.PERSON)


def _side(object_type: str) -> Side:
    return Side.HUBSPOT if object_type == HUBSPOT_CONTACT else Side.SALESFORCE


PERSONS = (SALESFORCE_LEAD, SALESFORCE_CONTACT)
