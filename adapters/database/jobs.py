"""Jobs as rows: filed, begun by the portal's owner, ended once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, null, select, update

from adapters.database.job_tables import jobs
from adapters.database.statements import Store, chunks
from adapters.database.tables import tombstones
from contract.jobs import MOST_BEGINNINGS, Job, JobKind, JobState

_OPEN = jobs.c.state.in_([JobState.WAITING.value, JobState.RUNNING.value])
_ERASED = "a person of this portal was erased meanwhile, and what was found may name them: ask again"
_DEADLY = f"whoever carried it out was gone {MOST_BEGINNINGS} times before it ended; it may be too large"
_OURS = {"runner", "begun"}
_LISTED = tuple(column for column in jobs.c if column.name not in {"found", *_OURS})


class JobStore(Store):
    """Implements contract.ports.JobStore."""

    def file(self, portal: int, kind: JobKind, asked: Mapping[str, Any], *, author: str, at: datetime) -> Job:
        values = {"portal": portal, "kind": kind.value, "asked": asked, "author": author, "filed_at": at}
        row = self._connection.execute(
            insert(jobs)
            .values(**values, state=JobState.WAITING.value, begun=0, done=0, total=0, says="", found=null())
            .returning(jobs)
        ).one()
        return _job(row)

    def waiting(self, portals: Collection[int]) -> set[int]:
        found: set[int] = set()
        for chunk in chunks(sorted(portals)):
            ours = select(jobs.c.portal).where(_OPEN, jobs.c.portal.in_(chunk))
            found.update(self._connection.scalars(ours.distinct()))
        return found

    def begin(self, portal: int, *, runner: str, at: datetime, only: int | None = None) -> Job | None:
        theirs = jobs.c.portal == portal, _OPEN
        too_often = *theirs, jobs.c.begun >= MOST_BEGINNINGS
        failed = {"state": JobState.FAILED.value, "says": _DEADLY, "ended_at": at}
        self._connection.execute(update(jobs).where(*too_often).values(failed))
        meant = theirs if only is None else (*theirs, jobs.c.id == only)
        oldest = select(jobs.c.id).where(*meant).order_by(jobs.c.id).limit(1)
        row = self._connection.execute(
            update(jobs)
            .where(jobs.c.id == oldest.scalar_subquery(), _OPEN)
            .values(
                state=JobState.RUNNING.value,
                runner=runner,
                started_at=at,
                begun=jobs.c.begun + 1,
                done=0,
                total=0,
            )
            .returning(jobs)
        ).first()
        return None if row is None else _job(row)

    def go_on(self, job: int, *, runner: str, done: int, total: int) -> bool:
        statement = update(jobs).where(*_run_by(job, runner)).values(done=done, total=total)
        return self._connection.execute(statement).rowcount > 0

    def end(
        self,
        job: int,
        *,
        runner: str,
        state: JobState,
        says: str,
        found: Mapping[str, Any] | None,
        at: datetime,
    ) -> None:
        # An erasure that commits meanwhile is either seen here or empties what is written here.
        self._connection.execute(select(jobs.c.id).where(jobs.c.id == job).with_for_update())
        erased = select(tombstones.c.hash).join(jobs, jobs.c.portal == tombstones.c.portal)
        since = erased.where(jobs.c.id == job, tombstones.c.at >= jobs.c.started_at).limit(1)
        if found is not None and self._connection.execute(since).first() is not None:
            state, says, found = JobState.FAILED, _ERASED, None
        kept = null() if found is None else found
        statement = update(jobs).where(*_run_by(job, runner))
        self._connection.execute(statement.values(state=state.value, says=says, found=kept, ended_at=at))

    def abort(self, job: int, *, author: str, at: datetime) -> bool:
        values = {"state": JobState.ABORTED.value, "says": f"aborted by {author}", "ended_at": at}
        return (
            self._connection.execute(update(jobs).where(jobs.c.id == job, _OPEN).values(values)).rowcount > 0
        )

    def forget(self, before: datetime) -> None:
        self._connection.execute(delete(jobs).where(jobs.c.ended_at < before))

    def get(self, job: int) -> Job | None:
        row = self._connection.execute(select(jobs).where(jobs.c.id == job)).first()
        return None if row is None else _job(row)

    def of(self, portal: int, *, limit: int = 50) -> Sequence[Job]:
        newest = select(*_LISTED).where(jobs.c.portal == portal).order_by(jobs.c.id.desc()).limit(limit)
        return [_job(row) for row in self._connection.execute(newest)]


def _run_by(job: int, runner: str) -> tuple[Any, ...]:
    return jobs.c.id == job, jobs.c.runner == runner, jobs.c.state == JobState.RUNNING.value


def _job(row: Row[Any]) -> Job:
    values = {name: value for name, value in row._mapping.items() if name not in _OURS}  # noqa: SLF001  # public
    return Job(**{**values, "kind": JobKind(row.kind), "state": JobState(row.state)})
