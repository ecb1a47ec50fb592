"""A REST call and its answer, free of any web framework, so that composite can run calls within a call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from sandbox.salesforce.errors import MalformedJsonError, SalesforceError
from sandbox.salesforce.org import Actor, Org


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call below /services/data/<version>/. Header names are in lower case, `names` are the path's."""

    method: str
    path: str
    version: str
    args: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def number(self) -> float:
        """The API version as a number."""
        return float(self.version[1:])

    def header(self, name: str) -> str:
        """The header's value, empty when absent."""
        return self.headers.get(name, "")

    def members(self) -> dict[str, Any]:
        """The body, which has to be a JSON object. Raises JSON_PARSER_ERROR."""
        if isinstance(self.body, dict):
            return self.body
        if self.body is None:
            message = "The HTTP entity body is required, but this request has no entity body."
            raise MalformedJsonError(message)
        message = "Unexpected element in the HTTP entity body: an object was expected at [line:1, column:1]"
        raise MalformedJsonError(message)

    def actor(self, org: Org) -> Actor:
        """The API's user, with what its headers ask for. Assignment rules run unless switched off."""
        options = self.header("sforce-duplicate-rule-header").replace(" ", "").lower()
        return Actor(
            user_id=org.users.integration,
            api=True,
            auto_assign=self.header("sforce-auto-assign").strip().lower() != "false",
            allow_duplicates="allowsave=true" in options,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, JSON body (None for an empty one), and further headers."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def refused(*errors: SalesforceError) -> Answer:
    """The answer to a refused call: always a list."""
    return Answer(status=errors[0].status, body=[error.body() for error in errors])


def parsed(raw: bytes, content_type: str) -> Any:
    """The JSON of a request body, None when there is none. Raises JSON_PARSER_ERROR or 415."""
    if not raw:
        return None
    if "json" not in content_type.lower():
        message = f"Content-Type header specified in HTTP request is not supported: {content_type}"
        raise SalesforceError("UNSUPPORTED_MEDIA_TYPE", message, status=415)
    try:
        return json.loads(raw)
    except ValueError as error:
        raise MalformedJsonError(f"Unexpected character at [{error}]") from None


def demand_unmodified(call: Call, last_modified: str) -> None:
    """Raises 412 when the record changed after the If-Unmodified-Since header's time (whole seconds)."""
    value = call.header("if-unmodified-since")
    if not value:
        return
    try:
        limit = parsedate_to_datetime(value)
    except ValueError:
        message = f"Unable to parse the If-Unmodified-Since header: {value}"
        raise SalesforceError("INVALID_HTTP_HEADER", message) from None
    if datetime.fromisoformat(last_modified) > limit.astimezone(UTC):
        message = "The record was modified after the given time"
        raise SalesforceError("PRECONDITION_FAILED", message, status=412)
