"""The request as it came over the wire, and the answers that need no more than words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Request, Response

MAX_BODY = 5_000_000
"""Bytes. A hundred HubSpot events take about 40 KB, a hundred Salesforce notifications about 200 KB."""

RETRY_AFTER = 5
"""Seconds, told to a sender that must come again."""

_NUMBER = re.compile(r"[0-9]{1,19}", re.ASCII)

_KEPT = "/!$&'()*+,;=:@~"
"""What stays as it is when a path must be quoted again: RFC 3986's characters of a path."""


def read_body(request: Request) -> bytes:
    """The whole body; raises RequestEntityTooLarge (413) beyond the application's limit.

    Werkzeug cuts a body that comes without a length at the limit and says so only when one reads on.
    """
    body = request.get_data(cache=False)
    if request.max_content_length is not None and len(body) >= request.max_content_length:
        request.stream.read(1)
    return body


def wire_target(environ: Mapping[str, Any]) -> str:
    """Path and query exactly as they stood in the request line, escapes untouched.

    gunicorn and Werkzeug keep the request line's target in RAW_URI, waitress and uWSGI in REQUEST_URI.
    Any other server leaves only the decoded path; it is quoted again, which is right for every path
    that was written in the usual way.
    """
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if isinstance(target, str) and target:
        return _without_origin(target)
    path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}"
    query = environ.get("QUERY_STRING", "")
    return quote(path.encode("latin-1"), safe=_KEPT) + (f"?{query}" if query else "")


def _without_origin(target: str) -> str:
    """Drop `http://host` of the absolute form that a request through a proxy may have."""
    if target.startswith("/"):
        return target
    scheme, marker, rest = target.partition("://")
    if not marker or "/" in scheme:
        return target
    slash = rest.find("/")
    return rest[slash:] if slash >= 0 else "/"


def wire_origin(environ: Mapping[str, Any]) -> str:
    """Scheme and host as this hop saw them: right only where no proxy stands in front."""
    host = environ.get("HTTP_HOST") or f"{environ.get('SERVER_NAME')}:{environ.get('SERVER_PORT')}"
    return f"{environ.get('wsgi.url_scheme', 'http')}://{host}"


def base_url(text: str) -> str:
    """A public base URL without its closing slash; raises ValueError unless it is an http(s) URL."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        message = f"the public base URL must look like https://hooks.example.com, not {text[:80]!r}"
        raise ValueError(message)
    return text.rstrip("/")


def number_or_none(value: Any) -> int | None:
    """A positive number below 2^63, also as digits in a text; None for anything else."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        return None
    return value


def json_answer(status: int, words: Mapping[str, Any]) -> Response:
    """An answer in JSON."""
    answer = Response(json.dumps(words), status=status, mimetype="application/json")
    if status == 503:  # noqa: PLR2004  # the status that asks the sender to come again
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer
