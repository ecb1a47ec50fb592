"""One portal with everything around it in this process: both stand-in CRMs, the receiver, broker, database.

Nothing here is made up but the clock, which stands still until somebody sleeps. Two things differ from a
running Diptych: there are no threads, each part takes a step when told; and the lease is always ours, as
long as the test does not let it run out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from werkzeug.test import EnvironBuilder, run_wsgi_app

from adapters.broker.embedded import EmbeddedBroker
from adapters.crm import open_hubspot, open_salesforce
from adapters.crm.http import new_session
from adapters.ledger import open_ledger
from consumers.deciding import Decide
from consumers.inbox import Inbox
from consumers.keeper import Keeper
from consumers.reconcile import Batch, Crms, Reconciler
from consumers.retry import hold_for
from consumers.settle import UNTIL_ON
from consumers.sweep import Sweeper
from contract.activity import Lease
from contract.changes import Change, Kind, Origin
from contract.pending import WorkClass
from contract.ports import Ledger
from contract.records import RecordRef
from contract.settings import Portal, Settings, SyncMode
from rules import decide
from sandbox.hubspot import HubSpotSandbox, PortalAccount
from sandbox.hubspot import create_app as hubspot_app
from sandbox.kit import Faults
from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce import create_app as salesforce_app
from tests.contract.crm.benches import HUBSPOT_URL, NUMBER, SALESFORCE_URL, TOKEN, HandClock, Meter, portal
from tests.fakes.canned import Canned
from tests.fakes.folders import in_memory, new_database
from tests.fakes.premises import Premises
from tests.fakes.wsgi import WsgiAdapter
from webhooks import create_app
from webhooks.counters import MemoryCounters
from webhooks.directory import Senders

PUBLIC_URL = "http://127.0.0.1:8400"
ON = Settings(version=1, mode=SyncMode.ON, create_from_leads=True, create_from_contacts=True)
_STEPS = 400
_NOT_SOON = timedelta(days=1)


class Office(Premises):
    """Open it with `opened`. `hubspot_wire` and `salesforce_wire` see each API call and can answer first."""

    def __init__(
        self, folder: Path, *, settings: Settings, faults: Faults, seed: int, decide: Decide
    ) -> None:
        self.clock = HandClock()
        self.database = new_database(folder)
        self.broker = EmbeddedBroker(folder / "broker.sqlite3")
        self.ledger: Ledger = open_ledger(None, clock=self.clock)
        self.meter = Meter()
        self.ids = count(1)
        self.portal = self._store_portal(settings)
        self.lease = self._acquire()
        self._open_crms(faults, seed)
        self.inbox = Inbox(subscriber=self.broker.subscriber(), database=self.database, marks=self.ledger)
        self.keeper = Keeper(subscriber=self.broker.dead_letters(), database=self.database)
        self.reconciler = Reconciler(
            database=self.database,
            marks=self.ledger,
            decide=decide,
            clock=self.clock,
            new_id=self.new_id,
            jitter=lambda: 0.5,
        )
        self.sweeper = Sweeper(database=self.database, marks=self.ledger)
        self.counters = MemoryCounters()
        self.publisher = self.broker.publisher()
        self.app = create_app(
            directory=_Directory(Senders.of([self.portal])),
            publisher=self.publisher,
            clock=self.clock,
            public_base_url=PUBLIC_URL,
            new_id=self.new_id,
            broker_ready=lambda: True,
            counters=self.counters,
        )

    # --- the working parts, step by step ---

    def step(self) -> Batch:
        """One batch of whatever is due."""
        return self.reconciler.step(self.portal, self.our_lease, self.crms)

    def our_lease(self) -> Lease:
        """The lease, renewed as its thread would have done meanwhile."""
        if self.lease.expires_at - self.clock() < timedelta(seconds=7):
            self.lease = self._acquire()
        return self.lease

    def sweep(self) -> int:
        """One sweep; how many records became pending."""
        return self.sweeper.sweep(
            self.portal, self.crms.hubspot, self.crms.salesforce, now=self.clock(), trace_id=self.new_id()
        )

    def deliver(self) -> int:
        """Both CRMs tell what is due; how many notices still wait."""
        return self.hubspot.pump() + self.salesforce.pump()

    def receive(self) -> int:
        """The inbox and the keeper take what the broker holds."""
        self.keeper.step(now=self.clock(), wait=0.0)
        return self.inbox.step(now=self.clock(), wait=0.0)

    def rest(self) -> None:
        """Go on until no notice waits and no row is due soon; the clock moves as far as that takes."""
        for _ in range(_STEPS):
            waiting, taken, batch = self.deliver(), self.receive(), self.step()
            if batch.hold:
                self.clock.sleep(hold_for(batch.hold, 0).total_seconds())
            if taken or batch.rows:
                continue
            due = self.next_due()
            if not waiting and (due is None or due - self.clock() > _NOT_SOON):
                return
            self.clock.sleep(max(0.1, (due - self.clock()).total_seconds() if due else 0.0))
        message = f"no rest after {_STEPS} steps"
        raise AssertionError(message)

    def notice(
        self,
        *refs: RecordRef,
        kind: Kind = Kind.UPDATED,
        work_class: WorkClass = WorkClass.LIVE,
        occurred_at: datetime | None = None,
    ) -> None:
        """Make these records pending, as the inbox would."""
        now = self.clock()
        changes = [
            Change(
                portal=NUMBER,
                ref=ref,
                kind=kind,
                occurred_at=occurred_at or now,
                origin=Origin.WEBHOOK,
                trace_id=self.new_id(),
            )
            for ref in refs
        ]
        with self.database.transaction() as tx:
            tx.pending.merge(changes, work_class=work_class, now=now, due_at=now)

    def change_settings(self, settings: Settings) -> None:
        """The operator stores a new version, and the worker takes it up."""
        self.portal = self._store_portal(settings)
        if settings.mode is SyncMode.ON:
            with self.database.transaction() as tx:
                tx.pending.wake(NUMBER, [UNTIL_ON], now=self.clock())

    def new_id(self) -> str:
        """The same ids in the same order in every run."""
        return f"id{next(self.ids):06}"

    def pair(self, email: str = "ada@example.org", **properties: Any) -> tuple[RecordRef, RecordRef]:
        """A contact and the lead that was created for it, at rest, a minute ago."""
        contact = self.add_contact(email, **properties)
        self.rest()
        self.clock.sleep(60)
        (link,) = [one for one in self.links() if one.hubspot == contact]
        assert link.salesforce is not None
        return contact, link.salesforce

    def close(self) -> None:
        """Give everything back."""
        self.broker.close()
        self.ledger.close()
        self.database.close()

    def _open_crms(self, faults: Faults, seed: int) -> None:
        clock = self.clock
        self.hubspot = HubSpotSandbox(
            [PortalAccount(portal_id=NUMBER, access_token=TOKEN)],
            app_id=7,
            client_secret="s",
            clock=clock,
            seed=seed,
            faults=faults,
            post=self._post_hubspot,
            sleep=clock.sleep,
        )
        self.salesforce = SalesforceSandbox(
            base_url=SALESFORCE_URL,
            clock=clock,
            seed=seed + 1,
            faults=faults,
            post=self._post_salesforce,
            sleep=clock.sleep,
        )
        self.hubspot.target_url = f"{PUBLIC_URL}/webhooks/hubspot"
        self.salesforce.target_url = f"{PUBLIC_URL}/webhooks/salesforce/w"
        self.hubspot_wire = Canned(beyond=WsgiAdapter(hubspot_app(self.hubspot)))
        self.salesforce_wire = Canned(beyond=WsgiAdapter(salesforce_app(self.salesforce)))
        hubspot, salesforce = new_session(), new_session()
        hubspot.mount(HUBSPOT_URL, self.hubspot_wire)
        salesforce.mount(SALESFORCE_URL, self.salesforce_wire)
        meter = self.meter
        self.crms = Crms(
            hubspot=open_hubspot(self.portal, session=hubspot, meter=meter, clock=clock, sleep=clock.sleep),
            salesforce=open_salesforce(self.portal, session=salesforce, meter=meter, clock=clock),
        )

    def _store_portal(self, settings: Settings) -> Portal:
        given = portal()
        stored = Portal(
            number=NUMBER,
            name=given.name,
            hubspot=given.hubspot,
            salesforce=given.salesforce,
            settings=settings,
        )
        with self.database.transaction() as tx:
            tx.portals.save(stored, author="test", comment="", at=self.clock())
            found = tx.portals.get(NUMBER)
        assert found is not None
        return found

    def _acquire(self) -> Lease:
        now = self.clock()
        with self.database.transaction() as tx:
            lease = tx.leases.acquire(NUMBER, "office", now=now, until=now + timedelta(seconds=10))
        assert lease is not None
        return lease

    def _post_hubspot(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        return _post(self.app, url, headers, body)[0]

    def _post_salesforce(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        return _post(self.app, url, headers, body)


class _Directory:
    """The one portal, known without asking anybody."""

    def __init__(self, senders: Senders) -> None:
        self._senders = senders

    def senders(self) -> Senders:
        return self._senders


@contextmanager
def opened(
    settings: Settings = ON,
    *,
    faults: Faults | None = None,
    seed: int = 1,
    decide: Decide = decide,
) -> Iterator[Office]:
    """An office whose CRMs are polite unless told otherwise; closed and forgotten at the end."""
    with in_memory() as folder:
        office = Office(folder, settings=settings, faults=faults or Faults(), seed=seed, decide=decide)
        try:
            yield office
        finally:
            office.close()


def _post(app: Callable[..., Any], url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    builder = EnvironBuilder(
        path=url.removeprefix(PUBLIC_URL),
        base_url=PUBLIC_URL,
        method="POST",
        headers=list(headers.items()),
        data=body,
    )
    chunks, status, _ = run_wsgi_app(app, builder.get_environ(), buffered=True)
    return int(status.split(" ", 1)[0]), b"".join(chunks)
