"""One worker, made of the product's own parts and driven step by step instead of by threads."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import requests

from adapters.crm import open_hubspot, open_salesforce
from adapters.crm.http import new_session
from consumers.inbox import Inbox
from consumers.jobs import JobRunner
from consumers.keeper import Keeper
from consumers.meter import PortalMeter
from consumers.open_portal import OpenPortal
from consumers.ownership import RENEW, Ownership
from consumers.reconcile import Crms, Reconciler
from consumers.sweep import Sweeper
from consumers.worker import Worker
from contract.activity import Lease
from contract.errors import CrmError, LeaseLost
from contract.lifecycle import STAGE
from contract.settings import Portal
from rules import decide
from tests.acceptance.state_machine.crms import HUBSPOT_URL, NUMBER, SALESFORCE_URL, hubspot_ref
from tests.acceptance.state_machine.fate import Died, Fate, WatchedDatabase, Wire
from tests.acceptance.state_machine.journal import Author
from tests.acceptance.state_machine.own_rules import example
from tests.acceptance.state_machine.setup import Extra
from tests.acceptance.state_machine.world import World

_TAKES_UP = timedelta(seconds=2)
"""How soon a worker takes up what an operator did."""
_UPDATE = "/contacts/batch/update"


class Process:
    """A worker with an identity of its own. Nothing of it survives but what it wrote into the world."""

    def __init__(self, world: World, name: str, *, seed: int) -> None:
        self.name = name
        self.fate = Fate()
        self._world = world
        self._batch = 0
        self._renewed: datetime | None = None
        self._orders = -1
        self._loaded = world.clock()
        self._subscriber = world.broker.subscriber()
        self._worker = self._made(seed)
        self.inbox, self.keeper = self._worker.inbox, self._worker.keeper
        self.ownership = self._worker.ownership
        self._load()

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

    @property
    def _opened(self) -> OpenPortal:
        return self._worker._portals[NUMBER]

    def _may_work(self) -> bool:
        if self._orders != self._world.orders and self._world.clock() - self._loaded >= _TAKES_UP:
            self._load()
        self._renew()
        return self._opened.may_work(self._world.clock()) and NUMBER in self.ownership.owned()

    def _load(self) -> None:
        """Look where the portal stands, as a worker does every other second; here where there is news."""
        self._orders, self._loaded = self._world.orders, self._world.clock()
        self._worker._reload()

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
            self._world.observe_held()
            self._world.observe_kept_out()

    def _reconcile(self) -> int:
        opened = self._opened
        batch = self._worker.reconciler.step(
            opened.portal, self._lease, opened.crms, may_write=self._may_write
        )
        opened.take_hold(batch.hold, self._world.clock())
        return batch.rows

    def _may_write(self) -> None:
        """Where nobody ever pauses, the answer is known."""
        if self._world.setup.extras & {Extra.PAUSES, Extra.VERSIONS}:
            self._worker._may_write(NUMBER)

    def _sweep(self) -> int:
        opened = self._opened
        try:
            return self._worker.sweeper.sweep(
                opened.portal,
                opened.crms.hubspot,
                opened.crms.salesforce,
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
        """Once at each moment: nothing expires while the clock stands still."""
        if self._renewed != self._world.clock():
            self._renewed = self._world.clock()
            self.ownership.renew([NUMBER])

    def _made(self, seed: int) -> Worker:
        world = self._world
        database = WatchedDatabase(world.database, self.fate)
        own = example() if Extra.OWN_RULES in world.setup.extras else {}
        return Worker(
            database=database,
            inbox=Inbox(subscriber=self._subscriber, database=database, marks=world.ledger),
            keeper=Keeper(subscriber=world.broker.dead_letters(), database=database),
            ownership=Ownership(worker=self.name, database=database, clock=world.clock),
            reconciler=Reconciler(
                database=database,
                marks=world.ledger,
                decide=partial(decide, own=own),
                clock=world.clock,
                new_id=world.new_id,
                jitter=random.Random(seed).random,
            ),
            sweeper=Sweeper(database=database, marks=world.ledger),
            jobs=JobRunner(database=database, works={}, runner=self.name, clock=world.clock, report=_raise),
            open_portal=self._open,
            clock=world.clock,
            new_id=world.new_id,
            sweep_every=timedelta(minutes=1),
            report=_raise,
        )

    def _open(self, portal: Portal) -> tuple[Crms, PortalMeter]:
        world = self._world
        meter = PortalMeter(portal=NUMBER, buckets=world.ledger, clock=world.clock, sleep=world.clock.sleep)
        hubspot, salesforce = new_session(), new_session()
        for session, url, wire in (
            (hubspot, HUBSPOT_URL, world.crms.hubspot_wire),
            (salesforce, SALESFORCE_URL, world.crms.salesforce_wire),
        ):
            watched = Wire(
                wire, self.fate, leaves=self._leaves, done=self._carried_out, unheard=self._unheard
            )
            session.mount(url, watched)
        crms = Crms(
            hubspot=open_hubspot(
                portal, session=hubspot, meter=meter, clock=world.clock, sleep=world.clock.sleep
            ),
            salesforce=open_salesforce(portal, session=salesforce, meter=meter, clock=world.clock),
        )
        return crms, meter

    def _leaves(self, request: requests.PreparedRequest) -> None:
        """Called when one of our calls leaves: stages that HubSpot might ignore are noted as sent."""
        if not (request.url or "").endswith(_UPDATE) or STAGE not in (body := _text(request)):
            return
        for one in json.loads(body)["inputs"]:
            if STAGE in one["properties"]:
                contact = hubspot_ref(str(one["id"]))
                self._world.journal.sent_stage(self._batch, contact, str(one["properties"][STAGE]))

    def _carried_out(self) -> None:
        """Called when a CRM has carried out one of our calls."""
        self._world.observe(Author.API, self._batch)

    def _unheard(self) -> None:
        """Called when the answer to one of our calls is lost."""
        self._world.journal.unheard(self._batch)


def _text(request: requests.PreparedRequest) -> str:
    body = request.body or b""
    return body.decode() if isinstance(body, bytes) else body


def _raise(error: BaseException) -> None:
    raise error
