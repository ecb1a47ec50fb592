"""Jobs: filed for the portal's worker and waited for; `diptych jobs list | show | abort`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import click

from consumers.jobs import Plain
from contract.errors import InvalidInput
from contract.jobs import Job, JobKind, JobState
from contract.ports import Database, Transaction
from contract.settings import Portal
from diptych.cli.preview_told import tell_preview
from diptych.cli.screen import Screen, local
from diptych.cli.session import Session, known_portal, operator, pass_session
from diptych.errors_to_sentry import report
from diptych.lookout import job_runner

_LOOK_EVERY = 0.3
_SURELY_GONE = 30.0
"""Seconds without an owner after which whoever was carrying the job out is taken for dead."""
_GONE = "what it found is gone: a person of this portal was erased since"
_TELL: Mapping[JobKind, Callable[..., None]] = {JobKind.PREVIEW: tell_preview}


@click.group()
def jobs() -> None:
    """What was asked of a portal's worker, and what came of it."""


@jobs.command("list")
@click.argument("number", metavar="PORTAL", type=int)
@pass_session
def list_(session: Session, number: int) -> None:
    """A portal's jobs, the newest first. Ended ones are kept for 30 days."""
    with session.transaction() as tx:
        known_portal(tx, number)
        found = tx.jobs.of(number)
    rows = [(job.id, job.kind, _state(job), job.author, local(job.filed_at), job.says) for job in found]
    session.screen.table(
        ("job", "kind", "state", "asked by", "at", ""), rows, empty=f"Nothing was asked of portal {number}."
    )


@jobs.command()
@click.argument("job", type=int)
@click.option("--values", is_flag=True, help="Show values also where the output is no terminal.")
@pass_session
def show(session: Session, job: int, *, values: bool) -> None:
    """One job, and what it found."""
    with session.transaction() as tx:
        known = _known(tx, job)
    screen = session.screen
    asked = f"asked by {known.author} at {local(known.filed_at)}"
    screen.say(f"job {known.id}: {known.kind} of portal {known.portal}, {asked}: {_state(known)}", "bold")
    if known.says:
        screen.say(f"  {known.says}")
    if known.found is not None:
        _TELL[known.kind](screen, known.found, values=values or screen.out.is_terminal)
    elif known.state is JobState.DONE:
        screen.say(f"  {_GONE}")


@jobs.command()
@click.argument("job", type=int)
@pass_session
def abort(session: Session, job: int) -> None:
    """Stop a job that waits or runs."""
    with session.transaction() as tx:
        known = _known(tx, job)
        stopped = tx.jobs.abort(job, author=operator(), at=datetime.now(UTC))
    if not stopped:
        raise InvalidInput(f"job {job} is over already: {known.state}")
    session.screen.say(f"job {job} ({known.kind} of portal {known.portal}) is aborted")


def carried_out(session: Session, database: Database, portal: Portal, kind: JobKind, asked: Plain) -> Plain:
    """File a job and wait for what it finds; without a worker, this command carries it out itself.

    Raises InvalidInput where it failed or was aborted. An interrupted wait leaves the job to the worker.
    """
    with database.transaction() as tx:
        job = tx.jobs.file(portal.number, kind, asked, author=operator(), at=datetime.now(UTC))
    try:
        job = _over(session, database, portal, job)
    except KeyboardInterrupt:
        session.screen.note(_left(database, portal, job))
        raise
    if job.found is None:
        raise InvalidInput(f"job {job.id} {job.state}: {job.says or _GONE}")
    return job.found


def _left(database: Database, portal: Portal, job: Job) -> str:
    """What becomes of a job that nobody waits for any more: without a worker, nobody carries it out."""
    with database.transaction() as tx:
        if _owned(tx, portal):
            return f"job {job.id} goes on: `diptych jobs show {job.id}` tells what comes of it"
        tx.jobs.abort(job.id, author=operator(), at=datetime.now(UTC))
    return f"job {job.id} is aborted"


def _owned(tx: Transaction, portal: Portal) -> bool:
    """Whether a worker owns the portal now."""
    now = datetime.now(UTC)
    return any(one.portal == portal.number and one.expires_at > now for one in tx.leases.leases())


def _over(session: Session, database: Database, portal: Portal, job: Job) -> Job:
    told, owned_at = "", time.monotonic()
    while not job.state.over:
        with database.transaction() as tx:
            owned = _owned(tx, portal)
        owned_at = time.monotonic() if owned else owned_at
        if owned or (job.state is JobState.RUNNING and time.monotonic() - owned_at < _SURELY_GONE):
            time.sleep(_LOOK_EVERY)
        else:
            session.screen.note("no worker is running: this command carries the job out")
            runner = job_runner(session.config, database, name=f"command line, job {job.id}", report=report)
            runner.carry_out(portal, only=job.id)
        with database.transaction() as tx:
            job = tx.jobs.get(job.id) or job
        told = _noted(session.screen, job, told)
    return job


def _noted(screen: Screen, job: Job, told: str) -> str:
    """Say where it stands, once; returns what was said."""
    says = f"job {job.id}: {_state(job)}"
    if says != told and screen.err.is_terminal:
        screen.note(says)
    return says


def _state(job: Job) -> str:
    parts = f", part {job.done + 1} of {job.total}" if job.total and job.state is JobState.RUNNING else ""
    return f"{job.state}{parts}"


def _known(tx: Transaction, job: int) -> Job:
    known = tx.jobs.get(job)
    if known is None:
        raise InvalidInput(f"there is no job {job}: `diptych jobs list PORTAL` tells those there are")
    return known
