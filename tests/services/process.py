"""A server as a private child process that a test can kill, freeze and bring back."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Protocol


class MissingServerError(Exception):
    """The server's program is not on this machine; the message says how to get it."""


class Server(Protocol):
    """What a test may do to a server it depends on."""

    @property
    def url(self) -> str:
        """Where clients reach it; the same before and after a restart."""

    def start(self) -> None:
        """Start it on its old data and wait until it answers."""

    def stop(self) -> None:
        """Shut it down in good order; its data stays."""

    def kill9(self) -> None:
        """Kill it without warning; its data stays as it was written."""

    def freeze(self) -> None:
        """Stop it answering while its connections stay open."""

    def thaw(self) -> None:
        """Let a frozen server go on."""

    def restart(self) -> None:
        """Stop and start."""

    def heal(self) -> None:
        """Undo whatever a test did: afterwards it runs and answers."""

    def close(self) -> None:
        """Stop it and remove its data."""


def free_port() -> int:
    """A loopback TCP port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(ready: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Return once `ready()` is true; raise TimeoutError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.02)


def answers(port: int, question: bytes, expected: bytes) -> bool:
    """Whether the server on `port` answers `question` with something that begins with `expected`."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(question)
            return connection.recv(len(expected)) == expected
    except OSError:
        return False


def as_service_user(command: Sequence[str]) -> list[str]:
    """`command`, not as root, and killed by the kernel when the thread that started it ends.

    RabbitMQ would spoil root's home with its cookie and PostgreSQL refuses root. The kernel's parent-death
    signal keeps a killed test run from leaving servers behind.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise MissingServerError("setpriv (Debian package util-linux) is missing")
    become: list[str] = []
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        become = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return [setpriv, *become, "--pdeathsig=KILL", "--", *command]


def service_folder(name: str) -> Path:
    """A fresh temporary folder that belongs to the user the servers run as."""
    folder = Path(tempfile.mkdtemp(prefix=f"diptych-test-{name}-"))
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return folder


def with_descendants(pid: int) -> Iterator[int]:
    """`pid` and every process below it, parents first (from /proc)."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text(encoding="ascii").split():
            yield from with_descendants(int(child))


class PrivateServer(ABC):
    """Base of the private servers: a folder, a port, one child process.

    Start a server from a thread that outlives it (the main thread, as pytest fixtures do): the kernel kills
    it when that thread ends.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self) -> None:
        self.folder = service_folder(self.name)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port the server and its helpers listen on."""
        return (self.port,)

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients reach it."""

    @abstractmethod
    def _command(self) -> list[str]:
        """The command that runs the server in the foreground."""

    @abstractmethod
    def _ready(self) -> bool:
        """Whether it answers a client."""

    def _environment(self) -> Mapping[str, str]:
        return {}

    def spawn(self, command: Sequence[str], *, log: str) -> subprocess.Popen[bytes]:
        """Start `command` in the folder, as the service user, its output going to the file `log` there."""
        with (self.folder / log).open("ab") as sink:
            return subprocess.Popen(
                as_service_user(command),
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )

    def environment(self) -> dict[str, str]:
        """A small environment of its own: nothing of the developer's leaks into the server."""
        base = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}
        return base | dict(self._environment())

    def start(self) -> None:
        """Start it on its old data and wait until it answers; raise with the log's end if it does not."""
        self._process = process = self.spawn(self._command(), log="server.log")
        try:
            wait_until(
                lambda: process.poll() is not None or self._ready(), seconds=60, what=f"{self.name} start"
            )
        finally:
            if process.poll() is not None:
                log = (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"{self.name} ended with {process.returncode}:\n{log[-3000:]}")

    def stop(self) -> None:
        """Shut it down in good order; kill it if it takes more than 30 s."""
        if self._process is None:
            return
        self.thaw()
        self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill9(self) -> None:
        """SIGKILL to the server and everything below it."""
        if self._process is None:
            return
        self._signal_all(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def freeze(self) -> None:
        """SIGSTOP to the server and everything below it."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT to the server and everything below it."""
        self._signal_all(signal.SIGCONT)

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def heal(self) -> None:
        """Thaw it, or start it when it does not run."""
        if self._process is not None and self._process.poll() is None:
            self.thaw()
            wait_until(self._ready, seconds=60, what=f"{self.name} answering again")
        else:
            self.start()

    def close(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal_all(self, number: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        for pid in list(with_descendants(self._process.pid)):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
