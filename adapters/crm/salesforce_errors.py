"""Salesforce's refusals in the one vocabulary of contract.errors.

Salesforce's messages may quote values, and administrators write their own into validation rules, so no word
of them is passed on: `says` is made of our own words and of field names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from contract.errors import ErrorClass, Fault
from contract.mappings import CODES
from contract.records import Side
from contract.salesforce_ids import is_id, long_id

Json = Mapping[str, Any]

BLAMES_EVERY_ROW = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})
"""Codes that hold for a field whatever its value."""

OBJECT_FORBIDDEN = "OBJECT_FORBIDDEN"
"""Our own: a row's INSUFFICIENT_ACCESS_OR_READONLY does not tell a record from the whole object."""

T, Q, A = ErrorClass.TRANSIENT, ErrorClass.QUOTA, ErrorClass.AUTH
C, D, P, S = ErrorClass.CONFLICT, ErrorClass.DATA, ErrorClass.PERMISSION, ErrorClass.STALE
_CODES: Mapping[str, tuple[ErrorClass, str]] = {
    "UNABLE_TO_LOCK_ROW": (T, "another process is writing this record or its account"),
    "SERVER_UNAVAILABLE": (T, "Salesforce is not available"),
    "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE": (T, "Salesforce is not available in part"),
    "QUERY_TIMEOUT": (T, "the query took too long"),
    "REQUEST_RUNNING_TOO_LONG": (T, "the request took too long"),
    "TOO_MANY_APEX_REQUESTS": (T, "the org runs too much code of its own at once"),
    "UNKNOWN_EXCEPTION": (T, "Salesforce has a fault of its own"),
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": (T, "undone because another record of the call was refused"),
    "INVALID_QUERY_LOCATOR": (T, "the rest of a long answer is not kept any more"),
    "REQUEST_LIMIT_EXCEEDED": (Q, "the org's allowance of API calls is spent"),
    "STORAGE_LIMIT_EXCEEDED": (Q, "the org has no storage left"),
    "INVALID_SESSION_ID": (A, "Salesforce does not accept the session"),
    "INVALID_LOGIN": (A, "Salesforce does not accept the login"),
    "INVALID_AUTH_HEADER": (A, "Salesforce does not accept the session"),
    "INVALID_OPERATION_WITH_EXPIRED_PASSWORD": (A, "the integration user's password has expired"),
    "API_DISABLED_FOR_ORG": (A, "the org does not allow API access"),
    "API_CURRENTLY_DISABLED": (A, "the org does not allow API access at present"),
    "ORG_LOCKED": (A, "the org is locked"),
    "DUPLICATE_VALUE": (C, "another record already holds this unique value"),
    "DUPLICATE_EXTERNAL_ID": (C, "more than one record holds this external id"),
    "DUPLICATES_DETECTED": (ErrorClass.DUPLICATE, "a duplicate rule of the org found a similar record"),
    "ENTITY_IS_DELETED": (S, "the record has been deleted or merged"),
    "NOT_FOUND": (S, "Salesforce shows no such record"),
    "CANNOT_UPDATE_CONVERTED_LEAD": (S, "the lead has been converted"),
    "REQUIRED_FIELD_MISSING": (D, "a required field is missing"),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": (D, "a validation rule of the org refused the record"),
    "STRING_TOO_LONG": (D, "the text is too long"),
    "INVALID_EMAIL_ADDRESS": (D, "the value is not an e-mail address that Salesforce takes"),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": (D, "the value is not among the picklist's values"),
    "FIELD_INTEGRITY_EXCEPTION": (D, "the value does not fit the org's data"),
    "INVALID_CROSS_REFERENCE_KEY": (D, "the value points to a record that is not there"),
    "INACTIVE_OWNER_OR_USER": (D, "the owner is not an active user"),
    "MALFORMED_ID": (D, "the value is not a Salesforce id"),
    "NUMBER_OUTSIDE_VALID_RANGE": (D, "the number is too large"),
    "NUMERIC_VALUE_OUT_OF_RANGE": (D, "the number is too large"),
    "INVALID_TYPE_ON_FIELD_IN_RECORD": (D, "the value is of the wrong type"),
    "JSON_PARSER_ERROR": (D, "the value is of the wrong type"),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": (D, "code of the org refused the record"),
    "CANNOT_EXECUTE_FLOW_TRIGGER": (D, "a flow of the org refused the record"),
    "DELETE_FAILED": (D, "the record cannot be deleted"),
    "INVALID_FIELD": (P, "not there, or not visible to the integration user"),
    "INVALID_FIELD_FOR_INSERT_UPDATE": (P, "the integration user may not write it"),
    "INVALID_STATUS": (D, "the status cannot be set while the lead is not converted"),
    "MISSING_ARGUMENT": (D, "a value that the call needs is missing"),
    "LIMIT_EXCEEDED": (D, "the call is larger than Salesforce takes"),
    "EXCEEDED_ID_LIMIT": (D, "the call is larger than Salesforce takes"),
    "INVALID_TYPE": (P, "the object is not there, or not visible to the integration user"),
    "INSUFFICIENT_ACCESS_OR_READONLY": (P, "the integration user may not write this record"),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": (
        P,
        "the integration user may not use a record that this one points to",
    ),
    "INSUFFICIENT_ACCESS": (P, "the integration user may not do this"),
    "ENTITY_IS_LOCKED": (P, "the record is locked by an approval"),
}
_STATUSES: Mapping[int, tuple[ErrorClass, str]] = {
    401: (A, "Salesforce does not accept the session"),
    403: (P, "the integration user may not do this"),
    404: (T, "something other than Salesforce's API answered"),
    429: (Q, "Salesforce wants fewer calls"),
}
_REDIRECTIONS, _ERRORS, _FORBIDDEN, _SERVER_ERROR = 300, 400, 403, 500
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,60}", re.ASCII)
_FIELD = re.compile(r"[A-Za-z]\w{0,79}", re.ASCII)
_WORD = re.compile(r"\w+", re.ASCII)
_WITH_ID = re.compile(r"with id:\s*(\w{15,18})", re.ASCII)


