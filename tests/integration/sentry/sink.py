"""A local server in Sentry's place: keeps every event that the client sends."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Sink(ThreadingHTTPServer):
    """Listens on a free loopback port; `events` are the decoded events, `raw` all that was received."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: list[dict[str, Any]] = []
        self.raw: list[str] = []

    @property
    def dsn(self) -> str:
        """What to configure."""
        return f"http://public@127.0.0.1:{self.server_port}/1"


class _Handler(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.raw.append(body.decode())
        # An envelope: its own header, then a header and a payload per item, each a line of JSON.
        _, *items = body.splitlines()
        for header, payload in zip(items[::2], items[1::2], strict=True):
            if json.loads(header)["type"] == "event":
                self.server.events.append(json.loads(payload))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name for it
        """Keep quiet."""


@contextmanager
def running() -> Iterator[Sink]:
    """A sink that listens until the block ends."""
    with Sink() as sink:
        thread = threading.Thread(target=sink.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield sink
        finally:
            sink.shutdown()
            thread.join()
