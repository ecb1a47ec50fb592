"""How HubSpot refuses: one exception per call or per row of a batch, and its body on the wire.

ApiError      any refusal: HTTP status, category, message, details
  InvalidValues   400 for property values, naming each property twice, as HubSpot does
  Conflict        409 for an e-mail (or unique value) that another record holds
  NotFound        404 for a record id
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Context = Mapping[str, Sequence[str]]


class ApiError(Exception):
    """A refusal with the status and the body HubSpot would answer; also becomes one row of a 207."""

    def __init__(
        self,
        status: int,
        category: str,
        message: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        context: Context | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.message = message
        self.errors = errors
        self.context = context
        self.extra = extra or {}

    def body(self, correlation_id: str) -> dict[str, Any]:
        """The JSON body of a refused call."""
        body: dict[str, Any] = {"status": "error", "message": self.message, "correlationId": correlation_id}
        if self.category:
            body["category"] = self.category
        if self.errors:
            body["errors"] = list(self.errors)
        if self.context:
            body["context"] = self.context
        return {**body, **self.extra}

    def row(self, context: Context | None = None) -> dict[str, Any]:
        """This refusal as one entry of a batch's `errors`; `context` adds what ties it to its input."""
        merged = {**(self.context or {}), **(context or {})}
        row: dict[str, Any] = {
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": merged,
        }
        if self.errors:
            row["errors"] = list(self.errors)
        return row


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyFault:
    """Why one property's value is refused."""

    name: str
    code: str
    message: str


class InvalidValues(ApiError):  # noqa: N818 - named for what HubSpot refuses
    """400: the offending properties, as escaped JSON inside `message` and once more in `errors`."""

    def __init__(self, faults: Sequence[PropertyFault], portal_id: int) -> None:
        listed = [
            {
                "isValid": False,
                "message": fault.message,
                "error": fault.code,
                "name": fault.name,
                "localizedErrorMessage": fault.message,
                "portalId": portal_id,
            }
            for fault in faults
        ]
        super().__init__(
            400,
            "VALIDATION_ERROR",
            f"Property values were not valid: {json.dumps(listed, separators=(',', ':'))}",
            errors=[
                {"message": fault.message, "code": fault.code, "context": {"propertyName": [fault.name]}}
                for fault in faults
            ],
        )
        self.faults = tuple(faults)


class Conflict(ApiError):  # noqa: N818 - the name of HubSpot's category
    """409: another record holds this e-mail or unique value; names that record."""

    def __init__(self, label: str, existing_id: str) -> None:
        super().__init__(409, "CONFLICT", f"{label} already exists. Existing ID: {existing_id}")
        self.existing_id = existing_id


class NotFound(ApiError):  # noqa: N818 - the name of HubSpot's category
    """404, or in a batch one row: no record answers to these ids."""

    def __init__(self, ids: Sequence[str], *, label: str = "id") -> None:
        super().__init__(404, "OBJECT_NOT_FOUND", "Object not found", context={label: list(ids)})


def bad_request(message: str, *, context: Context | None = None) -> ApiError:
    """400 for a call whose form is wrong."""
    return ApiError(400, "VALIDATION_ERROR", message, context=context)
