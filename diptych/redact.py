"""Takes out of a text whatever looks personal or secret, before it leaves the process."""

from __future__ import annotations

import re

_RULES = (
    # The secret of Salesforce's address stands in its path, which web servers like to log.
    (re.compile(r"(/webhooks/salesforce/)[^\s/?#\"'\])]+"), r"\1<webhook_secret>"),
    (re.compile(r"(\w://)[^\s/@]+@"), r"\1"),
    (re.compile(r"[^\s@<>\"'(,;:=]+(?:@|%40)[\w.-]*\w", re.IGNORECASE), "[e-mail]"),
    (re.compile(r"(?i)\b(bearer|basic|oauth)\s+[\w.~+/!=-]{8,}"), r"\1 [token]"),
    (re.compile(r"(https?://[^\s?#\"']+)[?#][^\s\"']*"), r"\1"),
    # Salesforce ids have 18 characters at most; what is longer and mixed is a key, a token or a session.
    (re.compile(r"(?=[\w.~+!/=-]*\d)(?=[\w.~+!/=-]*[A-Za-z])[\w~+!=-]{24,}(?:\.[\w~+!=-]+)*"), "[token]"),
)


def redact(text: str) -> str:
    """The text without e-mail addresses, credentials, tokens, query strings and webhook secrets."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text
