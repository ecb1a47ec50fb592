"""kill -9 of RabbitMQ, Redis and PostgreSQL while people work: what was not taken comes again."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import pytest
import redis

from tests.acceptance.kills.office import Bustle
from tests.acceptance.kills.setting import Servers, on_servers
from tests.acceptance.kills.stage import Stage, tell
from tests.services.process import Server

SEED = int(os.environ.get("DIPTYCH_TEST_SEED", "20261124"))
_DECLARED = 2.0
"""Seconds after which a killed node has its queues again: see adapters/broker/rabbitmq_topology.py."""


@pytest.fixture(scope="module")
def servers(rabbitmq_server: object, redis_server: object, postgres_server: object) -> Servers:
    """All three."""
    return Servers(rabbitmq=rabbitmq_server, redis=redis_server, postgres=postgres_server)  # type: ignore[arg-type]  # the fixtures say so


@pytest.fixture(scope="module")
def stage(servers: Servers) -> Iterator[Stage]:
    """A receiver and two workers."""
    with on_servers(servers, seed=SEED) as stage:
        stage.start("receiver", "webhooks")
        stage.start("first")
        stage.start("second")
        stage.await_owner()
        time.sleep(_DECLARED)
        yield stage
        for server in (servers.rabbitmq, servers.redis, servers.postgres):
            server.heal()


def test_rabbitmq_dies(stage: Stage, servers: Servers) -> None:
    refused = _refused(stage)
    with _busy(stage):
        _die(servers.rabbitmq, seconds=2.0)
    stage.agree(seconds=60)
    tell(f"RabbitMQ was killed: {_refused(stage) - refused} deliveries were refused and came again")
    assert _refused(stage) > refused, "nobody was told that it was not received"
    assert {one.status for one in stage.crms.hubspot.deliveries if one.status >= 300} == {503}


def test_redis_dies_and_forgets_everything(stage: Stage, servers: Servers) -> None:
    with _busy(stage):
        _die(servers.redis, seconds=1.0)
        time.sleep(0.5)
        redis.Redis.from_url(servers.redis.url).flushall()
    stage.agree(seconds=60)


def test_postgresql_dies(stage: Stage, servers: Servers) -> None:
    with _busy(stage):
        _die(servers.postgres, seconds=1.0)
    stage.agree(seconds=60)


def test_what_workers_hold_while_postgresql_is_away_comes_again_when_they_die_too(
    stage: Stage, servers: Servers
) -> None:
    stage.office.meet()
    servers.postgres.kill9()
    for _ in range(15):
        stage.office.edit(stage.office.anybody(), "mobilephone")
        time.sleep(0.1)
    stage.wait(lambda: not stage.crms.waiting(), seconds=20, what="everything told and taken")
    for name in ("first", "second"):
        stage.processes[name].kill9()
    servers.postgres.start()
    for name in ("first", "second"):
        stage.start(name)
    stage.agree(seconds=60)


def test_nothing_is_left_of_all_that(stage: Stage) -> None:
    stage.agree(seconds=30)
    assert stage.nothing_left() == []


def _busy(stage: Stage) -> Bustle:
    return Bustle(stage.office, people=20, changes=120, per_second=30)


def _die(server: Server, *, seconds: float) -> None:
    time.sleep(random.Random(SEED).uniform(0.5, 1.5))
    server.kill9()
    time.sleep(seconds)
    server.start()


def _refused(stage: Stage) -> int:
    queues = (stage.crms.hubspot.notices, stage.crms.salesforce.outbound.notices)
    return sum(queue.counts["refused"] for queue in queues)
