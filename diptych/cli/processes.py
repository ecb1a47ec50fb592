"""`diptych webhooks`, `consumers` and `run`: the processes that go on until they are stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click
import structlog

from diptych.cli.session import Session, pass_session
from diptych.wiring import build_webhooks, build_worker, open_stores, run_all, serving

log = structlog.get_logger()


@click.command()
@pass_session
def webhooks(session: Session) -> None:
    """Take in the notices of both CRMs. In production gunicorn does this, by deploy/gunicorn.conf.py."""
    config = session.start("webhooks")
    with (
        stopping() as stop,
        open_stores(config) as stores,
        serving(build_webhooks(config, stores), config.bind_host, config.bind_port),
    ):
        stop.wait()
    log.info("webhooks.stopped")


@click.command()
@pass_session
def consumers(session: Session) -> None:
    """Keep the records in step. Takes notices from the broker, decides, and writes to the CRMs."""
    config = session.start("consumers")
    with open_stores(config) as stores:
        worker = build_worker(config, stores)
        with stopping(worker.stop):
            log.info("consumers.working", threads=config.worker_threads)
            worker.run()
    log.info("consumers.stopped")


@click.command()
@pass_session
def run(session: Session) -> None:
    """Do everything in one process. Needs no broker, Redis or database server.

    Messages, tables and keys are files in DIPTYCH_DATA_DIR, for whichever of the three servers is not named.
    """
    config = session.start("run")
    with stopping() as stop:
        run_all(config, stop)
    log.info("run.stopped")


@contextmanager
def stopping(stop: threading.Event | None = None) -> Iterator[threading.Event]:
    """An event that SIGTERM or SIGINT sets. The second signal does what it would have done without us."""
    stop = stop or threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def end(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, before[signal.Signals(number)])
        stop.set()

    for number in before:
        signal.signal(number, end)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
