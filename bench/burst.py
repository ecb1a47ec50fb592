"""A burst of changed persons: how many API calls, how many records a second, how long until both sides agree."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.crms import STRANGER, Calls, wait_until
from bench.stacks import Servers
from bench.stage import Stage, open_stage

_LONGEST = 300.0
Titles = Callable[[], Mapping[str, tuple[str, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """`written` of `changed` persons had to come to agree, which took `seconds` from the first notice on."""

    what: str
    changed: int
    written: int
    seconds: float
    calls: Calls


def bursts(servers: Servers, size: int) -> Iterator[Burst]:
    """All of them, on two stages: without an inclusion list and with one."""
    with open_stage(servers) as stage:
        people = _people("h", size)
        yield _new_contacts(stage, people, "HubSpot -> Salesforce, new")
        yield _edited_contacts(stage, people, people, "HubSpot -> Salesforce, linked")
        yield _edited_leads(stage, people, people, "Salesforce -> HubSpot, linked")
        yield _new_leads(stage, _people("s", size), "Salesforce -> HubSpot, new")
    with open_stage(servers, with_list=True) as stage:
        people = _people("m", size)
        members = people[: size // 2]
        yield _new_contacts(stage, people, "HubSpot -> Salesforce, new, all on the list")
        _leave_the_list(stage, people[size // 2 :])
        yield _edited_contacts(stage, people, members, "HubSpot -> Salesforce, linked, half on the list")
        yield _edited_leads(stage, people, members, "Salesforce -> HubSpot, linked, half on the list")


def _people(prefix: str, size: int) -> list[str]:
    return [f"{prefix}{number:04}@bench.example" for number in range(size)]


def _new_contacts(stage: Stage, people: Sequence[str], what: str) -> Burst:
    crms = stage.crms
    return _measure(
        stage, what, lambda: crms.create_contacts(people, "New"), crms.leads, people, people, "New"
    )


def _new_leads(stage: Stage, people: Sequence[str], what: str) -> Burst:
    crms = stage.crms
    return _measure(
        stage, what, lambda: crms.create_leads(people, "New"), crms.contacts, people, people, "New"
    )


def _edited_contacts(stage: Stage, people: Sequence[str], members: Sequence[str], what: str) -> Burst:
    crms = stage.crms
    known = crms.contacts()
    ids = [known[email][0] for email in people]
    title = "Edited in HubSpot"
    return _measure(
        stage, what, lambda: crms.edit_contacts(ids, jobtitle=title), crms.leads, people, members, title
    )


def _edited_leads(stage: Stage, people: Sequence[str], members: Sequence[str], what: str) -> Burst:
    crms = stage.crms
    known = crms.leads()
    ids = [known[email][0] for email in people]
    title = "Edited in Salesforce"
    return _measure(stage, what, lambda: crms.edit_leads(ids, title), crms.contacts, people, members, title)


def _leave_the_list(stage: Stage, people: Sequence[str]) -> None:
    known = stage.crms.contacts()
    stage.crms.edit_contacts([known[email][0] for email in people], hs_lead_status=STRANGER)
    stage.rest()


def _measure(
    stage: Stage,
    what: str,
    act: Callable[[], None],
    there: Titles,
    people: Sequence[str],
    members: Sequence[str],
    title: str,
) -> Burst:
    """All edits first, then the notices: `members` must get the title on the other side, nobody else."""
    crms = stage.crms
    crms.hush()
    act()
    crms.forget_calls()
    began = time.monotonic()
    crms.speak()
    agreed = wait_until(lambda: _have(there(), members, title), seconds=_LONGEST, every=0.05, what=what)
    stage.rest()
    _demand_nobody_else(there(), set(people) - set(members), title)
    return Burst(
        what=what,
        changed=len(people),
        written=len(members),
        seconds=agreed - began,
        calls=crms.calls(),
    )


def _have(found: Mapping[str, tuple[str, str]], people: Sequence[str], title: str) -> bool:
    return all(email in found and found[email][1] == title for email in people)


def _demand_nobody_else(found: Mapping[str, tuple[str, str]], people: set[str], title: str) -> None:
    wrong = [email for email in people if found[email][1] == title]
    if wrong:
        raise RuntimeError(f"written although not on the inclusion list: {wrong[:3]}")
