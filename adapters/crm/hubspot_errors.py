"""HubSpot's refusals in the one vocabulary of contract.errors.

HubSpot's messages quote the values they complain about, so no word of them is passed on: `says` is made of
our own words and of property names that we sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contract.errors import ErrorClass, Fault
from contract.records import Side

Json = Mapping[str, Any]

LOCKED_SECONDS = 2.0
"""HubSpot asks for at least two seconds before a locked record is tried again."""
MIGRATING_SECONDS = 3600.0

BLAMES_EVERY_ROW = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
"""Codes that hold for a property whatever its value."""

_WORDS = {
    "PROPERTY_DOESNT_EXIST": "HubSpot has no such property",
    "READ_ONLY_VALUE": "HubSpot does not let this property be written",
    "INVALID_OPTION": "the value is not among the property's options",
    "INVALID_EMAIL": "the value is not an e-mail address that HubSpot takes",
    "INVALID_NUMBER": "the value is not a number",
    "INVALID_INTEGER": "the value is not a whole number",
    "INVALID_LONG": "the value is not a moment in time",
    "INVALID_DATE": "the value is not a day",
    "INVALID_OWNER_ID": "the value is not the id of an active owner",
    "VALUE_TOO_LONG": "the value is too long",
    "LEADING_TRAILING_WHITESPACE": "the value begins or ends with white space",
    "BLOCKLISTED_EMAIL": "the person of this address was erased for good",
    "REQUIRED_PROPERTIES_MISSING": "a property that HubSpot requires is missing",
    "VALIDATION_ERROR": "HubSpot found the request invalid",
    "CONFLICT": "another record already holds this value",
    "OBJECT_NOT_FOUND": "HubSpot shows no such record",
    "MISSING_SCOPES": "the app lacks a scope that this call needs",
    "RATE_LIMITS": "HubSpot wants fewer calls",
}

_STATUSES = {
    400: (ErrorClass.DATA, "HubSpot found the request invalid"),
    401: (ErrorClass.AUTH, "HubSpot does not accept the access token"),
    403: (ErrorClass.PERMISSION, "HubSpot does not allow this call"),
    404: (ErrorClass.TRANSIENT, "something other than HubSpot's API answered"),
    409: (ErrorClass.CONFLICT, "another record already holds this value"),
    423: (ErrorClass.TRANSIENT, "HubSpot has locked the record for a moment"),
    429: (ErrorClass.QUOTA, "HubSpot wants fewer calls"),
    477: (ErrorClass.QUOTA, "HubSpot is moving the account to another data centre"),
}
_NO_SUCH_RECORD = (ErrorClass.STALE, "HubSpot shows no such record")
_CATEGORIES = {
    "VALIDATION_ERROR": 400,
    "INVALID_AUTHENTICATION": 401,
    "EXPIRED_AUTHENTICATION": 401,
    "BANNED": 403,
    "MISSING_SCOPES": 403,
    "OBJECT_NOT_FOUND": 404,
    "CONFLICT": 409,
    "OBJECT_ALREADY_EXISTS": 409,
    "RATE_LIMITS": 429,
}
_REDIRECTIONS, _ERRORS, _FORBIDDEN, _SERVER_ERROR = 300, 400, 403, 500
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,60}", re.ASCII)
_EXISTING = re.compile(r"Existing ID: (\d+)", re.ASCII)
_NAMED = re.compile(r"[Pp]roperty \W?([a-z0-9_]+)", re.ASCII)
_LISTED = re.compile(r"\[\s*\{.*\}\s*\]", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer with an error status. `sent` are the property names of the call."""

    status: int
    headers: Mapping[str, str]
    body: Json
    sent: Collection[str] = ()
    write: bool = False


def fault_of_call(refusal: Refusal, *, now: datetime, time_zone: str | None) -> Fault:
    """What a call refused as a whole asks for. `time_zone` is the account's, where it is known."""
    status = refusal.status
    fault = _fault(status, refusal.body, refusal.sent)
    if fault.error is ErrorClass.QUOTA:
        return _with(fault, _quota_wait(refusal, now, time_zone))
    wait = _number(refusal.headers.get("Retry-After"))
    if status == 423:  # noqa: PLR2004  # HubSpot's lock
        return _with(fault, max(wait or 0.0, LOCKED_SECONDS))
    return _with(fault, wait, maybe_done=refusal.write and status >= _SERVER_ERROR)


def fault_of_row(error: Json, sent: Collection[str]) -> Fault:
    """What one entry of a 207's `errors` asks for."""
    return _fault(_CATEGORIES.get(str(error.get("category")), 0), error, sent)


