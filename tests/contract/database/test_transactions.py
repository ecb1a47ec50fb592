from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest

from adapters.database import SqlDatabase
from contract.errors import InvalidInput
from contract.pending import WorkClass
from contract.ports import Database
from tests.contract.database.makers import NOW, P, change
from tests.contract.database.places import Place


def test_what_a_transaction_stored_is_there_for_the_next_one(database: SqlDatabase, place: Place) -> None:
    port: Database = database
    with port.transaction() as tx:
        tx.watermarks.put(P, "sweep", "17")
    other = place.open()
    with other.transaction() as tx:
        assert tx.watermarks.get(P, "sweep") == "17"
    other.close()


def test_an_exception_in_the_block_leaves_nothing_behind(database: SqlDatabase) -> None:
    with suppress(ZeroDivisionError), database.transaction() as tx:
        tx.watermarks.put(P, "sweep", "17")
        tx.pending.merge([change(1)], work_class=WorkClass.LIVE, now=NOW, due_at=NOW)
        _ = 1 / 0
    with database.transaction() as tx:
        assert tx.watermarks.get(P, "sweep") is None
        assert tx.counts(P, now=NOW).pending == 0


def test_a_watermark_belongs_to_its_portal_and_name_and_takes_the_newest_value(
    database: SqlDatabase,
) -> None:
    with database.transaction() as tx:
        tx.watermarks.put(P, "a", "1")
        tx.watermarks.put(P, "a", "2")
        tx.watermarks.put(P, "b", "3")
        tx.watermarks.put(P + 1, "a", "4")
        assert tx.watermarks.get(P, "a") == "2"
        assert tx.watermarks.get(P, "b") == "3"
        assert tx.watermarks.get(P + 1, "a") == "4"
        assert tx.watermarks.get(P + 1, "b") is None


@pytest.mark.parametrize("offset", [0, 5.5, -8])
def test_times_come_back_as_utc_with_their_microseconds(database: SqlDatabase, offset: float) -> None:
    given = NOW.astimezone(timezone(timedelta(hours=offset)))
    with database.transaction() as tx:
        tx.pending.merge([change(1)], work_class=WorkClass.LIVE, now=NOW, due_at=given)
        stored = tx.pending.next_due(P)
    assert stored == NOW
    assert stored is not None
    assert stored.utcoffset() == timedelta(0)
    assert stored.microsecond == NOW.microsecond


def test_a_time_without_a_zone_is_refused(database: SqlDatabase) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  # the very thing under test
    with pytest.raises(Exception, match="without a time zone"), database.transaction() as tx:
        tx.pending.merge([change(1)], work_class=WorkClass.LIVE, now=NOW, due_at=naive)


def test_a_url_of_another_database_is_refused(place: Place) -> None:
    for url in ("mysql://localhost/x", "no url"):
        with pytest.raises(InvalidInput, match="database URL"):
            Place(url=url, path=place.path, keys=place.keys).open()


def test_postgresql_urls_may_be_spelled_in_three_ways(place: Place) -> None:
    if place.url is None:
        return
    tail = place.url.partition("://")[2]
    for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        opened = Place(url=f"{scheme}://{tail}", path=place.path, keys=place.keys).open()
        opened.migrate()
        opened.close()
