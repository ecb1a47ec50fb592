"""One portal with everything around it in this process: both stand-in CRMs, the receiver, broker, database.

Nothing here is made up but the clock, which stands still until somebody sleeps. Two things differ from a
running Diptych: there are no threads, each part takes a step when told; and the lease is always ours, as
long as the test does not let it run out.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from werkzeug.test import EnvironBuilder, run_wsgi_app

from adapters.broker.embedded import EmbeddedBroker
from adapters.crm import open_hubspot, open_salesforce
from adapters.crm.http import new_session
from adapters.database import Keys, SqlDatabase, open_database
from adapters.ledger import open_ledger
from consumers.inbox import Inbox
from consumers.keeper import Keeper
from consumers.reconcile import Batch, Crms, Decide, Reconciler
from consumers.retry import hold_for
from consumers.settle import UNTIL_ON
from consumers.sweep import Sweeper
from contract.activity import ActivityEntry, Counts, DeadLetter, Lease
from contract.changes import Change, Kind, Origin
from contract.links import Link
from contract.pending import WorkClass
from contract.ports import Ledger
from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, SALESFORCE_LEAD, RecordRef, Side
from contract.settings import Portal, Settings, SyncMode
from rules import decide
from sandbox.hubspot import HubSpotSandbox, PortalAccount
from sandbox.hubspot import create_app as hubspot_app
from sandbox.kit import Faults
from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce import create_app as salesforce_app
from tests.contract.crm.benches import HUBSPOT_URL, NUMBER, SALESFORCE_URL, TOKEN, HandClock, Meter, portal
from tests.fakes.canned import Canned
from tests.fakes.wsgi import WsgiAdapter
from webhooks import create_app
from webhooks.counters import MemoryCounters
from webhooks.directory import Senders

PUBLIC_URL = "http://127.0.0.1:8400"
ON = Settings(version=1, mode=SyncMode.ON, create_from_leads=True, create_from_contacts=True)
_KEYS = Keys.generate()
_MEMORY = Path("/dev/shm")
_STEPS = 400
_NOT_SOON = timedelta(days=1)


class Office:
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

    # --- what people do ---

    def add_contact(self, email: str, **properties: Any) -> RecordRef:
        """A marketer enters a contact."""
        values = {"email": email, "firstname": "Ada", "lastname": "Byron", **properties}
        return hubspot_ref(self.hubspot.ui_create(NUMBER, "contacts", values))

    def edit_contact(self, ref: RecordRef, **properties: Any) -> None:
        """A marketer edits a contact."""
        self.hubspot.ui_update(NUMBER, "contacts", ref.id, properties)

    def add_lead(self, email: str, **fields: Any) -> RecordRef:
        """A seller enters a lead."""
        values = {"Email": email, "FirstName": "Ada", "LastName": "Byron", "Company": "Engines", **fields}
        return lead_ref(self.salesforce.ui_create("Lead", values))

    def edit_lead(self, ref: RecordRef, **fields: Any) -> None:
        """A seller edits a lead or contact."""
        self.salesforce.ui_update(ref.object_type, ref.id, fields)

    def pair(self, email: str = "ada@example.org", **properties: Any) -> tuple[RecordRef, RecordRef]:
        """A contact and the lead that was created for it, at rest, a minute ago."""
        contact = self.add_contact(email, **properties)
        self.rest()
        self.clock.sleep(60)
        (link,) = [one for one in self.links() if one.hubspot == contact]
        assert link.salesforce is not None
        return contact, link.salesforce

    # --- what stands where ---

    def contact(self, ref: RecordRef) -> dict[str, Any]:
        """A contact's properties as they truly stand."""
        return next(row["properties"] for row in self.hubspot.state(NUMBER) if row["id"] == ref.id)

    def row(self, ref: RecordRef) -> dict[str, Any]:
        """A Salesforce row as it truly stands."""
        return dict(self.salesforce.record(ref.object_type, ref.id))

    def live_contacts(self) -> list[RecordRef]:
        """Contacts that are neither archived nor merged away."""
        rows = self.hubspot.state(NUMBER)
        return [hubspot_ref(r["id"]) for r in rows if not r["archived"] and not r["merged_into"]]

    def live_leads(self) -> list[RecordRef]:
        """Leads that are neither deleted nor converted."""
        rows = self.salesforce.state("Lead")
        return [lead_ref(r["Id"]) for r in rows if not r["IsDeleted"] and not r["IsConverted"]]

    def links(self) -> list[Link]:
        """All live links."""
        with self.database.transaction() as tx:
            return tx.links.oldest_seen(NUMBER, after=0, limit=1000)

    def link_of(self, ref: RecordRef) -> Link | None:
        """The link that holds this record."""
        with self.database.transaction() as tx:
            return tx.links.of(NUMBER, [ref]).get(ref)

    def letters(self) -> list[DeadLetter]:
        """The open dead letters."""
        with self.database.transaction() as tx:
            return tx.dead_letters.find(portal=NUMBER, limit=1000)

    def activity(self) -> list[ActivityEntry]:
        """Everything told so far, oldest first."""
        with self.database.transaction() as tx:
            return tx.activity.history(NUMBER, limit=1000)

    def counts(self) -> Counts:
        """What stands in the tables."""
        with self.database.transaction() as tx:
            return tx.counts(NUMBER, now=self.clock())

    def next_due(self) -> datetime | None:
        """When the next row is due."""
        with self.database.transaction() as tx:
            return tx.pending.next_due(NUMBER)

    def calls(self) -> dict[str, int]:
        """API calls of both sides since the last time they were asked for."""
        found = {**self.hubspot.calls.counts, **self.salesforce.calls.counts}
        self.hubspot.calls.reset()
        self.salesforce.calls.reset()
        return found

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


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder that is gone afterwards; on a file system in memory where there is one."""
    with tempfile.TemporaryDirectory(prefix="diptych-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        yield Path(folder)


def new_database(folder: Path) -> SqlDatabase:
    """A database of its own with all tables and nothing in them."""
    shutil.copy(_migrated(), folder / "diptych.sqlite3")
    return open_database(None, path=folder / "diptych.sqlite3", keys=_KEYS)


def hubspot_ref(record_id: str) -> RecordRef:
    """A contact's name."""
    return RecordRef(side=Side.HUBSPOT, object_type=HUBSPOT_CONTACT, id=record_id)


def lead_ref(record_id: str) -> RecordRef:
    """A lead's name."""
    return RecordRef(side=Side.SALESFORCE, object_type=SALESFORCE_LEAD, id=record_id)


def contact_ref(record_id: str) -> RecordRef:
    """A Salesforce contact's name."""
    return RecordRef(side=Side.SALESFORCE, object_type=SALESFORCE_CONTACT, id=record_id)


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


@cache
def _migrated() -> Path:
    """An empty database with all tables, made once and copied for each office."""
    folder = tempfile.mkdtemp(prefix="diptych-", dir=_MEMORY if _MEMORY.is_dir() else None)
    path = Path(folder) / "empty.sqlite3"
    database = open_database(None, path=path, keys=_KEYS)
    database.migrate()
    database.close()
    return path
