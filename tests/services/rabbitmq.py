"""A private RabbitMQ node with its own epmd, cookie and ports."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from tests.services.process import (
    MissingServerError,
    PrivateServer,
    answers,
    as_service_user,
    free_port,
    wait_until,
)

# Debian's wrappers in /usr/sbin work for root and rabbitmq only; the scripts themselves work for anybody.
PROGRAMS = Path("/usr/lib/rabbitmq/bin")

MEMORY_LIMIT = "2GiB"
CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
log.console = false
vm_memory_high_watermark.absolute = {memory}
disk_free_limit.absolute = 1MB
raft.wal_max_size_bytes = 64000000
"""


class RabbitServer(PrivateServer):
    """One RabbitMQ node."""

    name: ClassVar[str] = "rabbitmq"

    def __init__(self) -> None:
        if not (PROGRAMS / "rabbitmq-server").exists():
            raise MissingServerError("rabbitmq-server is not installed")
        super().__init__()
        self._distribution_port = free_port()
        self._epmd_port = free_port()
        self._epmd: subprocess.Popen[bytes] | None = None
        self._write_configuration()

    @property
    def ports(self) -> tuple[int, ...]:
        """AMQP, Erlang's distribution, epmd."""
        return (self.port, self._distribution_port, self._epmd_port)

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    def start(self) -> None:
        """Start its epmd, then the node. An epmd that the node started itself would outlive it."""
        if self._epmd is None:
            epmd = ["epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1"]
            self._epmd = self.spawn(epmd, log="epmd.log")
            # A names request: two bytes of length, then "n"; the answer begins with epmd's own port.
            wait_until(
                lambda: answers(self._epmd_port, b"\x00\x01n", self._epmd_port.to_bytes(4, "big")),
                seconds=10,
                what="epmd start",
            )
        super().start()

    def heal(self) -> None:
        """Thaw or start the node, and clear any alarm a test raised."""
        super().heal()
        self.unblock()

    def block(self) -> None:
        """Raise the memory alarm: the broker stops reading from every connection that publishes."""
        self.ctl("set_vm_memory_high_watermark", "absolute", "1MiB")

    def unblock(self) -> None:
        """Clear the memory alarm."""
        self.ctl("set_vm_memory_high_watermark", "absolute", MEMORY_LIMIT)

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl` against this node; its standard output."""
        done = subprocess.run(
            as_service_user([str(PROGRAMS / "rabbitmqctl"), "--quiet", *arguments]),
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            check=True,
            timeout=60,
            text=True,
        )
        return done.stdout

    def close(self) -> None:
        """Stop the node, then its epmd, and remove the folder."""
        self.stop()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait()
        super().close()

    def _command(self) -> list[str]:
        return [str(PROGRAMS / "rabbitmq-server")]

    def _ready(self) -> bool:
        # An AMQP 0-9-1 greeting; the server answers with a method frame (type 1).
        return answers(self.port, b"AMQP\x00\x00\x09\x01", b"\x01")

    def _write_configuration(self) -> None:
        text = CONFIGURATION.format(port=self.port, memory=MEMORY_LIMIT)
        (self.folder / "rabbitmq.conf").write_text(text, encoding="utf-8")
        (self.folder / "enabled_plugins").write_text("[].\n", encoding="utf-8")

    def _environment(self) -> Mapping[str, str]:
        folder = self.folder
        settings = {
            "CONF_ENV_FILE": os.devnull,
            "NODENAME": f"diptych{self.port}@localhost",
            "NODE_IP_ADDRESS": "127.0.0.1",
            "NODE_PORT": str(self.port),
            "DIST_PORT": str(self._distribution_port),
            "MNESIA_BASE": f"{folder}/mnesia",
            "LOG_BASE": f"{folder}/log",
            "PID_FILE": f"{folder}/rabbit.pid",
            "ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "ADVANCED_CONFIG_FILE": f"{folder}/advanced.config",
            "GENERATED_CONFIG_DIR": f"{folder}/generated",
            "SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        return {f"RABBITMQ_{key}": value for key, value in settings.items()} | {
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP": os.devnull,
            # Makes the script exec the Erlang VM, so that our child is the VM and signals reach it.
            "RUNNING_UNDER_SYSTEMD": "true",
        }
