"""Sends one prepared HTTP request over and over on several connections, and takes the times."""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_END_OF_HEAD = b"\r\n\r\n"
_ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hammered:
    """Answers by status, the seconds each request took, and the seconds of the whole."""

    statuses: Mapping[int, int]
    latencies: Sequence[float]
    seconds: float


@dataclass(slots=True, kw_only=True)
class _Connection:
    """One keep-alive connection with one request under way."""

    sock: socket.socket
    request: bytes
    left: memoryview = field(default_factory=lambda: memoryview(b""))
    answer: bytes = b""
    began: float = 0.0
    latencies: list[float] = field(default_factory=list)

    def begin(self) -> None:
        """Start the request anew."""
        self.left, self.answer, self.began = memoryview(self.request), b"", time.perf_counter()
        self.write()

    def write(self) -> None:
        """As much as the socket takes."""
        try:
            while self.left:
                self.left = self.left[self.sock.send(self.left) :]
        except BlockingIOError:
            return

    def read(self) -> int | None:
        """The status once the whole answer is there. Raises ConnectionError when the server hangs up."""
        piece = self.sock.recv(65_536)
        if not piece:
            raise ConnectionError("the server closed a connection")
        self.answer += piece
        head, found, body = self.answer.partition(_END_OF_HEAD)
        if not found or len(body) < _length(head):
            return None
        return int(head.split(b" ", 2)[1])


def hammer(
    url: str, headers: Mapping[str, str], body: bytes, *, connections: int, seconds: float
) -> Hammered:
    """POST this body for so many seconds. Raises ConnectionError, or TimeoutError without answers."""
    parts = urlsplit(url)
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join(lines).encode() + _END_OF_HEAD + body
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for _ in range(connections):
            sock = stack.enter_context(socket.create_connection((parts.hostname or "", parts.port or 80)))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)  # noqa: FBT003  # the socket's own signature
            connection = _Connection(sock=sock, request=request)
            selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE, connection)
            connection.begin()
        return _run(selector, seconds)


def _run(selector: selectors.BaseSelector, seconds: float) -> Hammered:
    statuses: Counter[int] = Counter()
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        ready = selector.select(_ANSWER_SECONDS)
        if not ready:
            raise TimeoutError("no answer at all")
        for key, _ in ready:
            connection: _Connection = key.data
            status = _advance(selector, connection)
            if status is not None:
                statuses[status] += 1
    took = time.perf_counter() - began
    latencies = [each for key in selector.get_map().values() for each in key.data.latencies]
    return Hammered(statuses=statuses, latencies=latencies, seconds=took)


def _advance(selector: selectors.BaseSelector, connection: _Connection) -> int | None:
    """Write what is left, read what is there; the status of a finished answer."""
    connection.write()
    try:
        status = connection.read()
    except BlockingIOError:
        status = None
    if status is not None:
        connection.latencies.append(time.perf_counter() - connection.began)
        connection.begin()
    wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.left else 0)
    if selector.get_key(connection.sock).events != wanted:
        selector.modify(connection.sock, wanted, connection)
    return status


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ConnectionError("an answer without a length")