def fault_of_call(
    status: int, content: Any, *, subject: str, sent: Collection[str] = (), write: bool = False
) -> Fault:
    """What a call refused as a whole asks for. `content` is its JSON, or its text where it is none."""
    errors = [each for each in content if isinstance(each, dict)] if isinstance(content, list) else []
    if isinstance(content, dict):
        errors = [content]
    if status == 404 and errors:  # noqa: PLR2004  # no call names a record, so it is the object that is missing
        errors = [{"errorCode": "INVALID_TYPE"}]
    fault = fault_of(errors, subject=subject, sent=sent, status=status)
    if (
        status == _FORBIDDEN and not errors
    ):  # Salesforce forbids in JSON; a wall in front of it does for a while
        kind, words = _STATUSES[404]
        fault = replace(fault, error=kind, says=_says(subject, (), words))
    return replace(fault, maybe_done=write and status >= _SERVER_ERROR)


def fault_of(errors: Iterable[Json], *, subject: str, sent: Collection[str], status: int = 0) -> Fault:
    """What a list of errors asks for: one that passes by itself outweighs the others.

    `subject` is the object's name, `sent` the fields of the row. A single call keys the code as
    `errorCode`, a row of a collection as `statusCode`.
    """
    faults = [_fault(error, subject, sent, status) for error in errors] or [_fault({}, subject, sent, status)]
    first = min(faults, key=lambda fault: fault.error is not ErrorClass.TRANSIENT)
    if first.error is ErrorClass.TRANSIENT:
        return first
    return replace(first, fields=tuple(dict.fromkeys(name for fault in faults for name in fault.fields)))


def not_writeable(subject: str, names: Sequence[str]) -> Fault:
    """What Salesforce would say of fields that describe does not let us write."""
    return _named("INVALID_FIELD_FOR_INSERT_UPDATE", subject, tuple(names))


def forbidden(subject: str, *, creating: bool) -> Fault:
    """What holds for every record of an object on which the integration user lacks the permission."""
    act = "create" if creating else "edit"
    says = f"the integration user may not {act} records of this object"
    return Fault(
        error=P, code=OBJECT_FORBIDDEN, says=_says(subject, (), says), side=Side.SALESFORCE, fields=()
    )


def not_readable(subject: str, name: str) -> Fault:
    """What Salesforce would say of a field that describe does not show us."""
    return _named("INVALID_FIELD", subject, (name,))


def _named(code: str, subject: str, names: tuple[str, ...]) -> Fault:
    error, words = _CODES[code]
    return Fault(
        error=error, code=code, says=_says(subject, names, words), side=Side.SALESFORCE, fields=names
    )


def _fault(error: Json, subject: str, sent: Collection[str], status: int) -> Fault:
    code = str(error.get("statusCode") or error.get("errorCode") or "")
    code = code if _CODE.fullmatch(code) else f"HTTP {status}"
    message = str(error.get("message", ""))
    if code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and "UNABLE_TO_LOCK_ROW" in message:
        code = "UNABLE_TO_LOCK_ROW"
    kind, words = _CODES.get(code) or _by_status(status)
    fields = _fields(error, message, sent)
    existing = _existing(error, message)
    return Fault(
        error=kind,
        code=code,
        says=_says(subject, fields, words),
        side=Side.SALESFORCE,
        fields=fields,
        existing_id=existing[0] if len(existing) == 1 else None,
    )


def _by_status(status: int) -> tuple[ErrorClass, str]:
    if status >= _SERVER_ERROR:
        return T, "Salesforce has a fault of its own"
    if _REDIRECTIONS <= status < _ERRORS:
        return _STATUSES[404]
    return _STATUSES.get(status, (ErrorClass.UNKNOWN, "Salesforce refused, for a reason unknown to us"))


def _says(subject: str, fields: Collection[str], words: str) -> str:
    place = f"{subject}.{', '.join(fields)}" if fields else subject
    return f"{place}: {words}"


def _fields(error: Json, message: str, sent: Collection[str]) -> tuple[str, ...]:
    """The fields the error lists; where it lists none, those we sent that its message names.

    Of a code of a state or country Salesforce complains under the name of the text beside it.
    """
    listed = [name for name in error.get("fields") or () if isinstance(name, str) and _FIELD.fullmatch(name)]
    listed = [code if (code := CODES.get(name, name)) in sent else name for name in listed]
    if listed or str(error.get("statusCode") or error.get("errorCode")) not in _NAMED_IN_MESSAGE:
        return tuple(listed)
    words = set(_WORD.findall(message))
    return tuple(name for name in sent if name in words)


_NAMED_IN_MESSAGE = BLAMES_EVERY_ROW | {"DUPLICATE_VALUE"}
"""Their messages are Salesforce's own and name fields; others may be an administrator's prose."""


def _existing(error: Json, message: str) -> list[str]:
    """The records that already hold the value, or that a duplicate rule matched, without repetition.

    REST misspells the key of the match; a few versions spell it right.
    """
    match = error.get("duplicateResut") or error.get("duplicateResult") or {}
    found = [
        str((record.get("record") or {}).get("Id", ""))
        for result in match.get("matchResults") or ()
        for record in result.get("matchRecords") or ()
    ]
    found += _WITH_ID.findall(message)
    return list(dict.fromkeys(long_id(each) for each in found if is_id(each)))
