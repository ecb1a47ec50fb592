"""The worker: threads for the inbox, the keeper, the leases, the sweeps and the portals' batches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from consumers import checks, schema_watch
from consumers.guards import UNTIL_RELEASED
from consumers.inbox import Inbox
from consumers.jobs import JobRunner
from consumers.keeper import Keeper
from consumers.meter import PortalMeter
from consumers.open_portal import OpenPortal, consents
from consumers.ownership import RENEW, Ownership
from consumers.pause import may_write
from consumers.reconcile import Crms, Reconciler
from consumers.settle import UNTIL_ON
from consumers.suspension import stops_all, suspend
from consumers.sweep import Sweeper
from contract.errors import CrmError, DiptychError, LeaseLost
from contract.ports import Database
from contract.records import Side
from contract.settings import Portal, SyncMode

log = structlog.get_logger()

_IDLE = 0.05
"""Seconds between looks for due rows: half of it is the average wait of a change."""
_AFTER_FAULT = 1.0
_RELOAD = timedelta(seconds=2)
"""How soon a worker takes up a new version of a portal's settings."""


@dataclass(slots=True, kw_only=True)
class Worker:
    """Runs until `stop` is set. Every loop survives any fault of the outside, and says so once a second."""

    database: Database
    inbox: Inbox
    keeper: Keeper
    ownership: Ownership
    reconciler: Reconciler
    sweeper: Sweeper
    jobs: JobRunner
    open_portal: Callable[[Portal], tuple[Crms, PortalMeter]]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    sweep_every: timedelta
    report: Callable[[BaseException], None]
    threads: int = 8
    stop: threading.Event = field(default_factory=threading.Event)
    _portals: dict[int, OpenPortal] = field(default_factory=dict)
    _loaded_at: datetime | None = None
    _loading: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Work until stopped; batches under way are settled, then the leases given back."""
        self._once(self._renew)
        settled = threading.Event()
        loops = [
            threading.Thread(target=self._loop, args=(step, wait, until), name=name, daemon=True)
            for name, step, wait, until in (
                ("inbox", self._receive, 0.0, self.stop),
                ("keeper", self._keep, 0.0, self.stop),
                ("ownership", self._renew, RENEW.total_seconds(), settled),
                ("sweep", self._sweep, 0.5, self.stop),
                ("credentials", self._check, 2.0, self.stop),
                ("jobs", self._carry_out, 0.5, self.stop),
            )
        ]
        for loop in loops:
            loop.start()
        with ThreadPoolExecutor(self.threads, thread_name_prefix="reconcile") as pool:
            calm = True
            while not self.stop.wait(_IDLE if calm else _AFTER_FAULT):
                calm = self._once(lambda: self._dispatch(pool))
        settled.set()
        for loop in loops:
            loop.join(timeout=10)
        self._once(self.ownership.release_all)

    def _loop(self, step: Callable[[], object], wait: float, until: threading.Event) -> None:
        while not until.is_set():
            calm = self._once(step)
            until.wait(wait if calm else max(wait, _AFTER_FAULT))

    def _once(self, step: Callable[[], object]) -> bool:
        """One step; whether it went well. No fault ends a loop: what was not done comes again."""
        try:
            step()
        except LeaseLost as error:
            log.info("worker.lease_lost", reason=str(error))
        except DiptychError as error:
            log.warning("worker.fault", kind=type(error).__name__, reason=str(error))
            return False
        except Exception as error:  # a loop that dies silently would lose the portal
            log.exception("worker.surprise", kind=type(error).__name__)
            self.report(error)
            return False
        return True

    def _receive(self) -> None:
        self.inbox.step(now=self.clock())

    def _keep(self) -> None:
        self.keeper.step(now=self.clock())

    def _renew(self) -> None:
        """Keep our share of the portals; once stopped, only those with a batch under way."""
        self._reload()
        busy = [number for number, opened in self._portals.items() if opened.busy.locked()]
        self.ownership.renew(busy if self.stop.is_set() else list(self._portals), busy)

    def _reload(self) -> None:
        """Take up new settings versions, new consents, new portals, and where each stands."""
        with self._loading:
            with self.database.transaction() as tx:
                portals = [(portal, consents(tx, portal)) for portal in tx.portals.all()]
            for portal, since in portals:
                known = self._portals.get(portal.number)
                same = known is not None and known.is_of(portal, since)
                if not same and not self._once(partial(self._open, portal, since, known)):
                    self._portals = {n: kept for n, kept in self._portals.items() if n != portal.number}
            with self.database.transaction() as tx:
                if any(opened.suspension for opened in self._portals.values()):
                    tx.portals.clear_passed(self.clock())
                pause = tx.pauses.current()
                for opened in self._portals.values():
                    opened.stands(tx, pause)
            self._loaded_at = self.clock()

    def _open(self, portal: Portal, since: Mapping[Side, datetime], known: OpenPortal | None) -> None:
        """Take up one version of a portal's settings, and who has let us in since when.

        What was only observed before is due once it is on, and what a guard holds is decided anew: it may not
        be called for any more. A version that comes while observing has all that was observed decided anew.

        A portal that cannot be opened, such as one whose address is not allowed here, rests alone.
        """
        waiting = {SyncMode.ON: [UNTIL_ON, UNTIL_RELEASED], SyncMode.OBSERVE: [UNTIL_ON] if known else []}
        if known is None or known.portal.settings.version != portal.settings.version:
            with self.database.transaction() as tx:
                tx.pending.wake(portal.number, waiting.get(portal.settings.mode, ()), now=self.clock())
        crms, meter = self.open_portal(portal)
        busy = known.busy if known else threading.Lock()
        opened = OpenPortal(portal=portal, crms=crms, meter=meter, consents=since, busy=busy)
        with self.database.transaction() as tx:
            opened.stands(tx, tx.pauses.current())
        self._portals = {**self._portals, portal.number: opened}

    def _owned(self) -> list[OpenPortal]:
        return [self._portals[number] for number in self.ownership.owned() if number in self._portals]

    def _dispatch(self, pool: ThreadPoolExecutor) -> None:
        now = self.clock()
        if self._loaded_at is None or now - self._loaded_at > _RELOAD:
            self._reload()
        for opened in self._workable(now):
            if opened.busy.acquire(blocking=False):
                pool.submit(self._work, opened)

    def _workable(self, now: datetime) -> Sequence[OpenPortal]:
        free = [one for one in self._owned() if one.may_work(now) and not one.busy.locked()]
        if not free:
            return []
        with self.database.transaction() as tx:
            due = {opened.portal.number: tx.pending.next_due(opened.portal.number) for opened in free}
        return [opened for opened in free if (at := due[opened.portal.number]) and at <= now]

    def _work(self, opened: OpenPortal) -> None:
        """One batch of one portal. The pool's threads are shared fairly: a portal has one batch at a time."""
        try:
            if not self._once(lambda: self._batch(opened)):
                opened.hold_until = self.clock() + timedelta(seconds=_AFTER_FAULT)
        finally:
            opened.busy.release()

    def _batch(self, opened: OpenPortal) -> None:
        number = opened.portal.number
        orgs = [other.portal.salesforce.org_id for other in self._portals.values()]
        batch = self.reconciler.step(
            opened.working,
            lambda: self.ownership.lease(number),
            opened.crms,
            shares_org=orgs.count(opened.portal.salesforce.org_id) > 1,
            may_write=partial(self._may_write, number),
        )
        opened.take_hold(batch.hold, self.clock())
        opened.suspension = batch.suspension or opened.suspension
        if batch.schema_doubted:
            opened.doubt(self.clock())
        self._store_calls(opened)

    def _may_write(self, portal: int) -> None:
        with self.database.transaction() as tx:
            may_write(tx, portal, now=self.clock())

    def _store_calls(self, opened: OpenPortal) -> None:
        calls = opened.meter.drain()
        if calls:
            with self.database.transaction() as tx:
                tx.activity.count_calls(calls)

    def _sweep(self) -> None:
        now = self.clock()
        for opened in self._owned():
            if not opened.may_work(now) or (opened.swept_at and now - opened.swept_at < self.sweep_every):
                continue
            opened.swept_at = now
            with structlog.contextvars.bound_contextvars(portal=opened.portal.number):
                self._once(partial(self._sweep_portal, opened, now))

    def _sweep_portal(self, opened: OpenPortal, now: datetime) -> None:
        """One sweep; what a CRM refused now is found by the next, for the watermarks stayed behind."""
        crms = opened.crms
        try:
            found = self.sweeper.sweep(
                opened.working, crms.hubspot, crms.salesforce, now=now, trace_id=self.new_id()
            )
        except CrmError as error:
            log.warning("sweep.fault", code=error.fault.code)
            if stops_all(error.fault):
                with self.database.transaction() as tx:
                    opened.suspension = suspend(tx, opened.portal, error.fault, now=now)
        else:
            log.debug("sweep.done", found=found)
        self._store_calls(opened)

    def _check(self) -> None:
        """Check credentials and schemas of our portals where that is due, one portal's after another's."""
        now = self.clock()
        ready = [opened for opened in self._owned() if opened.may_check(now)]
        if not ready:
            return
        with self.database.transaction() as tx:
            known = {opened.portal.number: tx.credentials.of(opened.portal.number) for opened in ready}
        for opened in ready:
            if opened.unchecked or checks.due(known[opened.portal.number], now):
                with structlog.contextvars.bound_contextvars(portal=opened.portal.number):
                    self._once(partial(self._check_portal, opened, now))

    def _check_portal(self, opened: OpenPortal, now: datetime) -> None:
        """Ask both sides whether they take the credentials, and whether their schemas bear the mappings."""
        opened.check_after = now + checks.AFTER_NO_ANSWER
        findings = checks.check(opened.portal, opened.crms, now=now)
        schemas = schema_watch.look(opened.crms, [one.check.side for one in findings if one.check.valid])
        with self.database.transaction() as tx:
            checks.learn(tx, opened.portal, findings, now=now)
            back = schema_watch.learn(tx, opened.portal, schemas, now=now)
        schema_watch.let_back(self.database, opened.portal, back)
        with self.database.transaction() as tx:
            opened.stands(tx, tx.pauses.current())
        opened.unchecked = False
        schema_watch.catch_up(self.database, opened.portal.number, clock=self.clock, new_id=self.new_id)
        self._store_calls(opened)

    def _carry_out(self) -> None:
        self.jobs.work_off([opened.portal for opened in self._owned()])
