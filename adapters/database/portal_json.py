"""A portal as it is stored: a plain dict of every field, and its secrets apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from contract.plain import from_plain, to_plain
from contract.secret import Secret
from contract.settings import Portal


def to_json(portal: Portal) -> tuple[dict[str, Any], bytes]:
    """(Plain values, secrets). In the plain values each secret is its place in the list of secrets.

    The secrets are a JSON list, as bytes to encrypt. Empty secrets are kept there too.
    """
    secrets: list[str] = []

    def hide(secret: Secret) -> int:
        secrets.append(secret.reveal())
        return len(secrets) - 1

    plain: dict[str, Any] = to_plain(portal, hide)
    return plain, json.dumps(secrets).encode()


def from_json(plain: Mapping[str, Any], secrets: bytes) -> Portal:
    """The portal that `to_json` was given."""
    texts: list[str] = json.loads(secrets)
    return from_plain(Portal, plain, lambda place: Secret(texts[place]))
