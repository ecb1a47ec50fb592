"""One change on an idle system: from the notice to the value on the other side."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.crms import Crms, wait_until
from bench.stacks import Stack
from bench.stage import Stage, open_stage

_PEOPLE = [f"p{number:02}@bench.example" for number in range(20)]
_CALM = 0.3
"""Seconds without anything to do before the system counts as idle."""
_MOST_PAUSE = 0.1
"""A random pause of up to so many seconds before each change, longer than any of Diptych's own rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """Seconds from the moment a notice is sent to the moment the other CRM holds the value."""

    what: str
    seconds: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One direction: how one of the people is edited here, and what the other side then shows."""

    crms: Crms
    ids: Sequence[str]
    edit: Callable[[str, str], None]
    shown: Callable[[str], str]
    ids_there: Sequence[str]

    def sample(self, stage: Stage, number: int) -> float:
        """Change one person; seconds until the other side shows it."""
        person, title = number % len(self.ids), f"Edit {number} of {self.edit.__name__}"
        stage.rest(calm=_CALM)
        time.sleep(random.uniform(0, _MOST_PAUSE))
        self.crms.hush()
        self.edit(self.ids[person], title)
        began = time.monotonic()
        self.crms.speak()
        there = self.ids_there[person]
        return wait_until(lambda: self.shown(there) == title, seconds=30, every=0.002, what=title) - began


def singles(stack: Stack, samples: int) -> Iterator[Single]:
    """Both directions, `samples` changes each, on people who are linked already."""
    with open_stage(stack) as stage:
        crms = stage.crms
        crms.create_contacts(_PEOPLE, "New")
        wait_until(lambda: set(_PEOPLE) <= set(crms.leads()), seconds=60, every=0.1, what="linking")
        stage.rest()
        known, known_there = crms.contacts(), crms.leads()
        contacts = [known[email][0] for email in _PEOPLE]
        leads = [known_there[email][0] for email in _PEOPLE]
        ways = {
            "HubSpot -> Salesforce": _Way(
                crms=crms, ids=contacts, edit=crms.edit_contact, shown=crms.lead_title, ids_there=leads
            ),
            "Salesforce -> HubSpot": _Way(
                crms=crms, ids=leads, edit=crms.edit_lead, shown=crms.contact_title, ids_there=contacts
            ),
        }
        for what, way in ways.items():
            yield Single(what=what, seconds=[way.sample(stage, number) for number in range(samples)])
