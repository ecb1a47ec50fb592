"""A private Redis without persistence: what it forgets, Diptych must be able to do without."""

from __future__ import annotations

import shutil
from typing import ClassVar

from tests.services.process import MissingServerError, PrivateServer, answers


class RedisServer(PrivateServer):
    """A Redis of its own, empty after each start."""

    name: ClassVar[str] = "redis"

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise MissingServerError("redis-server is not installed")
        super().__init__()
        self._program = program

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def _command(self) -> list[str]:
        listen = ["--port", str(self.port), "--bind", "127.0.0.1"]
        return [self._program, *listen, "--dir", str(self.folder), "--save", "", "--appendonly", "no"]

    def _ready(self) -> bool:
        return answers(self.port, b"PING\r\n", b"+PONG")
