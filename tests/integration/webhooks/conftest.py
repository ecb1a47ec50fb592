"""The same application under gunicorn, waitress and Werkzeug's own server."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from diptych.wiring import serving
from tests.integration.webhooks.served import make

ROOT = Path(__file__).parents[3]
Server = Callable[[], AbstractContextManager[int]]


@contextlib.contextmanager
def gunicorn() -> Iterator[int]:
    """One worker of threads, as deployed, on a socket that is bound already."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listening.fileno()}", "--threads", "4",
                   "--no-control-socket", "--log-level", "warning",
                   "tests.integration.webhooks.served:make()"]  # fmt: skip
        process = subprocess.Popen(command, cwd=ROOT, pass_fds=[listening.fileno()], env=dict(os.environ))
        try:
            yield listening.getsockname()[1]
        finally:
            process.terminate()
            process.wait(20)


def waitress() -> AbstractContextManager[int]:
    """As `diptych webhooks` and `diptych run` serve."""
    return serving(make(), "127.0.0.1", 0)


@contextlib.contextmanager
def werkzeug() -> Iterator[int]:
    server = make_server("127.0.0.1", 0, make(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


SERVERS: dict[str, Server] = {"gunicorn": gunicorn, "waitress": waitress, "werkzeug": werkzeug}


@pytest.fixture(scope="module", params=SERVERS)
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a server that answers."""
    with SERVERS[request.param]() as number:
        _await(number)
        yield number


def _await(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/live")
            if connection.getresponse().status == 200:
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        finally:
            connection.close()
