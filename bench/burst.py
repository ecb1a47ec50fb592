"""A burst of changed persons: API calls, records per second, and the time until both sides agree."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

from bench.crms import Calls, wait_until
from bench.stacks import Stack
from bench.stage import Stage, open_stage

_LONGEST = 300.0
Titles = Callable[[], Mapping[str, tuple[str, str]]]
"""E-mail -> (id, job title) of everybody on one side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """`written` of `changed` persons had to come to agree; it took `seconds` from the first notice on."""

    what: str
    changed: int
    written: int
    seconds: float
    calls: Calls


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """All `people` are changed by `act`; `members` of them must show the title on the other side, `there`."""

    what: str
    act: Callable[[Sequence[str], str], None]
    there: Titles
    people: Sequence[str]
    members: Sequence[str]

    def measure(self, stage: Stage) -> Burst:
        """All edits first, then the notices, until there is nothing left to do."""
        crms = stage.crms
        crms.hush()
        self.act(self.people, self.what)
        crms.forget_calls()
        began = time.monotonic()
        crms.speak()
        agreed = wait_until(self._agree, seconds=_LONGEST, every=0.05, what=self.what)
        stage.rest()
        self._demand_nobody_else()
        return Burst(
            what=self.what,
            changed=len(self.people),
            written=len(self.members),
            seconds=agreed - began,
            calls=crms.calls(),
        )

    def _agree(self) -> bool:
        found = self.there()
        return all(email in found and found[email][1] == self.what for email in self.members)

    def _demand_nobody_else(self) -> None:
        found = self.there()
        wrong = [email for email in set(self.people) - set(self.members) if found[email][1] == self.what]
        if wrong:
            raise RuntimeError(f"written although not on the inclusion list: {wrong[:3]}")


def bursts(stack: Stack, size: int) -> Generator[Burst, None, None]:
    """All of them, on two stages: without an inclusion list and with one."""
    with open_stage(stack) as stage:
        people, others = _people("h", size), _people("s", size)
        for plan in (
            _new_contacts(stage, people, "HubSpot -> Salesforce, new"),
            _edited_contacts(stage, people, people, "HubSpot -> Salesforce, linked"),
            _edited_leads(stage, people, people, "Salesforce -> HubSpot, linked"),
            _new_leads(stage, others, "Salesforce -> HubSpot, new"),
        ):
            yield plan.measure(stage)
    with open_stage(stack, with_list=True) as stage:
        people = _people("m", size)
        members = people[: size // 2]
        yield _new_contacts(stage, people, "HubSpot -> Salesforce, new, all on the list").measure(stage)
        _leave_the_list(stage, people[size // 2 :])
        for plan in (
            _edited_contacts(stage, people, members, "HubSpot -> Salesforce, linked, half on the list"),
            _edited_leads(stage, people, members, "Salesforce -> HubSpot, linked, half on the list"),
        ):
            yield plan.measure(stage)


def _people(prefix: str, size: int) -> list[str]:
    return [f"{prefix}{number:04}@bench.example" for number in range(size)]


def _new_contacts(stage: Stage, people: Sequence[str], what: str) -> _Plan:
    crms = stage.crms
    return _Plan(what=what, act=crms.create_contacts, there=crms.leads, people=people, members=people)


def _new_leads(stage: Stage, people: Sequence[str], what: str) -> _Plan:
    crms = stage.crms
    return _Plan(what=what, act=crms.create_leads, there=crms.contacts, people=people, members=people)


def _edited_contacts(stage: Stage, people: Sequence[str], members: Sequence[str], what: str) -> _Plan:
    crms = stage.crms
    act = _each(crms.contacts, crms.edit_contact)
    return _Plan(what=what, act=act, there=crms.leads, people=people, members=members)


def _edited_leads(stage: Stage, people: Sequence[str], members: Sequence[str], what: str) -> _Plan:
    crms = stage.crms
    act = _each(crms.leads, crms.edit_lead)
    return _Plan(what=what, act=act, there=crms.contacts, people=people, members=members)


def _each(known: Titles, edit: Callable[[str, str], None]) -> Callable[[Sequence[str], str], None]:
    """Edit people who are known by their e-mail."""

    def act(people: Sequence[str], title: str) -> None:
        found = known()
        for email in people:
            edit(found[email][0], title)

    return act


def _leave_the_list(stage: Stage, people: Sequence[str]) -> None:
    known = stage.crms.contacts()
    for email in people:
        stage.crms.leave_the_list(known[email][0])
    stage.rest()
