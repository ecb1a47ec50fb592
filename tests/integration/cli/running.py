"""Processes of the installed command, as an operator or a container starts them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.services.process import free_port

BIN = Path(sys.executable).parent
PATIENCE = 30.0
"""Seconds for a process to come up on a busy machine."""


class Running:
    """A process with its output in a file."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], output: Path) -> None:
        self._output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [str(BIN / command[0]), *command[1:]],
                env={"PATH": f"{BIN}:/usr/bin:/bin", **environ},
                cwd=output.parent,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        """What it printed so far."""
        return self._output.read_text(encoding="utf-8")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it as systemd or Docker would; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(20)


@contextmanager
def started(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> Iterator[Running]:
    """A process that is killed at the latest when the block ends."""
    running = Running(command, environ, folder / f"{'-'.join(command[:2])}-{free_port()}.log")
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()


def until(what: Callable[[], bool], running: Running | None = None) -> None:
    """Wait for it; fails with the process's output when it does not come."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if what():
            return
        if running is not None and running.process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(running.said if running else "it did not come")


def ready(url: str) -> bool:
    """Whether the receiver says that it would take a delivery."""
    session = requests.Session()
    session.trust_env = False
    try:
        return session.get(f"{url}/ready", timeout=2).status_code == 200
    except requests.RequestException:
        return False
