"""Refusals, in Salesforce's words: a status, a code from its published lists, a message, sometimes fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class SalesforceError(Exception):
    """One refusal. `fields` None means the answer has no such key, as for errors outside of saving.

    Raised by the Python methods that stand for a person's acts, and answered as JSON by REST.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        fields: Sequence[str] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = None if fields is None else list(fields)
        self.extra = extra or {}

    def body(self) -> dict[str, Any]:
        """The element of a single call's error list."""
        named = {} if self.fields is None else {"fields": self.fields}
        return {**self.extra, "message": self.message, "errorCode": self.code, **named}

    def item(self) -> dict[str, Any]:
        """The same inside a collection's result: `statusCode`, always with fields, never the match."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields or []}


class OAuthError(Exception):
    """A refusal of the token endpoint: `{error, error_description}`."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.body = {"error": error, "error_description": description}
        self.status = status


class MalformedJsonError(SalesforceError):
    """A value of the wrong JSON type: in a collection it fails the whole call, not just its row."""

    def __init__(self, message: str) -> None:
        super().__init__("JSON_PARSER_ERROR", message)


def row_error(code: str, message: str, *fields: str, status: int = 400) -> SalesforceError:
    """A refused save, with the API names of the fields at fault."""
    return SalesforceError(code, message, status=status, fields=fields)


def not_found(message: str = "The requested resource does not exist") -> SalesforceError:
    """404: no such path, record or external id."""
    return SalesforceError("NOT_FOUND", message, status=404)


def no_such_column(field: str, object_name: str) -> SalesforceError:
    """The field does not exist or is hidden from the user; Salesforce does not say which."""
    return SalesforceError("INVALID_FIELD", f"No such column '{field}' on sobject of type {object_name}")


def no_such_type(object_name: str) -> SalesforceError:
    """The object does not exist or is hidden from the user, as SOQL says it."""
    return SalesforceError("INVALID_TYPE", f"sObject type '{object_name}' is not supported.")
