"""One worker, made of the product's own parts and driven step by step instead of by threads."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

from adapters.crm import open_hubspot, open_salesforce
from adapters.crm.http import new_session
from consumers.inbox import Inbox
from consumers.keeper import Keeper
from consumers.meter import PortalMeter
from consumers.open_portal import OpenPortal
from consumers.ownership import RENEW, Ownership
from consumers.reconcile import Crms, Reconciler
from consumers.sweep import Sweeper
from contract.activity import Lease
from contract.errors import CrmError, LeaseLost
from rules import decide
from tests.acceptance.state_machine.crms import HUBSPOT_URL, NUMBER, SALESFORCE_URL
from tests.acceptance.state_machine.fate import Died, Fate, WatchedDatabase, Wire
from tests.acceptance.state_machine.journal import Author
from tests.acceptance.state_machine.world import World


class Process:
    """A worker with an identity of its own. Nothing of it survives but what it wrote into the world."""

    def __init__(self, world: World, name: str, *, seed: int) -> None:
        self.name = name
        self.fate = Fate()
        self._world = world
        self._batch = 0
        self._renewed: datetime | None = None
        database = WatchedDatabase(world.database, self.fate)
        self.ownership = Ownership(worker=name, database=database, clock=world.clock)
        self.inbox = Inbox(
            subscriber=(subscriber := world.broker.subscriber()), database=database, marks=world.ledger
        )
        self.keeper = Keeper(subscriber=world.broker.dead_letters(), database=database)
        self._subscriber = subscriber
        self.reconciler = Reconciler(
            database=database,
            marks=world.ledger,
            decide=decide,
            clock=world.clock,
            new_id=world.new_id,
            jitter=random.Random(seed).random,
        )
        self.sweeper = Sweeper(database=database, marks=world.ledger)
        self.opened = self._open()

    def receive(self) -> int:
        """Take what the broker holds, good and bad."""
        self.keeper.step(now=self._world.clock(), wait=0.0)
        return self.inbox.step(now=self._world.clock(), wait=0.0)

    def reconcile(self) -> int:
        """One batch, if the portal is ours and may be worked on; how many rows it took."""
        return self._as_batch(self._reconcile) if self._may_work() else 0

    def sweep(self) -> int:
        """One sweep, if the portal is ours; how many records became pending."""
        return self._as_batch(self._sweep) if self._may_work() else 0

    def vanish(self) -> None:
        """What the broker does when this process's connection is gone."""
        self._subscriber.close()

    def _may_work(self) -> bool:
        self._renew()
        return self.opened.may_work(self._world.clock()) and NUMBER in self.ownership.owned()

    def _as_batch(self, work: Callable[[], int]) -> int:
        batch = self._batch = self._world.journal.begin_batch(self.name, self._world.clock())
        try:
            return work()
        except LeaseLost:
            self._world.journal.unheard(batch)
            return 0
        except Died:
            self._world.journal.unheard(batch)
            raise
        finally:
            self._world.observe_ties(batch)

    def _reconcile(self) -> int:
        batch = self.reconciler.step(self.opened.portal, self._lease, self.opened.crms)
        self.opened.take_hold(batch.hold, self._world.clock())
        return batch.rows

    def _sweep(self) -> int:
        crms = self.opened.crms
        try:
            return self.sweeper.sweep(
                self.opened.portal,
                crms.hubspot,
                crms.salesforce,
                now=self._world.clock(),
                trace_id=self._world.new_id(),
            )
        except CrmError:
            return 1

    def _lease(self) -> Lease:
        """The lease as the thread that renews it would have left it."""
        if self._renewed is None or self._world.clock() - self._renewed >= RENEW:
            self._renew()
        return self.ownership.lease(NUMBER)

    def _renew(self) -> None:
        self._renewed = self._world.clock()
        self.ownership.renew([NUMBER])

    def _open(self) -> OpenPortal:
        world, portal = self._world, self._world.portal
        meter = PortalMeter(portal=NUMBER, buckets=world.ledger, clock=world.clock, sleep=world.clock.sleep)
        hubspot, salesforce = new_session(), new_session()
        hubspot.mount(HUBSPOT_URL, Wire(world.crms.hubspot_wire, self.fate, self._carried_out, self._unheard))
        salesforce.mount(
            SALESFORCE_URL, Wire(world.crms.salesforce_wire, self.fate, self._carried_out, self._unheard)
        )
        crms = Crms(
            hubspot=open_hubspot(
                portal, session=hubspot, meter=meter, clock=world.clock, sleep=world.clock.sleep
            ),
            salesforce=open_salesforce(portal, session=salesforce, meter=meter, clock=world.clock),
        )
        return OpenPortal(portal=portal, crms=crms, meter=meter)

    def _carried_out(self) -> None:
        """Called when a CRM has carried out one of our calls."""
        self._world.observe(Author.API, self._batch)

    def _unheard(self) -> None:
        """Called when the answer to one of our calls is lost."""
        self._world.journal.unheard(self._batch)