def _fault(status: int, body: Json, sent: Collection[str]) -> Fault:
    error, words = _STATUSES.get(status, (ErrorClass.UNKNOWN, "HubSpot refused, for a reason unknown to us"))
    if status >= _SERVER_ERROR:
        error, words = ErrorClass.TRANSIENT, "HubSpot has a fault of its own"
    if _REDIRECTIONS <= status < _ERRORS or (status == _FORBIDDEN and not body):
        error, words = _STATUSES[404]  # HubSpot forbids in JSON; a wall in front of it does for a while
    if body.get("category") == "OBJECT_NOT_FOUND":
        error, words = _NO_SUCH_RECORD
    named = list(_named(body))
    fields = tuple(dict.fromkeys(name for name, _ in named if name in sent))
    if error is ErrorClass.CONFLICT and not fields and "email" in sent:
        fields = ("email",)
    code = _code(status, body, [code for name, code in named if name in sent or not fields])
    existing = _EXISTING.search(str(body.get("message", "")))
    return Fault(
        error=error,
        code=code,
        says=": ".join(part for part in (", ".join(fields), _WORDS.get(code, words)) if part),
        side=Side.HUBSPOT,
        fields=fields,
        existing_id=existing.group(1) if existing else None,
    )


def _with(fault: Fault, retry_after: float | None, *, maybe_done: bool = False) -> Fault:
    return Fault(
        error=fault.error,
        code=fault.code,
        says=fault.says,
        side=fault.side,
        fields=fault.fields,
        existing_id=fault.existing_id,
        retry_after=retry_after,
        maybe_done=maybe_done,
    )


def _code(status: int, body: Json, property_codes: list[str]) -> str:
    candidates = [*property_codes, str(body.get("category") or ""), str(body.get("errorType") or "")]
    for candidate in candidates:
        if _CODE.fullmatch(candidate):
            return candidate
    return f"HTTP {status}"


def _named(body: Json) -> Iterator[tuple[str, str]]:
    """(property, code) pairs, from the three places where HubSpot may name them."""
    message = str(body.get("message", ""))
    for entry in [*_entries(body.get("errors")), *_listed(message)]:
        context = entry.get("context") or {}
        named = (context.get("propertyName"), context.get("properties"), entry.get("name"))
        names = [name for place in named for name in _texts(place)]
        code = str(entry.get("code") or entry.get("error") or "")
        yield from ((name, code) for name in names)
    for name in _texts((body.get("context") or {}).get("propertyName")):
        yield name, ""
    for name in _NAMED.findall(message):
        yield name, "PROPERTY_DOESNT_EXIST" if "does not exist" in message else ""


def _listed(message: str) -> list[Json]:
    """The list of offending values that HubSpot writes as JSON into the message."""
    found = _LISTED.search(message)
    try:
        return _entries(json.loads(found.group())) if found else []
    except ValueError:
        return []


def _entries(raw: Any) -> list[Json]:
    return [entry for entry in raw if isinstance(entry, dict)] if isinstance(raw, list) else []


def _texts(raw: Any) -> list[str]:
    """A context value is a list of texts, or sometimes one text."""
    return [str(part) for part in raw] if isinstance(raw, list) else [raw] if isinstance(raw, str) else []


def _quota_wait(refusal: Refusal, now: datetime, time_zone: str | None) -> float:
    """Seconds until HubSpot takes calls again: it promises no Retry-After, so the policy decides."""
    told = _number(refusal.headers.get("Retry-After"))
    if told is not None:
        return told
    policy = str(refusal.body.get("policyName", ""))
    if policy == "DAILY":
        return _until_reset(now, time_zone)
    if policy == "SECONDLY":
        return 1.0
    if refusal.status == 477:  # noqa: PLR2004  # HubSpot's migration
        return MIGRATING_SECONDS
    interval = _number(refusal.headers.get("X-HubSpot-RateLimit-Interval-Milliseconds"))
    return 10.0 if interval is None else interval / 1000


def _until_reset(now: datetime, time_zone: str | None) -> float:
    """The daily allowance comes back at midnight of the account's time zone; if unknown, look hourly."""
    if time_zone is None:
        hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return (hour - now).total_seconds()
    local = now.astimezone(ZoneInfo(time_zone))
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=local.tzinfo)
    return (midnight.astimezone(UTC) - now.astimezone(UTC)).total_seconds()


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else max(0.0, float(text))
    except ValueError:
        return None
