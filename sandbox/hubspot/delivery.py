"""Posts webhook events to the app's target URL, signed as HubSpot signs them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from sandbox.hubspot.times import to_ms
from sandbox.kit import Clock

Post = Callable[[str, Mapping[str, str], bytes], int]
"""Sends one request and answers the status; raises OSError when there was no answer."""

TIMEOUT_SECONDS = 5
"""How long HubSpot waits for an answer before it counts the delivery as failed."""


def http_post() -> Post:
    """A Post over real HTTP, deaf to proxy settings of the environment."""
    session = requests.Session()
    session.trust_env = False

    def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        return session.post(
            url, data=body, headers=dict(headers), timeout=TIMEOUT_SECONDS, allow_redirects=False
        ).status_code

    return post


def signature_headers(secret: str, url: str, body: bytes, at: int) -> dict[str, str]:
    """The headers of signature v1 (secret and body) and v3 (method, URI, body, timestamp in ms)."""
    signed = b"POST" + url.encode() + body + str(at).encode()
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return {
        "X-HubSpot-Signature": hashlib.sha256(secret.encode() + body).hexdigest(),
        "X-HubSpot-Signature-Version": "v1",
        "X-HubSpot-Signature-v3": base64.b64encode(digest).decode(),
        "X-HubSpot-Request-Timestamp": str(at),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One posted batch; `status` 0 means no answer."""

    at: int
    status: int
    attempt: int
    events: tuple[dict[str, Any], ...]


class Sender:
    """Posts batches to `target_url` and remembers the last ones."""

    def __init__(self, *, secret: str, clock: Clock, post: Post) -> None:
        self.target_url: str | None = None
        self.last: deque[Delivery] = deque(maxlen=200)
        self._secret = secret
        self._clock = clock
        self._post = post

    def send(self, _group: str, payloads: Sequence[dict[str, Any]], attempt: int) -> bool:
        """Post one batch; whether the receiver answered 2xx."""
        url = self.target_url
        if url is None:
            return False
        events = tuple({**payload, "attemptNumber": attempt} for payload in payloads)
        body = json.dumps(events, separators=(",", ":"), ensure_ascii=False).encode()
        at = to_ms(self._clock())
        headers = {"Content-Type": "application/json", **signature_headers(self._secret, url, body, at)}
        try:
            status = self._post(url, headers, body)
        except OSError:
            status = 0
        self.last.append(Delivery(at=at, status=status, attempt=attempt, events=events))
        return 200 <= status < 300
