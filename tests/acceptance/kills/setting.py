"""Sets the stage: the configuration of the product's processes over real servers, or embedded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from cryptography.fernet import Fernet

from diptych.clock import utc_now
from diptych.config import Config, ensure_keys, load
from diptych.wiring import open_stores
from sandbox.kit import HOSTILE, Faults
from tests.acceptance.kills.crms import open_crms
from tests.acceptance.kills.office import Office
from tests.acceptance.kills.processes import environment
from tests.acceptance.kills.stage import Stage
from tests.services.docker import DockerServer
from tests.services.postgres import PostgresServer, fresh_database
from tests.services.process import free_port
from tests.services.rabbitmq import RabbitServer
from tests.services.redis import RedisServer

FAULTS = HOSTILE.changed(drop_notice=0.0, late_seconds=1.5)
"""Every notice comes, for without the sweep nobody finds what was never told."""
SWEEP_SECONDS = 5
_REDIS_NUMBER = 7
"""A Redis database that no other test uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """The three servers of a deployment."""

    rabbitmq: RabbitServer | DockerServer
    redis: RedisServer | DockerServer
    postgres: PostgresServer | DockerServer


@contextmanager
def on_servers(servers: Servers, *, seed: int, faults: Faults = FAULTS) -> Iterator[Stage]:
    """A stage over the servers, with a virtual host and a database of its own; no process runs yet."""
    host = f"kills-{uuid4().hex[:8]}"
    servers.rabbitmq.ctl("add_vhost", host)
    servers.rabbitmq.ctl("set_permissions", "-p", host, "guest", ".*", ".*", ".*")
    with fresh_database(servers.postgres.url) as database_url:
        keys = {
            "BROKER_URL": f"{servers.rabbitmq.url.rpartition('/')[0]}/{host}",
            "REDIS_URL": f"{servers.redis.url.rpartition('/')[0]}/{_REDIS_NUMBER}",
            "DATABASE_URL": database_url,
            "SECRET_KEYS": Fernet.generate_key().decode(),
            "TOMBSTONE_KEYS": uuid4().hex,
        }
        columns = ("name", "messages_ready", "messages_unacknowledged")

        def unacked() -> str:
            lines = servers.rabbitmq.ctl("list_queues", "-p", host, "--no-table-headers", *columns)
            return "; ".join(line for line in lines.splitlines() if not line.endswith("\t0\t0"))

        with _stage(keys, unacked, seed=seed, faults=faults) as stage:
            yield stage
    servers.rabbitmq.ctl("delete_vhost", host)


@contextmanager
def embedded(folder: Path, *, seed: int, faults: Faults = FAULTS) -> Iterator[Stage]:
    """A stage for `diptych run` on files in this folder; the process does not run yet."""
    with _stage({"DATA_DIR": str(folder)}, lambda: "", seed=seed, faults=faults) as stage:
        yield stage


@contextmanager
def _stage(
    keys: Mapping[str, str], unacked: Callable[[], str], *, seed: int, faults: Faults
) -> Iterator[Stage]:
    url = f"127.0.0.1:{free_port()}"
    environ = environment(
        **keys,
        BIND=url,
        PUBLIC_URL=f"http://{url}",
        SWEEP_SECONDS=str(SWEEP_SECONDS),
        LOG_LEVEL="info",
    )
    config = _config(environ)
    with open_crms(f"http://{url}", seed=seed, faults=faults) as crms, open_stores(config) as stores:
        stores.broker.depth()
        with stores.database.transaction() as tx:
            tx.portals.save(crms.portal, author="test", comment="the portal of this test", at=utc_now())
        stage = Stage(
            config=config,
            environ=environ,
            crms=crms,
            office=Office(crms, seed=seed),
            stores=stores,
            unacked=unacked,
        )
        try:
            yield stage
        finally:
            stage.end()


def _config(environ: Mapping[str, str]) -> Config:
    config = load(environ)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    return ensure_keys(config)
