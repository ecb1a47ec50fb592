"""The runner of jobs: each ends once, whatever happens to it, and only its own portal's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from consumers.jobs import JobRunner, Plain, Progress
from contract.errors import CrmError, DatabaseUnavailable, ErrorClass
from contract.jobs import Job, JobKind, JobState
from contract.settings import Portal
from tests.contract.crm.benches import NUMBER
from tests.fakes.office import Office
from tests.unit.consumers.kit import fault


class Work:
    """Notes what it is given, then does as it is told."""

    def __init__(self, *, raises: Exception | None = None) -> None:
        self.raises = raises
        self.seen: list[tuple[int, Plain]] = []
        self.office: Office | None = None

    def __call__(self, portal: Portal, asked: Plain, progress: Progress) -> Plain:
        self.seen.append((portal.number, asked))
        progress(1, 2)
        if self.raises:
            raise self.raises
        if self.office:
            with self.office.database.transaction() as tx:
                tx.jobs.abort(1, author="bob", at=self.office.clock())
            progress(2, 2)
        return {"echo": asked}


def run(office: Office, work: Work, reported: list[BaseException] | None = None) -> None:
    works: Mapping[JobKind, Any] = {JobKind.PREVIEW: work}
    told = [] if reported is None else reported
    runner = JobRunner(
        database=office.database, works=works, runner="one", clock=office.clock, report=told.append
    )
    runner.work_off([office.portal])


def filed(office: Office, portal: int = NUMBER) -> Job:
    with office.database.transaction() as tx:
        return tx.jobs.file(portal, JobKind.PREVIEW, {"sample": 1}, author="ada", at=office.clock())


def ended(office: Office, job: Job) -> tuple[JobState, str, Mapping[str, Any] | None]:
    with office.database.transaction() as tx:
        known = tx.jobs.get(job.id)
    assert known is not None
    return known.state, known.says, known.found


def test_a_job_is_carried_out_with_what_was_asked_and_keeps_what_was_found(office: Office) -> None:
    job, work = filed(office), Work()
    run(office, work)
    assert work.seen == [(NUMBER, {"sample": 1})]
    assert ended(office, job) == (JobState.DONE, "", {"echo": {"sample": 1}})
    run(office, work)
    assert len(work.seen) == 1


def test_other_portals_jobs_are_left_alone(office: Office) -> None:
    job, work = filed(office, NUMBER + 1), Work()
    run(office, work)
    assert (work.seen, ended(office, job)[0]) == ([], JobState.WAITING)


@pytest.mark.parametrize(
    ("trouble", "says", "reports"),
    [
        (CrmError(fault(ErrorClass.AUTH)), "salesforce", 0),
        (ZeroDivisionError("ada@x.example"), "something unforeseen happened (ZeroDivisionError)", 1),
    ],
)
def test_a_job_that_fails_says_why_and_is_not_begun_again(
    office: Office, trouble: Exception, says: str, reports: int
) -> None:
    job, work, reported = filed(office), Work(raises=trouble), list[BaseException]()
    run(office, work, reported)
    state, said, found = ended(office, job)
    assert (state, found, len(reported)) == (JobState.FAILED, None, reports)
    assert says in said
    assert "ada@x.example" not in said
    run(office, work)
    assert len(work.seen) == 1


def test_a_job_during_which_the_database_was_away_is_begun_again(office: Office) -> None:
    job, work = filed(office), Work(raises=DatabaseUnavailable("away"))
    with pytest.raises(DatabaseUnavailable):
        run(office, work)
    assert ended(office, job)[0] is JobState.RUNNING
    work.raises = None
    run(office, work)
    assert ended(office, job)[0] is JobState.DONE


def test_an_aborted_job_stops_at_its_next_step(office: Office) -> None:
    job, work = filed(office), Work()
    work.office = office
    run(office, work)
    assert ended(office, job) == (JobState.ABORTED, "aborted by bob", None)
