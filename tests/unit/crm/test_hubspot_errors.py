"""HubSpot's refusals, case by case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.crm.hubspot_errors import Refusal, fault_of_call, fault_of_row
from contract.errors import ErrorClass, Fault

NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)


def fault(
    status: int,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    sent: tuple[str, ...] = (),
    write: bool = False,
    zone: str | None = None,
) -> Fault:
    refusal = Refusal(status=status, headers=headers or {}, body=body or {}, sent=sent, write=write)
    return fault_of_call(refusal, now=NOW, time_zone=zone)


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (400, {"category": "VALIDATION_ERROR"}, ErrorClass.DATA, "VALIDATION_ERROR"),
        (401, {"category": "EXPIRED_AUTHENTICATION"}, ErrorClass.AUTH, "EXPIRED_AUTHENTICATION"),
        (403, {"category": "MISSING_SCOPES"}, ErrorClass.PERMISSION, "MISSING_SCOPES"),
        (404, {"category": "OBJECT_NOT_FOUND"}, ErrorClass.STALE, "OBJECT_NOT_FOUND"),
        (403, {}, ErrorClass.TRANSIENT, "HTTP 403"),
        (404, {}, ErrorClass.TRANSIENT, "HTTP 404"),
        (301, {}, ErrorClass.TRANSIENT, "HTTP 301"),
        (409, {"category": "CONFLICT"}, ErrorClass.CONFLICT, "CONFLICT"),
        (418, {}, ErrorClass.UNKNOWN, "HTTP 418"),
        (423, {}, ErrorClass.TRANSIENT, "HTTP 423"),
        (429, {"errorType": "RATE_LIMIT"}, ErrorClass.QUOTA, "RATE_LIMIT"),
        (477, {}, ErrorClass.QUOTA, "HTTP 477"),
        (500, {"category": "made up by ada@example.com"}, ErrorClass.TRANSIENT, "HTTP 500"),
        (502, {}, ErrorClass.TRANSIENT, "HTTP 502"),
        (503, {}, ErrorClass.TRANSIENT, "HTTP 503"),
        (504, {}, ErrorClass.TRANSIENT, "HTTP 504"),
        (521, {}, ErrorClass.TRANSIENT, "HTTP 521"),
    ],
)
def test_each_status_has_its_class_and_code(
    status: int, body: dict[str, Any], error: ErrorClass, code: str
) -> None:
    found = fault(status, body)

    assert (found.error, found.code) == (error, code)


@pytest.mark.parametrize(
    ("status", "body", "headers", "zone", "seconds"),
    [
        (429, {"policyName": "TEN_SECONDLY_ROLLING"}, {"Retry-After": "7"}, None, 7.0),
        (429, {"policyName": "SECONDLY"}, {}, None, 1.0),
        (429, {}, {"X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}, None, 10.0),
        (429, {}, {"Retry-After": "soon"}, None, 10.0),
        (429, {"policyName": "DAILY"}, {}, None, 1800.0),
        (429, {"policyName": "DAILY"}, {}, "Europe/Paris", 1800.0),
        (429, {"policyName": "DAILY"}, {}, "America/New_York", 6.5 * 3600),
        (429, {"policyName": "DAILY"}, {}, "Asia/Kolkata", 20 * 3600.0),
        (477, {}, {"Retry-After": "86400"}, None, 86400.0),
        (477, {}, {}, None, 3600.0),
        (423, {}, {}, None, 2.0),
        (423, {}, {"Retry-After": "30"}, None, 30.0),
        (503, {}, {"Retry-After": "5"}, None, 5.0),
        (400, {}, {}, None, None),
    ],
)
def test_how_long_to_wait(
    status: int, body: dict[str, Any], headers: dict[str, str], zone: str | None, seconds: float | None
) -> None:
    assert fault(status, body, headers, zone=zone).retry_after == seconds


def test_midnight_is_found_across_a_change_of_the_clocks() -> None:
    # On 2026-10-25 Paris sets its clocks back at 03:00: the day has 25 hours.
    refusal = Refusal(status=429, headers={}, body={"policyName": "DAILY"})

    found = fault_of_call(refusal, now=datetime(2026, 10, 24, 22, tzinfo=UTC), time_zone="Europe/Paris")

    assert found.retry_after == 25 * 3600


LISTED = (
    'Property values were not valid: [{"isValid":false,"message":"x@y was not one of the allowed options",'
    '"error":"INVALID_OPTION","name":"salutation","portalId":5}]'
)


@pytest.mark.parametrize(
    ("body", "code", "fields"),
    [
        ({"message": LISTED}, "INVALID_OPTION", ("salutation",)),
        ({"message": "Property values were not valid: [{"}, "VALIDATION_ERROR", ()),
        (
            {"errors": [{"code": "INVALID_EMAIL", "context": {"propertyName": ["email"]}}]},
            "INVALID_EMAIL",
            ("email",),
        ),
        (
            {"errors": [{"code": "REQUIRED_PROPERTIES_MISSING", "context": {"properties": ["email"]}}]},
            "REQUIRED_PROPERTIES_MISSING",
            ("email",),
        ),
        ({"context": {"propertyName": "email"}}, "VALIDATION_ERROR", ("email",)),
        ({"message": 'Property "phone" does not exist'}, "PROPERTY_DOESNT_EXIST", ("phone",)),
        ({"message": "property secretname does not exist"}, "PROPERTY_DOESNT_EXIST", ()),
        ({"errors": "garbage"}, "VALIDATION_ERROR", ()),
    ],
)
def test_properties_are_found_wherever_hubspot_names_them(
    body: dict[str, Any], code: str, fields: tuple[str, ...]
) -> None:
    found = fault(400, {"category": "VALIDATION_ERROR", **body}, sent=("email", "phone", "salutation"))

    assert (found.code, found.fields) == (code, fields)
    assert "x@y" not in found.says


def test_a_conflict_names_its_holder_and_the_address() -> None:
    body = {"category": "CONFLICT", "message": "Contact already exists. Existing ID: 123", "context": {}}

    found = fault_of_row(body, ("email", "firstname"))

    assert (found.error, found.existing_id, found.fields) == (ErrorClass.CONFLICT, "123", ("email",))
    assert found.says == "email: another record already holds this value"


def test_a_row_without_a_known_category_is_unknown() -> None:
    assert fault_of_row({"category": "NEW_THING"}, ()).error is ErrorClass.UNKNOWN


@pytest.mark.parametrize(
    ("status", "write", "doubt"), [(502, True, True), (502, False, False), (400, True, False)]
)
def test_only_a_write_without_a_clear_answer_may_be_done(status: int, write: bool, doubt: bool) -> None:  # noqa: FBT001  # parameters of a table
    assert fault(status, write=write).maybe_done is doubt
