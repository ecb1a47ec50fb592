"""Diptych's own processes, started as an operator starts them, on the embedded default or on servers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from cryptography.fernet import Fernet

from bench.crms import PORTAL, wait_until
from contract.portal_file import load_portal
from contract.ports import Database
from diptych.clock import utc_now
from diptych.config import ensure_keys, load
from diptych.wiring import open_config_database
from tests.services.open import open_postgres, open_rabbitmq, open_redis
from tests.services.process import free_port

ROOT = Path(__file__).parents[1]
_START_SECONDS = 30
_LONGEST_SWEEP = "86400"
"""Sweeps would add a few calls a minute to every figure."""


@contextmanager
def no_servers() -> Iterator[Mapping[str, str]]:
    """The embedded default needs none."""
    yield {}


@contextmanager
def private_servers() -> Iterator[Mapping[str, str]]:
    """RabbitMQ, Redis and PostgreSQL as private child processes, empty. Raises MissingServerError."""
    with ExitStack() as stack:
        servers = [open_rabbitmq(), open_redis(), open_postgres()]
        for server in servers:
            stack.callback(server.close)
            server.start()
        broker, redis, postgres = (server.url for server in servers)
        yield {
            "DIPTYCH_BROKER_URL": broker,
            "DIPTYCH_REDIS_URL": redis,
            "DIPTYCH_DATABASE_URL": postgres,
            "DIPTYCH_SECRET_KEYS": Fernet.generate_key().decode(),
            "DIPTYCH_TOMBSTONE_KEYS": Fernet.generate_key().decode(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What Diptych stands on, and as which processes: `servers` gives the DIPTYCH_* keys that name them."""

    name: str
    servers: Callable[[], AbstractContextManager[Mapping[str, str]]]
    commands: tuple[str, ...]


EMBEDDED = Stack(name="embedded", servers=no_servers, commands=("run",))
SERVICES = Stack(
    name="RabbitMQ, Redis, PostgreSQL", servers=private_servers, commands=("webhooks", "consumers")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A folder, a port and an environment in which Diptych's processes run."""

    folder: Path
    url: str
    environ: Mapping[str, str]

    def open_database(self) -> Database:
        """The database of this site, migrated; close it."""
        database = open_config_database(ensure_keys(load(self.environ)))
        database.migrate()
        return database

    @contextmanager
    def running(self, command: Sequence[str], *, name: str) -> Iterator[None]:
        """A process of this site, in its environment; stopped at the end."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*_dying_with_us(), *command],
                cwd=ROOT,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            try:
                yield
            finally:
                _stop(process)

    def await_ready(self) -> None:
        """Until the receiver answers that it is ready; raises TimeoutError with the processes' last words."""
        try:
            wait_until(self._ready, seconds=_START_SECONDS, every=0.05, what=f"the receiver at {self.url}")
        except TimeoutError as error:
            words = [log.read_text(encoding="utf-8")[-2_000:] for log in sorted(self.folder.glob("*.log"))]
            raise TimeoutError("\n".join([str(error), *words])) from None

    def _ready(self) -> bool:
        with requests.Session() as session:
            session.trust_env = False
            try:
                return session.get(f"{self.url}/ready", timeout=2).ok
            except requests.RequestException:  # listening begins before answering does
                return False


@contextmanager
def open_site(stack: Stack, **more: str) -> Iterator[Site]:
    """A fresh site with servers of its own; `more` goes into its environment."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="diptych-bench-") as folder, stack.servers() as keys:
        url = f"http://127.0.0.1:{port}"
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "LANG": "C.UTF-8",
            "DIPTYCH_DATA_DIR": f"{folder}/data",
            "DIPTYCH_BIND": f"127.0.0.1:{port}",
            "DIPTYCH_PUBLIC_URL": url,
            "DIPTYCH_SWEEP_SECONDS": _LONGEST_SWEEP,
            **keys,
            **more,
        }
        yield Site(folder=Path(folder), url=url, environ=environ)


def apply_portal(database: Database, text: str) -> None:
    """Store the portal that this file describes."""
    with database.transaction() as tx:
        tx.portals.save(load_portal(text), author="bench", comment="", at=utc_now())


def pending(database: Database) -> int:
    """Rows that still need a look, due or not."""
    with database.transaction() as tx:
        return tx.counts(PORTAL, now=utc_now()).pending


def diptych(command: str) -> list[str]:
    """The command line that runs one of Diptych's processes."""
    return [str(Path(sys.executable).with_name("diptych")), command]


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _dying_with_us() -> list[str]:
    """The kernel ends the child where the benchmark itself is killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig=KILL", "--"] if setpriv else []
