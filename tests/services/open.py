"""Finds the server a test asked for: Debian's program, else a container."""

from __future__ import annotations

from tests.services.docker import DockerServer
from tests.services.postgres import PostgresServer
from tests.services.process import MissingServerError
from tests.services.rabbitmq import RabbitServer
from tests.services.redis import RedisServer


def open_rabbitmq() -> RabbitServer | DockerServer:
    """A RabbitMQ, not yet started; raises MissingServerError."""
    try:
        return RabbitServer()
    except MissingServerError:
        return DockerServer("rabbitmq")


def open_redis() -> RedisServer | DockerServer:
    """A Redis, not yet started; raises MissingServerError."""
    try:
        return RedisServer()
    except MissingServerError:
        return DockerServer("redis")


def open_postgres() -> PostgresServer | DockerServer:
    """A PostgreSQL, not yet started; raises MissingServerError."""
    try:
        return PostgresServer()
    except MissingServerError:
        return DockerServer("postgres")
