"""HubSpot's signature v3: base64 of HMAC-SHA256 over method, full URI, body and time.

Older signatures come on the same requests and have no protection against replay; they are not looked at.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import Request

from contract.secret import Secret
from webhooks.directory import Senders
from webhooks.wire import number_or_none, wire_origin, wire_target

_log = structlog.get_logger()

WINDOW = timedelta(minutes=5)
"""How far the signature's time may lie from ours, either way; HubSpot asks for 5 minutes back."""
MAX_HASHED = 200_000_000
"""Bytes hashed at most per request, so that a forged body cannot keep us busy with every secret we know."""

_DECODED = re.compile(r"%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
"""The only escapes that HubSpot decodes in the URI before it signs it."""
_TIMESTAMP = re.compile(r"[0-9]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What signature v3 covers. `sources` are the texts that HubSpot may have signed, each whole."""

    sources: tuple[bytes, ...]
    signature: bytes
    timestamp: str

    @classmethod
    def of(cls, request: Request, body: bytes, public_base_url: str | None) -> Signed:
        """The URI is the public one with the request line's own escapes: as is, and as HubSpot decodes it."""
        uri = (public_base_url or wire_origin(request.environ)) + wire_target(request.environ)
        timestamp = request.headers.get("X-HubSpot-Request-Timestamp", "")
        decoded = _DECODED.sub(lambda escape: chr(int(escape[0][1:], 16)), uri)
        return cls(
            sources=tuple(
                b"".join(
                    (request.method.encode(), form.encode("latin-1", "replace"), body, timestamp.encode())
                )
                for form in dict.fromkeys((decoded, uri))
            ),
            signature=request.headers.get("X-HubSpot-Signature-v3", "").encode("latin-1", "replace"),
            timestamp=timestamp,
        )

    def fresh(self, now: datetime) -> bool:
        """Whether the signature's time lies within the window, either way."""
        if not _TIMESTAMP.fullmatch(self.timestamp):
            return False
        age = now.timestamp() * 1000 - int(self.timestamp)
        return abs(age) <= WINDOW.total_seconds() * 1000

    def made_by(self, secret: Secret) -> bool:
        """Whether this secret made the signature; takes the same time for every wrong one."""
        key = secret.reveal().encode()
        made = [base64.b64encode(hmac.digest(key, source, "sha256")) for source in self.sources]
        return sum(hmac.compare_digest(one, self.signature) for one in made) > 0


def candidates(events: Iterable[Any], senders: Senders) -> Iterable[Secret]:
    """The secrets of the portals that the body names; of all known ones where it names none we know."""
    named = dict.fromkeys(
        number_or_none(event.get("portalId")) for event in events if isinstance(event, dict)
    )
    known = [senders.hubspot[portal] for portal in named if portal is not None and portal in senders.hubspot]
    return dict.fromkeys(
        secret for sender in known or senders.hubspot.values() for secret in sender.client_secrets
    )


def verifying(signed: Signed, candidates: Iterable[Secret], now: datetime) -> Secret | None:
    """The secret that made the signature, if it is one of these and the signature is fresh."""
    if not signed.fresh(now):
        return None
    left = MAX_HASHED
    for secret in candidates:
        left -= sum(map(len, signed.sources))
        if left < 0:
            _log.warning("webhook.too_many_secrets", sender="hubspot")
            return None
        if signed.made_by(secret):
            return secret
    return None
