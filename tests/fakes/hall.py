"""A worker over a whole office, which works when told and in the test's own thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from consumers.jobs import JobRunner
from consumers.meter import PortalMeter
from consumers.open_portal import OpenPortal
from consumers.ownership import Ownership
from consumers.reconcile import Crms
from consumers.worker import Worker
from contract.settings import Portal
from tests.contract.crm.benches import NUMBER
from tests.fakes.away import AwayDatabase
from tests.fakes.office import Office


class Hall:
    """A worker over a whole office whose pool does its work at once, in the test's own thread."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.database = AwayDatabase(office.database)
        self.reported: list[BaseException] = []
        self.opened: list[Portal] = []
        self.worker = Worker(
            database=self.database,
            inbox=office.inbox,
            keeper=office.keeper,
            ownership=Ownership(worker="hall", database=office.database, clock=office.clock),
            reconciler=replace(office.reconciler, database=self.database),
            sweeper=office.sweeper,
            jobs=JobRunner(
                database=self.database,
                works={},
                runner="hall",
                clock=office.clock,
                report=self.reported.append,
            ),
            open_portal=self._open,
            clock=office.clock,
            new_id=office.new_id,
            sweep_every=timedelta(seconds=60),
            report=self.reported.append,
        )

    def _open(self, portal: Portal) -> tuple[Crms, PortalMeter]:
        self.opened.append(portal)
        ledger, clock = self.office.ledger, self.office.clock
        meter = PortalMeter(portal=portal.number, buckets=ledger, clock=clock, sleep=clock.sleep)
        return self.office.crms, meter

    def submit(self, work: Callable[[OpenPortal], None], opened: OpenPortal) -> Future[None]:
        work(opened)
        return Future()

    def dispatch(self) -> None:
        self.worker._dispatch(cast("Any", self))

    def save_another(self) -> None:
        """A second portal, number 5."""
        other = replace(self.office.portal, number=5, name="another")
        with self.office.database.transaction() as tx:
            tx.portals.save(other, author="test", comment="", at=self.office.clock())

    @property
    def portal(self) -> OpenPortal:
        return self.worker._portals[NUMBER]

    def pending(self) -> int:
        return self.office.counts().pending
