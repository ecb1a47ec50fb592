"""The whole system for one measurement: slow CRMs, Diptych's processes, and when all of it is at rest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench.crms import PORTAL, Crms, open_crms, wait_until
from bench.stacks import Stack, apply_portal, diptych, open_site, pending
from contract.ports import Database

_CALM = 2.5
"""Seconds without a call, a notice or a row before a burst is over. What Salesforce stored is looked at
1.5 s after a write, and refused work comes again after 2 s at most."""
_LONGEST = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a measurement holds in its hands."""

    crms: Crms
    database: Database

    def rest(self, *, calm: float = _CALM) -> None:
        """Until nothing has moved for `calm` seconds. Raises TimeoutError, RuntimeError for dead letters."""
        since, before = time.monotonic(), -1

        def still() -> bool:
            nonlocal since, before
            calls = self.crms.calls().total
            if calls != before or self.crms.waiting() or pending(self.database):
                since, before = time.monotonic(), calls
            return time.monotonic() - since >= calm

        wait_until(still, seconds=_LONGEST, every=0.05, what="rest")
        self._demand_no_dead_letters()

    def _demand_no_dead_letters(self) -> None:
        with self.database.transaction() as tx:
            letters = tx.dead_letters.find(portal=PORTAL, limit=3)
        if letters:
            raise RuntimeError(f"the run is worthless, there are dead letters: {letters}")


@contextmanager
def open_stage(stack: Stack, *, with_list: bool = False) -> Iterator[Stage]:
    """Everything running on this stack, first logins and first sweep behind it."""
    with ExitStack() as closing:
        site = closing.enter_context(open_site(stack))
        crms = closing.enter_context(open_crms(site.url, with_list=with_list))
        database = site.open_database()
        closing.callback(database.close)
        apply_portal(database, crms.portal_file)
        for command in stack.commands:
            closing.enter_context(site.running(diptych(command), name=command))
        site.await_ready()
        stage = Stage(crms=crms, database=database)
        _warm_up(stage)
        yield stage


def _warm_up(stage: Stage) -> None:
    """One person each way: tokens, descriptions of objects and connections are there afterwards."""
    stage.crms.create_contacts(["first@bench.example"], "Warm")
    stage.crms.create_leads(["second@bench.example"], "Warm")
    wait_until(
        lambda: set(stage.crms.contacts()) == set(stage.crms.leads()),
        seconds=60,
        every=0.1,
        what="first sync",
    )
    stage.rest()
