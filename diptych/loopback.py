"""Waits on this machine for the browser that a CRM sends back to us once somebody has consented."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from adapters.crm.oauth import ConsentRefused
from contract.errors import InvalidInput

HOST = "127.0.0.1"
"""Nobody but this machine's own browser has anything to say here."""
PATH = "/authorized"
PORT = 8403
_LONGEST = 10.0
"""Seconds that a browser may take to say what it wants."""

Read = Callable[[str], str]


def redirect_uri(port: int) -> str:
    """The address that the app must name as its callback: CRMs take plain http for localhost alone."""
    return f"http://localhost:{port}{PATH}"


@dataclass(slots=True, kw_only=True)
class Listener:
    """Hears browsers until one brought an answer. `read` gives what an address holds.

    What is no answer to us (another page's request, a wrong state) is told to that browser alone.
    """

    port: int
    read: Read
    _found: str = ""
    _refused: ConsentRefused | None = None
    _done: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float) -> str:
        """What was read. Raises ConsentRefused, and InvalidInput once the time is over."""
        if not self._done.wait(seconds):
            raise InvalidInput("nobody came back from the browser in time: run the command again")
        if self._refused:
            raise self._refused
        return self._found

    def answer(self, path: str) -> tuple[int, str, bool]:
        """Status, sentence, and whether that ends the waiting."""
        if path.partition("?")[0] != PATH:
            return 404, "Nothing is here.", False
        try:
            self._found = self.read(f"http://localhost:{self.port}{path}")
        except ConsentRefused as refused:
            self._refused = refused
            return 200, f"{refused}. Go back to the terminal.", True
        except InvalidInput as error:
            return 400, f"{error}.", False
        return 200, "Thank you: go back to the terminal. This window may be closed.", True

    def done(self) -> None:
        """Let the waiting end, now that the browser has its answer, or wants none any more."""
        self._done.set()


@contextmanager
def listening(port: int, read: Read) -> Iterator[Listener]:
    """A listener for as long as the block lasts. Raises InvalidInput where the port is taken."""
    listener = Listener(port=port, read=read)
    try:
        server = ThreadingHTTPServer((HOST, port), _handler(listener))
    except OSError as error:
        says = f"nobody can listen on {HOST}:{port} ({error.strerror}): choose another port by --port"
        raise InvalidInput(f"{says}, or give --code-from-stdin") from error
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _LONGEST

        def do_GET(self) -> None:
            status, says, ends = listener.answer(self.path)
            try:
                self._say(status, says.encode())
            except OSError:
                self.close_connection = True  # the browser hung up: what it brought is here all the same
            finally:
                if ends:
                    listener.done()

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the address holds the code."""

    return Handler
