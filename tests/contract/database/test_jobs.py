"""Jobs: filed, begun by one runner at a time, ended once, and emptied by an erasure."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import pytest

from adapters.database import SqlDatabase
from contract.decisions import Erasure
from contract.jobs import MOST_BEGINNINGS, Job, JobKind, JobState
from tests.contract.database.makers import NOW, P, after, hubspot

ASKED = {"sample": 200, "settings": {"time_zone": "UTC"}}


def file(database: SqlDatabase, portal: int = P, at: datetime = NOW) -> Job:
    with database.transaction() as tx:
        return tx.jobs.file(portal, JobKind.PREVIEW, ASKED, author="ada", at=at)


def begin(database: SqlDatabase, portal: int = P, runner: str = "one") -> Job | None:
    with database.transaction() as tx:
        return tx.jobs.begin(portal, runner=runner, at=after(1))


def end(
    database: SqlDatabase, job: Job, runner: str = "one", found: dict[str, Any] | None = None
) -> Job | None:
    with database.transaction() as tx:
        tx.jobs.end(job.id, runner=runner, state=JobState.DONE, says="", found=found, at=after(9))
    return known(database, job)


def known(database: SqlDatabase, job: Job) -> Job | None:
    with database.transaction() as tx:
        return tx.jobs.get(job.id)


def test_a_job_is_kept_as_it_was_asked_for(database: SqlDatabase) -> None:
    job = file(database)
    expected = Job(id=job.id, portal=P, kind=JobKind.PREVIEW, asked=ASKED, author="ada", filed_at=NOW)
    assert (job, known(database, job)) == (expected, expected)


def test_only_portals_with_a_job_that_is_not_over_have_one_waiting(database: SqlDatabase) -> None:
    file(database, P)
    over = file(database, P + 1)
    begin(database, P + 1)
    end(database, over)
    with database.transaction() as tx:
        assert tx.jobs.waiting([P, P + 1, P + 2]) == {P}
        assert tx.jobs.waiting([]) == set()


def test_a_portals_jobs_are_begun_one_after_another_the_oldest_first(database: SqlDatabase) -> None:
    first, second = file(database), file(database)
    file(database, P + 1)
    begun = begin(database)
    assert begun is not None
    assert (begun.id, begun.state, begun.started_at) == (first.id, JobState.RUNNING, after(1))
    end(database, first)
    following = begin(database)
    assert following is not None
    assert following.id == second.id
    end(database, second)
    assert begin(database) is None


def test_a_job_that_its_runner_left_is_begun_anew_and_the_late_one_changes_nothing(
    database: SqlDatabase,
) -> None:
    job = file(database)
    begin(database, runner="dead")
    taken = begin(database, runner="heir")
    assert taken is not None
    assert taken.id == job.id
    with database.transaction() as tx:
        assert not tx.jobs.go_on(job.id, runner="dead", done=9, total=9)
        assert tx.jobs.go_on(job.id, runner="heir", done=1, total=3)
    late = end(database, job, runner="dead", found={"late": True})
    assert late is not None
    assert (late.state, late.found, late.done, late.total) == (JobState.RUNNING, None, 1, 3)


def test_what_a_job_found_is_kept_with_its_end(database: SqlDatabase) -> None:
    job = file(database)
    begin(database)
    ended = end(database, job, found={"counts": [1, 2], "name": "Zoë"})
    assert ended is not None
    assert (ended.state, ended.found, ended.ended_at) == (
        JobState.DONE,
        {"counts": [1, 2], "name": "Zoë"},
        after(9),
    )
    with database.transaction() as tx:
        assert [one.found for one in tx.jobs.of(P)] == [None]


@pytest.mark.parametrize("running", [False, True])
def test_an_aborted_job_is_over_and_its_runner_is_told(database: SqlDatabase, *, running: bool) -> None:
    job = file(database)
    if running:
        begin(database)
    with database.transaction() as tx:
        assert tx.jobs.abort(job.id, author="bob", at=after(5))
        assert not tx.jobs.abort(job.id, author="eve", at=after(6))
        assert not tx.jobs.go_on(job.id, runner="one", done=1, total=2)
    ended = end(database, job, found={"late": True})
    assert ended is not None
    assert (ended.state, ended.says, ended.found) == (JobState.ABORTED, "aborted by bob", None)
    assert begin(database) is None


def test_an_erasure_empties_what_jobs_of_its_portal_found(database: SqlDatabase) -> None:
    mine, others = file(database), file(database, P + 1)
    begin(database)
    begin(database, P + 1)
    for job in (mine, others):
        end(database, job, found={"ref": "hubspot/contact/1"})
    with database.transaction() as tx:
        tx.tombstones.erase(P, Erasure(refs=(hubspot(1),), emails=()), at=after(20))
        assert [job.found for job in (tx.jobs.get(mine.id), tx.jobs.get(others.id)) if job] == [
            None,
            {"ref": "hubspot/contact/1"},
        ]


def test_what_was_found_while_somebody_was_erased_is_not_kept(database: SqlDatabase) -> None:
    job = file(database)
    begin(database)
    with database.transaction() as tx:
        tx.tombstones.erase(P, Erasure(refs=(hubspot(1),), emails=()), at=after(2))
    ended = end(database, job, found={"ref": "hubspot/contact/1"})
    assert ended is not None
    assert (ended.state, ended.found) == (JobState.FAILED, None)
    assert "erased meanwhile" in ended.says


def test_an_erasure_of_the_same_moment_is_seen_or_empties_what_was_found(database: SqlDatabase) -> None:
    job = file(database)
    begin(database)
    ending = threading.Thread(target=end, args=(database, job), kwargs={"found": {"name": "Zoë"}})
    with database.transaction() as tx:
        tx.tombstones.erase(P, Erasure(refs=(hubspot(1),), emails=()), at=after(2))
        ending.start()
        ending.join(0.3)  # long enough to reach the row, where it has to wait
    ending.join(30)
    ended = known(database, job)
    assert ended is not None
    assert (ended.state, ended.found) == (JobState.FAILED, None)


def test_a_command_begins_its_own_job_and_no_other(database: SqlDatabase) -> None:
    first, second = file(database), file(database)
    with database.transaction() as tx:
        begun = tx.jobs.begin(P, runner="command", at=after(1), only=second.id)
    assert begun is not None
    assert begun.id == second.id
    assert known(database, first) == first


def test_a_job_that_its_runners_do_not_survive_is_given_up(database: SqlDatabase) -> None:
    deadly, harmless = file(database), file(database)
    for _ in range(MOST_BEGINNINGS):
        begun = begin(database)
        assert begun is not None
        assert begun.id == deadly.id
    following = begin(database)
    assert following is not None
    assert following.id == harmless.id
    given_up = known(database, deadly)
    assert given_up is not None
    assert (given_up.state, given_up.ended_at) == (JobState.FAILED, after(1))
    assert "was gone 5 times" in given_up.says


def test_ended_jobs_are_forgotten_after_a_while(database: SqlDatabase) -> None:
    old, waiting = file(database), file(database, P + 1)
    begin(database)
    end(database, old)
    for before, kept in ((after(9), True), (after(10), False)):
        with database.transaction() as tx:
            tx.jobs.forget(before)
        assert (known(database, old) is not None) is kept
    assert known(database, waiting) == waiting
