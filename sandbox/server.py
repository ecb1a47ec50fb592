"""Puts a stand-in CRM's WSGI app on a loopback port, and calls its notice pump in the background."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self
from wsgiref.types import WSGIApplication

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.kit import ConnectionDropped


class _Handler(WSGIRequestHandler):
    """Closes the socket without a byte when the app raises ConnectionDropped; writes no access log."""

    disable_nagle_algorithm = True

    def connection_dropped(self, error: BaseException, environ: object = None) -> None:
        del environ
        self.close_connection = True
        if isinstance(error, ConnectionDropped):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server on 127.0.0.1; close it, or use it as a context manager."""

    port: int
    _server: BaseWSGIServer
    _thread: threading.Thread

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop accepting calls and give the port back."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def serve(app: WSGIApplication, port: int = 0) -> Server:
    """Serve the app from a thread, one more per call; port 0 takes a free one. Raises OSError when taken."""
    # Bound here: werkzeug would end the process where the port is taken.
    with socket.create_server(("127.0.0.1", port)) as listening:
        server = make_server(
            "127.0.0.1", port, app, threaded=True, request_handler=_Handler, fd=listening.fileno()
        )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    return Server(port=server.port, _server=server, _thread=thread)


class Ticker:
    """Calls something again and again from a daemon thread until stopped, for instance a notice pump."""

    def __init__(self, call: Callable[[], object], *, every_seconds: float) -> None:
        self._call = call
        self._every = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self._call()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stop.set()
        self._thread.join()
