"""The keeper: what the broker could not deliver is in the database before the broker forgets it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.broker.embedded import EmbeddedBroker
from consumers.keeper import RAW_KEPT, Keeper
from contract.activity import DeadLetter, DeadLetterScope
from contract.errors import DatabaseUnavailable
from contract.jobs import KEPT as JOBS_KEPT
from contract.jobs import JobKind
from tests.fakes.away import AwayDatabase
from tests.fakes.people import NOW


@pytest.fixture
def keeper(broker: EmbeddedBroker, database: AwayDatabase) -> Keeper:
    """Two messages lie in the dead-letter queue."""
    for number in range(2):
        broker.publisher().publish(b"not %d" % number, message_id=f"m{number}")
    subscriber = broker.subscriber()
    for delivery in subscriber.take(10, 0.0):
        subscriber.reject(delivery, "it is no JSON")
    return Keeper(subscriber=broker.dead_letters(), database=database)


def letters(database: AwayDatabase) -> list[DeadLetter]:
    with database.transaction() as tx:
        return sorted(tx.dead_letters.find(), key=lambda letter: letter.field or "")


def test_a_dead_message_becomes_a_letter_with_its_bytes_and_reason_and_leaves_the_broker(
    keeper: Keeper, broker: EmbeddedBroker, database: AwayDatabase
) -> None:
    assert keeper.step(now=NOW, wait=0.0) == 2
    kept, other = letters(database)
    assert (kept.scope, kept.code, kept.field) == (DeadLetterScope.CHANGE, "UNREADABLE_MESSAGE", "m0")
    assert (kept.raw, other.raw) == (b"not 0", b"not 1")
    assert kept.says == "a message could not be read: it is no JSON"
    assert (broker.depth().dead, keeper.step(now=NOW, wait=0.0)) == (0, 0)


def test_while_the_database_is_away_the_message_stays_and_is_kept_next(
    keeper: Keeper, broker: EmbeddedBroker, database: AwayDatabase
) -> None:
    database.commits_left = 0
    with pytest.raises(DatabaseUnavailable):
        keeper.step(now=NOW, wait=0.0)
    database.commits_left = None
    assert letters(database) == []
    assert keeper.step(now=NOW, wait=0.0) == 2
    assert [letter.raw for letter in letters(database)] == [b"not 0", b"not 1"]
    assert broker.depth().dead == 0


def test_the_message_comes_again_when_the_keeper_dies_before_the_commit(
    broker: EmbeddedBroker, database: AwayDatabase, keeper: Keeper
) -> None:
    database.away = True
    with pytest.raises(DatabaseUnavailable):
        keeper.step(now=NOW, wait=0.0)
    keeper._subscriber.close()
    assert broker.depth().dead == 2


def test_a_message_kept_twice_is_one_letter(
    keeper: Keeper, broker: EmbeddedBroker, database: AwayDatabase
) -> None:
    delivered = broker.dead_letters().take(1, 0.0)
    keeper._held = delivered
    keeper.step(now=NOW, wait=0.0)
    keeper._held = delivered
    keeper.step(now=NOW, wait=0.0)
    assert [letter.attempts for letter in letters(database)] == [2]


def test_the_bytes_of_a_message_are_forgotten_after_thirty_days_and_its_letter_stays(
    keeper: Keeper, database: AwayDatabase
) -> None:
    keeper.step(now=NOW, wait=0.0)
    keeper.step(now=NOW + RAW_KEPT, wait=0.0)
    assert [letter.raw for letter in letters(database)] == [b"not 0", b"not 1"]
    keeper.step(now=NOW + RAW_KEPT + timedelta(hours=2), wait=0.0)
    assert [(letter.field, letter.raw) for letter in letters(database)] == [("m0", None), ("m1", None)]


def test_ended_jobs_are_forgotten_in_time(keeper: Keeper, database: AwayDatabase) -> None:
    with database.transaction() as tx:
        job = tx.jobs.file(1, JobKind.PREVIEW, {}, author="ada", at=NOW)
        tx.jobs.abort(job.id, author="ada", at=NOW)
    for at, kept in ((NOW + JOBS_KEPT, True), (NOW + JOBS_KEPT + timedelta(hours=2), False)):
        keeper.step(now=at, wait=0.0)
        with database.transaction() as tx:
            assert (tx.jobs.get(job.id) is not None) is kept
