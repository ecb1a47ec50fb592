"""One portal's two accounts as jobs look at them, and who carries the jobs out. The root that wires them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import requests

from adapters.crm import hubspot_api, open_hubspot, open_salesforce, salesforce_api
from adapters.crm.http import new_session
from adapters.crm.hubspot_survey import HubSpotSurvey
from adapters.crm.salesforce_survey import SalesforceSurvey
from adapters.crm.waiting import waiting
from adapters.ledger import open_ledger
from consumers.deciding import Decide
from consumers.jobs import JobRunner
from consumers.lookout import Lookout
from consumers.meter import PortalMeter
from consumers.preview_job import PreviewWork
from consumers.reconcile import Crms
from contract.jobs import JobKind
from contract.pending import WorkClass
from contract.ports import Database, Ledger, RateLimit
from contract.records import Side
from contract.settings import Portal
from diptych import own_rules
from diptych.clock import utc_now
from diptych.config import Config
from diptych.vaults import vault_of
from rules import decide


def as_workers_decide() -> Decide:
    """The rules with those of users' own that are installed here, as the workers have them."""
    return partial(decide, own=own_rules.installed())


def job_runner(
    config: Config,
    database: Database,
    *,
    name: str,
    report: Callable[[BaseException], None],
    ledger: Ledger | None = None,
) -> JobRunner:
    """Who carries out jobs in this process, under this name; `ledger` is the process's own, if it has one."""
    preview = PreviewWork(
        look=lambda portal: looking(portal, config, database, ledger),
        database=database,
        decide=as_workers_decide(),
        clock=utc_now,
    )
    works = {JobKind.PREVIEW: preview}
    return JobRunner(database=database, works=works, runner=name, clock=utc_now, report=report)


@contextmanager
def looking(
    portal: Portal, config: Config, database: Database, ledger: Ledger | None = None
) -> Iterator[Lookout]:
    """Open the portal's accounts; the calls made are stored at the end, as a backfill's.

    `ledger` holds the buckets of calls that this process shares; a process without one opens its own.
    Raises InvalidInput for an address to which no token must travel.
    """
    buckets = ledger or open_ledger(config.redis_url.reveal() if config.redis_url else None)
    meter = _Counting(portal.number, buckets)
    try:
        yield _open(portal, meter, database, plain=config.allow_plain_http)
    finally:
        made = [replace(each, work_class=WorkClass.BACKFILL) for each in meter.drain()]
        with database.transaction() as tx:
            tx.activity.count_calls(made)
        if ledger is None:
            buckets.close()


class _Counting(PortalMeter):
    """Tells the calls of this job, too."""

    def __init__(self, portal: int, buckets: RateLimit) -> None:
        super().__init__(portal=portal, buckets=buckets, clock=utc_now, sleep=time.sleep)
        self.calls = dict.fromkeys(Side, 0)

    def after(self, side: Side, status: int) -> None:
        self.calls[side] += 1
        super().after(side, status)


def _open(portal: Portal, meter: _Counting, database: Database, *, plain: bool) -> Lookout:
    common = {"meter": meter, "clock": utc_now, "allow_plain_http": plain}
    on_hubspot: dict[str, Any] = {
        **common,
        "session": _patient(new_session(), meter, Side.HUBSPOT),
        "sleep": time.sleep,
        "vault": vault_of(database, portal, Side.HUBSPOT),
    }
    on_org: dict[str, Any] = {
        **common,
        "session": _patient(new_session(ca_file=portal.salesforce.ca_file), meter, Side.SALESFORCE),
        "vault": vault_of(database, portal, Side.SALESFORCE),
    }
    survey = HubSpotSurvey(api=hubspot_api.open_api(portal, **on_hubspot))
    org_survey = SalesforceSurvey(api=salesforce_api.open_api(portal, **on_org))
    return Lookout(
        crms=Crms(hubspot=open_hubspot(portal, **on_hubspot), salesforce=open_salesforce(portal, **on_org)),
        surveys={Side.HUBSPOT: survey, Side.SALESFORCE: org_survey},
        native=survey,
        calls=meter.calls,
    )


def _patient(session: requests.Session, meter: _Counting, side: Side) -> requests.Session:
    """An operator would rather wait than begin anew; nothing here writes, so a call may be repeated."""

    def again(status: int) -> None:
        meter.after(side, status)
        meter.before(side)

    return waiting(session, again=again, sleep=time.sleep)
