"""Composition roots: the only place that knows concrete adapters."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from wsgiref.types import WSGIApplication

import structlog
from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from adapters.broker.embedded import EmbeddedBroker
from adapters.broker.rabbitmq import RabbitBroker
from adapters.crm import open_hubspot, open_salesforce
from adapters.crm.http import new_session
from adapters.database import Keys, SqlDatabase, open_database
from adapters.ledger import open_ledger
from consumers.inbox import Inbox
from consumers.keeper import Keeper
from consumers.meter import PortalMeter
from consumers.ownership import Ownership
from consumers.reconcile import CLOCKS_DIFFER, Crms, Reconciler
from consumers.sweep import Sweeper
from consumers.worker import Worker
from contract.errors import BrokerUnavailable, InvalidInput
from contract.ports import Broker, Database, Ledger
from contract.records import Side
from contract.settings import Portal
from diptych.clock import utc_now
from diptych.config import Config
from diptych.errors_to_sentry import NamingPublisher, report
from diptych.lookout import as_workers_decide, job_runner
from diptych.vaults import vault_of
from webhooks import create_app
from webhooks.counters import MemoryCounters
from webhooks.directory import CachedDirectory

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What every process opens first."""

    database: Database
    broker: Broker
    ledger: Ledger


def new_id() -> str:
    """A fresh id for a delivery, a trace or an intent."""
    return uuid.uuid4().hex


@contextmanager
def open_stores(config: Config) -> Iterator[Stores]:
    """Open database (migrated), broker and ledger; closes them at the end."""
    database = open_config_database(config)
    database.migrate()
    broker: Broker
    if config.broker_url:
        broker = RabbitBroker(config.broker_url.reveal())
    else:
        broker = EmbeddedBroker(config.data_dir / "broker.sqlite3")
    ledger = open_ledger(config.redis_url.reveal() if config.redis_url else None)
    with suppress(BrokerUnavailable):
        # Declares the queues now: a node killed within a second of a first declaration may lose it.
        broker.depth()
    try:
        yield Stores(database=database, broker=broker, ledger=ledger)
    finally:
        broker.close()
        ledger.close()
        database.close()


def open_config_database(config: Config) -> SqlDatabase:
    """The database alone, as commands need it that touch neither broker nor ledger."""
    config.data_dir.mkdir(parents=True, exist_ok=True)
    return open_database(
        config.database_url.reveal() if config.database_url else None,
        path=config.data_dir / "diptych.sqlite3",
        keys=Keys(encryption=config.secret_keys, tombstone=config.tombstone_keys),
    )


def build_webhooks(config: Config, stores: Stores) -> Flask:
    """The public receiver."""

    def portals() -> list[Portal]:
        with stores.database.transaction() as tx:
            return tx.portals.all()

    return create_app(
        directory=CachedDirectory(portals, utc_now),
        publisher=NamingPublisher(stores.broker.publisher()),
        clock=utc_now,
        public_base_url=config.public_url,
        new_id=new_id,
        broker_ready=lambda: stores.broker.depth().inbox >= 0,
        counters=MemoryCounters(),
    )


def build_worker(config: Config, stores: Stores, *, clocks_differ: timedelta = CLOCKS_DIFFER) -> Worker:
    """The worker of this process, named so that its leases can be told from others'."""
    name = f"{socket.gethostname()}:{os.getpid()}:{new_id()[:8]}"
    return Worker(
        database=stores.database,
        inbox=Inbox(subscriber=stores.broker.subscriber(), database=stores.database, marks=stores.ledger),
        keeper=Keeper(subscriber=stores.broker.dead_letters(), database=stores.database),
        ownership=Ownership(
            worker=name,
            database=stores.database,
            clock=utc_now,
        ),
        reconciler=Reconciler(
            database=stores.database,
            marks=stores.ledger,
            decide=as_workers_decide(),
            clock=utc_now,
            new_id=new_id,
            jitter=random.random,
            clocks_differ=clocks_differ,
        ),
        sweeper=Sweeper(database=stores.database, marks=stores.ledger),
        jobs=job_runner(config, stores.database, name=name, report=report, ledger=stores.ledger),
        open_portal=portal_opener(config, stores),
        clock=utc_now,
        new_id=new_id,
        sweep_every=config.sweep_every,
        report=report,
        threads=config.worker_threads,
    )


def portal_opener(config: Config, stores: Stores) -> Callable[[Portal], tuple[Crms, PortalMeter]]:
    """How a portal's two gateways are opened, metered by the shared buckets."""

    def open_portal(portal: Portal) -> tuple[Crms, PortalMeter]:
        meter = PortalMeter(portal=portal.number, buckets=stores.ledger, clock=utc_now, sleep=time.sleep)
        plain = config.allow_plain_http
        vaults = {side: vault_of(stores.database, portal, side) for side in Side}
        hubspot = open_hubspot(
            portal,
            session=new_session(),
            meter=meter,
            clock=utc_now,
            allow_plain_http=plain,
            vault=vaults[Side.HUBSPOT],
        )
        salesforce = open_salesforce(
            portal,
            session=new_session(ca_file=portal.salesforce.ca_file),
            meter=meter,
            clock=utc_now,
            allow_plain_http=plain,
            vault=vaults[Side.SALESFORCE],
        )
        return Crms(hubspot=hubspot, salesforce=salesforce), meter

    return open_portal


@contextmanager
def serving(app: WSGIApplication, host: str, port: int) -> Iterator[int]:
    """Serve for as long as the block lasts, on the port it is given; 0 takes a free one.

    Requests under way are answered first. Raises InvalidInput where nobody can listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]
        raise InvalidInput(
            f"nobody can listen on {host}:{port}: {reason}; stop what listens there, or choose another port "
            "(DIPTYCH_BIND, for the demo --port)"
        ) from error
    sockets: dict[int, Any] = {}
    server: Any = create_server(app, map=sockets, sockets=[listening], threads=8)
    thread = threading.Thread(target=server.run, name="http", daemon=True)
    thread.start()
    port = listening.getsockname()[1]
    log.info("http.listening", host=host, port=port)
    try:
        yield port
    finally:
        server.task_dispatcher.shutdown()
        # The loop ends with its last connection, and a sender may keep one open: it closes them itself.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets, ignore_all=True))
        thread.join(timeout=5)


@contextmanager
def working(worker: Worker) -> Iterator[None]:
    """Let the worker run for as long as the block lasts; its batch under way is settled first."""
    thread = threading.Thread(target=worker.run, name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        worker.stop.set()
        thread.join(timeout=30)


def run_all(config: Config, stop: threading.Event) -> None:
    """Webhooks and worker in one process until `stop` is set."""
    with open_stores(config) as stores:
        app, worker = build_webhooks(config, stores), build_worker(config, stores)
        with serving(app, config.bind_host, config.bind_port), working(worker):
            stop.wait()
