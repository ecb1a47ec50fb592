"""Fixtures shared by all tests: real servers, started when a test first asks for one.

DIPTYCH_TEST_BROKER_URL, DIPTYCH_TEST_REDIS_URL and DIPTYCH_TEST_DATABASE_URL point at servers of your own;
tests that kill or freeze their server always use a private one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from tests.services.docker import DockerServer
from tests.services.open import open_postgres, open_rabbitmq, open_redis
from tests.services.postgres import PostgresServer, fresh_database
from tests.services.process import MissingServerError, Server
from tests.services.rabbitmq import RabbitServer
from tests.services.redis import RedisServer

S = TypeVar("S", bound=Server)


def running(opener: Callable[[], S], untested: str) -> Iterator[S]:
    """A started server, closed at the end; without one a skip at home, a failure in CI."""
    try:
        server = opener()
    except MissingServerError as error:
        message = f"{error}: not tested: {untested}. `make test` as root installs it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[RabbitServer | DockerServer]:
    """A private RabbitMQ node, shared by the session."""
    yield from running(open_rabbitmq, "everything on a real RabbitMQ")


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer | DockerServer]:
    """A private Redis, shared by the session."""
    yield from running(open_redis, "everything on a real Redis")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer | DockerServer]:
    """A private PostgreSQL, shared by the session."""
    yield from running(open_postgres, "everything on a real PostgreSQL")


@pytest.fixture
def breakable_rabbitmq(
    rabbitmq_server: RabbitServer | DockerServer,
) -> Iterator[RabbitServer | DockerServer]:
    """The session's RabbitMQ for a test that kills, freezes or blocks it: it is healed afterwards."""
    yield rabbitmq_server
    rabbitmq_server.heal()


@pytest.fixture
def breakable_redis(redis_server: RedisServer | DockerServer) -> Iterator[RedisServer | DockerServer]:
    """The session's Redis for a test that kills or freezes it: it is healed afterwards."""
    yield redis_server
    redis_server.heal()


@pytest.fixture
def breakable_postgres(
    postgres_server: PostgresServer | DockerServer,
) -> Iterator[PostgresServer | DockerServer]:
    """The session's PostgreSQL for a test that kills or freezes it: it is healed afterwards."""
    yield postgres_server
    postgres_server.heal()


def _url(request: pytest.FixtureRequest, variable: str, fixture: str) -> str:
    """The developer's own server where `variable` names one, else the private server of `fixture`."""
    own = os.environ.get(variable)
    if own:
        return own
    server: Server = request.getfixturevalue(fixture)
    return server.url


@pytest.fixture(scope="session")
def rabbitmq_url(request: pytest.FixtureRequest) -> str:
    """An AMQP URL. Use queue names of your own: the broker is shared by the session."""
    return _url(request, "DIPTYCH_TEST_BROKER_URL", "rabbitmq_server")


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> str:
    """A Redis URL. Use key names of your own: the server is shared by the session."""
    return _url(request, "DIPTYCH_TEST_REDIS_URL", "redis_server")


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """SQLAlchemy URL of a PostgreSQL server on which databases may be created."""
    return _url(request, "DIPTYCH_TEST_DATABASE_URL", "postgres_server")


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """SQLAlchemy URL of a fresh, empty PostgreSQL database, dropped after the test."""
    with fresh_database(postgres_url) as url:
        yield url
