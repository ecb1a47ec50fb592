"""The private servers: they come back with their URL, and leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import running
from tests.services.open import open_postgres, open_rabbitmq, open_redis
from tests.services.postgres import PostgresServer
from tests.services.process import MissingServerError, PrivateServer
from tests.services.rabbitmq import RabbitServer
from tests.services.redis import RedisServer


def _children_of(server: PrivateServer) -> list[str]:
    """Command lines that name the server's folder or one of its ports (epmd knows only its port)."""
    marks = [str(server.folder), *(str(port) for port in server.ports)]
    return [line for line in _command_lines() if any(mark in line for mark in marks)]


def _command_lines() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            yield path.read_bytes().decode(errors="replace")


@pytest.mark.parametrize(
    ("server_class", "opener"),
    [(RedisServer, open_redis), (PostgresServer, open_postgres), (RabbitServer, open_rabbitmq)],
)
def test_a_private_server_survives_kill_and_freeze_and_leaves_nothing_behind(
    server_class: type[PrivateServer], opener: Callable[[], object], request: pytest.FixtureRequest
) -> None:
    try:
        server = server_class()
    except MissingServerError:
        request.getfixturevalue(f"{server_class.name}_server")  # skips at home, fails in CI, or is Docker
        return
    try:
        server.start()
        url = server.url
        server.kill9()
        server.start()
        server.freeze()
        server.heal()
        assert server.url == url
        assert _children_of(server)
    finally:
        server.close()
    assert not server.folder.exists()
    assert _children_of(server) == []


@pytest.mark.parametrize(("ci", "verdict"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_a_missing_server_is_a_skip_at_home_and_a_failure_in_ci(
    ci: str, verdict: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> RedisServer:
        raise MissingServerError("redis-server is not installed")

    monkeypatch.setenv("CI", ci)
    with pytest.raises(verdict, match="redis-server is not installed: not tested: everything on Redis"):
        next(running(missing, "everything on Redis"))
