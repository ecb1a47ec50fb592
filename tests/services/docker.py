"""The same servers as containers, where Debian's programs are missing but a Docker engine answers."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import psycopg

from tests.services.postgres import native_url
from tests.services.process import MissingServerError, answers, free_port, wait_until


def engine_answers() -> bool:
    """Whether a Docker engine is there to run containers."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    try:
        done = subprocess.run([docker, "info"], capture_output=True, check=False, timeout=10)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, check=True, timeout=600, text=True)
    return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What to run and how to know that it answers."""

    name: str
    port: int
    settings: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    url: str
    ready: Callable[[int, str], bool]


def _postgres_ready(_port: int, url: str) -> bool:
    try:
        with psycopg.connect(native_url(url), connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


IMAGES = {
    "rabbitmq": Image(
        name="rabbitmq:3.13",
        port=5672,
        url="amqp://guest:guest@127.0.0.1:{port}/%2F",
        ready=lambda port, _url: answers(port, b"AMQP\x00\x00\x09\x01", b"\x01"),
    ),
    "redis": Image(
        name="redis:7",
        port=6379,
        command=("redis-server", "--save", ""),
        url="redis://127.0.0.1:{port}/0",
        ready=lambda port, _url: answers(port, b"PING\r\n", b"+PONG"),
    ),
    "postgres": Image(
        name="postgres:16",
        port=5432,
        settings=("POSTGRES_USER=app", "POSTGRES_PASSWORD=app"),
        url="postgresql+psycopg://app:app@127.0.0.1:{port}/postgres",
        ready=_postgres_ready,
    ),
}


class DockerServer:
    """One server in a container of its own; verbs as `Server` says."""

    def __init__(self, name: str) -> None:
        if not engine_answers():
            raise MissingServerError(f"{name}: neither installed nor a Docker engine to run it")
        self._image = IMAGES[name]
        self._port = free_port()
        self._container = f"diptych-test-{name}-{uuid4().hex[:8]}"
        self._created = False

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return self._image.url.format(port=self._port)

    def start(self) -> None:
        """Create or start the container and wait until the server answers."""
        if self._created:
            _docker("start", self._container)
        else:
            settings = [part for setting in self._image.settings for part in ("--env", setting)]
            publish = ["--publish", f"127.0.0.1:{self._port}:{self._image.port}"]
            name = ["--name", self._container]
            _docker("run", "--detach", *name, *publish, *settings, self._image.name, *self._image.command)
            self._created = True
        self._wait()

    def stop(self) -> None:
        """Stop the container; its data stays."""
        _docker("stop", self._container)

    def kill9(self) -> None:
        """Kill the container's processes."""
        _docker("kill", "--signal=KILL", self._container)

    def freeze(self) -> None:
        """Pause the container."""
        _docker("pause", self._container)

    def thaw(self) -> None:
        """Unpause the container."""
        if self._state("Paused") == "true":
            _docker("unpause", self._container)

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def heal(self) -> None:
        """Afterwards it runs, answers, and (RabbitMQ) has no alarm."""
        self.thaw()
        if self._state("Running") != "true":
            self.start()
        self._wait()
        if self._image is IMAGES["rabbitmq"]:
            self.unblock()

    def block(self) -> None:
        """Raise RabbitMQ's memory alarm."""
        self.ctl("set_vm_memory_high_watermark", "absolute", "1MiB")

    def unblock(self) -> None:
        """Clear RabbitMQ's memory alarm."""
        self.ctl("set_vm_memory_high_watermark", "absolute", "2GiB")

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl` in the container; its standard output."""
        return _docker("exec", self._container, "rabbitmqctl", "--quiet", *arguments)

    def close(self) -> None:
        """Remove the container and its data."""
        if self._created:
            _docker("rm", "--force", "--volumes", self._container)

    def _state(self, key: str) -> str:
        return _docker("inspect", "--format", f"{{{{.State.{key}}}}}", self._container).strip()

    def _wait(self) -> None:
        wait_until(lambda: self._image.ready(self._port, self.url), seconds=120, what=self._container)
