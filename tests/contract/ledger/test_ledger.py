"""What the ledger promises while its Redis, real or fake, is there (contract.ports.Ledger)."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import redis

from adapters.ledger import open_ledger
from adapters.ledger.redis import RedisLedger
from contract.ports import RecordKey
from contract.records import HUBSPOT_CONTACT, SALESFORCE_LEAD, RecordRef, Side
from tests.contract.ledger.conftest import PORTAL, ManualClock

CONTACT: RecordKey = (PORTAL, RecordRef(side=Side.HUBSPOT, object_type=HUBSPOT_CONTACT, id="101"))
LEAD: RecordKey = (
    PORTAL,
    RecordRef(side=Side.SALESFORCE, object_type=SALESFORCE_LEAD, id="00Q000000000001AAA"),
)
OTHER_PORTAL: RecordKey = (PORTAL + 1, CONTACT[1])
STAMP = datetime(2026, 3, 1, 12, 30, 15, 123457, tzinfo=UTC)


def _granted(ledger: RedisLedger, bucket: str, *, asked: int, limit: int, per_seconds: float = 10) -> int:
    waits = [ledger.wait_for(bucket, limit=limit, per_seconds=per_seconds) for _ in range(asked)]
    return waits.count(0.0)


def test_a_mark_is_seen_to_the_microsecond_and_for_its_own_record_alone(ledger: RedisLedger) -> None:
    ledger.mark_seen({CONTACT: STAMP, LEAD: STAMP + timedelta(hours=1)})
    assert ledger.seen([CONTACT, OTHER_PORTAL, LEAD]) == {CONTACT: STAMP, LEAD: STAMP + timedelta(hours=1)}


def test_an_older_stamp_never_replaces_a_newer_mark(ledger: RedisLedger) -> None:
    ledger.mark_seen({CONTACT: STAMP})
    ledger.mark_seen({CONTACT: STAMP - timedelta(seconds=1)})
    assert ledger.seen([CONTACT]) == {CONTACT: STAMP}
    ledger.mark_seen({CONTACT: STAMP + timedelta(seconds=1)})
    assert ledger.seen([CONTACT]) == {CONTACT: STAMP + timedelta(seconds=1)}


def test_marks_last_about_a_day(ledger: RedisLedger, client: redis.Redis) -> None:
    ledger.mark_seen({CONTACT: STAMP})
    [name] = client.keys("*")
    assert 86_000 < client.ttl(name) <= 86_400


def test_nothing_asked_is_nothing_seen(ledger: RedisLedger) -> None:
    ledger.mark_seen({})
    assert ledger.seen([]) == {}


def test_a_bucket_grants_its_limit_then_says_when_to_ask_again(
    ledger: RedisLedger, clock: ManualClock
) -> None:
    assert _granted(ledger, "7:hubspot", asked=3, limit=3) == 3
    clock.move(4)
    assert ledger.wait_for("7:hubspot", limit=3, per_seconds=10) == pytest.approx(6)
    clock.move(6)
    assert ledger.wait_for("7:hubspot", limit=3, per_seconds=10) == 0


def test_a_call_that_must_wait_takes_nothing_from_the_bucket(ledger: RedisLedger, clock: ManualClock) -> None:
    assert _granted(ledger, "b", asked=50, limit=5) == 5
    clock.move(10)
    assert _granted(ledger, "b", asked=50, limit=5) == 5


def test_no_window_however_placed_holds_more_than_the_limit(ledger: RedisLedger, clock: ManualClock) -> None:
    granted = []
    for _ in range(300):
        if ledger.wait_for("b", limit=7, per_seconds=10) == 0:
            granted.append(clock.now)
        clock.move(0.3)
    starts = [sum(start <= other < start + timedelta(seconds=9.99) for other in granted) for start in granted]
    assert max(starts) == 7
    assert len(granted) >= 7 * 8


def test_buckets_do_not_share(ledger: RedisLedger) -> None:
    assert _granted(ledger, "a", asked=2, limit=2) == 2
    assert _granted(ledger, "b", asked=2, limit=2) == 2


def test_all_threads_and_clients_together_get_the_limit(client: redis.Redis, clock: ManualClock) -> None:
    granted: list[int] = []

    def ask() -> None:
        granted.append(_granted(RedisLedger(client, clock=clock), "shared", asked=20, limit=30))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 30


def test_the_cache_keeps_bytes_for_as_long_as_asked(ledger: RedisLedger) -> None:
    ledger.put("owners:7", b"\x00\xff{}", seconds=60)
    ledger.put("short", b"x", seconds=0.05)
    assert ledger.get("owners:7") == b"\x00\xff{}"
    assert ledger.get("never put") is None
    time.sleep(0.1)
    assert ledger.get("short") is None


def test_while_redis_is_there_nothing_fails(ledger: RedisLedger) -> None:
    ledger.mark_seen({CONTACT: STAMP})
    ledger.wait_for("b", limit=1, per_seconds=1)
    ledger.put("k", b"v", seconds=1)
    assert ledger.failures == 0


def test_without_a_url_the_ledger_lives_in_this_process() -> None:
    ledger = open_ledger(None)
    ledger.mark_seen({CONTACT: STAMP})
    assert ledger.seen([CONTACT]) == {CONTACT: STAMP}
    assert open_ledger(None).seen([CONTACT]) == {}
    ledger.close()


def test_a_malformed_url_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="redis://"):
        open_ledger("http://127.0.0.1/")
