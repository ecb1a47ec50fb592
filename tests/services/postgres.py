"""A private PostgreSQL cluster, and fresh databases on it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.services.process import MissingServerError, PrivateServer, as_service_user

SCHEME = "postgresql+psycopg://"
_STILL_HELD = "pre-existing shared memory block"


def _programs() -> Path:
    """The folder of the newest installed PostgreSQL server's programs (Debian keeps them off the PATH)."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("postgres")
    if not found and on_path is None:
        raise MissingServerError("the postgresql server is not installed")
    return found[-1].parent if found else Path(str(on_path)).parent


class PostgresServer(PrivateServer):
    """A PostgreSQL of its own, durable as PostgreSQL is by default."""

    name: ClassVar[str] = "postgres"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # "fast": does not wait for clients to leave

    def __init__(self) -> None:
        self._programs = _programs()
        super().__init__()
        initdb = [str(self._programs / "initdb"), "-D", str(self.folder / "data"), "-U", "app"]
        options = ["--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"]
        subprocess.run(
            as_service_user([*initdb, *options]),
            cwd=self.folder,
            env=self.environment(),
            check=True,
            capture_output=True,
        )

    @property
    def url(self) -> str:
        return f"{SCHEME}app@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it; right after a kill the dead server's processes hold its shared memory for a moment."""
        deadline = time.monotonic() + 20
        while True:
            try:
                return super().start()
            except RuntimeError as error:
                if _STILL_HELD not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def _command(self) -> list[str]:
        server = [str(self._programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        return [*server, "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}"]

    def _ready(self) -> bool:
        try:
            with psycopg.connect(native_url(self.url), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False


def native_url(url: str) -> str:
    """The URL as libpq reads it, without SQLAlchemy's driver name."""
    return url.replace(SCHEME, "postgresql://", 1)


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """An empty database on the server at `server_url`: its URL for SQLAlchemy. Dropped afterwards."""
    name = f"test_{uuid4().hex}"
    _administer(server_url, "CREATE DATABASE {}", name)
    try:
        base = native_url(server_url).partition("?")[0].rpartition("/")[0]
        yield f"{base}/{name}".replace("postgresql://", SCHEME, 1)
    finally:
        _administer(server_url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _administer(server_url: str, statement: str, name: str) -> None:
    with psycopg.connect(native_url(server_url), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
