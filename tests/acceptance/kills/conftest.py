"""The servers that these tests kill."""

from __future__ import annotations

import pytest

from tests.acceptance.kills.setting import Servers
from tests.services.docker import DockerServer
from tests.services.postgres import PostgresServer
from tests.services.rabbitmq import RabbitServer
from tests.services.redis import RedisServer


@pytest.fixture
def servers(
    breakable_rabbitmq: RabbitServer | DockerServer,
    breakable_redis: RedisServer | DockerServer,
    breakable_postgres: PostgresServer | DockerServer,
) -> Servers:
    """All three, healed afterwards."""
    return Servers(rabbitmq=breakable_rabbitmq, redis=breakable_redis, postgres=breakable_postgres)
