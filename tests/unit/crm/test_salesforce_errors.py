"""Salesforce's refusals, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.crm.salesforce_errors import fault_of, fault_of_call
from contract.errors import ErrorClass, Fault

T, Q, A = ErrorClass.TRANSIENT, ErrorClass.QUOTA, ErrorClass.AUTH
C, D, P, S = ErrorClass.CONFLICT, ErrorClass.DATA, ErrorClass.PERMISSION, ErrorClass.STALE
LEAD = "00QDp0000000001MAA"


def row(*errors: dict[str, Any], sent: tuple[str, ...] = ("Email", "LastName")) -> Fault:
    return fault_of(errors, subject="Lead", sent=sent)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("UNABLE_TO_LOCK_ROW", T),
        ("SERVER_UNAVAILABLE", T),
        ("FUNCTIONALITY_TEMPORARILY_UNAVAILABLE", T),
        ("QUERY_TIMEOUT", T),
        ("TOO_MANY_APEX_REQUESTS", T),
        ("UNKNOWN_EXCEPTION", T),
        ("ALL_OR_NONE_OPERATION_ROLLED_BACK", T),
        ("REQUEST_LIMIT_EXCEEDED", Q),
        ("STORAGE_LIMIT_EXCEEDED", Q),
        ("INVALID_SESSION_ID", A),
        ("API_DISABLED_FOR_ORG", A),
        ("ORG_LOCKED", A),
        ("DUPLICATE_VALUE", C),
        ("DUPLICATES_DETECTED", ErrorClass.DUPLICATE),
        ("ENTITY_IS_DELETED", S),
        ("NOT_FOUND", S),
        ("CANNOT_UPDATE_CONVERTED_LEAD", S),
        ("REQUIRED_FIELD_MISSING", D),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", D),
        ("STRING_TOO_LONG", D),
        ("INVALID_EMAIL_ADDRESS", D),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", D),
        ("FIELD_INTEGRITY_EXCEPTION", D),
        ("INVALID_CROSS_REFERENCE_KEY", D),
        ("INACTIVE_OWNER_OR_USER", D),
        ("MALFORMED_ID", D),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", D),
        ("CANNOT_EXECUTE_FLOW_TRIGGER", D),
        ("INVALID_FIELD", P),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", P),
        ("INSUFFICIENT_ACCESS_OR_READONLY", P),
        ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", P),
        ("A_CODE_OF_NEXT_YEAR", ErrorClass.UNKNOWN),
    ],
)
def test_each_code_has_its_class_in_a_row_and_in_a_call(code: str, error: ErrorClass) -> None:
    in_row = row({"statusCode": code, "message": "of Ada Byron", "fields": []})
    in_call = fault_of_call(400, [{"errorCode": code, "message": "of Ada Byron"}], subject="Lead")

    assert (in_row.error, in_row.code) == (in_call.error, in_call.code) == (error, code)
    assert "Ada" not in in_row.says + in_call.says


@pytest.mark.parametrize(
    ("status", "content", "error", "code"),
    [
        (401, "not json", A, "HTTP 401"),
        (
            403,
            [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests"}],
            Q,
            "REQUEST_LIMIT_EXCEEDED",
        ),
        (403, {}, P, "HTTP 403"),
        (403, "<html>", T, "HTTP 403"),
        (404, [{"errorCode": "NOT_FOUND", "message": "The requested resource"}], P, "INVALID_TYPE"),
        (404, "<html>", T, "HTTP 404"),
        (302, "", T, "HTTP 302"),
        (414, "", ErrorClass.UNKNOWN, "HTTP 414"),
        (429, "", Q, "HTTP 429"),
        (500, [{"errorCode": "UNKNOWN_EXCEPTION"}], T, "UNKNOWN_EXCEPTION"),
        (502, "<html>", T, "HTTP 502"),
        (503, b"", T, "HTTP 503"),
        (400, [{"errorCode": "ada@example.com"}], ErrorClass.UNKNOWN, "HTTP 400"),
        (400, ["odd", 1], ErrorClass.UNKNOWN, "HTTP 400"),
    ],
)
def test_a_call_refused_whole_has_a_class_whatever_its_body(
    status: int, content: Any, error: ErrorClass, code: str
) -> None:
    found = fault_of_call(status, content, subject="Lead", write=True)

    assert (found.error, found.code) == (error, code)
    assert found.maybe_done is (status >= 500)


def test_an_apex_error_that_wraps_a_lock_passes() -> None:
    error = {
        "statusCode": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "message": "AccountTrigger: execution of AfterUpdate caused by: UNABLE_TO_LOCK_ROW, unable to obtain",
    }

    assert (row(error).error, row(error).code) == (T, "UNABLE_TO_LOCK_ROW")


def test_fields_come_from_the_list_else_from_the_message_and_only_what_was_sent() -> None:
    listed = row({"statusCode": "STRING_TOO_LONG", "message": "Last Name: too long", "fields": ["LastName"]})
    named = row({"statusCode": "INVALID_FIELD", "message": "No such column 'Email' on sobject of type Lead"})
    prose = row({"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "Email needs a LastName"})
    odd = row({"statusCode": "STRING_TOO_LONG", "message": "", "fields": ["ada@example.com", None]})

    assert (listed.fields, named.fields, prose.fields, odd.fields) == (("LastName",), ("Email",), (), ())
    assert listed.says == "Lead.LastName: the text is too long"


def test_several_errors_name_all_fields_and_one_that_passes_outweighs_them() -> None:
    missing = {"statusCode": "REQUIRED_FIELD_MISSING", "fields": ["Company"]}
    too_long = {"statusCode": "STRING_TOO_LONG", "fields": ["LastName"]}
    locked = {"statusCode": "UNABLE_TO_LOCK_ROW", "fields": []}

    both, with_lock = row(missing, too_long), row(missing, locked)

    assert (both.code, both.fields) == ("REQUIRED_FIELD_MISSING", ("Company", "LastName"))
    assert (with_lock.error, with_lock.fields) == (T, ())


def test_a_value_in_use_names_its_holder() -> None:
    message = f"duplicate value found: Diptych_Key__c duplicates value on record with id: {LEAD[:15]}"

    assert row({"statusCode": "DUPLICATE_VALUE", "message": message}).existing_id == LEAD


@pytest.mark.parametrize("key", ["duplicateResut", "duplicateResult"])
@pytest.mark.parametrize(
    ("ids", "existing"),
    [([LEAD], LEAD), ([LEAD, LEAD], LEAD), ([LEAD, "003Dp0000000002MAA"], None), ([], None)],
)
def test_a_duplicate_rule_names_its_match_under_either_spelling(
    key: str, ids: list[str], existing: str | None
) -> None:
    records = [{"matchConfidence": 100.0, "record": {"attributes": {}, "Id": id_}} for id_ in ids]
    error = {
        "errorCode": "DUPLICATES_DETECTED",
        "message": "Use one of these records?",
        key: {"allowSave": False, "matchResults": [{"matchRecords": records, "size": len(ids)}]},
    }

    found = fault_of([error], subject="Lead", sent=())

    assert (found.error, found.existing_id) == (ErrorClass.DUPLICATE, existing)


def test_no_errors_at_all_is_an_unknown_refusal() -> None:
    assert row().error is ErrorClass.UNKNOWN
