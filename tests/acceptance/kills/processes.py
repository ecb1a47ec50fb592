"""The product's processes as a test holds them: started, killed, frozen and thawed, with their last words."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[3]


class Process:
    """One `diptych` process in a group of its own. Start it from a thread that outlives it.

    The kernel's parent-death signal ends it even where the test run itself is killed.
    """

    def __init__(
        self, name: str, command: str, environ: Mapping[str, str], *, lease_seconds: float, sweep: bool
    ) -> None:
        self.name = name
        self.lines: list[str] = []
        setting = [f"{lease_seconds}", "sweep" if sweep else "nosweep"]
        launch = [sys.executable, "-m", "tests.acceptance.kills.launch", *setting, command]
        self._popen = subprocess.Popen(
            [*_dying_with_us(), *launch],
            cwd=ROOT,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id, which is also its group's."""
        return self._popen.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._popen.poll() is None

    def kill9(self) -> None:
        """SIGKILL, frozen or not; waits until it is gone."""
        if self.running:
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait(timeout=10)
        self._reader.join(timeout=10)

    def freeze(self) -> None:
        """SIGSTOP."""
        os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        os.killpg(self.pid, signal.SIGCONT)

    def stop(self) -> int:
        """SIGTERM, as an operator stops it; its exit status. Raises TimeoutExpired after 20 s."""
        self._popen.send_signal(signal.SIGTERM)
        return self._popen.wait(timeout=20)

    def says(self, words: str, *, since: int = 0) -> bool:
        """Whether a line of its log, after the first `since`, has these words."""
        return any(words in line for line in self.lines[since:])

    def wait_for(self, words: str, *, seconds: float, since: int = 0) -> None:
        """Until a line of its log has these words; AssertionError with its last lines if none comes."""
        deadline = time.monotonic() + seconds
        while not self.says(words, since=since):
            if time.monotonic() > deadline or not self.running:
                message = f"{self.name} did not say {words!r} within {seconds} s\n{self.last_words()}"
                raise AssertionError(message)
            time.sleep(0.02)

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        state = "running" if self.running else f"ended with {self._popen.returncode}"
        return "\n".join([f"--- {self.name} (pid {self.pid}, {state})", *self.lines[-lines:]])

    def _read(self) -> None:
        stream = self._popen.stdout
        if stream is not None:
            with stream:
                self.lines.extend(line.rstrip() for line in stream)


def environment(**keys: str) -> dict[str, str]:
    """A small environment with these DIPTYCH_ keys: nothing of the developer's own gets in."""
    base = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
    return base | {f"DIPTYCH_{name}": value for name, value in keys.items()}


def _dying_with_us() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig=KILL", "--"] if setpriv else []
