"""Salesforce record ids: 15 case-sensitive characters, or those plus 3 that make the id case-safe."""

from __future__ import annotations

import re

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?", re.ASCII)


def is_id(text: str) -> bool:
    """Whether this has the form of an id, 15 or 18 characters."""
    return _ID.fullmatch(text) is not None


def long_id(text: str) -> str:
    """The 18-character form of a 15- or 18-character id; raises ValueError for anything else.

    Each of the three added characters encodes, for a block of five, which characters are capitals.
    """
    if not is_id(text):
        message = f"{text[:40]!r} is not a Salesforce id: it needs 15 or 18 letters and digits"
        raise ValueError(message)
    base = text[:15]
    suffix = ""
    for start in (0, 5, 10):
        block = base[start : start + 5]
        suffix += _SUFFIX[sum(1 << place for place, char in enumerate(block) if "A" <= char <= "Z")]
    return base + suffix
