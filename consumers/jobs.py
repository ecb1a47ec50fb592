"""Carrying out what operators asked for, by the worker that owns the portal: one of its jobs at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from contract.errors import DatabaseUnavailable, DiptychError
from contract.jobs import Job, JobAborted, JobKind, JobState
from contract.ports import Database
from contract.settings import Portal

log = structlog.get_logger()

Progress = Callable[[int, int], None]
"""Takes how many of how many parts are done; raises JobAborted where nothing more is wanted."""
Plain = Mapping[str, Any]
Work = Callable[[Portal, Plain, Progress], Plain]
"""Carries out one kind of job: from what was asked to what was found. May raise any DiptychError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRunner:
    """Takes jobs from the database and carries them out. `runner` names it; `report` hears of surprises."""

    database: Database
    works: Mapping[JobKind, Work]
    runner: str
    clock: Callable[[], datetime]
    report: Callable[[BaseException], None]

    def work_off(self, portals: Sequence[Portal]) -> None:
        """Carry out the oldest job of each of these, one after another. Raises DatabaseUnavailable."""
        with self.database.transaction() as tx:
            asked = tx.jobs.waiting([portal.number for portal in portals])
        for portal in portals:
            if portal.number in asked:
                self.carry_out(portal)

    def carry_out(self, portal: Portal, only: int | None = None) -> None:
        """Carry out the portal's oldest job, or this one. Raises DatabaseUnavailable."""
        with structlog.contextvars.bound_contextvars(portal=portal.number):
            with self.database.transaction() as tx:
                job = tx.jobs.begin(portal.number, runner=self.runner, at=self.clock(), only=only)
            if job is not None:
                self._settle(portal, job)

    def _settle(self, portal: Portal, job: Job) -> None:
        log.info("job.began", job=job.id, kind=job.kind)
        state, says, found = self._carried_out(portal, job)
        with self.database.transaction() as tx:
            tx.jobs.end(job.id, runner=self.runner, state=state, says=says, found=found, at=self.clock())
        log.info("job.ended", job=job.id, state=state)

    def _carried_out(self, portal: Portal, job: Job) -> tuple[JobState, str, Plain | None]:
        try:
            return JobState.DONE, "", self.works[job.kind](portal, job.asked, partial(self._go_on, job))
        except JobAborted:
            return JobState.ABORTED, "", None
        except DatabaseUnavailable:
            raise
        except DiptychError as error:
            return JobState.FAILED, str(error), None
        except Exception as error:  # a job that dies must say so, and not begin again for ever
            log.exception("job.surprise", job=job.id, kind=type(error).__name__)
            self.report(error)
            says = f"something unforeseen happened ({type(error).__name__}); its log shows where"
            return JobState.FAILED, says, None

    def _go_on(self, job: Job, done: int, total: int) -> None:
        with self.database.transaction() as tx:
            if not tx.jobs.go_on(job.id, runner=self.runner, done=done, total=total):
                raise JobAborted
